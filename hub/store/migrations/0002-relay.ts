// Tables of the relay: nodes, packages, messages, documents, work, attempts, journal.

import { Migration } from '@mikro-orm/migrations'
import { relayStatements } from './0002-relay-sql.ts'

/** The statements stand in their own file, for they are long and read by hand. */
export class Migration0002 extends Migration {
  override up(): void {
    for (const statement of relayStatements) this.addSql(statement)
  }
}
