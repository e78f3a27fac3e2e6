// How links are followed: news that is put off, rules of accepting, counts by day, and the lists of a subscriber's links.

import { Migration } from '@mikro-orm/migrations'

/** A node of the version before writes news without these columns, and neither follows it nor reads the others. */
export class Migration0016 extends Migration {
  override up(): void {
    // News whose following failed waits until `due_at`; the number of faults decides for how long.
    this.addSql(
      'alter table link_news add column due_at timestamptz, add column faults integer not null default 0',
    )
    // Of another collation, so that lists alone use them: the link of two is always read by both keys, however many one has.
    this.addSql('create index link_of_first on link (first_key collate "C", id)')
    this.addSql('create index link_of_second on link (second_key collate "C", id)')

    // Whose Запрос is answered by ours without a person. Empty lists of a rule of `listed` accept nobody.
    this.addSql(`
      create table link_rule (
        own_key text primary key, own text not null, home text not null,
        accepts text not null check (accepts in ('all', 'listed')),
        operators text[] not null default '{}', inns text[] not null default '{}',
        inn text, kpp text, name text, changed_at timestamptz not null, changed_by text not null)`)

    // Here and not in 0011, where messages are locked: the look through packages would keep them waiting. It keeps packages
    // from being written, not from being read, for seconds at ten million of them.
    this.addSql(
      'create index package_in_formed_from on package_in (formed_from) where formed_from is not null',
    )

    // Counts by day (UTC), made with the events.
    this.addSql(`
      create table link_measure (
        day date not null, measure text not null, label text not null,
        count bigint not null, total_ms bigint not null default 0, primary key (day, measure, label))`)
  }
}
