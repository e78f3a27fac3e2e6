// What the internal API answers: the shapes of its answers, with examples that fit them.

import { type Static, Type } from 'typebox'
import { Outcome } from './invites/outcome.ts'
import { LinkEventView } from './links/api.ts'

/** No other members. */
export const strict = { additionalProperties: false }
/** A point in time, UTC. */
export const Time = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z$',
  description: 'RFC 3339, UTC',
})
/** The value or null. */
export const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])
/** A text or null. */
export const TextOrNull = Type.Union([Type.String(), Type.Null()])
const NumberOrNull = Type.Union([Type.Integer(), Type.Null()])

/** Words for people. */
export const Words = Type.Object({ ru: Type.String(), en: Type.String() }, strict)
export type Words = Static<typeof Words>

/** One fault of a request. */
const Fault = Type.Object(
  {
    code: Type.String(),
    title: Type.String(),
    detail: Type.String({ description: 'Что увидено' }),
    at: Type.Optional(Type.String({ description: 'Где: body/documents/0/content' })),
    advice: Type.String(),
  },
  strict,
)

/** RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Страница с объяснением кода' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'Что увидено' }),
    code: Type.String(),
    fault: Type.String({ description: 'sender, next-operator, configuration, hub' }),
    faultText: Type.String({ description: 'Чья ошибка, словами' }),
    advice: Type.String({ description: 'Что делать: по-русски (in English)' }),
    at: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(Fault, { description: 'Все ошибки, если их несколько' })),
  },
  {
    ...strict,
    description: 'application/problem+json, RFC 9457',
    examples: [
      {
        type: '/api/v1/problems/api.digest',
        title: 'SHA-256 не совпадает с содержимым (The SHA-256 given is not that of the content)',
        status: 422,
        detail: 'documents/0',
        code: 'api.digest',
        fault: 'sender',
        faultText: 'ошибка в запросе или у отправителя (the request is at fault)',
        advice:
          'Передайте содержимое снова; выясните, что меняет его в пути. ' +
          '(Send the contents again; check what changes them on their way.)',
      },
    ],
  },
)
export type Problem = Static<typeof Problem>

const Direction = Type.Union([Type.Literal('in'), Type.Literal('out')])

/** A document in a list. */
const ListedDocument = Type.Object(
  { id: Type.String(), type: Type.String(), fileName: Type.String(), number: TextOrNull, date: TextOrNull },
  strict,
)

/** The final answer to a message. */
const MessageAnswer = Type.Object(
  {
    outcome: orNull(Type.Union([Type.Literal('success'), Type.Literal('error'), Type.Literal('unknown-id')])),
    words: Words,
    text: TextOrNull,
    ids: Type.Array(Type.String()),
    isTold: Type.Boolean({ description: 'Отправитель (его оператор или служба) об этом уже знает' }),
  },
  strict,
)

const summary = {
  id: Type.String({ description: 'Идентификатор сообщения в хабе' }),
  wireId: Type.String({ description: 'ИдЛС' }),
  direction: Direction,
  kind: Type.Union([Type.Literal('message'), Type.Literal('invitation')]),
  state: Type.String(),
  stateText: Words,
  isFinal: Type.Boolean(),
  sender: Type.String(),
  recipient: Type.String(),
  receivedAt: Time,
  changedAt: Time,
  answer: MessageAnswer,
  documents: Type.Array(ListedDocument, { description: 'Первые документы' }),
  href: Type.String(),
}

/** A message in a list. */
export const MessageSummary = Type.Object(summary, strict)
export type MessageSummary = Static<typeof MessageSummary>

/** A page; `next` goes into `after`, null: there are no more. */
export const MessagePage = Type.Object({ items: Type.Array(MessageSummary), next: TextOrNull }, strict)
export type MessagePage = Static<typeof MessagePage>

const MessageDocument = Type.Object(
  {
    id: Type.String(),
    type: Type.String(),
    fileName: Type.String(),
    number: TextOrNull,
    date: TextOrNull,
    answerExpected: Type.Boolean(),
    encrypted: Type.Boolean(),
    parents: Type.Array(Type.String()),
    bytes: NumberOrNull,
    sha256: orNull(
      Type.String({ description: 'null, пока хаб не дочитал сообщение; тело несёт Repr-Digest' }),
    ),
    href: Type.String(),
  },
  strict,
)

const MessageSignature = Type.Object(
  {
    id: Type.String(),
    document: Type.String(),
    signer: Type.String(),
    bytes: NumberOrNull,
    sha256: orNull(
      Type.String({ description: 'null в очень больших сообщениях; сама подпись несёт Repr-Digest' }),
    ),
    href: Type.String(),
  },
  strict,
)

const Step = Type.Object(
  {
    at: Time,
    what: Words,
    where: TextOrNull,
    code: TextOrNull,
  },
  strict,
)

const Attempt = Type.Object(
  {
    package: Type.String(),
    carries: Type.Union([Type.Literal('message'), Type.Literal('answer')]),
    number: Type.Integer(),
    startedAt: Time,
    endedAt: orNull(Time),
    outcome: Words,
    status: NumberOrNull,
    reason: TextOrNull,
  },
  strict,
)

const Reason = Type.Object(
  { code: Type.String(), title: Type.String(), faultText: Type.String(), advice: Type.String() },
  strict,
)

const WaitsFor = Type.Object(
  {
    linkStatus: Type.String({ description: 'Статус связи для отправителя: IsInvitedByMe, RejectsMe…' }),
    invite: TextOrNull,
    deadlineAt: orNull(Time),
  },
  { ...strict, description: 'Какой связи ждёт сообщение' },
)

const NamedPlaceView = Type.Object(
  {
    document: Type.String(),
    place: Type.String({ description: 'file-name или атрибут: Файл/@ИдФайл, СвУчДокОбор/@ИдПол' }),
    old: Type.String(),
    new: Type.String(),
  },
  strict,
)

/** A message whole. */
export const MessageDetails = Type.Object(
  {
    ...summary,
    recipientUnit: TextOrNull,
    contentSha256: Type.String({ description: 'SHA-256 имён и содержимого всех файлов сообщения' }),
    documents: Type.Array(MessageDocument),
    signatures: Type.Array(MessageSignature),
    reason: orNull(Reason),
    route: Type.Object({ via: TextOrNull, reason: TextOrNull }, strict),
    verdict: Type.String({
      description:
        'Чего стоят подписи: passed, indeterminate, failed, not-signed, not-judged; протокол — …/verdict',
    }),
    warnings: Type.Array(Type.String()),
    deadlineAt: orNull(Time),
    waitsFor: orNull(WaitsFor),
    needsVersion: Type.Array(NamedPlaceView, {
      description: 'Что изменить и подписать заново; пусто, если новая версия не нужна',
    }),
    timeline: Type.Array(Step),
    attempts: Type.Array(Attempt),
  },
  strict,
)
export type MessageDetails = Static<typeof MessageDetails>

/** The verdict on a message (schemas/verdict/verdict.ts; terms of ETSI EN 319 102-1). */
export const VerdictView = Type.Object(
  {
    message: Type.String(),
    judgedAt: Time,
    digest: Type.String({ description: 'SHA-256 фактов и заключения, он же в журнале' }),
    verdict: Type.Object(
      {
        form: Type.String(),
        indication: Type.String({ description: 'TOTAL-PASSED, INDETERMINATE, TOTAL-FAILED, NOT-SIGNED' }),
        subIndication: Type.Optional(Type.String()),
        action: Type.String({ description: 'forward, mark, hold, refuse' }),
      },
      { additionalProperties: true },
    ),
  },
  strict,
)
export type MessageVerdictView = { message: string; judgedAt: string; digest: string; verdict: object }

/** The invitation that goes with a message; id, counterparty and href are null after a dry run that would make it. */
const InvitationOfMessage = Type.Object(
  {
    id: TextOrNull,
    outcome: Outcome,
    outcomeText: Words,
    counterparty: orNull(Type.String({ description: 'Кому сообщение отправлено' })),
    href: TextOrNull,
  },
  strict,
)

/** What came of a submission. */
export const MessageSubmitted = Type.Object(
  {
    id: orNull(Type.String({ description: 'null после пробы (dryRun)' })),
    wireId: TextOrNull,
    isDryRun: Type.Boolean(),
    isRepeated: Type.Boolean(),
    documents: Type.Array(
      Type.Object({ id: Type.String(), bytes: Type.Integer(), sha256: Type.String() }, strict),
    ),
    signatures: Type.Array(
      Type.Object(
        { id: Type.String(), document: Type.String(), bytes: Type.Integer(), sha256: Type.String() },
        strict,
      ),
    ),
    route: Type.Object({ via: Type.String(), reason: Type.String() }, strict),
    warnings: Type.Array(Type.String()),
    href: TextOrNull,
    invitation: orNull(InvitationOfMessage),
  },
  {
    ...strict,
    examples: [
      {
        id: '0199c7a0-0000-7000-8000-000000000001',
        wireId: 'a'.repeat(32),
        isDryRun: false,
        isRepeated: false,
        documents: [{ id: 'b'.repeat(32), bytes: 7, sha256: '0'.repeat(64) }],
        signatures: [{ id: 'c'.repeat(32), document: 'b'.repeat(32), bytes: 9, sha256: '0'.repeat(64) }],
        route: { via: 'pb', reason: 'код 2ZB принадлежит Оператор Б (b)' },
        warnings: [],
        href: '/api/v1/messages/0199c7a0-0000-7000-8000-000000000001',
        invitation: null,
      },
    ],
  },
)
export type MessageSubmitted = Static<typeof MessageSubmitted>

/** Entries of the inbox; `next` goes into `after`, also when nothing came. */
export const InboxPage = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          position: Type.Integer(),
          cursor: Type.String({ description: 'Курсор сразу после этой записи' }),
          kind: Type.Union([
            Type.Literal('message'),
            Type.Literal('answer'),
            Type.Literal('link'),
            Type.Literal('invite'),
          ]),
          at: Time,
          message: orNull(MessageSummary),
          event: orNull(LinkEventView),
        },
        strict,
      ),
    ),
    next: Type.String(),
  },
  strict,
)
export type InboxPage = Static<typeof InboxPage>

const ReachState = Type.Union([
  Type.Literal('home'),
  Type.Literal('active'),
  Type.Literal('suspended'),
  Type.Literal('not-set-up'),
])

/** The address book. */
export const OperatorList = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          name: Type.String(),
          codes: Type.Array(Type.String()),
          state: ReachState,
          stateText: Words,
          isReachable: Type.Boolean(),
          acceptsInvitations: Type.Boolean(),
        },
        strict,
      ),
    ),
  },
  strict,
)
export type OperatorList = Static<typeof OperatorList>

/** Whose subscriber a participant is, and whether a message would reach it. */
export const ParticipantAnswer = Type.Object(
  {
    id: Type.String(),
    operator: orNull(Type.Object({ id: Type.String(), name: Type.String(), code: Type.String() }, strict)),
    state: ReachState,
    stateText: Words,
    isReachable: Type.Boolean(),
    via: TextOrNull,
    reason: Type.String({ description: 'Почему так, словами' }),
    refusal: orNull(Reason),
  },
  strict,
)
export type ParticipantAnswer = Static<typeof ParticipantAnswer>

/** The plane is alive. */
export const Health = Type.Object({ status: Type.Literal('ok') }, { ...strict, examples: [{ status: 'ok' }] })
