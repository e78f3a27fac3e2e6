// The table of decisions of people, and the index of packages of ours that wait for one.

import { Migration } from '@mikro-orm/migrations'

/**
 * A decision in the words of the person. The journal holds its digest, salted, so that the words may be erased
 * (RULES 26).
 */
export class Migration0003 extends Migration {
  override up(): void {
    this.addSql(`
      create table decision (
        id uuid primary key,
        subject uuid not null,
        at timestamptz not null,
        verb text not null check (verb in ('release', 'refuse')),
        actor text not null,
        reason text,
        salt text
      )`)
    this.addSql(`create index decision_subject on decision (subject, id)`)
    this.addSql(`create index package_out_held on package_out (id) where state = 'held'`)
  }
}
