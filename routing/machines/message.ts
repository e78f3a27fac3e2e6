// The message machine: the life of one logical message from the door to its final answer, as a table.

import type { MachineTable } from '../machine.ts'
import { homeRows } from './message-home.ts'
import { interventionRows } from './message-interventions.ts'
import { linkRows } from './message-link.ts'
import { settleRows } from './message-settle.ts'
import { verdictRows } from './message-verdict.ts'

/**
 * The rows below are the whole truth about message states; diagrams, pages, database checks and labels derive
 * from them. The second axis, what the origin was told, is moved by the effects `tell-*` alone (RULES 17).
 */
export const messageMachine = {
  name: 'message',
  about: 'One logical message: taken in, routed, delivered, answered. Minutes to days.',
  states: {
    accepted: { ru: 'Принято', en: 'Accepted', waitsOn: 'hub' },
    waiting: {
      ru: 'Ждёт документ, к которому относится',
      en: 'Waits for its parent document',
      waitsOn: 'parent',
      deadline: { on: 'overdue', after: 'process.parentWithinMs' },
    },
    'awaiting-link': {
      ru: 'Ждёт связи с контрагентом',
      en: 'Waits for the link with the counterparty',
      waitsOn: 'counterparty',
      deadline: { on: 'link-overdue', after: 'links.messageWaitMs' },
    },
    returned: {
      ru: 'Возвращено отправителю: нужна новая версия',
      en: 'Returned to its sender: a new version is needed',
      waitsOn: 'subscriber',
      deadline: { on: 'version-overdue', after: 'links.versionWaitMs' },
    },
    ready: { ru: 'Готово к отправке', en: 'Ready to be sent', waitsOn: 'hub' },
    sending: {
      ru: 'Отправляется',
      en: 'Being sent',
      waitsOn: 'next-operator',
      deadline: { on: 'exhausted', after: 'policy.retryForMs' },
    },
    sent: {
      ru: 'У оператора получателя, ждём квитанцию',
      en: "With the recipient's operator, receipt awaited",
      waitsOn: 'next-operator',
      deadline: { on: 'overdue', after: 'policy.receiptWithinMs' },
    },
    overdue: {
      ru: 'Квитанция просрочена',
      en: 'Receipt overdue',
      waitsOn: 'next-operator',
      deadline: { on: 'overdue', after: 'policy.overdueHoldMs' },
    },
    held: { ru: 'Ждёт решения дежурного', en: 'Held for a person', waitsOn: 'person' },
    delivered: { ru: 'Доставлено', en: 'Delivered', waitsOn: 'nobody', final: true },
    refused: { ru: 'Отказано', en: 'Refused', waitsOn: 'nobody', final: true },
    ignored: {
      ru: 'Повтор, не обрабатывается',
      en: 'Repeat of a message in progress',
      waitsOn: 'nobody',
      final: true,
    },
    repeated: {
      ru: 'Повтор доставленного',
      en: 'Repeat of a delivered message',
      waitsOn: 'nobody',
      final: true,
    },
    replaced: {
      ru: 'Заменено новой версией',
      en: 'Replaced by a new version',
      waitsOn: 'nobody',
      final: true,
    },
  },
  rows: [
    // process
    { from: 'accepted', on: 'planned', to: 'ready', effects: ['queue-deliver'], why: 'A route was found.' },
    {
      from: 'accepted',
      on: 'parked',
      to: 'waiting',
      effects: ['queue-recheck'],
      why: 'Its parent is still on its way (RULES 15).',
    },
    {
      from: 'accepted',
      on: 'refused',
      when: 'may-have-arrived',
      to: 'held',
      effects: ['call-person'],
      why: 'It may be with the next operator: only a person tells an error now (RULES 17).',
    },
    {
      from: 'accepted',
      on: 'refused',
      to: 'refused',
      effects: ['tell-error', 'wake-children'],
      why: 'A per-message refusal (RULES 9).',
    },
    {
      from: 'accepted',
      on: 'unknown-id',
      to: 'refused',
      effects: ['tell-unknown-id', 'wake-children'],
      why: 'Policy: a parent never seen is not forwarded.',
    },
    {
      from: 'accepted',
      on: 'repeat-in-progress',
      to: 'ignored',
      effects: ['forget'],
      why: 'The first one will be answered (RULES 12).',
    },
    {
      from: 'accepted',
      on: 'repeat-of-success',
      to: 'repeated',
      effects: ['tell-success'],
      why: 'Success is told again, nothing is delivered (RULES 12).',
    },
    {
      from: 'accepted',
      on: 'receipt-success',
      to: 'delivered',
      effects: ['tell-success', 'wake-children'],
      why: 'A later answer to an earlier sending: it must not be sent again.',
    },
    {
      from: 'accepted',
      on: 'receipt-error',
      to: 'refused',
      effects: ['tell-error', 'wake-children'],
      why: 'A later answer to an earlier sending: it must not be sent again.',
    },

    // wait for the parent
    {
      from: 'waiting',
      on: 'parent-ready',
      to: 'accepted',
      effects: ['queue-process'],
      why: 'The parent is with the next operator, lies at its server for too long, or is known to be elsewhere.',
    },
    {
      from: 'waiting',
      on: 'parent-refused',
      to: 'refused',
      effects: ['tell-error', 'wake-children'],
      why: 'The same refusal, naming the parent (RULES 15).',
    },
    {
      from: 'waiting',
      on: 'parent-unknown',
      to: 'refused',
      effects: ['tell-unknown-id', 'wake-children'],
      why: 'The parent is to be repeated, so this one too: the same answer (RULES 15).',
    },
    {
      from: 'waiting',
      on: 'overdue',
      to: 'held',
      effects: ['call-person'],
      why: 'The parent did not get through in time.',
    },
    {
      from: 'waiting',
      on: 'receipt-success',
      to: 'delivered',
      effects: ['tell-success', 'wake-children'],
      why: 'A later answer to an earlier sending.',
    },
    {
      from: 'waiting',
      on: 'receipt-error',
      to: 'refused',
      effects: ['tell-error', 'wake-children'],
      why: 'A later answer to an earlier sending.',
    },

    // deliver
    {
      from: 'ready',
      on: 'packed',
      to: 'sending',
      effects: ['freeze'],
      why: 'A member of a package_out whose bytes are durable (RULES 20).',
    },
    {
      from: 'ready',
      on: 'receipt-success',
      to: 'delivered',
      effects: ['tell-success', 'wake-children'],
      why: 'A later answer to an earlier sending.',
    },
    {
      from: 'ready',
      on: 'receipt-error',
      to: 'refused',
      effects: ['tell-error', 'wake-children'],
      why: 'A later answer to an earlier sending.',
    },
    {
      from: 'sending',
      on: 'taken',
      to: 'sent',
      effects: ['watch-receipt', 'wake-children'],
      why: 'The peer said 200.',
    },
    {
      from: 'sending',
      on: 'rejected',
      to: 'held',
      effects: ['call-person'],
      why: 'A fault of a container we made is ours to mend (RULES 18).',
    },
    {
      from: 'sending',
      on: 'exhausted',
      to: 'held',
      effects: ['call-person'],
      why: 'The schedule is over; nothing is dropped.',
    },
    {
      from: 'sending',
      on: 'in-doubt',
      to: 'held',
      effects: ['call-person'],
      why: 'It may have arrived, and the peer is not idempotent (RULES 22) or the hub cannot go on.',
    },
    {
      from: 'sending',
      on: 'forbidden',
      to: 'held',
      effects: ['call-person'],
      why: 'We may not connect to the address of the peer.',
    },
    {
      from: 'sending',
      on: 'receipt-success',
      to: 'delivered',
      effects: ['tell-success', 'wake-children'],
      why: 'The receipt overtook our knowledge of the 200.',
    },
    {
      from: 'sending',
      on: 'receipt-error',
      to: 'refused',
      effects: ['tell-error', 'wake-children'],
      why: 'The receipt overtook our knowledge of the 200.',
    },
    {
      from: 'sending',
      on: 'receipt-unknown-id',
      when: 'parent-on-its-way',
      to: 'waiting',
      effects: ['queue-recheck'],
      why: 'Sent again once the parent got through (RULES 18).',
    },
    {
      from: 'sending',
      on: 'receipt-unknown-id',
      to: 'refused',
      effects: ['tell-unknown-id', 'wake-children'],
      why: 'The sender repeats it later (RULES 18).',
    },

    ...verdictRows,
    ...homeRows,
    ...linkRows,
    ...settleRows,
    ...interventionRows,
  ],
  late: [
    'receipt-success',
    'receipt-error',
    'receipt-unknown-id',
    'taken',
    'rejected',
    'exhausted',
    'in-doubt',
    'forbidden',
    'overdue',
    'parent-ready',
    'parent-refused',
    'parent-unknown',
    'link-overdue',
    'version-overdue',
  ],
} as const satisfies MachineTable

/** A state of a message. */
export type MessageState = keyof typeof messageMachine.states
type MessageRow = (typeof messageMachine.rows)[number]
/** An event the message machine knows. */
export type MessageEvent = MessageRow['on']
/** An effect the runner carries out. */
export type MessageEffect = MessageRow['effects'][number]
/** A guard the runner answers. */
export type MessageGuard = Extract<MessageRow, { when: string }>['when']

/** States in which a message is not yet with the next operator: its children wait for it (RULES 15). */
export const onItsWayStates: readonly MessageState[] = [
  ...(['accepted', 'waiting', 'awaiting-link', 'returned'] as const),
  ...(['ready', 'sending', 'held'] as const),
]
/** States after which nothing happens any more. */
export const finalStates: readonly MessageState[] = [
  ...(['delivered', 'refused', 'ignored', 'repeated', 'replaced'] as const),
]
/** States a message is in only before anything of it left: no receipt can come for it there. */
export const neverLeftStates: readonly MessageState[] = ['awaiting-link', 'returned']
/** States in which a person may let a message go on or refuse it. */
export const decidableStates: readonly MessageState[] = messageMachine.rows
  .filter(({ on }) => on === 'released')
  .map(({ from }) => from)
