// What each effect of the message machine adds to the change: work, waiting, answers, arrivals of home codes.

import assert from 'node:assert/strict'
import type { MessageEffect } from '../../../routing/machines/message.ts'
import { homeCodeOf } from '../../../schemas/ids.ts'
import type { Change } from '../../store/hot/change.ts'
import {
  type HomeArrivalRow,
  type Hop,
  linkWaitLane,
  type MessagePatch,
  type MessageRow,
  type WorkRow,
  waitingLane,
} from '../../store/hot/rows.ts'
import type { LinkEventRow } from '../../store/links/rows.ts'
import { afterUnknownId } from '../reasons.ts'
import type { Named } from './named.ts'

/** What the runner must know besides the event: the clock, ids, and the times of the peer's policy. */
export type MoveContext = {
  now: Date
  newId(): string
  /** Where the answer for this message's origin goes: its lane is the ingress peer. */
  answerKey(message: MessageRow): string
  gatherMs(peer: string): number
  receiptWithinMs(peer: string): number
  overdueHoldMs(peer: string): number
  recheckMs: number
  parentWithinMs: number
  linkMessageWaitMs: number
  linkVersionWaitMs: number
}

type Effect = (
  change: Required<
    Pick<
      Change,
      'work' | 'workDone' | 'wakeChildrenOf' | 'parentWaits' | 'homeArrivals' | 'linkEvents' | 'linkWaits'
    >
  >,
  on: { message: MessageRow; named: Named; patch: MessagePatch; context: MoveContext },
) => void

/** Every effect of the machine; a new name does not compile until it stands here. */
export const effects: Record<MessageEffect, Effect> = {
  'queue-process': (change, { message, context }) => {
    change.work.push(workOf(message, context, { hop: 'process', lane: 'messages', afterMs: 0 }))
  },
  'queue-recheck': (change, { message, named, patch, context }) => {
    change.work.push(
      workOf(message, context, { hop: 'process', lane: waitingLane, afterMs: context.recheckMs }),
    )
    for (const awaited of named.parents ?? []) change.parentWaits.push({ child: message.id, ...awaited })
    patch.deadline_at = new Date(context.now.getTime() + parentWithinMs(message, context))
  },
  'queue-link-wait': (change, on) => {
    const { named, patch, context } = on
    patch.deadline_at = named.wait?.deadline_at ?? new Date(context.now.getTime() + context.linkMessageWaitMs)
    patch.reason = 'link.awaited'
    awaitLink(change, on)
  },
  'return-to-sender': (change, on) => {
    const { message, named, patch, context } = on
    patch.deadline_at = new Date(context.now.getTime() + context.linkVersionWaitMs)
    awaitLink(change, on)
    const event = versionEvent(message, named, context)
    change.linkEvents.push(event)
    const kind = event.invite === null ? 'link' : 'invite'
    change.homeArrivals.push(arrivalOf(kind, { ...message, id: event.id }, message.peer, context))
  },
  'queue-deliver': (change, { message, context }) => {
    const lane = message.next_peer ?? ''
    change.work.push(workOf(message, context, { hop: 'deliver', lane, afterMs: context.gatherMs(lane) }))
  },
  freeze: (change, { message, context }) => {
    change.work.push(workOf(message, context, { hop: 'frozen', lane: '', afterMs: 0 }))
  },
  'watch-receipt': (change, { message, patch, context }) => {
    const afterMs = context.receiptWithinMs(message.next_peer ?? '')
    patch.deadline_at = new Date(context.now.getTime() + afterMs)
    change.work.push(workOf(message, context, { hop: 'watch', lane: 'messages', afterMs }))
  },
  'watch-longer': (change, { message, patch, context }) => {
    const afterMs = context.overdueHoldMs(message.next_peer ?? '')
    patch.deadline_at = new Date(context.now.getTime() + afterMs)
    change.work.push(workOf(message, context, { hop: 'watch', lane: 'messages', afterMs }))
  },
  'call-person': (change, { message, context }) => {
    change.work.push(workOf(message, context, { hop: 'frozen', lane: '', afterMs: 0 }))
  },
  'put-in-inbox': (change, { message, context }) => {
    change.homeArrivals.push(arrivalOf('message', message, message.next_peer, context))
  },
  'tell-success': (change, on) => tell(change, on, 'success'),
  'tell-error': (change, on) => tell(change, on, 'error'),
  'tell-unknown-id': (change, on) => tell(change, on, 'unknown-id'),
  'wake-children': (change, { message }) => {
    change.wakeChildrenOf.push(message.id)
  },
  forget: (change, { message }) => {
    change.workDone.push(message.id)
  },
}

/** It is woken by what changes between the two; the look by the clock finds the deadline and a missed wake-up. */
function awaitLink(change: Parameters<Effect>[0], on: Parameters<Effect>[1]): void {
  const { message, named, patch, context } = on
  assert(named.wait !== undefined, 'who waits for a link says for which')
  const { isLookedAtNow = false, ...wait } = named.wait
  change.linkWaits.push({ ...wait, message: message.id, deadline_at: patch.deadline_at ?? null })
  const leftMs = (patch.deadline_at ?? context.now).getTime() - context.now.getTime()
  const afterMs = isLookedAtNow ? 0 : Math.max(0, Math.min(context.recheckMs, leftMs))
  change.work.push(workOf(message, context, { hop: 'process', lane: linkWaitLane, afterMs }))
}

/** Tells the home code that sent it what must change. */
function versionEvent(message: MessageRow, named: Named, context: MoveContext): LinkEventRow {
  return {
    id: context.newId(),
    link: null,
    invite: named.wait?.invite ?? null,
    at: context.now,
    said_by: 'hub',
    news: 'needs-version',
    cell: null,
    state: null,
    reason: named.reason ?? null,
    message: message.id,
    places: named.wait?.places ?? [],
  }
}

/** After an unknown id the parent is awaited to its final answer, and its receipt may take its own time. */
function parentWithinMs(message: MessageRow, context: MoveContext): number {
  if (message.reason !== afterUnknownId) return context.parentWithinMs
  return Math.max(context.parentWithinMs, context.receiptWithinMs(message.next_peer ?? ''))
}

function tell(
  change: Parameters<Effect>[0],
  on: Parameters<Effect>[1],
  code: 'success' | 'error' | 'unknown-id',
): void {
  const { message, named, patch, context } = on
  const isHome = homeCodeOf(message.peer) !== undefined
  patch.answer = isHome ? 'told' : 'owed'
  patch.answer_code = code
  patch.answer_text = named.text ?? null
  patch.answer_ids = named.ids ?? []
  if (isHome) {
    // A service of ours reads its answers where it reads its messages: told as soon as this is durable.
    change.homeArrivals.push(arrivalOf('answer', message, message.peer, context))
    change.workDone.push(message.id)
    return
  }
  const afterMs = context.gatherMs(message.peer)
  const work = workOf(message, context, { hop: 'settle', lane: message.peer, afterMs })
  change.work.push({ ...work, batch_key: context.answerKey(message) })
}

function arrivalOf(
  kind: HomeArrivalRow['kind'],
  message: MessageRow,
  peer: string | null,
  context: MoveContext,
): HomeArrivalRow {
  const home = homeCodeOf(peer ?? '')
  assert(home !== undefined, 'only a home code has an inbox')
  return { id: context.newId(), home, kind, message: message.id, at: context.now }
}

function workOf(
  message: MessageRow,
  context: MoveContext,
  to: { hop: Hop; lane: string; afterMs: number },
): WorkRow {
  return {
    id: message.id,
    hop: to.hop,
    lane: to.lane,
    batch_key: message.origin_code,
    package: message.package,
    bytes: 0,
    due_at: new Date(context.now.getTime() + to.afterMs),
    attempt: 0,
    owner: '0',
    created_at: context.now,
  }
}
