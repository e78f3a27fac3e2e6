// Tables of operators, peers, grants and their history.

import { Migration } from '@mikro-orm/migrations'

/** RULES 1: an operator owns codes, a peer is a next hop, a grant lets a peer speak for an operator. */
export class Migration0001 extends Migration {
  override up(): void {
    this.addSql(`
      create table operator (
        id text primary key check (id ~ '^[a-z0-9-]{1,40}$'),
        name text not null,
        inn text,
        active boolean not null,
        note text
      )`)
    this.addSql(`
      create table operator_code (
        id bigint generated always as identity primary key,
        operator_id text not null references operator (id) on delete cascade,
        position smallint not null,
        code text not null check (code = upper(code) and length(code) = 3),
        valid_from date,
        valid_to date,
        note text,
        check (valid_from <= valid_to),
        unique (operator_id, position)
      )`)
    this.addSql(`create index operator_code_code on operator_code (code)`)
    this.addSql(`
      create table peer (
        id text primary key check (id ~ '^[a-z0-9-]{1,40}$'),
        name text not null,
        state text not null check (state in ('inactive', 'active', 'suspended')),
        dialect text not null,
        address text,
        receipt_addresses jsonb not null,
        policy jsonb not null,
        check (state = 'inactive' or address is not null)
      )`)
    // One certificate names one peer: it is how the sender of a package is known.
    this.addSql(`
      create table peer_certificate (
        thumbprint text primary key check (thumbprint ~ '^[0-9a-f]{64}$'),
        peer_id text not null references peer (id) on delete cascade,
        position smallint not null,
        pem text not null,
        valid_from date,
        valid_to date,
        check (valid_from <= valid_to),
        unique (peer_id, position)
      )`)
    this.addSql(`
      create table peer_grant (
        id bigint generated always as identity primary key,
        peer_id text not null references peer (id),
        operator_id text not null references operator (id),
        valid_from date,
        valid_to date,
        basis text not null,
        preference integer not null,
        check (valid_from <= valid_to),
        unique nulls not distinct (peer_id, operator_id, valid_from)
      )`)
    this.addSql(`create index peer_grant_operator on peer_grant (operator_id)`)
    this.addSql(`
      create table participant_override (
        participant_key text primary key,
        participant text not null,
        operator_id text not null references operator (id),
        reason text not null
      )`)
    this.addSql(`create index participant_override_operator on participant_override (operator_id)`)
    // One row: locking it puts the changes of all nodes in one order.
    this.addSql(`
      create table partner_edition (
        only_row boolean primary key default true check (only_row),
        edition bigint not null
      )`)
    this.addSql(`insert into partner_edition (edition) values (0)`)
    this.addSql(`
      create table partner_change (
        id bigint generated always as identity primary key,
        edition bigint not null,
        at timestamptz not null,
        actor text not null,
        reason text not null,
        kind text not null check (kind in ('operator', 'peer', 'grant', 'override')),
        key text not null,
        before jsonb,
        after jsonb,
        check (before is not null or after is not null)
      )`)
    this.addSql(`create index partner_change_key on partner_change (kind, key, id)`)
    // History is only added to, whoever asks.
    this.addSql(`
      create function partner_change_is_final() returns trigger language plpgsql as $$
      begin
        raise exception 'partner_change is append-only';
      end $$`)
    this.addSql(`
      create trigger partner_change_is_final before update or delete on partner_change
        for each row execute function partner_change_is_final()`)
  }
}
