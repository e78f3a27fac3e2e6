// SFTP sides of peers, packages that lie at a server, and the home operator's inbox and keys.

import { Migration } from '@mikro-orm/migrations'

/** RULES 4, 19, 24, 27. */
export class Migration0004 extends Migration {
  override up(): void {
    this.addSql('alter table peer add column sftp jsonb')

    // A package lies at a server and was not taken yet. The wider check needs no look at the rows there are.
    this.addSql(`
      alter table package_out drop constraint package_out_state_check,
        add constraint package_out_state_check
          check (state in ('sending', 'placed', 'taken', 'held', 'abandoned')) not valid`)
    this.addSql(`create index package_out_placed on package_out (peer, id) where state = 'placed'`)

    // What came for a home code and has no number yet: order is assigned after commit (RULES 27).
    this.addSql(`
      create table home_arrival (
        id uuid primary key, home text not null, kind text not null check (kind in ('message', 'answer')),
        message uuid not null, at timestamptz not null)`)
    this.addSql('create index home_arrival_home on home_arrival (home, id)')
    this.addSql('create table home_head (home text primary key, last bigint not null)')
    this.addSql(`
      create table home_inbox (
        home text not null, position bigint not null, kind text not null, message uuid not null,
        at timestamptz not null, primary key (home, position))`)
    this.addSql('create index home_inbox_message on home_inbox (message)')

    // Headers of documents of home subscribers alone: what a service looks for; relayed messages have no row here.
    this.addSql(`
      create table home_document (
        home text not null, message uuid not null, document text not null, type text not null,
        file_name text not null, number text, date text, primary key (home, message, document))`)
    this.addSql('create index home_document_document on home_document (home, document)')
    this.addSql(
      'create index home_document_number on home_document (home, lower(number)) where number is not null',
    )
    this.addSql(`create index message_from_home on message (peer, id desc) where peer like 'home:%'`)
    this.addSql(`create index message_to_home on message (next_peer, id desc) where next_peer like 'home:%'`)

    this.addSql(`
      create table api_key (
        id text primary key, home text not null, name text not null, digest bytea not null, verbs text[] not null,
        created_at timestamptz not null, created_by text not null, expires_at timestamptz, revoked_at timestamptz,
        revoked_by text)`)
    this.addSql('create index api_key_home on api_key (home, created_at)')
  }
}
