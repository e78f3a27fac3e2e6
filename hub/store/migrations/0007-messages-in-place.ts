// Lets PostgreSQL update messages in place: no index holds their state, and their pages keep room for new versions.

import { Migration } from '@mikro-orm/migrations'

/** States in which a message waits for somebody: rare ones, looked for behind any number of others. */
export const setAsideStates = ['waiting', 'overdue', 'held'] as const

/**
 * Storage of the partitions of `message`: its new versions find room on the page of the old ones. Those of a page move
 * together, and a row ends half as long again as it begins.
 */
export const messageStorage = 'fillfactor = 40'

const states = setAsideStates.map((state) => `'${state}'`).join(', ')

/**
 * A message changes its state five times on its way. An index over the state made each of them a new entry in every index
 * of the table. The few that wait for somebody have a table of their own instead, kept by a trigger, so that nodes of the
 * version before keep it too; whatever else is under way has a row in `work`.
 */
export class Migration0007 extends Migration {
  override up(): void {
    // At once and whole: taken bit by bit it could meet a node of the version before in a circle of locks.
    this.addSql('lock table message in access exclusive mode')
    this.addSql(`
      create table message_set_aside (
        state text not null check (state in (${states})), id uuid not null, primary key (state, id))`)
    this.addSql(`
      create function message_set_aside() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' then
          delete from message_set_aside where state = old.state and id = old.id;
        end if;
        if new.state in (${states}) then
          insert into message_set_aside (state, id) values (new.state, new.id) on conflict do nothing;
        end if;
        return null;
      end $$`)
    this.addSql(`
      create trigger message_set_aside_new after insert on message for each row
        when (new.state in (${states})) execute function message_set_aside()`)
    this.addSql(`
      create trigger message_set_aside_moved after update on message for each row
        when (new.state <> old.state and (new.state in (${states}) or old.state in (${states})))
        execute function message_set_aside()`)
    this.addSql(
      `insert into message_set_aside (state, id) select state, id from message where state in (${states})`,
    )
    this.addSql('drop index message_live')
    // Digests and the place of its body come to a document a moment later.
    this.addSql('alter table document set (fillfactor = 60)')
    this.addSql(`
      do $$
      declare part regclass;
      begin
        for part in select inhrelid from pg_inherits where inhparent = 'message'::regclass loop
          execute format('alter table %s set (${messageStorage})', part);
        end loop;
      end $$`)
  }
}
