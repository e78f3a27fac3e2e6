// Responders that are asked in place of lists that tell nothing.

import { Migration } from '@mikro-orm/migrations'

/** RULES 25, 29. A node of the version before neither asks such responders nor leaves them alone the sooner. */
export class Migration0009 extends Migration {
  override up(): void {
    this.addSql('alter table trust_source add column stands_in boolean not null default false')
  }
}
