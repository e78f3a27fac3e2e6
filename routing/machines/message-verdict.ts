// Rows of the message machine for what the signatures of a message are worth (RULES 25).

import type { TransitionRow } from '../machine.ts'

/** A verdict that refuses is an event `refused` like any other; these rows are of verdicts alone. */
export const verdictRows = [
  {
    from: 'accepted',
    on: 'doubted',
    to: 'held',
    effects: ['call-person'],
    why: 'Policy: what the signatures are worth is for a person to decide (RULES 25).',
  },
] as const satisfies readonly TransitionRow[]
