// Rows of the message machine for what the next operator says, or does not say, of a message it was given.

import type { TransitionRow } from '../machine.ts'

/** From `sent`, `overdue` and `held`; no other rows begin there but those of people. */
export const settleRows = [
  {
    from: 'sent',
    on: 'receipt-success',
    to: 'delivered',
    effects: ['tell-success', 'wake-children'],
    why: "Success means the recipient's operator said success.",
  },
  {
    from: 'sent',
    on: 'receipt-error',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'Told on at once, final (RULES 18).',
  },
  {
    from: 'sent',
    on: 'receipt-unknown-id',
    when: 'parent-on-its-way',
    to: 'waiting',
    effects: ['queue-recheck'],
    why: 'Sent again once the parent got through (RULES 18).',
  },
  {
    from: 'sent',
    on: 'receipt-unknown-id',
    to: 'refused',
    effects: ['tell-unknown-id', 'wake-children'],
    why: 'The sender repeats it later (RULES 18).',
  },
  {
    from: 'sent',
    on: 'rejected',
    to: 'held',
    effects: ['call-person'],
    why: 'The peer refused the file that was put for it: a fault of a container we made (RULES 18, 24).',
  },
  {
    from: 'overdue',
    on: 'rejected',
    to: 'held',
    effects: ['call-person'],
    why: 'The peer refused the file that was put for it, late (RULES 18, 24).',
  },
  {
    from: 'sent',
    on: 'overdue',
    to: 'overdue',
    effects: ['watch-longer'],
    why: 'No answer in time: shown, still hoped for (RULES 18).',
  },
  {
    from: 'overdue',
    on: 'receipt-success',
    to: 'delivered',
    effects: ['tell-success', 'wake-children'],
    why: 'Late but right.',
  },
  {
    from: 'overdue',
    on: 'receipt-error',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'Late but final.',
  },
  {
    from: 'overdue',
    on: 'receipt-unknown-id',
    when: 'parent-on-its-way',
    to: 'waiting',
    effects: ['queue-recheck'],
    why: 'Sent again once the parent got through (RULES 18).',
  },
  {
    from: 'overdue',
    on: 'receipt-unknown-id',
    to: 'refused',
    effects: ['tell-unknown-id', 'wake-children'],
    why: 'The sender repeats it later.',
  },
  {
    from: 'overdue',
    on: 'overdue',
    to: 'held',
    effects: ['call-person'],
    why: 'Overdue, then held (RULES 18).',
  },

  // held
  {
    from: 'held',
    on: 'receipt-success',
    to: 'delivered',
    effects: ['tell-success', 'wake-children'],
    why: 'Late but right.',
  },
  {
    from: 'held',
    on: 'receipt-error',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'Late but final.',
  },
  {
    from: 'held',
    on: 'receipt-unknown-id',
    when: 'parent-on-its-way',
    to: 'waiting',
    effects: ['queue-recheck'],
    why: 'Sent again once the parent got through (RULES 18).',
  },
  {
    from: 'held',
    on: 'receipt-unknown-id',
    to: 'refused',
    effects: ['tell-unknown-id', 'wake-children'],
    why: 'The sender repeats it later.',
  },
] as const satisfies readonly TransitionRow[]
