// Routes of invitations: made, listed, shown, and what their service does with them.

import { Type } from 'typebox'
import { type InviteState, inviteMachine } from '../../../../routing/machines/invite.ts'
import { ParticipantText } from '../../../../schemas/api-requests.ts'
import {
  InvitationCard,
  InvitationMade,
  InvitationPage,
  InvitationRequest,
} from '../../../../schemas/invites/api.ts'
import type { InviteMade } from '../../../../schemas/invites/invite.ts'
import { limits } from '../../../../schemas/limits.ts'
import { isRefusal, type Refusal } from '../../../../schemas/refusals.ts'
import { inviteAndSubmit } from '../../../home/invite-and-submit.ts'
import { type Controlling, resend, revoke, withdraw } from '../../../invites/control.ts'
import { makeInviteDesk } from '../../../invites/desk.ts'
import type { PipelineContext } from '../../../pipeline/context.ts'
import { findInvites } from '../../../store/links/invites.ts'
import { readInvite } from '../../../store/links/reads.ts'
import type { InviteRow } from '../../../store/links/rows.ts'
import { type Caller, checkVerb } from '../access.ts'
import { type ApiApp, type ApiParts, callerOf, root, visitOf } from '../app.ts'
import {
  MessageKey,
  notFound,
  PageSize,
  readIdempotencyKey,
  readMessageKey,
  readPageSize,
} from '../checks.ts'
import { Cursor, readCursor, writeCursor } from '../cursor.ts'
import { sendProblem } from '../problems.ts'
import { readAttachment } from './attachment.ts'
import { readInvitation } from './request.ts'
import { cardOf, hrefOfInvite, madeView, summaryOf } from './view.ts'

const tags = ['invitations']

/** Adds the routes. */
export function addInvitations(app: ApiApp, parts: ApiParts): void {
  addMaking(app, parts)
  addList(app, parts)
  addCard(app, parts)
  addControl(app, parts, {
    name: 'resend',
    summary: 'Повторить письмо (Send the letter again)',
    description:
      'Новое письмо, при ожидании выбора — с новой ссылкой; ссылки прежних писем действуют и дальше.',
    problems: ['invite.not-open', 'invite.no-letter', 'invite.resend-too-soon'],
    act: resend,
  })
  addControl(app, parts, {
    name: 'revoke',
    summary: 'Отозвать ссылки из писем (Take the claim links back)',
    description:
      'Ссылки всех прежних писем перестают действовать; приглашение остаётся, письмо можно повторить.',
    problems: ['invite.not-open'],
    act: revoke,
  })
  addControl(app, parts, {
    name: 'withdraw',
    summary: 'Отозвать приглашение (Withdraw the invitation)',
    description: 'Оператору контрагента уходит Разрыв, если Запрос ещё стоит; ссылки перестают действовать.',
    problems: ['invite.not-open', 'route.unknown-operator', 'route.no-peer', 'route.capability'],
    act: withdraw,
  })
}

function addMaking(app: ApiApp, parts: ApiParts): void {
  const schema = {
    body: InvitationRequest,
    summary: 'Пригласить контрагента (Invite a counterparty)',
    description:
      'По id — Запрос уходит его оператору; по inn и email — письмо со ссылкой. Документ едет с Запросом или следом ' +
      'сообщением, как скажет attachments. Idempotency-Key обязателен.',
    tags,
  }
  const config = {
    verb: 'invite',
    answers: {
      200: { schema: InvitationMade, description: 'Такое приглашение уже есть' },
      201: { schema: InvitationMade, description: 'Сделано' },
    },
    problems: [
      'api.idempotency-key',
      'api.sender',
      'invite.key-reused',
      'invite.sender-unknown',
      'invite.own',
      'invite.text',
      'invite.email',
      'invite.open',
      'invite.retired',
      'invite.attachment',
      'api.too-large',
      'api.base64',
      'api.part',
      'api.digest',
      'api.signature-missing',
      'api.parent-missing',
      'api.duplicate-id',
      'home.key-reused',
      'home.unknown-reference',
      'inn.form',
      'inn.check-digit',
      'kpp.form',
      'kpp.of-a-person',
      'route.unknown-operator',
      'route.no-peer',
      'route.loop',
    ],
  } as const
  const bodyLimit = limits.apiJsonBytesMax
  app.post(`${root}/invitations`, { schema, config, bodyLimit }, async (request, reply) => {
    const release = visitOf(request).hold()
    try {
      const { body, ip: remote } = request
      const of = { caller: callerOf(request), key: readIdempotencyKey(request), remote }
      const made = await take(parts, body, of)
      if (isRefusal(made)) return sendProblem(request, reply, made)
      const { invited, follows } = made
      if (invited.isRepeated && !invited.isStanding) reply.header('idempotency-replayed', 'true')
      reply.header('location', hrefOfInvite(invited.invite)).code(invited.isRepeated ? 200 : 201)
      return madeView(invited, follows)
    } finally {
      release()
    }
  })
}

/** A document needs the right to submit beside that to invite: it may go as a message. */
async function take(
  { context, desk }: ApiParts,
  body: InvitationRequest,
  of: { caller: Caller; key: string; remote: string },
): Promise<{ invited: InviteMade; follows?: string | undefined } | Refusal> {
  const request = readInvitation(body, { ...of, at: context.clock.now() })
  const attached = await readAttachment(context, body, request)
  if (attached === undefined) {
    const invited = await makeInviteDesk(context).invite(request)
    return isRefusal(invited) ? invited : { invited }
  }
  const refusal = checkVerb(of.caller, 'submit')
  if (refusal !== undefined) return refusal
  const made = await inviteAndSubmit({ context, desk }, attached)
  if (isRefusal(made)) return made
  const { invited, submitted } = made
  if (!('invite' in invited)) throw new TypeError('only a trial makes no invitation')
  return { invited, follows: submitted?.message }
}

function addList(app: ApiApp, { context }: ApiParts): void {
  const states = Object.keys(inviteMachine.states) as [InviteState, ...InviteState[]]
  const querystring = Type.Object(
    {
      state: Type.Optional(Type.Enum(states, { description: 'Состояние' })),
      own: Type.Optional(ParticipantText),
      limit: Type.Optional(PageSize),
      after: Type.Optional(Cursor),
    },
    { additionalProperties: false },
  )
  const schema = { querystring, summary: 'Приглашения, новые первыми (Invitations, newest first)', tags }
  const config = {
    verb: 'invite',
    answers: { 200: { schema: InvitationPage, description: 'Страница' } },
    problems: ['api.cursor'],
  } as const
  app.get(`${root}/invitations`, { schema, config }, async (request): Promise<InvitationPage> => {
    const { home } = callerOf(request)
    const { state, own, limit, after } = request.query
    const cursorOf = { home, question: { of: 'invitations', state, own } }
    const before = after === undefined ? undefined : readRowCursor(readCursor(after, cursorOf))
    const rowsMax = readPageSize(limit)
    const found = await findInvites(context.store, { home, state, own, before, countMax: rowsMax + 1 })
    const rows = found.slice(0, rowsMax)
    const last = rows.at(-1)
    const next = found.length > rowsMax && last !== undefined ? writeCursor(last.id, cursorOf) : null
    return { items: rows.map(summaryOf), next }
  })
}

/** A cursor is no secret: one that was made by hand names no row. */
function readRowCursor(text: string): string {
  return readMessageKey(text)
}

function addCard(app: ApiApp, { context }: ApiParts): void {
  const schema = { params: MessageKey, summary: 'Приглашение и всё, что с ним было (One invitation)', tags }
  const config = {
    verb: 'invite',
    answers: { 200: { schema: InvitationCard, description: 'Приглашение' } },
    problems: ['api.not-found'],
  } as const
  app.get(`${root}/invitations/:id`, { schema, config }, async (request): Promise<InvitationCard> => {
    const { home } = callerOf(request)
    const row = await readInvite(context.store, readMessageKey(request.params.id))
    if (row === undefined || row.home !== home) throw notFound(request.params.id)
    return cardOf(context.store, row)
  })
}

type Control = {
  name: 'resend' | 'revoke' | 'withdraw'
  summary: string
  description: string
  problems: readonly Refusal['code'][]
  act(context: PipelineContext, of: Controlling): Promise<InviteRow | Refusal | undefined>
}

/** What may be called twice: the second call finds what the first one did. */
function addControl(app: ApiApp, { context }: ApiParts, control: Control): void {
  const { name, summary, description, act } = control
  const schema = { params: MessageKey, summary, description, tags }
  const config = {
    verb: 'invite',
    answers: { 200: { schema: InvitationCard, description: 'Приглашение' } },
    problems: ['api.not-found', ...control.problems],
  } as const
  app.post(`${root}/invitations/:id/${name}`, { schema, config }, async (request, reply) => {
    const { home, key: apiKey } = callerOf(request)
    const invite = readMessageKey(request.params.id)
    const done = await act(context, { home, invite, remote: request.ip, apiKey, at: context.clock.now() })
    if (done === undefined) throw notFound(request.params.id)
    if (isRefusal(done)) return sendProblem(request, reply, done)
    return cardOf(context.store, done)
  })
}
