// The verbs of engineers: messages that wait are released or refused, held packages told again (RULES 17, 18).

import { hash, randomBytes } from 'node:crypto'
import { decidableStates } from '../../../routing/machines/message.ts'
import type { JournalEntry } from '../../../schemas/journal.ts'
import { limits } from '../../../schemas/limits.ts'
import { type Refusal, refusalRow, refuse } from '../../../schemas/refusals.ts'
import { StaleChange } from '../../store/hot/batcher.ts'
import { type Change, joinChanges } from '../../store/hot/change.ts'
import { readMessages, readPackagesOut } from '../../store/hot/reads.ts'
import type { DecisionRow, MessageRow, PackageOutRow, WorkRow } from '../../store/hot/rows.ts'
import { journalMaker, moveContext, type PipelineContext } from '../context.ts'
import { afterRelease } from '../reasons.ts'
import { moveMessage } from './moves.ts'
import type { Named } from './named.ts'

/** A decision of a person about a row. `actor` is an account, not a name; the words of `reason` may be erased. */
export type Order = { id: string; actor: string; reason: string }

const saltBytes = 16

/**
 * Lets a message go on that is held, waits for a parent or stands ready before a closed peer: it is routed anew, waits
 * for no parent any more and leaves under a new package name. One that is being packed now is stopped or too late.
 * Refusals: admin.not-found, admin.not-now.
 */
export function releaseMessage(context: PipelineContext, order: Order): Promise<MessageRow | Refusal> {
  return decideMessage(context, order, {
    verb: 'release',
    named: { event: 'released', patch: { reason: afterRelease } },
  })
}

/**
 * Refuses a message that is held, waits for a parent or stands ready. The reason is the text its sender gets, the last word on it. Refusals: admin.not-found,
 * admin.not-now.
 */
export function refuseMessage(context: PipelineContext, order: Order): Promise<MessageRow | Refusal> {
  const code = 'message.refused-by-person'
  const { ru, en } = refusalRow(code)
  const text = `${code}: ${ru} (${en}): ${order.reason}`
  return decideMessage(context, order, {
    verb: 'refuse',
    named: { event: 'refused-by-person', reason: code, text },
  })
}

type Decision = { verb: DecisionRow['verb']; named: Named }

/** Decides by the row as it is: when it moves meanwhile it is read again, and perhaps there is nothing to decide. */
async function decideMessage(
  context: PipelineContext,
  order: Order,
  decision: Decision,
): Promise<MessageRow | Refusal> {
  const done = await againWhenStale(context, async () => {
    const message = (await readMessages(context.store, [order.id])).get(order.id)
    if (message === undefined) return refuse('admin.not-found', `message ${order.id}`)
    if (!decidableStates.includes(message.state)) {
      return refuse('admin.not-now', `message ${order.id} is ${message.state}`)
    }
    const change = joinChanges([
      decidedChange(context, order, { verb: decision.verb, from: message.state }),
      await memberChange(context, message, decision),
    ])
    await context.committer.submit(change)
    context.watcher.moved(stateAfter[decision.verb], 1)
    return undefined
  })
  if (done !== undefined) return done
  const message = (await readMessages(context.store, [order.id])).get(order.id)
  return message ?? refuse('admin.not-found', `message ${order.id}`)
}

const stateAfter = { release: 'accepted', refuse: 'refused' } as const

/**
 * The move of one member; the package it was held with will never be sent again, nor will one that an SFTP partner wants
 * again (RULES 17, 20).
 */
async function memberChange(
  context: PipelineContext,
  message: MessageRow,
  { named }: Pick<Decision, 'named'>,
): Promise<Change> {
  const now = context.clock.now()
  const moved = moveMessage(message, named, moveContext(context, now))
  if (message.package_out === null) return moved.change
  const out = (await readPackagesOut(context.store, [message.package_out])).get(message.package_out)
  if (out?.state === 'held') return joinChanges([moved.change, abandon(out, now)])
  if (out?.state !== 'sending') return moved.change
  const others = [...(await readMessages(context.store, out.members)).values()].filter(
    ({ id, package_out }) => id !== message.id && package_out === out.id,
  )
  // Not given to anybody before: the others need it.
  if (others.some(({ state }) => state === 'sending')) return moved.change
  const rejected: Named = { event: 'rejected', reason: 'deliver.rejected' }
  const waiting = others.filter(({ state }) => state === 'sent' || state === 'overdue')
  const held = waiting.map((other) => moveMessage(other, rejected, moveContext(context, now)).change)
  return joinChanges([moved.change, abandon(out, now), { workDone: [out.id] }, ...held])
}

/** What the release of a package did: how many messages go on. */
export type PackageReleased = { id: string; state: PackageOutRow['state']; released: number }

/**
 * Lets what a held package of ours carried go on under a new name (RULES 20): its messages are released, the answers
 * it told are told again. Answers that lie at a place their partner has left are told again likewise. Refusals:
 * admin.not-found, admin.not-now.
 */
export async function releasePackage(
  context: PipelineContext,
  order: Order,
): Promise<PackageReleased | Refusal> {
  let released = 0
  const done = await againWhenStale(context, async () => {
    const known = (await readPackagesOut(context.store, [order.id])).get(order.id)
    if (known === undefined) return refuse('admin.not-found', `package ${order.id}`)
    const messages = [...(await readMessages(context.store, known.members)).values()]
    // Read after its messages: whoever decided in between has moved their versions, and the commit below fails.
    const row = (await readPackagesOut(context.store, [order.id])).get(order.id)
    if (row === undefined || !isReleasable(row))
      return refuse('admin.not-now', `package ${order.id} is ${row?.state}`)
    const now = context.clock.now()
    const members = row.kind === 'receipts' ? tellAgain(messages, now) : releaseAll(context, row, messages)
    released = members.length
    await context.committer.submit(
      joinChanges([
        decidedChange(context, order, { verb: 'release', from: row.state }),
        abandon(row, now),
        ...members,
      ]),
    )
    if (row.kind === 'messages' && released > 0) context.watcher.moved(stateAfter.release, released)
    return undefined
  })
  return done ?? { id: order.id, state: 'abandoned', released }
}

function isReleasable({ state, kind }: PackageOutRow): boolean {
  return state === 'held' || (state === 'placed' && kind === 'receipts')
}

function releaseAll(context: PipelineContext, row: PackageOutRow, messages: readonly MessageRow[]): Change[] {
  const named: Named = { event: 'released', patch: { reason: afterRelease } }
  return messages
    .filter((message) => message.state === 'held' && message.package_out === row.id)
    .map((message) => moveMessage(message, named, moveContext(context, context.clock.now())).change)
}

/** The messages stay in their final states; only their versions grow, so that two engineers do not tell twice. */
function tellAgain(messages: readonly MessageRow[], now: Date): Change[] {
  return messages
    .filter((message) => message.answer === 'owed')
    .map((row) => ({
      moves: [{ row, state: row.state, at: row.state_at, patch: {} }],
      work: [settleWork(row, now)],
    }))
}

function settleWork(message: MessageRow, now: Date): WorkRow {
  return {
    id: message.id,
    hop: 'settle',
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

function abandon(row: PackageOutRow, now: Date): Change {
  return { packageOutMoves: [{ ...row, state: 'abandoned', ended_at: row.ended_at ?? now }] }
}

/** The words in a row that may be erased, their salted digest in the journal (RULES 26). */
function decidedChange(
  context: PipelineContext,
  order: Order,
  { verb, from }: { verb: DecisionRow['verb']; from: string },
): Change {
  const at = context.clock.now()
  const salt = randomBytes(saltBytes).toString('hex')
  const { id: subject, actor, reason } = order
  const row: DecisionRow = { id: context.clock.newId(), subject, at, verb, actor, reason, salt }
  const facts = { verb, from, actor, decision: row.id, reasonSha256: reasonDigest(row) }
  const entry: JournalEntry = journalMaker(context, at)('person.decided', subject, facts)
  return { decisions: [row], journal: [entry] }
}

/** SHA-256 of salt, line feed and the reason in UTF-8: what a row says can be held against the journal. */
export function reasonDigest(row: Pick<DecisionRow, 'salt' | 'reason'>): string {
  return hash('sha256', `${row.salt ?? ''}\n${row.reason ?? ''}`, 'hex')
}

async function againWhenStale(
  context: PipelineContext,
  decide: () => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  for (let round = 0; round < limits.staleRoundsMax; round++) {
    try {
      return await decide()
    } catch (error) {
      if (!(error instanceof StaleChange)) throw error
      context.watcher.fault('control.stale', error)
    }
  }
  return refuse('admin.not-now', 'it moves all the time; ask again')
}
