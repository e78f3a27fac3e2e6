// Messages that wait for a link of their subscribers, and those that went back to be formed anew.

import { Migration } from '@mikro-orm/migrations'
import { stateNames } from '../../../routing/machine.ts'
import { messageMachine } from '../../../routing/machines/message.ts'
import { setAsideStates as earlierStates } from './0007-messages-in-place.ts'

/** States in which a message waits for somebody: rare ones, looked for behind any number of others. */
export const setAsideStates = [...earlierStates, 'awaiting-link', 'returned'] as const

const namesOf = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ')
const aside = namesOf(setAsideStates)

/** Nodes of the version before write no new state, and their changes pass the wider checks and the trigger. */
export class Migration0011 extends Migration {
  override up(): void {
    // At once and whole: taken bit by bit it could meet a node of the version before in a circle of locks.
    this.addSql('lock table message in access exclusive mode')
    // The wider check needs no look at the rows there are.
    this.addSql(`
      alter table message drop constraint message_state_check,
        add constraint message_state_check check (state in (${namesOf(stateNames(messageMachine))})) not valid`)
    this.addSql(`
      alter table message_set_aside drop constraint message_set_aside_state_check,
        add constraint message_set_aside_state_check check (state in (${aside}))`)
    this.addSql(`
      create or replace function message_set_aside() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' then
          delete from message_set_aside where state = old.state and id = old.id;
        end if;
        if new.state in (${aside}) then
          insert into message_set_aside (state, id) values (new.state, new.id) on conflict do nothing;
        end if;
        return null;
      end $$`)
    this.addSql('drop trigger message_set_aside_new on message')
    this.addSql('drop trigger message_set_aside_moved on message')
    this.addSql(`
      create trigger message_set_aside_new after insert on message for each row
        when (new.state in (${aside})) execute function message_set_aside()`)
    this.addSql(`
      create trigger message_set_aside_moved after update on message for each row
        when (new.state <> old.state and (new.state in (${aside}) or old.state in (${aside})))
        execute function message_set_aside()`)

    // What a message waits for: from its submission, if its sender wants it to wait, until it goes on or ends.
    // The keys are those of the two as they are now; the hub orders them, whatever the collation of the database.
    this.addSql(`
      create table link_wait (
        message uuid primary key, first_key text not null, second_key text not null, invite uuid,
        is_wanted boolean not null, deadline_at timestamptz, places jsonb)`)
    this.addSql('create index link_wait_pair on link_wait (first_key, second_key)')
    this.addSql('create index link_wait_invite on link_wait (invite) where invite is not null')
    this.addSql(
      'create index invite_stand_in on invite (lower(stand_in), lower(sender)) where stand_in is not null',
    )

    // What must change in a message that went back, for the service that is told of it.
    this.addSql('alter table link_event add column places jsonb')
    // The package a re-addressed message came in; the key of its submission names that one.
    this.addSql('alter table package_in add column formed_from uuid')
  }
}
