// The shapes of bulk jobs and of applications in the internal API, with examples that fit them.

import { type Static, Type } from 'typebox'
import { limits } from '../limits.ts'

const strict = { additionalProperties: false }
const Time = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z$',
  description: 'RFC 3339, UTC',
})
const TimeOrNull = Type.Union([Time, Type.Null()])
const TextOrNull = Type.Union([Type.String(), Type.Null()])
const NumberOrNull = Type.Union([Type.Integer(), Type.Null()])
const Count = Type.Integer({ minimum: 0 })

/** Groups of the rows of a job, as paths and files name them. */
export const bulkGroups = {
  linked: 'Контрагенты: делать ничего не нужно (linked)',
  ready: 'Можно пригласить (ready to invite)',
  application: 'Нужна заявка оператору (application needed)',
  'not-found': 'Не найдены: можно пригласить по электронной почте (not found)',
  'try-later': 'Справочник не ответил (the directory has not answered)',
  waiting: 'Поиск ещё не выполнен (not searched yet)',
  faulty: 'Ошибки в строках списка (faulty rows)',
} as const

const example = {
  id: '019a0000-0000-7000-8000-000000000001',
  state: 'running',
  phase: 'searching',
  sender: '2AB-7707083893-770701001',
  rows: 1000,
  searched: 640,
  groups: { linked: 120, ready: 400, application: 60, notFound: 55, tryLater: 5, waiting: 350, faulty: 10 },
  invitations: { queued: 0, invited: 0, refused: 0, asked: 0, linked: 0, unclaimed: 0, application: 0 },
  madeAt: '2026-10-01T09:00:00.000Z',
  changedAt: '2026-10-01T09:00:05.000Z',
  href: '/api/v1/bulk/019a0000-0000-7000-8000-000000000001',
}

/** A job and how far it is. */
export const BulkJob = Type.Object(
  {
    id: Type.String(),
    state: Type.Union([Type.Literal('running'), Type.Literal('paused'), Type.Literal('cancelled')]),
    phase: Type.Union([Type.Literal('searching'), Type.Literal('inviting'), Type.Literal('done')], {
      description: 'Что осталось: искать, приглашать, ничего',
    }),
    sender: Type.String({ description: 'Абонент, от чьего имени' }),
    rows: Count,
    searched: Type.Integer({ minimum: 0, description: 'Строк, о которых всё известно, с ошибочными' }),
    groups: Type.Object(
      {
        linked: Count,
        ready: Count,
        application: Count,
        notFound: Count,
        tryLater: Count,
        waiting: Count,
        faulty: Count,
      },
      strict,
    ),
    invitations: Type.Object(
      {
        queued: Count,
        invited: Count,
        refused: Count,
        asked: Count,
        linked: Count,
        unclaimed: Count,
        application: Count,
      },
      { ...strict, description: 'Сколько строк в очереди, приглашено и отказано; приглашённые — по исходу' },
    ),
    madeAt: Time,
    changedAt: Time,
    href: Type.String(),
  },
  { ...strict, examples: [example] },
)
export type BulkJob = Static<typeof BulkJob>

/** Jobs, newest first. */
export const BulkJobPage = Type.Object({ items: Type.Array(BulkJob), next: TextOrNull }, strict)
export type BulkJobPage = Static<typeof BulkJobPage>

/** A row of a job. */
const BulkRowView = Type.Object(
  {
    number: Type.Integer({ description: 'Номер строки в списке' }),
    inn: Type.String(),
    kpp: TextOrNull,
    name: TextOrNull,
    email: TextOrNull,
    state: Type.String({ description: 'faulty, waiting, searched, queued, invited, refused' }),
    group: Type.String({ description: Object.keys(bulkGroups).join(', ') }),
    counterparty: Type.Union([Type.String(), Type.Null()], { description: 'Идентификатор участника' }),
    knownName: TextOrNull,
    operator: TextOrNull,
    boxes: Type.Union([Type.Integer(), Type.Null()], { description: 'Сколько ящиков найдено' }),
    code: Type.Union([Type.String(), Type.Null()], { description: 'Что не так' }),
    text: TextOrNull,
    seen: TextOrNull,
    invite: TextOrNull,
    outcome: Type.Union([Type.String(), Type.Null()], {
      description: 'asked, linked, unclaimed, application',
    }),
  },
  strict,
)

/** Rows of one group, by their numbers. */
export const BulkRowPage = Type.Object({ items: Type.Array(BulkRowView), next: NumberOrNull }, strict)
export type BulkRowPage = Static<typeof BulkRowPage>

const Text = Type.String({ minLength: 1, maxLength: limits.bulkTextLengthMax })

/** Which rows to invite. */
export const BulkInviteRequest = Type.Object(
  {
    rows: Type.Union(
      [
        Type.Literal('all-ready'),
        Type.Literal('all-applications'),
        Type.Literal('all-by-email'),
        Type.Array(Type.Integer({ minimum: 1, maximum: 2_147_483_647 }), {
          minItems: 1,
          maxItems: limits.listRowsMax,
        }),
      ],
      {
        description:
          'all-ready — все, кого можно пригласить сейчас; all-applications — все, для кого нужна заявка; ' +
          'all-by-email — ненайденные, у кого в списке есть почта; или номера строк',
      },
    ),
    message: Type.Optional(Type.String({ ...Text, description: 'Контрагенту' })),
    comment: Type.Optional(Type.String({ ...Text, description: 'Для себя' })),
  },
  { ...strict, examples: [{ rows: 'all-ready', message: 'Предлагаем обмениваться документами' }] },
)
export type BulkInviteRequest = Static<typeof BulkInviteRequest>

/** What was queued. */
export const BulkInvited = Type.Object(
  { queued: Type.Integer({ minimum: 0, description: 'Строк поставлено в очередь сейчас' }), job: BulkJob },
  strict,
)
export type BulkInvited = Static<typeof BulkInvited>

/** An application as a service sees it. */
export const ApplicationView = Type.Object(
  {
    id: Type.String(),
    operator: Type.Object({ id: Type.String(), name: Type.String() }, strict),
    sender: Type.String(),
    state: Type.String({ description: 'draft, sent, confirmed, refused, closed' }),
    number: Type.Union([Type.String(), Type.Null()], { description: 'Номер у оператора контрагента' }),
    rows: Count,
    madeAt: Time,
    sentAt: TimeOrNull,
    endedAt: TimeOrNull,
  },
  strict,
)
export type ApplicationView = Static<typeof ApplicationView>

/** Applications, newest first. */
export const ApplicationPage = Type.Object({ items: Type.Array(ApplicationView), next: TextOrNull }, strict)
export type ApplicationPage = Static<typeof ApplicationPage>
