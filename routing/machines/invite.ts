// The machine of an invitation made by a home subscriber: from what it knows of the counterparty to a link.

import type { MachineTable, TransitionRow } from '../machine.ts'

/** Events that end an invitation in whatever state it waits. */
const endings = <const From extends string>(from: From) =>
  [
    { from, on: 'linked', to: 'linked', effects: ['tell'], why: 'Both sides asked, on whatever way.' },
    { from, on: 'withdrawn', to: 'withdrawn', effects: ['tell'], why: 'Its sender thinks otherwise.' },
    { from, on: 'lapsed', to: 'lapsed', effects: ['tell'], why: 'No answer in time.' },
  ] as const satisfies readonly TransitionRow[]

/**
 * One invitation as the service that made it sees it; what the two sides said to each other is the link machine's. It
 * lapses on our side only: a Запрос that stands may still be accepted, and then the link opens all the same.
 */
export const inviteMachine = {
  name: 'invite',
  about:
    'An invitation of a home subscriber, by the id of a counterparty or by its ИНН and e-mail. Days to weeks.',
  states: {
    asked: {
      ru: 'Отправлено, ждём ответа контрагента',
      en: "Sent, the counterparty's answer is awaited",
      waitsOn: 'counterparty',
      deadline: { on: 'lapsed', after: 'links.answerWithinMs' },
    },
    unclaimed: {
      ru: 'Ждём ответа контрагента на письмо',
      en: "A letter was sent, the counterparty's choice is awaited",
      waitsOn: 'counterparty',
      deadline: { on: 'lapsed', after: 'links.answerWithinMs' },
    },
    application: {
      ru: 'Нужна заявка оператору',
      en: 'An application to the operator is needed',
      waitsOn: 'person',
    },
    linked: { ru: 'Связь установлена', en: 'Linked', waitsOn: 'nobody', final: true },
    refused: { ru: 'Контрагент отказал', en: 'The counterparty refused', waitsOn: 'nobody', final: true },
    undelivered: {
      ru: 'Не доставлено оператору контрагента',
      en: "Not taken by the counterparty's operator",
      waitsOn: 'nobody',
      final: true,
    },
    withdrawn: { ru: 'Отозвано', en: 'Withdrawn', waitsOn: 'nobody', final: true },
    lapsed: { ru: 'Нет ответа в срок', en: 'No answer in time', waitsOn: 'nobody', final: true },
  },
  rows: [
    ...endings('asked'),
    {
      from: 'asked',
      on: 'refused',
      to: 'refused',
      effects: ['tell'],
      why: 'The other side said Разрыв.',
    },
    {
      from: 'asked',
      on: 'undelivered',
      to: 'undelivered',
      effects: ['tell'],
      why: 'The Запрос was refused on its way: it does not stand.',
    },

    ...endings('unclaimed'),
    {
      from: 'unclaimed',
      on: 'joined',
      to: 'asked',
      effects: ['tell'],
      why: 'The counterparty became our subscriber and is asked under the id that stood in for it.',
    },
    {
      from: 'unclaimed',
      on: 'claimed',
      to: 'asked',
      effects: ['tell'],
      why: 'An id at another operator was entered: a new Запрос goes there.',
    },
    {
      from: 'unclaimed',
      on: 'application-needed',
      to: 'application',
      effects: ['tell'],
      why: 'An id was entered whose operator takes no invitations.',
    },
    {
      from: 'unclaimed',
      on: 'refused',
      to: 'refused',
      effects: ['tell'],
      why: 'Who got the letter does not want it.',
    },

    ...endings('application'),
    {
      from: 'application',
      on: 'converted',
      to: 'asked',
      effects: ['tell'],
      why: 'The operator takes invitations now.',
    },
    {
      from: 'application',
      on: 'refused',
      to: 'refused',
      effects: ['tell'],
      why: 'The operator or the counterparty said no.',
    },
  ],
  late: ['linked', 'refused', 'undelivered', 'lapsed', 'withdrawn'],
} as const satisfies MachineTable

/** A state of an invitation. */
export type InviteState = keyof typeof inviteMachine.states
/** An event it knows. */
export type InviteEvent = (typeof inviteMachine.rows)[number]['on']
