// Links between subscribers, invitations of home subscribers, the letters they cause, and the subscribers known.

import { Migration } from '@mikro-orm/migrations'
import { stateNames } from '../../../routing/machine.ts'
import { inviteMachine } from '../../../routing/machines/invite.ts'
import { linkMachine } from '../../../routing/machines/link.ts'

const namesOf = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ')
const cells = namesOf(stateNames(linkMachine))
const inviteStates = namesOf(stateNames(inviteMachine))

/** Everything about one pair stands in one row, so that its version alone decides who wrote first. */
export class Migration0010 extends Migration {
  override up(): void {
    this.addSql(`
      create table link (
        id uuid primary key,
        first_key text not null, second_key text not null, first_id text not null, second_id text not null,
        cell text not null check (cell in (${cells})), before text check (before in (${cells})),
        base jsonb not null, sayings jsonb not null,
        changed_at timestamptz not null, linked_at timestamptz, deadline_at timestamptz,
        version integer not null,
        check (first_key collate "C" < second_key collate "C"), unique (first_key, second_key)) with (fillfactor = 80)`)
    this.addSql('create index link_deadline on link (deadline_at) where deadline_at is not null')

    // What became of links and invitations, for the services they concern: home_arrival and home_inbox name these rows.
    this.addSql(`
      create table link_event (
        id uuid primary key, link uuid, invite uuid, at timestamptz not null,
        said_by text not null check (said_by in ('first', 'second', 'clock', 'hub')),
        news text not null, cell text check (cell in (${cells})), state text check (state in (${inviteStates})),
        reason text, message uuid)`)
    this.addSql('create index link_event_link on link_event (link, id) where link is not null')
    this.addSql('create index link_event_invite on link_event (invite, id) where invite is not null')

    // Invitations on the way that came to their end and were not yet said to their links; written by the relay.
    this.addSql(`
      create table link_news (
        message uuid primary key, outcome text not null check (outcome in ('delivered', 'refused')),
        at timestamptz not null)`)
    this.addSql('create index link_news_at on link_news (at)')

    this.addSql(`
      create table invite (
        id uuid primary key, home text not null, key text not null, digest text not null,
        kind text not null check (kind in ('by-id', 'by-inn')),
        sender text not null, sender_inn text not null, sender_kpp text, sender_name text not null,
        counterparty text not null, stand_in text, inn text, kpp text, name text,
        email text, message text, comment text,
        state text not null check (state in (${inviteStates})), state_at timestamptz not null, reason text,
        link uuid, said_message uuid, application uuid, bulk uuid,
        is_automatic boolean not null default true, made_at timestamptz not null, deadline_at timestamptz,
        mail text not null default 'none' check (mail in ('none', 'queued', 'sent', 'bounced')),
        version integer not null, unique (home, key)) with (fillfactor = 80)`)
    this.addSql('create index invite_home on invite (home, id desc)')
    this.addSql('create index invite_pair on invite (lower(counterparty), lower(sender))')
    this.addSql('create index invite_link on invite (link) where link is not null')
    this.addSql('create index invite_said on invite (said_message) where said_message is not null')
    this.addSql('create index invite_deadline on invite (deadline_at) where deadline_at is not null')

    // The tokens of claim links are never kept: SHA-256 of them is.
    this.addSql(`
      create table invite_claim (
        digest bytea primary key, invite uuid not null, made_at timestamptz not null,
        expires_at timestamptz not null, used_at timestamptz, revoked_at timestamptz)`)
    this.addSql('create index invite_claim_invite on invite_claim (invite)')

    // Letters to be sent: what they say is made from the invitation when they go, and so is the token of a claim link.
    this.addSql(`
      create table letter (
        id uuid primary key, kind text not null, invite uuid not null, recipient text not null,
        language text not null default 'ru',
        state text not null check (state in ('queued', 'sent', 'bounced', 'dropped')),
        attempts integer not null default 0, due_at timestamptz not null, made_at timestamptz not null,
        ended_at timestamptz, message_id text, reason text)`)
    this.addSql("create index letter_due on letter (due_at, id) where state = 'queued'")
    this.addSql('create index letter_invite on letter (invite, id)')

    // Everybody the hub has heard of. `known`: of another operator; the others are our own subscribers.
    this.addSql(`
      create table subscriber (
        key text primary key, id text not null, code text not null, inn text, kpp text, name text,
        state text not null check (state in ('known', 'inactive', 'active', 'retired')), moved_to text,
        sources text[] not null, first_seen_at timestamptz not null, last_seen_at timestamptz not null,
        last_traffic_at timestamptz, delivered bigint not null default 0, failed bigint not null default 0,
        check (key = lower(id))) with (fillfactor = 80)`)

    this.addSql(`
      alter table home_arrival drop constraint home_arrival_kind_check,
        add constraint home_arrival_kind_check check (kind in ('message', 'answer', 'link', 'invite')) not valid`)
    this.addSql('alter table home_arrival validate constraint home_arrival_kind_check')
  }
}
