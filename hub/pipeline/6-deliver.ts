// Stage 6, hop DELIVER: groups ready messages to one peer, packs and signs them, and starts the first attempt.

import { createHash } from 'node:crypto'
import type { PackageName } from '../../schemas/ids.ts'
import type { PeerWithPolicy } from '../../schemas/partner.ts'
import { StaleChange } from '../store/batcher.ts'
import { joinChanges } from '../store/change.ts'
import { claimSiblings, giveBack } from '../store/claim.ts'
import { readMessages, readPackagesIn, readTakenNames, reserveOutIds } from '../store/reads.ts'
import type { MessageRow, PackageInRow, WorkRow } from '../store/rows.ts'
import { moveContext, type PipelineContext, peerOf } from './context.ts'
import type { Claim } from './lane-pool.ts'
import { moveMessage } from './moves.ts'
import { newPackageName, type Outgoing, outgoingChange } from './outgoing.ts'
import { racePoint } from './race.ts'
import type { Sender } from './send.ts'

type Member = { work: WorkRow; message: MessageRow; packageIn: PackageInRow }
type Group = { peer: PeerWithPolicy; originCode: string; members: Member[] }

/** Delivers a claimed batch of one lane. Groups go one after another; the lane runs several batches at once. */
export async function deliverMessages(context: PipelineContext, sender: Sender, claim: Claim): Promise<void> {
  const { lane, works } = claim
  const peer = peerOf(context, lane)
  const all = [...works, ...(peer?.policy.relay === 'original' ? await siblings(context, claim) : [])]
  if (peer === undefined || peer.address === undefined || peer.state !== 'active') {
    // The peer was closed meanwhile: its lane waits, nothing is lost.
    const at = new Date(context.clock.now().getTime() + context.settings.breakerOpenMs)
    await giveBack(context.store, { ids: all.map((work) => work.id), node: context.node, at })
    return
  }
  for (const group of await groupMembers(context, peer, all)) {
    const outgoing = await packGroup(context, group, claim)
    if (outgoing !== undefined) await sender.send(outgoing)
  }
}

async function siblings(context: PipelineContext, { lane, works, hold }: Claim): Promise<WorkRow[]> {
  const packages = [...new Set(works.flatMap((work) => work.package ?? []))]
  const found = await claimSiblings(context.store, { lane, packages, node: context.node })
  for (const { id } of found) hold(id)
  return found
}

/** RULES 23: by origin operator, so that one receipts package has one recipient; bounded by count and bytes. */
async function groupMembers(
  context: PipelineContext,
  peer: PeerWithPolicy,
  works: readonly WorkRow[],
): Promise<Group[]> {
  const messages = await readMessages(
    context.store,
    works.map((work) => work.id),
  )
  const packages = await readPackagesIn(
    context.store,
    [...messages.values()].map((message) => message.package),
  )
  const groups: Group[] = []
  const open = new Map<string, { group: Group; bytes: number; packages: Set<string> }>()
  for (const work of works) {
    const message = messages.get(work.id)
    const packageIn = message && packages.get(message.package)
    if (message === undefined || packageIn === undefined || message.state !== 'ready') {
      await context.committer.submit({ owned: [work.id], workDone: [work.id] }).catch(ignoreStale)
      continue
    }
    const key = peer.policy.relay === 'original' ? packageIn.id : message.origin_code
    const last = open.get(key)
    const share = last?.packages.has(packageIn.id) ? 0 : packageIn.bytes
    const fits = last && (peer.policy.relay === 'original' || fitsPackage(peer, last, share))
    if (last !== undefined && fits) {
      last.group.members.push({ work, message, packageIn })
      last.bytes += share
      last.packages.add(packageIn.id)
      continue
    }
    const group: Group = { peer, originCode: message.origin_code, members: [{ work, message, packageIn }] }
    groups.push(group)
    open.set(key, { group, bytes: packageIn.bytes, packages: new Set([packageIn.id]) })
  }
  return groups
}

function fitsPackage(peer: PeerWithPolicy, last: { group: Group; bytes: number }, bytes: number): boolean {
  const { packageMessagesMax, packageBytesMax } = peer.policy
  return last.group.members.length < packageMessagesMax && last.bytes + bytes <= packageBytesMax
}

/** Bytes durable, then rows with "attempt started", then the network (RULES 20, 21). */
async function packGroup(
  context: PipelineContext,
  group: Group,
  { hold }: Claim,
): Promise<Outgoing | undefined> {
  const { peer, members } = group
  const now = context.clock.now()
  const outIds = await chooseOutIds(context, peer.id, members)
  const packed = (await originalOf(context, group, outIds)) ?? (await repack(context, group, outIds, now))
  const outgoing: Outgoing = {
    id: context.clock.newId(),
    peer,
    kind: 'messages',
    originCode: group.originCode,
    members: members.map(({ message }) => message.id),
    startedAt: now,
    number: 1,
    firstAttemptAt: now,
    attemptId: context.clock.newId(),
    ...packed,
  }
  const moves = members.map(({ message }) => {
    const patch = { package_out: outgoing.id, out_wire_id: outIds.get(message.id) ?? message.wire_id }
    return moveMessage(message, { event: 'packed', patch }, moveContext(context, now)).change
  })
  const change = joinChanges([
    { owned: members.map(({ work }) => work.id) },
    ...moves,
    outgoingChange(context, outgoing),
  ])
  hold(outgoing.id)
  try {
    await context.committer.submit(change)
    racePoint('deliver.commit')
    return outgoing
  } catch (error) {
    if (!(error instanceof StaleChange)) throw error
    context.watcher.fault('deliver.stale', error)
    await giveBack(context.store, { ids: members.map(({ work }) => work.id), node: context.node, at: now })
    return undefined
  }
}

/** RULES 6: the ИдЛС is kept, unless another message already left to this peer under it. */
async function chooseOutIds(
  context: PipelineContext,
  peer: string,
  members: readonly Member[],
): Promise<Map<string, string>> {
  const chosen = new Map<string, string>()
  let wishes = members.map(({ message }) => ({
    wire_id: message.out_wire_id ?? message.wire_id,
    message: message.id,
  }))
  while (wishes.length > 0) {
    const unique = [...new Map(wishes.map((wish) => [wish.wire_id, wish])).values()]
    const holders = await reserveOutIds(context.store, peer, unique)
    for (const wish of wishes)
      if (holders.get(wish.wire_id) === wish.message) chosen.set(wish.message, wish.wire_id)
    wishes = wishes
      .filter((wish) => !chosen.has(wish.message))
      .map((wish) => ({ wire_id: randomWireId(context), message: wish.message }))
  }
  return chosen
}

function randomWireId(context: PipelineContext): string {
  return createHash('sha256')
    .update(context.clock.newId())
    .update(String(context.clock.random()))
    .digest('hex')
    .slice(0, 32)
}

type Packed = Pick<Outgoing, 'name' | 'bytes' | 'blob' | 'sha256' | 'relay'>

/** RULES 3: the received package goes on untouched, when all of it goes to this peer and its name is free there. */
async function originalOf(
  context: PipelineContext,
  group: Group,
  outIds: Map<string, string>,
): Promise<Packed | undefined> {
  const [first] = group.members
  if (group.peer.policy.relay !== 'original' || first === undefined) return undefined
  const { packageIn } = first
  const isWhole = group.members.length === packageIn.messages
  const keepsIds = group.members.every(({ message }) => outIds.get(message.id) === message.wire_id)
  const isFirstTime = group.members.every(({ message }) => message.package_out === null)
  if (!isWhole || !keepsIds || !isFirstTime) return undefined
  const key = packageIn.name.toLowerCase()
  if ((await readTakenNames(context.store, group.peer.id, [key])).has(key)) return undefined
  const bytes = await context.blobs.get(packageIn.blob)
  return {
    name: packageIn.name as PackageName,
    bytes,
    blob: packageIn.blob,
    sha256: packageIn.sha256,
    relay: 'original',
  }
}

async function repack(
  context: PipelineContext,
  group: Group,
  outIds: Map<string, string>,
  at: Date,
): Promise<Packed> {
  const packages = [...new Map(group.members.map(({ packageIn }) => [packageIn.id, packageIn])).values()]
  const sources = await Promise.all(
    packages.map(async (packageIn) => ({
      bytes: await context.blobs.get(packageIn.blob),
      registered: context.certificatesOf(packageIn.peer),
    })),
  )
  const members = group.members.map(({ message, packageIn }) => ({
    source: packages.findIndex((one) => one.id === packageIn.id),
    wireId: message.wire_id,
    outWireId: outIds.get(message.id) ?? message.wire_id,
  }))
  const { dialect, policy } = group.peer
  const bytes = await context.workers.packMessages({ sources, members, dialect, signAs: policy.signAs, at })
  const { ref, sha256 } = await context.blobs.put(bytes)
  racePoint('deliver.blob')
  return { name: newPackageName(), bytes, blob: ref, sha256, relay: 'repack' }
}

function ignoreStale(error: unknown): void {
  if (!(error instanceof StaleChange)) throw error
}
