// What the internal API answers about subscribers: the shapes of the search in the directory, with examples that fit them.

import { type Static, Type } from 'typebox'
import { Words } from '../api.ts'

const strict = { additionalProperties: false }
const Time = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z$',
  description: 'RFC 3339, UTC',
})
const TextOrNull = Type.Union([Type.String(), Type.Null()])
const TimeOrNull = Type.Union([Time, Type.Null()])

const Reach = Type.Union(
  [
    Type.Literal('linked'),
    Type.Literal('invitable'),
    Type.Literal('application'),
    Type.Literal('unreachable'),
  ],
  { description: 'связаны; можно пригласить; сначала заявка оператору; недоступен (см. reason)' },
)

const Why = Type.Object({ code: Type.String(), title: Type.String(), advice: Type.String() }, strict)

const Subscriber = Type.Object(
  {
    id: Type.String({ description: 'Идентификатор участника' }),
    inn: TextOrNull,
    kpp: TextOrNull,
    name: TextOrNull,
    operator: Type.Union([Type.Object({ id: Type.String(), name: Type.String() }, strict), Type.Null()]),
    reach: Reach,
    reachText: Words,
    reason: Type.Union([Why, Type.Null()]),
    movedTo: TextOrNull,
    activity: Type.Object(
      {
        isActive: Type.Boolean({ description: 'Доставки были недавно (directory.activeForMs)' }),
        lastTrafficAt: TimeOrNull,
        deliveredShare: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
          description: 'Доля удачных доставок, 0..1; null, пока ничего не отправлялось',
        }),
      },
      strict,
    ),
    sources: Type.Array(Type.String(), {
      description: 'Откуда известен: invitation, traffic, import, look-up, invite',
    }),
    firstSeenAt: Time,
    lastSeenAt: Time,
  },
  strict,
)
export type SubscriberView = Static<typeof Subscriber>

const LookUpView = Type.Object(
  {
    status: Type.Union(
      [Type.Literal('ok'), Type.Literal('not-found'), Type.Literal('not-allowed'), Type.Literal('try-later')],
      { description: 'Ответ справочника участников; try-later — ответа нет, это не «не найден»' },
    ),
    statusText: Words,
    reason: Type.Union([Why, Type.Null()]),
    ids: Type.Array(Type.String()),
    askedAt: Time,
    ageS: Type.Integer({ minimum: 0, description: 'Возраст ответа, секунд' }),
    retryAfterS: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  },
  strict,
)

/** Subscribers that were found, best first, and what the directory of participants says where it was asked. */
export const SubscriberList = Type.Object(
  { items: Type.Array(Subscriber), lookUp: Type.Union([LookUpView, Type.Null()]) },
  {
    ...strict,
    examples: [
      {
        items: [
          {
            id: '2BM-7707083893-770701001-201401010000000000000',
            inn: '7707083893',
            kpp: '770701001',
            name: 'ООО «Ромашка»',
            operator: { id: 'kontur', name: 'СКБ Контур' },
            reach: 'invitable',
            reachText: { ru: 'можно пригласить', en: 'may be invited' },
            reason: null,
            movedTo: null,
            activity: { isActive: true, lastTrafficAt: '2026-11-27T10:00:00.000Z', deliveredShare: 0.98 },
            sources: ['invitation', 'traffic'],
            firstSeenAt: '2026-01-12T08:00:00.000Z',
            lastSeenAt: '2026-11-27T10:00:00.000Z',
          },
        ],
        lookUp: {
          status: 'ok',
          statusText: { ru: 'найден', en: 'found' },
          reason: null,
          ids: ['2BM-7707083893-770701001-201401010000000000000'],
          askedAt: '2026-11-27T09:00:00.000Z',
          ageS: 3600,
          retryAfterS: null,
        },
      },
    ],
  },
)
export type SubscriberList = Static<typeof SubscriberList>
