// What the internal API answers of links and invitations: states, events and rules, as one side sees them.

import { type Static, Type } from 'typebox'
import { ParticipantText } from '../api-requests.ts'
import { limits } from '../limits.ts'

const strict = { additionalProperties: false }
const Time = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z$',
  description: 'RFC 3339, UTC',
})
const TextOrNull = Type.Union([Type.String(), Type.Null()])
const TimeOrNull = Type.Union([Time, Type.Null()])
const Words = Type.Object({ ru: Type.String(), en: Type.String() }, strict)

/** Who caused an event, as one side sees it. */
const SaidBy = Type.Union([
  Type.Literal('us'),
  Type.Literal('counterparty'),
  Type.Literal('clock'),
  Type.Literal('hub'),
])
export type SaidBy = Static<typeof SaidBy>

const standing = {
  id: Type.String({ description: 'Идентификатор связи в хабе' }),
  own: Type.String({ description: 'Наш абонент' }),
  counterparty: Type.String({ description: 'Контрагент' }),
  inn: TextOrNull,
  kpp: TextOrNull,
  name: TextOrNull,
  status: Type.String({
    description:
      'NotInCounteragentList, IsInvitedByMe, InvitesMe, IsMyCounteragent, RejectsMe, IsRejectedByMe',
  }),
  cell: Type.String({ description: 'Клетка таблицы связи' }),
  cellText: Words,
  linkedAt: TimeOrNull,
}

/** A link as it stood after an event; ИНН, КПП and name are those the counterparty says of itself. */
const LinkThen = Type.Object(standing, strict)

/** An invitation as it stood after an event. */
const InviteThen = Type.Object(
  {
    id: Type.String({ description: 'Идентификатор приглашения в хабе' }),
    own: Type.String(),
    counterparty: Type.String(),
    inn: TextOrNull,
    kpp: TextOrNull,
    name: TextOrNull,
    state: Type.String(),
    stateText: Words,
    isFinal: Type.Boolean(),
    reason: Type.Union([
      Type.Object({ code: Type.String(), title: Type.String(), advice: Type.String() }, strict),
      Type.Null(),
    ]),
  },
  strict,
)

/** What happened to a link or to an invitation of ours; one of `link` and `invite` may be null. */
export const LinkEventView = Type.Object(
  {
    id: Type.String(),
    at: Time,
    news: Type.String({ description: 'invited, accepted, refused, withdrawn, broken, unanswered, …' }),
    newsText: Words,
    saidBy: SaidBy,
    message: Type.Union([Type.String({ description: 'Сообщение с Запросом или Разрывом' }), Type.Null()]),
    link: Type.Union([LinkThen, Type.Null()]),
    invite: Type.Union([InviteThen, Type.Null()]),
  },
  strict,
)
export type LinkEventView = Static<typeof LinkEventView>

const summary = {
  ...standing,
  changedAt: Time,
  deadlineAt: Type.Union([Type.String({ description: 'До когда ждём ответ на приглашение' }), Type.Null()]),
  href: Type.String(),
}

/** A link in a list. */
export const LinkSummary = Type.Object(summary, strict)
export type LinkSummary = Static<typeof LinkSummary>

/** A page of links; `next` goes into `after`, null: there are no more. */
export const LinkPage = Type.Object({ items: Type.Array(LinkSummary), next: TextOrNull }, strict)
export type LinkPage = Static<typeof LinkPage>

/** A link with what was said and what came of it, oldest first. */
export const LinkDetails = Type.Object(
  {
    ...summary,
    comment: Type.Union([
      Type.String({ description: 'Комментарий последнего Запроса контрагента, если он читается' }),
      Type.Null(),
    ]),
    sayings: Type.Array(
      Type.Object(
        {
          by: Type.Union([Type.Literal('us'), Type.Literal('counterparty')]),
          type: Type.Union([Type.Literal('ask'), Type.Literal('break')]),
          sentAt: Type.String({
            description: '@ДатаОтправки; если она больше чем на сутки впереди — время поступления',
          }),
          heardAt: Time,
          message: TextOrNull,
        },
        strict,
      ),
      { description: 'Последние Запросы и Разрывы в порядке поступления' },
    ),
    events: Type.Array(LinkEventView, { description: 'Последние события' }),
  },
  strict,
)
export type LinkDetails = Static<typeof LinkDetails>

/** An organisation as a service names it. */
const OrganisationGiven = Type.Object(
  {
    inn: Type.String({ pattern: '^([0-9]{10}|[0-9]{12})$', description: 'ИНН' }),
    kpp: Type.Optional(Type.String({ pattern: '^[0-9]{4}[0-9A-Z]{2}[0-9]{3}$', description: 'КПП' })),
    name: Type.String({ minLength: 1, maxLength: limits.organisationNameLengthMax }),
  },
  { ...strict, description: 'Реквизиты нашего абонента; без них берутся известные хабу' },
)

/** What a home subscriber says to its counterparty. */
export const LinkAnswer = Type.Object(
  {
    own: ParticipantText,
    counterparty: ParticipantText,
    answer: Type.Union(
      [Type.Literal('accept'), Type.Literal('decline'), Type.Literal('break'), Type.Literal('withdraw')],
      {
        description:
          'accept — принять приглашение (Запрос); decline — отклонить, break — разорвать связь, ' +
          'withdraw — отозвать своё приглашение (Разрыв)',
      },
    ),
    comment: Type.Optional(
      Type.String({ minLength: 1, maxLength: limits.receiptTextLengthMax, description: 'Для контрагента' }),
    ),
    organisation: Type.Optional(OrganisationGiven),
  },
  {
    ...strict,
    examples: [{ own: '2AB-7712345678-771001001', counterparty: '2ZA-7701-774101000-1', answer: 'accept' }],
  },
)
export type LinkAnswer = Static<typeof LinkAnswer>

/** What came of an answer. */
export const LinkAnswered = Type.Object(
  {
    link: LinkSummary,
    message: Type.Union([
      Type.String({
        description:
          'Отправленное сообщение; null — отправлять нечего: всё уже так, или оба одного нашего кода',
      }),
      Type.Null(),
    ]),
    isRepeated: Type.Boolean(),
  },
  strict,
)
export type LinkAnswered = Static<typeof LinkAnswered>

const RuleKind = Type.Union([Type.Literal('all'), Type.Literal('listed')])

/** Whose invitations a subscriber of ours accepts without a person. */
export const LinkRule = Type.Object(
  {
    accepts: RuleKind,
    operators: Type.Optional(
      Type.Array(Type.String({ minLength: 3, maxLength: 3 }), {
        maxItems: limits.linkRuleNamesMax,
        description: 'Коды операторов, чьи абоненты принимаются',
      }),
    ),
    inns: Type.Optional(
      Type.Array(Type.String({ pattern: '^([0-9]{10}|[0-9]{12})$' }), {
        maxItems: limits.linkRuleNamesMax,
        description: 'ИНН, которые принимаются',
      }),
    ),
    organisation: Type.Optional(OrganisationGiven),
  },
  {
    ...strict,
    examples: [{ accepts: 'all' }, { accepts: 'listed', operators: ['2ZA'], inns: ['7712345678'] }],
  },
)
export type LinkRule = Static<typeof LinkRule>

/** A rule as it stands. */
export const LinkRuleView = Type.Object(
  {
    own: Type.String(),
    accepts: RuleKind,
    operators: Type.Array(Type.String()),
    inns: Type.Array(Type.String()),
    organisation: Type.Object({ inn: Type.String(), kpp: TextOrNull, name: Type.String() }, strict),
    changedAt: Time,
  },
  strict,
)
export type LinkRuleView = Static<typeof LinkRuleView>
