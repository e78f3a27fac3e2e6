// Texts of verdicts packed by the hub.

import { Migration } from '@mikro-orm/migrations'

/**
 * RULES 25. Verdicts of before stay as they are, in the columns of texts; a node of the version before goes on writing those.
 * Where texts stand they count: such a node replaces a verdict without knowing of the packed ones.
 */
export class Migration0008 extends Migration {
  override up(): void {
    this.addSql('alter table verdict add column packed bytea')
    // Packed already: the server need not try again.
    this.addSql('alter table verdict alter column packed set storage external')
    this.addSql('alter table verdict alter column facts drop not null, alter column verdict drop not null')
  }
}
