// Invitations in the internal API: what a service sends and what it gets, with examples that fit.

import { type Static, Type } from 'typebox'
import { orNull, strict, TextOrNull, Time, Words } from '../api.ts'
import { DocumentRequest, ParticipantText } from '../api-requests.ts'
import { limits } from '../limits.ts'
import { Email, inviteTexts, organisation } from './organisation.ts'
import { Outcome } from './outcome.ts'

/** An invitation, by id or by ИНН and e-mail. */
export const InvitationRequest = Type.Object(
  {
    sender: Type.Object(
      { id: ParticipantText, ...organisation },
      { ...strict, description: 'Свой абонент; inn и name нужны, пока хаб их не знает' },
    ),
    counterparty: Type.Object(
      { id: Type.Optional(ParticipantText), ...organisation },
      { ...strict, description: 'Либо id, либо inn (с kpp и name, если известны)' },
    ),
    email: Type.Optional(Email),
    ...inviteTexts,
    documents: Type.Optional(
      Type.Array(DocumentRequest, {
        maxItems: limits.documentsPerMessageMax,
        description:
          'Один документ с одной подписью, содержимое в base64: едет с приглашением или следом за ним, ' +
          'как скажет attachments. Нужно и право submit',
      }),
    ),
  },
  {
    ...strict,
    examples: [
      {
        sender: { id: '2AB-7712345678', inn: '7707083893', name: 'ООО «Отправитель»' },
        counterparty: { id: '2ZB-recipient' },
        email: 'buh@example.ru',
        message: 'Предлагаем обмениваться документами в электронном виде.',
      },
    ],
  },
)
export type InvitationRequest = Static<typeof InvitationRequest>

/** What came of an invitation. */
export const InvitationMade = Type.Object(
  {
    id: Type.String(),
    outcome: Outcome,
    outcomeText: Words,
    counterparty: Type.String({ description: 'Кому с этого времени можно отправлять сообщения' }),
    isRepeated: Type.Boolean({ description: 'Приглашение сделано раньше' }),
    isStanding: Type.Boolean({
      description: 'Сделано под другим ключом и ещё действует: второго приглашения и письма нет',
    }),
    attachments: Type.Union([Type.Literal('carried'), Type.Literal('follow')], {
      description:
        'carried: документ едет в самом Запросе; follow: документы идут следом сообщением на counterparty, ' +
        'которое ждёт, пока связь не установится',
    }),
    follows: orNull(
      Type.Object(
        { id: Type.String(), href: Type.String() },
        { ...strict, description: 'Сообщение с документом этого запроса, которое идёт следом' },
      ),
    ),
    href: Type.String(),
  },
  strict,
)
export type InvitationMade = Static<typeof InvitationMade>

const Organisation = Type.Object(
  { id: Type.String(), inn: TextOrNull, kpp: TextOrNull, name: TextOrNull },
  strict,
)

const summary = {
  id: Type.String(),
  kind: Type.Union([Type.Literal('by-id'), Type.Literal('by-inn')]),
  state: Type.String(),
  stateText: Words,
  isFinal: Type.Boolean(),
  reason: TextOrNull,
  sender: Organisation,
  counterparty: Organisation,
  standIn: orNull(Type.String({ description: 'Временный абонент, пока контрагент не выбрал' })),
  email: TextOrNull,
  letter: Type.String({ description: 'none, queued, sent, bounced' }),
  comment: TextOrNull,
  madeAt: Time,
  changedAt: Time,
  deadlineAt: orNull(Time),
  href: Type.String(),
}

/** An invitation in a list. */
export const InvitationSummary = Type.Object(summary, strict)
export type InvitationSummary = Static<typeof InvitationSummary>

/** A page, newest first; `next` goes into `after`, null: there are no more. */
export const InvitationPage = Type.Object({ items: Type.Array(InvitationSummary), next: TextOrNull }, strict)
export type InvitationPage = Static<typeof InvitationPage>

/** An invitation with everything that happened to it. Tokens of claim links stand nowhere. */
export const InvitationCard = Type.Object(
  {
    ...summary,
    message: TextOrNull,
    link: orNull(Type.Object({ id: Type.String(), status: Type.String(), since: Time }, strict)),
    saidBy: orNull(Type.String({ description: 'Сообщение хаба, которое несёт Запрос' })),
    waitingMessages: Type.Integer({ description: 'Сколько сообщений ждут этой связи' }),
    joined: orNull(
      Type.Object(
        { inn: TextOrNull, kpp: TextOrNull, name: TextOrNull, contact: TextOrNull, at: Time },
        { ...strict, description: 'Контрагент стал нашим абонентом: данные для регистрации' },
      ),
    ),
    letters: Type.Array(
      Type.Object({ kind: Type.String(), state: Type.String(), madeAt: Time, endedAt: orNull(Time) }, strict),
    ),
    claims: Type.Array(
      Type.Object({ madeAt: Time, expiresAt: Time, usedAt: orNull(Time), revokedAt: orNull(Time) }, strict),
    ),
    events: Type.Array(
      Type.Object({ at: Time, news: Type.String(), state: TextOrNull, reason: TextOrNull }, strict),
    ),
  },
  strict,
)
export type InvitationCard = Static<typeof InvitationCard>
