// What must hold after a drill: in the records of the partners, in the rows of the hub, and in its journal.

import { setTimeout as pause } from 'node:timers/promises'
import { checkBlockSignature } from '../../hub/journal/cms-signature.ts'
import { exportLines } from '../../hub/journal/export.ts'
import { verifyExport } from '../../hub/journal/verify.ts'
import type { SimulatedMessage } from '../../hub/simulate/messages.ts'
import type { RecordedMessage } from '../../hub/simulate/record.ts'
import type { Sql } from '../../hub/store/sql.ts'
import type { RelayPartner } from '../support/relay-partners.ts'
import { checkFolders, checkInboxes } from './both-sides.ts'
import { openLook, runningDatabaseUrl } from './database-process.ts'
import { checkJournal, type ReadEntry } from './journal-story.ts'
import { checkOrder } from './order.ts'
import type { PlannedMessage, PlannedPackage } from './traffic.ts'

/** What was found. */
export type Aftermath = {
  faults: string[]
  journal: { blocks: number; entries: number }
  unknownAttempts: number
}

/** What is looked at: the data of a running hub, all partners, and what they sent. */
export type AftermathOf = {
  dataFolder: string
  all: readonly RelayPartner[]
  packages: readonly PlannedPackage[]
}

const restWithinMs = 30_000
const lookMs = 50

/** Looks at everything, once the hub has come to rest. */
export async function checkAftermath(of: AftermathOf): Promise<Aftermath> {
  const look = await openLook(runningDatabaseUrl(of.dataFolder))
  try {
    const faults = [...checkPartners(of), ...(await waitForRest(look)), ...(await checkRows(look))]
    const { text, entries } = await readExport(look)
    const report = await verifyExport(chunksOf(text), { check: checkBlockSignature })
    for (const { kind, seen, line } of report.faults) faults.push(`journal: ${kind} at line ${line}: ${seen}`)
    faults.push(...checkJournal({ ...of, entries }), ...checkOrder({ ...of, entries }))
    faults.push(...checkFolders({ ...of, entries }), ...(await checkInboxes(look, of.all)))
    return {
      faults,
      journal: { blocks: report.blocks, entries: report.entries },
      unknownAttempts: entries.filter(({ kind }) => kind === 'attempt.unknown').length,
    }
  } finally {
    await look.end()
  }
}

/** Every message where it belongs, once, unchanged, and told of once; nothing else anywhere. */
function checkPartners({ all, packages }: AftermathOf): string[] {
  const planned = packages.flatMap(({ messages }) => messages)
  const faults = planned.flatMap((one) => [...checkDelivery(one, all), ...checkAnswer(one)])
  for (const partner of all) {
    const due = planned.filter(({ to }) => to === partner).length
    const owed = planned.filter(({ from }) => from === partner).length
    const { messages, receipts } = partner.record
    if (messages.length !== due) faults.push(`${partner.code} has ${messages.length} messages of ${due}`)
    if (receipts.length !== owed) faults.push(`${partner.code} has ${receipts.length} receipts of ${owed}`)
  }
  return faults
}

function checkDelivery({ message, from, to }: PlannedMessage, all: readonly RelayPartner[]): string[] {
  const faults: string[] = []
  for (const partner of all) {
    const copies = partner.record.messagesOf(message.id)
    const due = partner === to ? 1 : 0
    if (copies.length !== due) {
      const names = copies.map((copy) => copy.package).join(' ')
      faults.push(`message ${message.id} is ${copies.length} times with ${partner.code}: ${names}`)
    }
  }
  const [got] = to?.record.messagesOf(message.id) ?? []
  if (to === undefined || got === undefined) return faults
  // The description of a message of a service is written by the hub; bodies and signatures are as they were.
  if (from.over !== 'home' && got.contentSha256 !== message.contentSha256)
    faults.push(`message ${message.id} came changed`)
  faults.push(...checkSignatures(message, got))
  for (const { id, sha256 } of message.documents) {
    const same = got.documents.some((document) => document.id === id && document.sha256 === sha256)
    if (!same) faults.push(`document ${id} of message ${message.id} came changed`)
  }
  return faults
}

/** As many as were sent, each with the same bytes under the same id. */
function checkSignatures({ id, parts }: SimulatedMessage, got: RecordedMessage): string[] {
  const sent = parts.flatMap((part) => {
    const [, signature] = /\/([^/]+)\.p7s$/.exec(part.name) ?? []
    return signature === undefined || !('bytes' in part) ? [] : [{ id: signature, bytes: part.bytes }]
  })
  const isSame = sent.every(({ id, bytes }) => {
    const one = got.signatures.find((signature) => signature.id === id)
    return one !== undefined && Buffer.compare(one.bytes, bytes) === 0
  })
  return isSame && sent.length === got.signatures.length ? [] : [`signatures of message ${id} came changed`]
}

function checkAnswer({ message, from, told }: PlannedMessage): string[] {
  const outcomes = from.record.receiptsOf(message.id).map(({ item }) => item.outcome)
  if (outcomes.length === 1 && outcomes[0] === told) return []
  return [`the sender of message ${message.id} was told: ${outcomes.join(' ') || 'nothing'}, not ${told}`]
}

/** The last answers are written down, and every entry of the journal is sealed. */
async function waitForRest(look: Sql): Promise<string[]> {
  const deadline = performance.now() + restWithinMs
  const questions = {
    work: 'select hop, lane, owner, due_at, attempt from work',
    placed: "select id, peer, name from package_out where state = 'placed'",
    arrivals: 'select home, kind, message from home_arrival',
    links: 'select message, outcome from link_news',
    unsealed:
      'select kind from journal where xid >= (select coalesce(max(to_xid::text::bigint), 0)::text::xid8 from journal_block)',
  }
  const faults: string[] = []
  for (const [what, statement] of Object.entries(questions)) {
    for (;;) {
      const { rows } = await look.query(statement)
      if (rows.length === 0) break
      if (performance.now() > deadline) {
        faults.push(`${rows.length} rows of ${what} left: ${JSON.stringify(rows.slice(0, 5))}`)
        break
      }
      await pause(lookMs)
    }
  }
  return faults
}

const rowFaults: Readonly<Record<string, string>> = {
  'messages without a final state':
    "select id, wire_id, state, reason from message where state not in ('delivered', 'refused')",
  'messages whose answer was not told': "select id, wire_id, answer from message where answer <> 'told'",
  'packages of ours that were not taken': "select id, name, state from package_out where state <> 'taken'",
  'attempts without an end': 'select id, package_out from attempt where ended_at is null',
  'children that wait': 'select parent, child from parent_wait',
  'delivered invitations that were not said to their link':
    "select m.id, m.wire_id from message m where m.kind = 'invitation' and m.state = 'delivered' and not exists " +
    "(select from link where sayings @> jsonb_build_array(jsonb_build_object('message', m.id::text)))",
  'sayings of links that were said twice or never delivered':
    "select s ->> 'message' as message, count(*)::int from link, jsonb_array_elements(sayings) s where not exists " +
    "(select from message m where m.id::text = s ->> 'message' and m.kind = 'invitation' and m.state = 'delivered') " +
    'or (select count(*) from link l, jsonb_array_elements(l.sayings) other ' +
    "where other ->> 'message' = s ->> 'message') > 1 group by 1",
}

async function checkRows(look: Sql): Promise<string[]> {
  const faults: string[] = []
  for (const [what, statement] of Object.entries(rowFaults)) {
    const { rows } = await look.query(statement)
    if (rows.length > 0) faults.push(`${rows.length} ${what}: ${JSON.stringify(rows.slice(0, 5))}`)
  }
  return faults
}

async function readExport(look: Sql): Promise<{ text: string; entries: ReadEntry[] }> {
  let text = ''
  for await (const line of exportLines(look, {})) text += line
  const entries = text
    .split('\n')
    .filter((line) => line.includes('"form":"edo-hub-journal/'))
    .map((line) => JSON.parse(line) as ReadEntry)
  return { text, entries }
}

async function* chunksOf(text: string): AsyncGenerator<string> {
  yield text
}
