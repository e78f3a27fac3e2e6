// The tables of the relay: packages, messages, documents, work, attempts, journal (storage layout: one hot table).

import { messageMachine } from '../../../routing/machines/message.ts'

const states = Object.keys(messageMachine.states)
  .map((name) => `'${name}'`)
  .join(', ')

/** Tables partitioned by month on their UUID v7; the names are used by the partition keeper. */
export const monthlyTables = ['package_in', 'message', 'package_out', 'attempt', 'journal'] as const

const hashParts = 8
const hashed = (table: string) =>
  Array.from(
    { length: hashParts },
    (_, part) =>
      `create table ${table}_${part} partition of ${table} for values with (modulus ${hashParts}, remainder ${part})`,
  )

/**
 * Statements of the migration, in order. `work` is the only hot table: one row per live message or outgoing
 * package; everything else is written once or twice and then only read.
 */
export const relayStatements: string[] = [
  `create table node (
    id bigint generated always as identity primary key,
    name text not null, started_at timestamptz not null, alive_until timestamptz not null)`,
  `create table lease (
    name text primary key, owner bigint not null, token bigint not null, expires_at timestamptz not null)`,

  `create table blob_home (
    id uuid primary key, is_only boolean not null default true unique check (is_only), made_at timestamptz not null)`,

  `create table package_in (
    id uuid not null primary key, peer text not null, name text not null, transport text not null,
    kind text not null check (kind in ('messages', 'receipts')), received_at timestamptz not null,
    bytes integer not null, sha256 text not null, blob text not null, messages integer not null,
    receipt_address text, remote text not null) partition by range (id)`,
  `create table package_in_default partition of package_in default`,
  `create index package_in_name on package_in (peer, lower(name))`,

  `create table package_seen (
    peer text not null, name_key text not null, package uuid not null, sha256 text not null,
    status smallint not null, code text not null, answer text not null, seen_at timestamptz not null,
    primary key (peer, name_key)) partition by hash (peer, name_key)`,
  ...hashed('package_seen'),

  `create table message (
    id uuid not null primary key, package uuid not null, peer text not null, wire_id text not null,
    kind text not null check (kind in ('message', 'invitation')), origin_code text not null,
    sender text not null, recipient text not null, content_sha256 text not null, received_at timestamptz not null,
    entries integer not null, packed_bytes integer not null, plain_bytes integer not null,
    state text not null check (state in (${states})), state_at timestamptz not null,
    answer text not null default 'none' check (answer in ('none', 'owed', 'told')),
    answer_code text, answer_text text, answer_ids text[] not null default '{}',
    reason text, next_peer text, route_reason text, out_wire_id text, package_out uuid,
    verdict text not null default 'not-judged', warnings text[] not null default '{}',
    deadline_at timestamptz, version integer not null default 1) partition by range (id)`,
  `create table message_default partition of message default`,
  `create index message_wire on message (wire_id)`,
  `create index message_package on message (package)`,
  `create index message_sender on message (lower(sender), id desc)`,
  `create index message_recipient on message (lower(recipient), id desc)`,
  `create index message_live on message (state, id) where state not in ('delivered', 'refused', 'ignored', 'repeated')`,

  `create table message_seen (
    wire_id text not null, peer text not null, message uuid not null, content_sha256 text not null,
    primary key (wire_id, peer)) partition by hash (wire_id)`,
  ...hashed('message_seen'),
  `create table message_out (
    peer text not null, wire_id text not null, message uuid not null,
    primary key (peer, wire_id)) partition by hash (peer, wire_id)`,
  ...hashed('message_out'),

  `create table document (
    wire_id text not null, message uuid not null, peer text not null, sender text not null,
    recipient text not null, type text not null, parents text[] not null default '{}',
    size integer, sha256 text, streebog256 text, blob text, primary key (wire_id, message))`,
  `create index document_message on document (message)`,
  `create table parent_wait (
    child uuid not null, parent uuid not null, document text not null,
    primary key (child, parent, document))`,
  `create index parent_wait_parent on parent_wait (parent)`,
  `create table invitation (
    message uuid primary key, type text not null check (type in ('ask', 'break')), sent_at text not null,
    from_id text not null, from_inn text, from_kpp text, from_name text,
    to_id text not null, to_inn text, to_kpp text, to_name text)`,
  `create index invitation_pair on invitation (lower(from_id), lower(to_id))`,

  `create table package_out (
    id uuid not null primary key, peer text not null, name text not null,
    kind text not null check (kind in ('messages', 'receipts')), relay text not null default 'repack',
    address text not null, origin_code text not null, blob text not null, bytes integer not null, sha256 text not null,
    members uuid[] not null, state text not null check (state in ('sending', 'taken', 'held', 'abandoned')),
    attempts integer not null default 0, created_at timestamptz not null, ended_at timestamptz,
    first_attempt_at timestamptz) partition by range (id)`,
  `create table package_out_default partition of package_out default`,
  `create index package_out_name on package_out (lower(name))`,
  `create index package_out_live on package_out (peer, id) where state in ('sending', 'held')`,
  `create table package_out_name_taken (peer text not null, name_key text not null, package_out uuid not null,
    primary key (peer, name_key)) partition by hash (peer, name_key)`,
  ...hashed('package_out_name_taken'),

  `create table attempt (
    id uuid not null primary key, package_out uuid not null, number integer not null, started_at timestamptz not null,
    ended_at timestamptz, class text, status smallint, reason text, answer text) partition by range (id)`,
  `create table attempt_default partition of attempt default`,
  `create index attempt_package on attempt (package_out, number)`,

  `create table work (
    id uuid primary key, hop text not null check (hop in ('process', 'deliver', 'send', 'watch', 'settle', 'frozen')),
    lane text not null, batch_key text not null default '', package uuid, bytes integer not null default 0,
    due_at timestamptz not null, attempt integer not null default 0, owner bigint not null default 0,
    created_at timestamptz not null)
    with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)`,
  `create index work_due on work (hop, lane, due_at, id) where owner = 0`,
  `create index work_owner on work (owner) where owner <> 0`,
  `create index work_package on work (package) where owner = 0`,

  `create table journal (
    id uuid not null primary key, xid xid8 not null default pg_current_xact_id(), at timestamptz not null,
    kind text not null, subject uuid, entry text not null, digest bytea not null) partition by range (id)`,
  `create table journal_default partition of journal default`,
  `create index journal_xid on journal (xid)`,
  `create index journal_subject on journal (subject) where subject is not null`,
  `create table journal_signer (
    thumbprint text primary key, certificate text not null, first_at timestamptz not null)`,
  `create table journal_block (
    number bigint primary key, from_xid xid8 not null, to_xid xid8 not null, entries integer not null,
    root bytea not null, previous bytea not null, algorithm text not null, sealed_at timestamptz not null,
    signer text not null references journal_signer, signature bytea not null)`,
]
