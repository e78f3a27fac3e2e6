// The runner: what an event means for a message, as a change to commit (STYLE 20: stages name, the machine means).

import { step } from '../../../routing/machine.ts'
import { finalStates, type MessageGuard, messageMachine } from '../../../routing/machines/message.ts'
import type { JournalEntry } from '../../../schemas/journal.ts'
import type { Change } from '../../store/hot/change.ts'
import type { MessagePatch, MessageRow } from '../../store/hot/rows.ts'
import type { LinkNewsRow } from '../../store/links/rows.ts'
import { linkReasons } from '../reasons.ts'
import { effects, type MoveContext } from './effects.ts'
import type { Named } from './named.ts'

/** The answer of the runner: the change, and what the machine said. */
export type Moved = {
  change: Change
  means: 'transition' | 'late' | 'impossible'
  state: MessageRow['state']
}

/** Turns an event into a change. Running it twice on the same row version gives the same change. */
export function moveMessage(message: MessageRow, named: Named, context: MoveContext): Moved {
  const found = step(messageMachine, message.state, named.event, (guard) =>
    (named.holds ?? []).includes(guard as MessageGuard),
  )
  if (found.means !== 'transition') {
    const kind = found.means === 'late' ? 'message.noted' : 'message.impossible'
    return {
      change: { journal: [entryOf(kind, message, named, message.state, context)] },
      means: found.means,
      state: message.state,
    }
  }
  const to = found.row.to
  const change: Required<
    Pick<
      Change,
      | 'moves'
      | 'work'
      | 'workDone'
      | 'wakeChildrenOf'
      | 'parentWaits'
      | 'parentWaitsDone'
      | 'homeArrivals'
      | 'linkEvents'
      | 'linkNews'
      | 'linkWaits'
      | 'linkWaitsDone'
      | 'journal'
    >
  > = {
    moves: [],
    parentWaitsDone: message.state === 'waiting' ? [message.id] : [],
    work: [],
    workDone: [],
    wakeChildrenOf: [],
    parentWaits: [],
    homeArrivals: [],
    linkEvents: [],
    linkNews: newsOf(message, to, context),
    linkWaits: [],
    linkWaitsDone: endsWait(message, named, to) ? [message.id] : [],
    journal: [entryOf('message.moved', message, named, to, context)],
  }
  const patch: MessagePatch = { ...named.patch, deadline_at: null }
  if (named.reason !== undefined) patch.reason = named.reason
  const planned = { ...message, ...patch }
  for (const effect of found.row.effects) effects[effect](change, { message: planned, named, patch, context })
  change.moves.push({ row: message, state: to, at: context.now, patch })
  return { change, means: 'transition', state: to }
}

/** What waits for its parents, or for a person, may yet wait for a link again; whatever goes on or ends does not. */
function endsWait(message: MessageRow, named: Named, to: MessageRow['state']): boolean {
  const mayHaveRow = named.hasLinkWait === true || message.reason?.startsWith(linkReasons) === true
  if (named.event === 'released') return mayHaveRow
  return mayHaveRow && (finalStates.includes(to) || to === 'ready' || to === 'sent')
}

/** An invitation that came to its end says something to the link of the two, in the same commit. */
function newsOf({ id, kind }: MessageRow, to: MessageRow['state'], { now }: MoveContext): LinkNewsRow[] {
  if (kind !== 'invitation' || (to !== 'delivered' && to !== 'refused')) return []
  return [{ message: id, outcome: to, at: now }]
}

/** Puts an event on record that is not to change the message. */
export function noteEvent(message: MessageRow, named: Named, context: MoveContext): Change {
  return { journal: [entryOf('message.noted', message, named, message.state, context)] }
}

function entryOf(
  kind: JournalEntry['kind'],
  message: MessageRow,
  named: Named,
  to: MessageRow['state'],
  context: MoveContext,
): JournalEntry {
  return {
    id: context.newId(),
    at: context.now,
    kind,
    subject: message.id,
    facts: {
      event: named.event,
      from: message.state,
      to,
      peer: message.peer,
      wireId: message.wire_id,
      next: named.patch?.next_peer ?? message.next_peer ?? undefined,
      packageOut: named.patch?.package_out ?? undefined,
      reason: named.reason,
      apiKey: named.apiKey,
      verdict: named.verdict?.summary,
      verdictDigest: named.verdict?.digest,
    },
  }
}
