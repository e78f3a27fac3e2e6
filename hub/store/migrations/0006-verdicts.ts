// Verdicts on messages with the facts they rest on, and the chains of certificates that many of them share.

import { Migration } from '@mikro-orm/migrations'

/** RULES 16, 25. Facts and verdicts are kept as the very text that was digested. */
export class Migration0006 extends Migration {
  override up(): void {
    this.addSql(`
      create table verdict (
        message uuid not null primary key, judged_at timestamptz not null, indication text not null,
        sub_indication text, action text not null check (action in ('forward', 'mark', 'hold', 'refuse')),
        policy text not null, edition text not null, facts text not null, verdict text not null,
        digest text not null) partition by range (message)`)
    this.addSql('create table verdict_default partition of verdict default')
    // A signature over what nobody here can read is not checked, however old the document is (RULES 16).
    this.addSql('alter table document add column encrypted boolean not null default false')
    // A chain is the same for every message of a signer until certificates or lists change.
    this.addSql(`
      create table verdict_chain (
        sha256 text primary key, facts text not null, first_at timestamptz not null)`)
  }
}
