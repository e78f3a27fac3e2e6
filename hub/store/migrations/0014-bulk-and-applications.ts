// Bulk jobs with the rows of their lists, and applications to operators without autoroaming.

import { Migration } from '@mikro-orm/migrations'

/** New tables only: the version before knows nothing of them. */
export class Migration0014 extends Migration {
  override up(): void {
    this.addSql(`
      create table bulk_job (
        id uuid primary key, home text not null, key text not null, digest text not null, sender text not null,
        asks boolean not null, state text not null check (state in ('running', 'paused', 'cancelled')),
        rows integer not null, made_at timestamptz not null, changed_at timestamptz not null, unique (home, key))`)
    this.addSql('create index bulk_job_home on bulk_job (home, id desc)')
    this.addSql('create index bulk_job_changed on bulk_job (changed_at)')

    // What a service wanted for many rows at once; each row names its own.
    this.addSql(`
      create table bulk_order (
        id uuid primary key, job uuid not null references bulk_job on delete cascade,
        message text, comment text, remote text not null, api_key text, at timestamptz not null)`)
    this.addSql('create index bulk_order_job on bulk_order (job)')

    this.addSql(`
      create table bulk_row (
        job uuid not null references bulk_job on delete cascade, number integer not null,
        inn text not null, kpp text, name text, email text,
        state text not null check (state in ('faulty', 'waiting', 'searched', 'queued', 'invited', 'refused')),
        found text check (found in ('linked', 'ready', 'application', 'not-found', 'try-later')),
        counterparty text, known_name text, operator text, boxes integer, reason text, seen text,
        ordered uuid, invite uuid, outcome text, attempts integer not null default 0,
        due_at timestamptz, done_at timestamptz,
        primary key (job, number)) with (fillfactor = 80)`)
    this.addSql(
      "create index bulk_row_due on bulk_row (job, state, due_at, number) where state in ('waiting', 'queued')",
    )
    this.addSql('create index bulk_row_done on bulk_row (done_at) where done_at is not null')

    this.addSql(`
      create table application (
        id uuid primary key, home text not null, operator text not null,
        sender_key text not null, sender text not null, sender_inn text not null, sender_kpp text,
        sender_name text not null,
        state text not null check (state in ('draft', 'sent', 'confirmed', 'refused', 'closed')),
        number text, rows integer not null, is_filling boolean not null, made_at timestamptz not null,
        sent_at timestamptz, sent_by text, ended_at timestamptz, ended_by text,
        version integer not null) with (fillfactor = 80)`)
    this.addSql('create index application_home on application (home, id desc)')
    this.addSql('create index application_operator on application (operator, id desc)')
    // One application takes new rows at a time: two nodes that gather at once fill the same one.
    this.addSql(
      'create unique index application_filling on application (home, operator, sender_key) ' +
        'where is_filling',
    )
    this.addSql(`
      create table application_row (
        invite uuid primary key, application uuid not null references application, position integer not null,
        state text not null check (state in ('open', 'confirmed', 'refused', 'converted', 'gone')),
        at timestamptz not null, by text, unique (application, position))`)
    this.addSql("create index invite_application on invite (id) where state = 'application'")
  }
}
