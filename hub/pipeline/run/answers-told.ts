// The answers of a package of receipts that a peer took: told, and nothing more is to be done for them.

import type { Change } from '../../store/hot/change.ts'
import type { MessageRow } from '../../store/hot/rows.ts'

/** The change for the members of such a package; answers told already are passed by. */
export function answersTold(messages: readonly MessageRow[]): Change {
  const told = messages.filter((message) => message.answer === 'owed')
  return {
    moves: told.map((row) => ({ row, state: row.state, at: row.state_at, patch: { answer: 'told' } })),
    workDone: told.map((row) => row.id),
  }
}
