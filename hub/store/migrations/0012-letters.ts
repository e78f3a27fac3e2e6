// Letters: the file one was kept as, and an index by which ended ones are found when their time is over.

import { Migration } from '@mikro-orm/migrations'

/** Safe while the version before runs: it names the columns it writes. */
export class Migration0012 extends Migration {
  override up(): void {
    this.addSql('alter table letter add column file text')
    this.addSql('create index letter_ended on letter (ended_at) where ended_at is not null')
  }
}
