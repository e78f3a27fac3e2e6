// What the steps of the demo's story share: carrying a message from one side to another, and comparing what came.

import assert from 'node:assert/strict'
import type { MessageId } from '../../schemas/ids.ts'
import type { Outcome } from '../../schemas/transport.ts'
import type { SimulatedMessage } from '../simulate/messages.ts'
import type { RecordedMessage } from '../simulate/record.ts'
import type { Findings } from './checks.ts'
import type { Plot } from './plot.ts'
import type { Side } from './sides.ts'
import type { Stage } from './stage.ts'

/** What a step is played with. */
export type Scene = { stage: Stage; plot: Plot; found: Findings }

/** A step. `run` throws when it did not happen. */
export type Step = { id: string; ru: string; en: string; run(scene: Scene): Promise<void> }

/** How long the hub may take to answer, ms. */
export const answeredWithinMs = 15_000

/** What it means on each way that the hub took what a side sent. */
const taken: Readonly<Record<Side['over'], { text: string; is(outcome: Outcome): boolean }>> = {
  http: { text: 'хаб ответил 200 (the hub answered 200)', is: ({ status }) => status === 200 },
  sftp: { text: 'хаб забрал файл (the hub took the file)', is: (outcome) => outcome.class === 'accepted' },
  api: { text: 'API ответил 201 (the API answered 201)', is: ({ status }) => status === 201 },
}

/** Sends one message and waits until the other side has it with the same bodies and signatures. */
export async function carry(
  scene: Scene,
  of: { from: Side; to: Side; message: SimulatedMessage },
): Promise<RecordedMessage> {
  const { plot, found, stage } = scene
  const { from, to, message } = of
  const prepared = from.operator.pack([message])
  found.fact('ИдЛС (message)', message.id)
  if (from.over === 'api') found.fact('ключ (idempotency key)', `${prepared.name}:${message.id}`)
  else found.fact('пакет (package)', `${prepared.name}, ${prepared.bytes.length} байт (bytes)`)
  const sentAt = performance.now()
  const outcome = await from.operator.deliver(prepared, { withinMs: answeredWithinMs })
  found.check(taken[from.over].text, taken[from.over].is(outcome), outcome.text)
  plot.carried.push({ message, from, to })
  const got = await arrivalOf(of)
  found.fact('в пути (on the way)', `${Math.round(performance.now() - sentAt)} мс`)
  if (to.over === 'api') return got
  const carrier = to.operator.record.packages.find(({ name }) => name === got.package)
  const isOfHub = carrier?.signer === stage.hubThumbprint
  found.check('пакет к получателю подписан хабом (what came is signed by the hub)', isOfHub)
  return got
}

/** The description of what a service submits is written by the hub: it is known by its id, not by all its bytes. */
function arrivalOf({ from, to, message }: { from: Side; to: Side; message: SimulatedMessage }) {
  const { record } = to.operator
  return from.over === 'api'
    ? record.waitForMessage(message.id)
    : record.waitForContent(message.contentSha256)
}

/** How often a carried message came: 1 is what everybody hopes for. */
export function countOf({ from, to, message }: Plot['carried'][number]): number {
  const { record } = to.operator
  return from.over === 'api' ? record.messagesOf(message.id).length : record.countOf(message.contentSha256)
}

/** Compares the first document of a message, and its signature, with what came. */
export function compareDocument(
  found: Findings,
  { message, got }: { message: SimulatedMessage; got: RecordedMessage },
): void {
  const [sent] = message.documents
  const [came] = got.documents
  assert(sent !== undefined, 'the message has a document')
  found.fact('файл (file)', sent.fileName)
  found.fact('sha256', sent.sha256)
  found.check('тело дошло байт в байт (the body is the same)', came?.sha256 === sent.sha256)
  const isSame = isSameBytes(got.signatures[0]?.bytes, sent.signature?.bytes)
  found.check('подпись дошла байт в байт (so is its signature)', isSame)
}

/** The side that sent a message is told success. */
export async function expectSuccess(found: Findings, side: Side, id: MessageId): Promise<void> {
  const { code, record } = side.operator
  const { item } = await record.waitForReceipt(id)
  found.check(`${code} узнал об успехе (was told success)`, item.outcome === 'success', item.outcome)
}

function isSameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0
}
