// Stage 6, hop DELIVER: groups ready messages to one peer, packs and signs them, and starts the first attempt.

import { createHash } from 'node:crypto'
import type { PackageName } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { PeerWithPolicy } from '../../schemas/partner.ts'
import { StaleChange } from '../store/hot/batcher.ts'
import { joinChanges } from '../store/hot/change.ts'
import { giveBack } from '../store/hot/claim.ts'
import { dropWork } from '../store/hot/faults.ts'
import { readMessages, readPackagesIn, readTakenNames, reserveOutIds } from '../store/hot/reads.ts'
import type { ClaimedWork } from '../store/hot/rows.ts'
import { readDivided } from '../store/hot/siblings.ts'
import { moveContext, type PipelineContext, peerOf } from './context.ts'
import { type Group, groupMembers, type Member } from './grouping.ts'
import { isOfSurroundings, putOffFaulty } from './run/faults.ts'
import type { Claim } from './run/lane-pool.ts'
import { moveMessage } from './run/moves.ts'
import { newPackageName, type Outgoing, outgoingChange } from './run/outgoing.ts'
import { racePoint } from './run/race.ts'
import type { Sender } from './run/send.ts'

/** Delivers a claimed batch of one lane. Groups go one after another; the lane runs several batches at once. */
export async function deliverMessages(context: PipelineContext, sender: Sender, claim: Claim): Promise<void> {
  const { lane, works } = claim
  const peer = peerOf(context, lane)
  if (peer === undefined || peer.address === undefined || peer.state !== 'active') {
    // The peer was closed meanwhile: its lane waits, nothing is lost.
    await putOff(context, works, context.settings.breakerOpenMs)
    return
  }
  const members = await loadMembers(context, works)
  const isOriginal = peer.policy.relay === 'original'
  const { whole, rest } = isOriginal ? await findWhole(context, peer, members) : { whole: [], rest: members }
  const groups = [...whole, ...groupMembers(peer, rest)]
  // Groups that cannot go as they are come back in parts, behind the others.
  for (const group of groups) {
    const packed = await packOrDivide(context, group)
    if (Array.isArray(packed)) {
      groups.push(...packed)
      continue
    }
    const outgoing = await commitGroup(context, { group, packed, claim })
    if (outgoing !== undefined) await sender.send(outgoing)
  }
}

async function putOff(context: PipelineContext, works: readonly ClaimedWork[], ms: number): Promise<void> {
  const at = new Date(context.clock.now().getTime() + ms)
  await giveBack(context.store, { ids: works.map((work) => work.id), node: context.node, at })
}

async function loadMembers(context: PipelineContext, works: readonly ClaimedWork[]): Promise<Member[]> {
  const messages = await readMessages(
    context.store,
    works.map((work) => work.id),
  )
  const packages = await readPackagesIn(
    context.store,
    [...messages.values()].map((message) => message.package),
  )
  const members: Member[] = []
  for (const work of works) {
    const message = messages.get(work.id)
    const packageIn = message && packages.get(message.package)
    if (message !== undefined && packageIn !== undefined && message.state === 'ready') {
      members.push({ work, message, packageIn })
    } else {
      await dropWork(context.store, { works: [work], node: context.node })
    }
  }
  return members
}

/**
 * RULES 3: packages of which every message goes to this peer for the first time. One whose messages are still being
 * routed or in other hands is put off for a moment; of all others the messages are packed anew.
 */
async function findWhole(
  context: PipelineContext,
  peer: PeerWithPolicy,
  members: readonly Member[],
): Promise<{ whole: Group[]; rest: Member[] }> {
  const now = context.clock.now().getTime()
  const byPackage = [...Map.groupBy(members, ({ packageIn }) => packageIn.id)]
  const packages = byPackage.map(([id]) => id)
  const divided = await readDivided(context.store, { packages, peer: peer.id })
  const whole: Group[] = []
  const rest: Member[] = []
  for (const [id, own] of byPackage) {
    const { packageIn } = own[0] as Member
    const isFirstTime = own.every(({ message }) => message.package_out === null)
    const isYoung = now - packageIn.received_at.getTime() < limits.wholePackageWaitMs
    if (!isFirstTime || divided.has(id)) rest.push(...own)
    else if (own.length === packageIn.messages) whole.push({ peer, relay: 'original', members: own })
    else if (isYoung) {
      const works = own.map(({ work }) => work)
      await putOff(context, works, limits.wholePackageLookMs)
    } else rest.push(...own)
  }
  return { whole, rest }
}

type Packed = Pick<Outgoing, 'name' | 'bytes' | 'blob' | 'sha256' | 'relay'> & {
  outIds: ReadonlyMap<string, string>
}

/**
 * The bytes of a group, durable; or the smaller groups it must go in: by packages, then by messages, until what cannot
 * be packed is put off by itself and keeps nobody else waiting.
 */
async function packOrDivide(context: PipelineContext, group: Group): Promise<Packed | Group[]> {
  const { peer, members } = group
  try {
    const outIds = await chooseOutIds(context, peer.id, members)
    if (group.relay === 'repack') return await repack(context, group, outIds)
    return (await originalOf(context, group, outIds)) ?? groupMembers(peer, members)
  } catch (error) {
    context.watcher.fault('deliver.pack', error)
    const byPackage = [...Map.groupBy(members, ({ packageIn }) => packageIn.id).values()]
    const parts = byPackage.length > 1 ? byPackage : members.map((member) => [member])
    const isDivisible = parts.length > 1 && group.relay === 'repack' && !isOfSurroundings(error)
    if (isDivisible) return parts.map((own) => ({ ...group, members: own }))
    await putOffFaulty(context, { hop: 'deliver', works: members.map(({ work }) => work), error })
    return []
  }
}

/** Bytes durable, then rows with "attempt started", then the network (RULES 20, 21). */
async function commitGroup(
  context: PipelineContext,
  of: { group: Group; packed: Packed; claim: Claim },
): Promise<Outgoing | undefined> {
  const { peer, members } = of.group
  const { outIds, ...packed } = of.packed
  const now = context.clock.now()
  const outgoing: Outgoing = {
    id: context.clock.newId(),
    peer,
    kind: 'messages',
    originCode: members[0]?.message.origin_code ?? '',
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
  const owned = members.map(({ work }) => work.id)
  const change = joinChanges([{ owned }, ...moves, outgoingChange(context, outgoing)])
  of.claim.hold(outgoing.id)
  try {
    await context.committer.submit(change)
    racePoint('deliver.commit')
    return outgoing
  } catch (error) {
    if (!(error instanceof StaleChange)) throw error
    context.watcher.fault('deliver.stale', error)
    await giveBack(context.store, { ids: owned, node: context.node, at: now })
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

/** RULES 3: the received package untouched, when it keeps its ids and its name is free at this peer. */
async function originalOf(
  context: PipelineContext,
  { peer, members }: Group,
  outIds: ReadonlyMap<string, string>,
): Promise<Packed | undefined> {
  const [first] = members
  const keepsIds = members.every(({ message }) => outIds.get(message.id) === message.wire_id)
  if (first === undefined || !keepsIds) return undefined
  const { packageIn } = first
  const key = packageIn.name.toLowerCase()
  if ((await readTakenNames(context.store, peer.id, [key])).has(key)) return undefined
  const bytes = await context.blobs.get(packageIn.blob)
  const name = packageIn.name as PackageName
  return { name, bytes, blob: packageIn.blob, sha256: packageIn.sha256, relay: 'original', outIds }
}

async function repack(
  context: PipelineContext,
  { peer, members }: Group,
  outIds: ReadonlyMap<string, string>,
): Promise<Packed> {
  const packages = [...new Map(members.map(({ packageIn }) => [packageIn.id, packageIn])).values()]
  const sources = await Promise.all(
    packages.map(async (packageIn) => ({ bytes: await context.blobs.get(packageIn.blob) })),
  )
  const { dialect, policy } = peer
  const bytes = await context.workers.packMessages({
    sources,
    members: members.map(({ message, packageIn }) => ({
      source: packages.findIndex((one) => one.id === packageIn.id),
      wireId: message.wire_id,
      outWireId: outIds.get(message.id) ?? message.wire_id,
    })),
    dialect,
    signAs: policy.signAs,
    at: context.clock.now(),
  })
  const { ref, sha256 } = await context.blobs.put(bytes)
  racePoint('deliver.blob')
  return { name: newPackageName(), bytes, blob: ref, sha256, relay: 'repack', outIds }
}
