// Shows rows of messages and packages in the shapes of the admin plane.

import type {
  AdminAttempt,
  AdminMessage,
  AdminMessageDetails,
  AdminPackageOut,
  AdminStep,
} from '../../../schemas/admin.ts'
import type { AttemptRow, MessageRow, PackageOutRow } from '../../store/hot/rows.ts'
import type { MessageDetails } from '../../store/views/message-details.ts'
import type { FoundMessage } from '../../store/views/search.ts'

/** States that have a reason of their own; what stands in other rows is of their past. */
const statesWithReason: readonly MessageRow['state'][] = [
  ...(['held', 'refused', 'waiting', 'overdue', 'awaiting-link', 'returned'] as const),
]

/** A message for a list. */
export function messageOf(row: FoundMessage): AdminMessage {
  return {
    id: row.id,
    message: row.wire_id,
    kind: row.kind,
    package: row.package_name ?? '',
    state: row.state,
    code: statesWithReason.includes(row.state) ? row.reason : null,
    fromPeer: row.peer,
    toPeer: row.next_peer,
    sender: row.sender,
    recipient: row.recipient,
    receivedAt: row.received_at.toISOString(),
    changedAt: row.state_at.toISOString(),
  }
}

/** A message whole. */
export function detailsOf(
  row: FoundMessage,
  found: MessageDetails,
  others: readonly FoundMessage[],
): AdminMessageDetails {
  const attemptsOf = Map.groupBy(found.attempts, (attempt) => attempt.package_out)
  return {
    ...messageOf(row),
    answer: { state: row.answer, code: row.answer_code, text: row.answer_text, ids: row.answer_ids },
    routeReason: row.route_reason,
    outMessage: row.out_wire_id,
    deadlineAt: row.deadline_at?.toISOString() ?? null,
    warnings: row.warnings,
    documents: found.documents.map(({ wire_id: id, type, size, sha256, parents }) => {
      return { id, type, bytes: size, sha256, parents }
    }),
    out: found.out.map((out) => {
      const attempts = attemptsOf.get(out.id) ?? []
      return { ...packageOutOf(out, attempts.at(-1)), tries: attempts.map(attemptOf) }
    }),
    decisions: found.decisions.map(({ at, actor, verb, reason }) => {
      return { at: at.toISOString(), actor, verb, reason }
    }),
    steps: found.steps.map(({ entry }) => stepOf(entry)),
    others: others.map(({ id }) => id),
  }
}

/** A package of ours, with its last attempt. */
export function packageOutOf(row: PackageOutRow, last: AttemptRow | undefined): AdminPackageOut {
  return {
    id: row.id,
    package: row.name,
    contents: row.kind,
    peer: row.peer,
    state: row.state,
    messages: row.members.length,
    bytes: row.bytes,
    attempts: row.attempts,
    lastOutcome: last === undefined ? null : outcomeOf(last),
    createdAt: row.created_at.toISOString(),
  }
}

function outcomeOf(attempt: AttemptRow): string {
  return attempt.class === null ? 'unknown' : `${attempt.class} ${attempt.reason ?? ''}`.trim()
}

function attemptOf(row: AttemptRow): AdminAttempt {
  return {
    number: row.number,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    outcome: row.class,
    status: row.status,
    reason: row.reason,
    answer: row.answer,
  }
}

function stepOf(entry: string): AdminStep {
  const { at, kind, facts } = JSON.parse(entry) as AdminStep
  return { at, kind, facts }
}
