// Rows of the message machine for messages to subscribers of our own operator.

import type { TransitionRow } from '../machine.ts'

/** The event of these rows stands in no other row. */
export const homeRows = [
  {
    from: 'accepted',
    on: 'inboxed',
    when: 'service-answers',
    to: 'sent',
    effects: ['put-in-inbox', 'watch-receipt', 'wake-children'],
    why: 'It is durably in the inbox, and the service itself tells what becomes of it (RULES 19).',
  },
  {
    from: 'accepted',
    on: 'inboxed',
    to: 'delivered',
    effects: ['put-in-inbox', 'tell-success', 'wake-children'],
    why: 'It is durably in the inbox: that is success (RULES 19).',
  },
] as const satisfies readonly TransitionRow[]
