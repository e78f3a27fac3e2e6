// Stage 7, hop SETTLE: tells origins the final answers of their messages by receipts packages (RULES 17, 23).

import { dialectOf } from '../../operators/dialects/table.ts'
import { type MessageId, type OperatorCode, operatorCodeOf, type ParticipantId } from '../../schemas/ids.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import { StaleChange } from '../store/hot/batcher.ts'
import { joinChanges } from '../store/hot/change.ts'
import { giveBack } from '../store/hot/claim.ts'
import { dropWork } from '../store/hot/faults.ts'
import { readMessages, readPackagesIn } from '../store/hot/reads.ts'
import type { ClaimedWork, MessageRow, PackageInRow, WorkRow } from '../store/hot/rows.ts'
import { type PipelineContext, peerOf } from './context.ts'
import { isOfSurroundings, putOffFaulty } from './run/faults.ts'
import type { Claim } from './run/lane-pool.ts'
import { newPackageName, type Outgoing, outgoingChange } from './run/outgoing.ts'
import { racePoint } from './run/race.ts'
import type { Sender } from './run/send.ts'

/** Tells a claimed batch of answers to one ingress peer; one package per origin operator and address. */
export async function tellAnswers(context: PipelineContext, sender: Sender, claim: Claim): Promise<void> {
  const { works } = claim
  const messages = await readMessages(
    context.store,
    works.map((work) => work.id),
  )
  const packages = await readPackagesIn(
    context.store,
    [...messages.values()].map((message) => message.package),
  )
  const owed: MessageRow[] = []
  const settled: ClaimedWork[] = []
  for (const work of works) {
    const message = messages.get(work.id)
    if (message?.answer === 'owed') owed.push(message)
    else settled.push(work)
  }
  await dropWork(context.store, { works: settled, node: context.node })
  const dialect = peerOf(context, claim.lane)?.dialect ?? ''
  const times = new Map<string, number>()
  // Two answers under one ИдЛС, of a message and its repeat, go in two packages: in one of them either might count.
  const keyOf = (message: MessageRow) => {
    const time = (times.get(message.wire_id) ?? 0) + 1
    times.set(message.wire_id, time)
    const recipient = receiptsRecipient(dialect, message)
    return JSON.stringify([recipient, addressOf(context, message, packages), time])
  }
  const groups = [...Map.groupBy(owed, keyOf).values()]
  // Groups that cannot go as they are come back in halves, behind the others.
  for (const group of groups) {
    const address = group[0] && addressOf(context, group[0], packages)
    const packed = await packOrDivide(context, claim, { group, address })
    if (Array.isArray(packed)) groups.push(...packed)
    else if (packed !== undefined) await sender.send(packed)
  }
}

/** An answer that cannot be packed keeps nobody waiting but itself. */
async function packOrDivide(
  context: PipelineContext,
  claim: Claim,
  of: { group: MessageRow[]; address: string | undefined },
): Promise<Outgoing | undefined | MessageRow[][]> {
  const { group } = of
  try {
    return await packAnswers(context, claim, of)
  } catch (error) {
    context.watcher.fault('settle.pack', error)
    const middle = Math.ceil(group.length / 2)
    if (group.length > 1 && !isOfSurroundings(error)) return [group.slice(0, middle), group.slice(middle)]
    const ids = new Set(group.map((message) => message.id))
    await putOffFaulty(context, { hop: 'settle', works: claim.works.filter(({ id }) => ids.has(id)), error })
    return undefined
  }
}

/** The registered address the origin asked for, else the peer's own (RULES 14). */
function addressOf(
  context: PipelineContext,
  message: MessageRow,
  packages: ReadonlyMap<string, PackageInRow>,
): string | undefined {
  const asked = packages.get(message.package)?.receipt_address ?? undefined
  const peer = peerOf(context, message.peer)
  return asked !== undefined && peer?.receiptAddresses.includes(asked) ? asked : peer?.address
}

async function packAnswers(
  context: PipelineContext,
  { lane, hold }: Claim,
  of: { group: MessageRow[]; address: string | undefined },
): Promise<Outgoing | undefined> {
  const { group, address } = of
  const now = context.clock.now()
  const peer = peerOf(context, lane)
  const ids = group.map((message) => message.id)
  const [first] = group
  if (peer === undefined || address === undefined || peer.state !== 'active' || first === undefined) {
    const at = new Date(now.getTime() + context.settings.breakerOpenMs)
    await giveBack(context.store, { ids, node: context.node, at })
    return undefined
  }
  const bytes = await context.workers.packReceipts({
    operator: receiptsRecipient(peer.dialect, first),
    sentAt: now.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    items: group.map(itemOf),
    dialect: peer.dialect,
    signAs: peer.policy.signAs,
    at: now,
  })
  const { ref, sha256 } = await context.blobs.put(bytes)
  racePoint('settle.blob')
  const outgoing: Outgoing = {
    id: context.clock.newId(),
    peer,
    name: newPackageName(),
    kind: 'receipts',
    relay: 'repack',
    originCode: first.origin_code,
    bytes,
    blob: ref,
    sha256,
    members: ids,
    number: 1,
    attemptId: context.clock.newId(),
    startedAt: now,
    firstAttemptAt: now,
    ...(address === peer.address ? {} : { address }),
  }
  const frozen = group.map((message) => frozenWork(message, now))
  hold(outgoing.id)
  try {
    await context.committer.submit(
      joinChanges([{ owned: ids, work: frozen }, outgoingChange(context, outgoing)]),
    )
    racePoint('settle.commit')
    return outgoing
  } catch (error) {
    if (!(error instanceof StaleChange)) throw error
    context.watcher.fault('settle.stale', error)
    await giveBack(context.store, { ids, node: context.node, at: now })
    return undefined
  }
}

/** RULES 23: which operator stands in Квитанции/@Получатель is a fact of the dialect. */
function receiptsRecipient(dialect: string, message: MessageRow): OperatorCode {
  const recipient = dialectOf(dialect)?.profile.receiptsRecipient
  const code =
    recipient === 'destination-operator'
      ? operatorCodeOf(message.recipient as ParticipantId)
      : message.origin_code
  return code as OperatorCode
}

function itemOf(message: MessageRow): ReceiptItem {
  const id = message.wire_id as MessageId
  switch (message.answer_code) {
    case 'unknown-id':
      return { outcome: 'unknown-id', message: id, ids: message.answer_ids, text: message.answer_text ?? '' }
    case 'error':
      return { outcome: 'error', message: id, text: message.answer_text ?? '' }
    default:
      return { outcome: 'success', message: id }
  }
}

function frozenWork(message: MessageRow, now: Date): WorkRow {
  return {
    id: message.id,
    hop: 'frozen',
    lane: message.peer,
    batch_key: message.origin_code,
    package: message.package,
    bytes: 0,
    due_at: now,
    attempt: 0,
    owner: '0',
    created_at: now,
  }
}
