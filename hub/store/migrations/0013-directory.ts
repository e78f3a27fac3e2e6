// The directory of subscribers: how it is searched, how far the journal was read for it, what participants were looked up.

import { Migration } from '@mikro-orm/migrations'

/**
 * Words of names: lower case, ё as е, whatever stands between letters and digits of a name divides them. The parser of the
 * server is not used, for what it takes for a letter depends on the locale of a database.
 */
const words = `
  create function subscriber_words(name text) returns tsvector language sql immutable strict parallel safe as $$
    select array_to_tsvector(array_remove(string_to_array(
      translate(left(lower(name), 500), 'ё«»"''„“”‘’.,;:!?()[]{}/\\|+*&#№<>-–—_\t\n\r ',
        'е' || repeat(' ', 50)), ' '), ''))
  $$`

/** Indexes of the search, the cursor of what is learned from traffic, answers of the directory of participants. */
export class Migration0013 extends Migration {
  override up(): void {
    this.addSql(words)
    // Of columns that traffic does not change, so that counting deliveries touches no index.
    this.addSql('create index subscriber_inn on subscriber (inn, kpp) where inn is not null')
    this.addSql(
      'create index subscriber_name on subscriber using gin (subscriber_words(name)) ' +
        'with (fastupdate = off) where name is not null',
    )

    // Entries of the journal with lower transaction ids are counted in the directory.
    this.addSql('create table directory_cursor (name text primary key, to_xid xid8 not null)')
    this.addSql("insert into directory_cursor (name, to_xid) values ('traffic', '0')")

    this.addSql(`
      create table participant_look_up (
        key text primary key, status text not null check (status in ('ok', 'not-found', 'not-allowed')),
        ids text[] not null, asked_at timestamptz not null)`)
    this.addSql('create index participant_look_up_asked on participant_look_up (asked_at)')
  }
}
