// Rows of the message machine for messages that wait for a link of their subscribers, or for a new version.

import type { TransitionRow } from '../machine.ts'

/** They begin before anything left, so no receipt can come in these states. */
export const linkRows = [
  {
    from: 'accepted',
    on: 'link-awaited',
    to: 'awaiting-link',
    effects: ['queue-link-wait'],
    why: 'There is no link yet, and its sender or the policy of the partner wants it to wait.',
  },
  {
    from: 'awaiting-link',
    on: 'link-looked-at',
    to: 'accepted',
    effects: ['queue-process'],
    why: 'Something changed between the two: it is judged anew.',
  },
  {
    from: 'awaiting-link',
    on: 'refused',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'The link will not come: the invitation was refused, broken off or lapsed.',
  },
  {
    from: 'awaiting-link',
    on: 'link-overdue',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'The link did not come in time: it goes back to its sender.',
  },

  {
    from: 'accepted',
    on: 'needs-version',
    to: 'returned',
    effects: ['return-to-sender'],
    why: 'Its recipient has another id now, and signed contents name the old one: the hub changes no body.',
  },
  {
    from: 'returned',
    on: 'replaced',
    to: 'replaced',
    effects: ['forget', 'wake-children'],
    why: 'The new version was taken in and gets the answer.',
  },
  {
    from: 'returned',
    on: 'version-overdue',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'No new version came in time.',
  },

  // faults of ours and decisions of people
  {
    from: 'awaiting-link',
    on: 'faulted',
    to: 'held',
    effects: ['call-person'],
    why: 'The hub failed at it again and again: it goes no further by itself.',
  },
  {
    from: 'returned',
    on: 'faulted',
    to: 'held',
    effects: ['call-person'],
    why: 'The hub failed at it again and again: it goes no further by itself.',
  },
  {
    from: 'awaiting-link',
    on: 'released',
    to: 'accepted',
    effects: ['queue-process'],
    why: 'A person sends it on without a link.',
  },
  {
    from: 'awaiting-link',
    on: 'refused-by-person',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'A recorded decision of a person (RULES 17).',
  },
  {
    from: 'returned',
    on: 'refused-by-person',
    to: 'refused',
    effects: ['tell-error', 'wake-children'],
    why: 'A recorded decision of a person (RULES 17).',
  },
] as const satisfies readonly TransitionRow[]
