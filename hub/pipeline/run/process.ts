// Hop PROCESS: takes claimed messages through stages 2 to 5 and commits what the machine makes of it.

import assert from 'node:assert/strict'
import { StaleChange } from '../../store/hot/batcher.ts'
import { type Change, joinChanges } from '../../store/hot/change.ts'
import { giveBack } from '../../store/hot/claim.ts'
import { dropWork } from '../../store/hot/faults.ts'
import { readMessages, readPackagesIn } from '../../store/hot/reads.ts'
import type { ClaimedWork } from '../../store/hot/rows.ts'
import { moveContext, type PipelineContext } from '../context.ts'
import type { Passage } from '../passage.ts'
import { afterUnknownId } from '../reasons.ts'
import { processStages } from '../stages.ts'
import { allDone, putOffFaulty } from './faults.ts'
import { moveMessage } from './moves.ts'
import type { Named } from './named.ts'
import { racePoint } from './race.ts'

/** Processes a claimed batch. A crash leaves the rows claimed; another node runs the hop again from its start. */
export async function processMessages(
  context: PipelineContext,
  works: readonly ClaimedWork[],
): Promise<void> {
  const now = context.clock.now()
  const batch = await loadPassages(context, works)
  for (const stage of processStages) {
    const startedAt = performance.now()
    await stage.run(context, batch, now)
    context.watcher.stage(stage.name, performance.now() - startedAt)
  }
  await allDone(batch.map((passage) => settlePassage(context, passage, now)))
}

async function loadPassages(context: PipelineContext, works: readonly ClaimedWork[]): Promise<Passage[]> {
  const messages = await readMessages(
    context.store,
    works.map((work) => work.id),
  )
  const packages = await readPackagesIn(
    context.store,
    [...messages.values()].map((message) => message.package),
  )
  const lost: ClaimedWork[] = []
  const batch = works.flatMap((work): Passage[] => {
    const message = messages.get(work.id)
    const packageIn = message && packages.get(message.package)
    if (message !== undefined && packageIn !== undefined && message.state === 'accepted') {
      return [{ work, message, packageIn }]
    }
    context.watcher.fault('process.load', new Error(`work ${work.id} has no message to process`))
    lost.push(work)
    return []
  })
  await dropWork(context.store, { works: lost, node: context.node })
  return batch
}

async function settlePassage(context: PipelineContext, passage: Passage, now: Date): Promise<void> {
  const { work, message, named, lookAgainAt, fault } = passage
  if (fault !== undefined) {
    await putOffFaulty(context, { hop: 'process', works: [work], error: fault })
    return
  }
  if (lookAgainAt !== undefined) {
    await giveBack(context.store, { ids: [message.id], node: context.node, at: lookAgainAt })
    return
  }
  assert(named !== undefined, `no stage says what becomes of message ${message.id}`)
  const holds = [...(named.holds ?? []), ...(mayHaveArrived(message) ? (['may-have-arrived'] as const) : [])]
  const moved = moveMessage(
    message,
    withVerdict({ ...named, holds, hasLinkWait: passage.hasLinkWait === true }, passage),
    moveContext(context, now),
  )
  const chains = context.knownChains.lacking(passage.judged?.chains ?? [])
  const own: Change = { owned: [message.id], ...indexOf(passage), verdictChains: chains }
  const again = readdressedChange(passage)
  try {
    await context.committer.submit(joinChanges([own, inItsPackage(passage, moved.change), again]))
    racePoint('process.commit')
    context.knownChains.committed(chains)
    context.watcher.moved(moved.state, 1)
    tellJudged(context, passage)
  } catch (error) {
    if (!(error instanceof StaleChange)) {
      context.knownChains.forget()
      throw error
    }
    // Somebody moved the message or took the work over: their change stands, ours is dropped whole.
    context.watcher.fault('process.stale', error)
    await giveBack(context.store, { ids: [message.id], node: context.node, at: now })
  }
}

/** A verdict counts once it is kept: what is judged again after a failed commit counts once. */
function tellJudged({ watcher }: PipelineContext, { message, judged }: Passage): void {
  if (judged === undefined) return
  const { indication, subIndication } = judged.verdict
  watcher.judged(message.peer, indication, subIndication ?? '')
}

/** The row of the message says what its signatures are worth; the journal proves facts and verdict by their digest. */
function withVerdict(named: Named, { judged }: Passage): Named {
  if (judged === undefined) return named
  const { summary, row } = judged
  return { ...named, patch: { ...named.patch, verdict: summary }, verdict: { summary, digest: row.digest } }
}

/**
 * An attempt was accepted or ambiguous and the next operator did not say since that it has nothing of it: then no
 * error is told without a person (RULES 17).
 */
function mayHaveArrived(message: Passage['message']): boolean {
  return message.package_out !== null && message.reason !== afterUnknownId
}

/** The package it was formed anew in, and what knows the message by its contents or its recipient. */
function readdressedChange(passage: Passage): Change {
  const { message, readdressed, documentsReaddressed, takesPlaceOf } = passage
  if (documentsReaddressed === undefined) return {}
  if (readdressed === undefined) return { documentsReaddressed: [documentsReaddressed] }
  const { wire_id, peer, id } = message
  const { content_sha256 } = readdressed.message
  return {
    packagesIn: [readdressed.packageIn],
    readdressed: [readdressed.message],
    documentsReaddressed: [documentsReaddressed],
    messagesSeenAgain: [{ wire_id, peer, earlier: takesPlaceOf ?? id, message: id, content_sha256 }],
    journal: [readdressed.journal],
  }
}

function inItsPackage({ readdressed }: Passage, change: Change): Change {
  if (readdressed === undefined || change.work === undefined) return change
  const { id } = readdressed.packageIn
  return { ...change, work: change.work.map((work) => ({ ...work, package: id })) }
}

function indexOf(passage: Passage): Change {
  const { message, documents, homeDocuments, judged, takesPlaceOf: earlier } = passage
  const seen = {
    wire_id: message.wire_id,
    peer: message.peer,
    message: message.id,
    content_sha256: message.content_sha256,
  }
  return {
    ...(documents === undefined ? {} : { documents }),
    ...(homeDocuments === undefined ? {} : { homeDocuments }),
    ...(judged === undefined ? {} : { verdicts: [judged.row] }),
    ...(earlier === undefined || passage.readdressed !== undefined
      ? {}
      : { messagesSeenAgain: [{ ...seen, earlier }] }),
  }
}
