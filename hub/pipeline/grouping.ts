// Which ready messages go to a peer in one package (RULES 23): bounded by what a receiver like this hub takes.

import { limits } from '../../schemas/limits.ts'
import type { PeerWithPolicy } from '../../schemas/partner.ts'
import type { ClaimedWork, MessageRow, PackageInRow, PackageOutRow } from '../store/hot/rows.ts'

/** A message to deliver, with the package it came in. */
export type Member = { work: ClaimedWork; message: MessageRow; packageIn: PackageInRow }
/** Messages of one package of ours. */
export type Group = { peer: PeerWithPolicy; relay: PackageOutRow['relay']; members: Member[] }

/** What a group comes to. */
type Load = {
  group: Group
  entries: number
  packedBytes: number
  plainBytes: number
  /** Packages the members are copied from; all are in memory at once. */
  sources: Set<string>
  sourceBytes: number
}

/**
 * Groups messages by origin operator, so that one receipts package has one recipient, in their order. A message that
 * passes a bound by itself goes alone: it came to the hub in a package, so a receiver like the hub takes it.
 */
export function groupMembers(peer: PeerWithPolicy, members: readonly Member[]): Group[] {
  const groups: Group[] = []
  const open = new Map<string, Load>()
  for (const member of members) {
    const last = open.get(member.message.origin_code)
    const joined = last && loadWith(last, member)
    if (last !== undefined && joined !== undefined && fits(joined, last.group.members.length + 1)) {
      last.group.members.push(member)
      open.set(member.message.origin_code, joined)
      continue
    }
    const group: Group = { peer, relay: 'repack', members: [member] }
    groups.push(group)
    open.set(member.message.origin_code, loadWith(emptyLoad(group), member))
  }
  return groups
}

function emptyLoad(group: Group): Load {
  return {
    group,
    entries: 0,
    packedBytes: limits.packedSignatureBytesMax,
    plainBytes: 0,
    sources: new Set(),
    sourceBytes: 0,
  }
}

function loadWith(load: Load, { message, packageIn }: Member): Load {
  const isNew = !load.sources.has(packageIn.id)
  return {
    group: load.group,
    entries: load.entries + message.entries,
    packedBytes: load.packedBytes + message.packed_bytes,
    plainBytes: load.plainBytes + message.plain_bytes,
    sources: isNew ? new Set([...load.sources, packageIn.id]) : load.sources,
    sourceBytes: load.sourceBytes + (isNew ? packageIn.bytes : 0),
  }
}

function fits(load: Load, members: number): boolean {
  const { packageMessagesMax, packageBytesMax } = load.group.peer.policy
  const { entries, packedBytes, plainBytes, sources, sourceBytes } = load
  // The receiver compares with the content alone: headers and names, at most so much an entry, are taken off.
  const content = packedBytes - limits.packedSignatureBytesMax - entries * limits.packedHeaderBytesMax
  return (
    members <= Math.min(packageMessagesMax, limits.messagesPerPackageMax) &&
    entries <= limits.zipEntriesMax &&
    packedBytes <= Math.min(packageBytesMax, limits.packageBytesMax) &&
    plainBytes <= limits.zipTotalBytesMax &&
    (plainBytes <= limits.zipRatioFreeBytes || plainBytes <= content * limits.zipRatioMax) &&
    (sources.size === 1 || sourceBytes <= limits.openBytesMax)
  )
}
