// Rows of the message machine that are the same wherever a message stands still: faults of ours, decisions of people.

import type { TransitionRow } from '../machine.ts'

/** Events of these rows stand in no other row, so their place in the table does not matter. */
export const interventionRows = [
  // the hub fails again and again
  {
    from: 'accepted',
    on: 'faulted',
    to: 'held',
    effects: ['call-person'],
    why: 'The hub failed at it again and again: it goes no further by itself.',
  },
  {
    from: 'waiting',
    on: 'faulted',
    to: 'held',
    effects: ['call-person'],
    why: 'The hub failed at it again and again: it goes no further by itself.',
  },
  {
    from: 'ready',
    on: 'faulted',
    to: 'held',
    effects: ['call-person'],
    why: 'The hub failed at it again and again: it goes no further by itself.',
  },

  // people
  {
    from: 'waiting',
    on: 'released',
    to: 'accepted',
    effects: ['queue-process'],
    why: 'A person sends it on without its parent.',
  },
  {
    from: 'ready',
    on: 'released',
    to: 'accepted',
    effects: ['queue-process'],
    why: 'A person has it routed anew: its peer may be closed for long.',
  },
  {
    from: 'held',
    on: 'released',
    to: 'accepted',
    effects: ['queue-process'],
    why: 'An engineer sends it again, under a new package name (RULES 20).',
  },
  {
    from: 'waiting',
    on: 'refused-by-person',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'A recorded decision of a person (RULES 17).',
  },
  {
    from: 'ready',
    on: 'refused-by-person',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'A recorded decision of a person (RULES 17).',
  },
  {
    from: 'held',
    on: 'refused-by-person',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'A recorded decision of a person (RULES 17).',
  },
] as const satisfies readonly TransitionRow[]
