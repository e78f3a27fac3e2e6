// Processing receipts that came in: each item becomes an event of the message it answers (RULES 13, 18).

import assert from 'node:assert/strict'
import type { MessageGuard } from '../../../routing/machines/message.ts'
import { limits } from '../../../schemas/limits.ts'
import type { ReceiptItem } from '../../../schemas/package.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { StaleChange } from '../../store/hot/batcher.ts'
import { type Change, joinChanges } from '../../store/hot/change.ts'
import { dropWork } from '../../store/hot/faults.ts'
import { type DeliveredRow, readDelivered, readPackagesIn, readParents } from '../../store/hot/reads.ts'
import type { ClaimedWork, MessageRow, PackageInRow } from '../../store/hot/rows.ts'
import { journalMaker, moveContext, type PipelineContext } from '../context.ts'
import { bringersOf, stillToCome } from '../parents.ts'
import { afterUnknownId } from '../reasons.ts'
import { allDone } from './faults.ts'
import { moveMessage, noteEvent } from './moves.ts'
import type { Named } from './named.ts'
import { racePoint } from './race.ts'

/**
 * Reads claimed receipts packages. Up to 200 items are one commit; a second run of a longer one finds the messages of
 * its first parts moved already, and those events are merely noted.
 */
export async function readReceiptsPackages(
  context: PipelineContext,
  works: readonly ClaimedWork[],
): Promise<void> {
  const packages = await readPackagesIn(
    context.store,
    works.map((work) => work.id),
  )
  await allDone(
    works.map(async (work) => {
      const packageIn = packages.get(work.id)
      if (packageIn === undefined) {
        context.watcher.fault('receipts.load', new Error(`work ${work.id} has no package`))
        await dropWork(context.store, { works: [work], node: context.node })
        return
      }
      await readOne(context, packageIn)
    }),
  )
}

async function readOne(context: PipelineContext, packageIn: PackageInRow): Promise<void> {
  const startedAt = performance.now()
  const bytes = await context.blobs.get(packageIn.blob)
  const receipts = await context.workers.readReceipts({ bytes })
  assert(!isRefusal(receipts), `receipts ${packageIn.id} were accepted but cannot be read again`)
  racePoint('receipts.read')
  const parts = partsOf(receipts.items)
  for (const [index, items] of parts.entries()) {
    const isLast = index === parts.length - 1
    await applyItems(context, packageIn, isLast ? { items, count: receipts.items.length } : { items })
  }
  racePoint('receipts.commit')
  context.watcher.stage('receipts', performance.now() - startedAt)
}

function partsOf(items: readonly ReceiptItem[]): ReceiptItem[][] {
  const count = Math.max(1, Math.ceil(items.length / limits.receiptItemsPerCommitMax))
  return Array.from({ length: count }, (_, part) =>
    items.slice(part * limits.receiptItemsPerCommitMax, (part + 1) * limits.receiptItemsPerCommitMax),
  )
}

async function applyItems(
  context: PipelineContext,
  packageIn: PackageInRow,
  part: { items: readonly ReceiptItem[]; count?: number },
): Promise<void> {
  const { items, count } = part
  for (let round = 0; round < limits.staleRoundsMax; round++) {
    const delivered = await readDelivered(
      context.store,
      packageIn.peer,
      items.map((item) => item.message),
    )
    const told = await itemsChange(context, { packageIn, items, delivered })
    const change = joinChanges([endOf(context, packageIn, count), told])
    try {
      await context.committer.submit(change)
      return
    } catch (error) {
      if (!(error instanceof StaleChange)) throw error
      context.watcher.fault('receipts.stale', error)
    }
  }
  throw new Error(`receipts ${packageIn.id} meet messages that move all the time`)
}

/** With the last items the package is read; a run that was overtaken writes nothing. */
function endOf(context: PipelineContext, packageIn: PackageInRow, count: number | undefined): Change {
  const owned = [packageIn.id]
  if (count === undefined) return { owned }
  const make = journalMaker(context, context.clock.now())
  const entry = make('receipts.read', packageIn.id, { peer: packageIn.peer, items: count })
  return { owned, workDone: owned, journal: [entry] }
}

async function itemsChange(
  context: PipelineContext,
  of: {
    packageIn: PackageInRow
    items: readonly ReceiptItem[]
    delivered: ReadonlyMap<string, DeliveredRow>
  },
): Promise<Change> {
  const { packageIn, items, delivered } = of
  const now = context.clock.now()
  const make = journalMaker(context, now)
  const changes: Change[] = []
  // One message may stand in two items: the first one counts, the others are noted.
  const moved = new Set<string>()
  for (const item of items) {
    const found = delivered.get(item.message)
    if (found === undefined) {
      const facts = { peer: packageIn.peer, wireId: item.message, outcome: item.outcome }
      changes.push({ journal: [make('receipts.unmatched', packageIn.id, facts)] })
      continue
    }
    const { message, packedAt } = found
    const named = await receiptEvent(context, item, message)
    if (moved.has(message.id) || isOutdated(item, packageIn, packedAt)) {
      changes.push(noteEvent(message, named, moveContext(context, now)))
      continue
    }
    moved.add(message.id)
    const answer = moveMessage(message, named, moveContext(context, now))
    if (answer.means === 'transition') context.watcher.moved(answer.state, 1)
    changes.push(answer.change)
  }
  return joinChanges(changes)
}

/**
 * An unknown id that was told before the package left in which the message is now: it was told of an earlier sending,
 * and the message has been sent again since (RULES 18). Clocks of nodes may differ by limits.clockSkewMs.
 */
function isOutdated(item: ReceiptItem, packageIn: PackageInRow, packedAt: Date): boolean {
  const toldBeforeMs = packedAt.getTime() - packageIn.received_at.getTime()
  return item.outcome === 'unknown-id' && toldBeforeMs > limits.clockSkewMs
}

/** What an item of a receipt says of a message, in the words of the machine. */
export async function receiptEvent(
  context: PipelineContext,
  item: ReceiptItem,
  message: MessageRow,
): Promise<Named> {
  switch (item.outcome) {
    case 'success':
      return { event: 'receipt-success' }
    case 'error':
      return { event: 'receipt-error', reason: 'next.error', text: item.text }
    case 'unknown-id': {
      const bringers = bringersOf(await readParents(context.store, item.ids))
      const pending = stillToCome(message, item.ids, bringers)
      const holds: MessageGuard[] = pending.length > 0 ? ['parent-on-its-way'] : []
      const reason = afterUnknownId
      return { event: 'receipt-unknown-id', reason, text: item.text, ids: item.ids, holds, parents: pending }
    }
  }
}
