// Evidence about certificates by its digest, and the sources it is fetched from ahead of need.

import { Migration } from '@mikro-orm/migrations'

/** RULES 16, 25, 29. */
export class Migration0005 extends Migration {
  override up(): void {
    // Octets stand in pieces: a list of 100 MB would be twice as long as one value on its way.
    this.addSql(`
      create table trust_evidence (
        sha256 text primary key, kind text not null check (kind in ('crl', 'ocsp', 'trust-list', 'certificate')),
        bytes bigint not null, first_seen timestamptz not null)`)
    this.addSql(
      `create index trust_evidence_certificate on trust_evidence (sha256) where kind = 'certificate'`,
    )
    this.addSql(`
      create table trust_evidence_piece (
        sha256 text not null references trust_evidence, number integer not null, piece bytea not null,
        primary key (sha256, number))`)
    this.addSql('alter table trust_evidence_piece alter column piece set storage external')

    // `subject` and `issuer` are certificates an OCSP responder is asked about, by digest; empty for other kinds.
    this.addSql(`
      create table trust_source (
        kind text not null check (kind in ('crl', 'ocsp', 'trust-list')), address text not null,
        subject text not null default '', issuer text not null default '',
        is_kept boolean not null, wanted_at timestamptz not null, due_at timestamptz not null,
        attempted_at timestamptz, succeeded_at timestamptz, failures integer not null default 0, error text,
        evidence text references trust_evidence, number numeric, issued_at timestamptz, next_at timestamptz,
        etag text, last_modified text, primary key (kind, address, subject))`)
    this.addSql('create index trust_source_due on trust_source (due_at)')
    this.addSql('create table trust_edition (number bigint not null)')
    this.addSql('insert into trust_edition values (0)')
  }
}
