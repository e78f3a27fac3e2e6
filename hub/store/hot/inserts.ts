// The hot inserts and updates as data: each writes any number of rows in one prepared statement.

import { linkStatements } from '../links/inserts.ts'
import { waitStatements } from '../links/waits.ts'
import type { Change } from './change.ts'

/** Columns of a table with their PostgreSQL types, in the order of the statement. */
type Columns = Readonly<Record<string, string>>

const recordset = (columns: Columns) =>
  Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')

const insert = (table: string, columns: Columns, tail = '') => ({
  name: `insert_${table}`,
  text:
    `insert into ${table} (${Object.keys(columns).join(', ')}) ` +
    `select ${Object.keys(columns).join(', ')} from jsonb_to_recordset($1::jsonb) as x(${recordset(columns)}) ${tail}`,
})

const work = {
  id: 'uuid',
  hop: 'text',
  lane: 'text',
  batch_key: 'text',
  package: 'uuid',
  bytes: 'integer',
  due_at: 'timestamptz',
  attempt: 'integer',
  owner: 'bigint',
  created_at: 'timestamptz',
}

const messageMutable = {
  state: 'text',
  state_at: 'timestamptz',
  answer: 'text',
  answer_code: 'text',
  answer_text: 'text',
  answer_ids: 'text[]',
  reason: 'text',
  next_peer: 'text',
  route_reason: 'text',
  out_wire_id: 'text',
  package_out: 'uuid',
  verdict: 'text',
  deadline_at: 'timestamptz',
}

/** The columns of a message that a move writes. */
export const movedColumns = Object.keys(messageMutable) as readonly (keyof typeof messageMutable)[]

const message = {
  id: 'uuid',
  package: 'uuid',
  peer: 'text',
  wire_id: 'text',
  kind: 'text',
  origin_code: 'text',
  sender: 'text',
  recipient: 'text',
  content_sha256: 'text',
  received_at: 'timestamptz',
  entries: 'integer',
  packed_bytes: 'integer',
  plain_bytes: 'integer',
  ...messageMutable,
  warnings: 'text[]',
  version: 'integer',
}

const verdict = {
  message: 'uuid',
  judged_at: 'timestamptz',
  indication: 'text',
  sub_indication: 'text',
  action: 'text',
  policy: 'text',
  edition: 'text',
  digest: 'text',
}
// Texts of a node of the version before must not stand beside the packed ones that replace them.
const verdictTexts = { facts: 'null', verdict: 'null', packed: "decode(packed, 'base64')" }
const verdictColumns = [...Object.keys(verdict), ...Object.keys(verdictTexts)]

/** Statements whose one parameter is a JSON array of rows. */
export const statements = {
  packageSeen: insert(
    'package_seen',
    {
      peer: 'text',
      name_key: 'text',
      package: 'uuid',
      sha256: 'text',
      status: 'smallint',
      code: 'text',
      answer: 'text',
      seen_at: 'timestamptz',
    },
    'order by name_key, peer on conflict do nothing',
  ),
  packageIn: insert('package_in', {
    id: 'uuid',
    peer: 'text',
    name: 'text',
    transport: 'text',
    kind: 'text',
    received_at: 'timestamptz',
    bytes: 'integer',
    sha256: 'text',
    blob: 'text',
    messages: 'integer',
    receipt_address: 'text',
    remote: 'text',
    formed_from: 'uuid',
  }),
  message: insert('message', message),
  messageSeen: insert(
    'message_seen',
    { wire_id: 'text', peer: 'text', message: 'uuid', content_sha256: 'text' },
    'on conflict do nothing',
  ),
  messageSeenAgain: {
    name: 'message_seen_again',
    text:
      'update message_seen s set message = x.message, content_sha256 = x.content_sha256 ' +
      'from jsonb_to_recordset($1::jsonb) ' +
      'as x(wire_id text, peer text, earlier uuid, message uuid, content_sha256 text) ' +
      'where s.wire_id = x.wire_id and s.peer = x.peer and s.message = x.earlier',
  },
  document: insert(
    'document',
    {
      wire_id: 'text',
      message: 'uuid',
      peer: 'text',
      sender: 'text',
      recipient: 'text',
      type: 'text',
      encrypted: 'boolean',
      parents: 'text[]',
      size: 'integer',
      sha256: 'text',
      streebog256: 'text',
      blob: 'text',
    },
    'on conflict (wire_id, message) do update set encrypted = excluded.encrypted, size = excluded.size, ' +
      'sha256 = excluded.sha256, streebog256 = excluded.streebog256, blob = excluded.blob',
  ),
  invitation: insert(
    'invitation',
    {
      message: 'uuid',
      type: 'text',
      sent_at: 'text',
      from_id: 'text',
      from_inn: 'text',
      from_kpp: 'text',
      from_name: 'text',
      to_id: 'text',
      to_inn: 'text',
      to_kpp: 'text',
      to_name: 'text',
    },
    'on conflict do nothing',
  ),
  verdict: {
    name: 'insert_verdict',
    text:
      `insert into verdict (${verdictColumns.join(', ')}) ` +
      `select ${[...Object.keys(verdict), ...Object.values(verdictTexts)].join(', ')} ` +
      `from jsonb_to_recordset($1::jsonb) as x(${recordset({ ...verdict, packed: 'text' })}) ` +
      `on conflict (message) do update set ${verdictColumns
        .map((column) => `${column} = excluded.${column}`)
        .join(', ')}`,
  },
  verdictChain: insert(
    'verdict_chain',
    { sha256: 'text', facts: 'text', first_at: 'timestamptz' },
    // In one order: nodes that meet the same new chains never wait for each other in a circle.
    'order by sha256 on conflict do nothing',
  ),
  parentWait: insert(
    'parent_wait',
    { child: 'uuid', parent: 'uuid', document: 'text' },
    'on conflict do nothing',
  ),
  work: insert(
    'work',
    work,
    'on conflict (id) do update set hop = excluded.hop, lane = excluded.lane, batch_key = excluded.batch_key, ' +
      'due_at = excluded.due_at, attempt = excluded.attempt, owner = excluded.owner, bytes = excluded.bytes',
  ),
  packageOutName: insert('package_out_name_taken', { peer: 'text', name_key: 'text', package_out: 'uuid' }),
  packageOut: insert('package_out', {
    id: 'uuid',
    peer: 'text',
    name: 'text',
    kind: 'text',
    relay: 'text',
    address: 'text',
    origin_code: 'text',
    blob: 'text',
    bytes: 'integer',
    sha256: 'text',
    members: 'uuid[]',
    state: 'text',
    attempts: 'integer',
    created_at: 'timestamptz',
    ended_at: 'timestamptz',
    first_attempt_at: 'timestamptz',
  }),
  packageOutMove: {
    name: 'package_out_move',
    text:
      'update package_out p set state = x.state, attempts = x.attempts, ended_at = x.ended_at, ' +
      'address = coalesce(x.address, p.address), ' +
      'first_attempt_at = coalesce(p.first_attempt_at, x.first_attempt_at) from jsonb_to_recordset($1::jsonb) ' +
      'as x(id uuid, state text, attempts integer, ended_at timestamptz, first_attempt_at timestamptz, ' +
      'address text) ' +
      'where p.id = x.id',
  },
  attempt: insert(
    'attempt',
    {
      id: 'uuid',
      package_out: 'uuid',
      number: 'integer',
      started_at: 'timestamptz',
      ended_at: 'timestamptz',
      class: 'text',
      status: 'smallint',
      reason: 'text',
      answer: 'text',
    },
    'on conflict (id) do update set ended_at = excluded.ended_at, class = excluded.class, status = excluded.status, ' +
      'reason = excluded.reason, answer = excluded.answer',
  ),
  decision: insert('decision', {
    id: 'uuid',
    subject: 'uuid',
    at: 'timestamptz',
    verb: 'text',
    actor: 'text',
    reason: 'text',
    salt: 'text',
  }),
  homeArrival: insert('home_arrival', {
    id: 'uuid',
    home: 'text',
    kind: 'text',
    message: 'uuid',
    at: 'timestamptz',
  }),
  homeDocument: insert(
    'home_document',
    {
      home: 'text',
      message: 'uuid',
      document: 'text',
      type: 'text',
      file_name: 'text',
      number: 'text',
      date: 'text',
    },
    'on conflict do nothing',
  ),
  messageMove: {
    name: 'message_move',
    text:
      `update message m set ${movedColumns
        .map((column) => `${column} = x.${column}`)
        .join(', ')}, version = x.version + 1 ` +
      `from jsonb_to_recordset($1::jsonb) as x(id uuid, version integer, ${recordset(messageMutable)}) ` +
      'where m.id = x.id and m.version = x.version',
  },
  journal: {
    name: 'insert_journal',
    text:
      'insert into journal (id, at, kind, subject, entry, digest) ' +
      "select id, at, kind, subject, entry, decode(digest, 'hex') from jsonb_to_recordset($1::jsonb) " +
      'as x(id uuid, at timestamptz, kind text, subject uuid, entry text, digest text)',
  },
} as const

/** Parts written by one plain statement each; the others stand by hand in commit-functions.ts. */
type PlainPart =
  | Exclude<
      keyof Change,
      | 'owned'
      | 'leases'
      | 'moves'
      | 'letterMoves'
      | 'messagesSeenAgain'
      | 'parentWaitsDone'
      | 'workDone'
      | 'wakeChildrenOf'
      | 'links'
      | 'invites'
      | 'subscriberMoves'
      | 'claimsUsed'
      | 'applications'
      | 'linkNewsDone'
      | 'linkWaitsDone'
      | 'readdressed'
      | 'documentsReaddressed'
    >
  | 'packageOutNames'

/** Statements by part, in the order of writing. A new part of a change does not compile until it stands here. */
export const commitParts: Readonly<Record<PlainPart, { text: string }>> = {
  packagesIn: statements.packageIn,
  messages: statements.message,
  messagesSeen: statements.messageSeen,
  documents: statements.document,
  invitations: statements.invitation,
  verdictChains: statements.verdictChain,
  verdicts: statements.verdict,
  packageOutNames: statements.packageOutName,
  packagesOut: statements.packageOut,
  packageOutMoves: statements.packageOutMove,
  attempts: statements.attempt,
  decisions: statements.decision,
  parentWaits: statements.parentWait,
  homeArrivals: statements.homeArrival,
  homeDocuments: statements.homeDocument,
  ...linkStatements,
  linkWaits: { text: waitStatements.linkWaits },
  work: statements.work,
  journal: statements.journal,
}
