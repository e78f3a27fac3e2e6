// Routes of partners: list, show, check a way, apply a file, change the state of an exchange.

import { Type } from 'typebox'
import type { AdminPage, AdminPartner, AdminPartnersApplied } from '../../../schemas/admin.ts'
import { type OperatorCode, type PeerId, parsePeerId } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import { refuse } from '../../../schemas/refusals.ts'
import { sendRefusals } from './answers.ts'
import { type AdminApp, type AdminParts, actorOf } from './app.ts'
import { Reason, readPageSize, readParticipant, readReason } from './checks.ts'
import { checkAnswer, checkAnswerFrom } from './partner-check.ts'
import { partnerDetailsOf, partnerOf } from './partner-view.ts'

const strict = { additionalProperties: false }
const PeerKey = Type.String({ pattern: '^[a-z0-9-]{1,40}$' })
const Key = Type.Object({ id: PeerKey }, strict)
const Participant = Type.String({ maxLength: 200 })
const ListQuery = Type.Object(
  { limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,2}$' })), after: Type.Optional(PeerKey) },
  strict,
)
const CheckBody = Type.Object({ participant: Participant, from: Type.Optional(Participant) }, strict)
const ApplyQuery = Type.Object({ reason: Type.Optional(Reason) }, strict)
const StateBody = Type.Object(
  {
    state: Type.Union([Type.Literal('inactive'), Type.Literal('active'), Type.Literal('suspended')]),
    reason: Reason,
  },
  strict,
)

const reasonDefault = '—'

/** Adds the routes. The book is at hand, so that reading it costs nothing; its rows are few. */
export function addPartners(app: AdminApp, parts: AdminParts): void {
  addReading(app, parts)
  addChanging(app, parts)
}

function addReading(app: AdminApp, { registry, context }: AdminParts): void {
  app.get(
    '/admin/v1/partners',
    { schema: { querystring: ListQuery } },
    async (request): Promise<AdminPage<AdminPartner>> => {
      const { limit, after = '' } = request.query
      const size = readPageSize(limit)
      const book = registry.book()
      const ids = [...book.peers.keys()].sort().filter((id) => id > after)
      const peers = ids.slice(0, size).flatMap((id) => book.peers.get(id) ?? [])
      const at = context.clock.now()
      const next = ids.length > size ? (ids[size - 1] ?? null) : null
      return { items: peers.map((peer) => partnerOf(book, peer, at)), next }
    },
  )

  app.get('/admin/v1/partners/:id', { schema: { params: Key } }, async (request, reply) => {
    const { id } = request.params
    const book = registry.book()
    const peer = book.peers.get(id)
    if (peer === undefined) return sendRefusals(reply, refuse('admin.not-found', id))
    const history = (await registry.history({ kind: 'peer', key: id })).slice(0, limits.partnerHistoryRowsMax)
    return partnerDetailsOf(book, peer, { at: context.clock.now(), history })
  })

  app.post('/admin/v1/partners/check', { schema: { body: CheckBody } }, async (request) => {
    const to = readParticipant(request.body.participant, 'body/participant')
    const check = registry.check(to)
    if (request.body.from === undefined) return checkAnswer(check)
    return checkAnswerFrom(check, {
      book: registry.book(),
      from: readParticipant(request.body.from, 'body/from'),
      to,
      homeCodes: context.settings.homeCodes as readonly OperatorCode[],
      at: context.clock.now(),
    })
  })
}

function addChanging(app: AdminApp, { registry }: AdminParts): void {
  // The body is checked by the registry, which names every fault by its row.
  app.post('/admin/v1/partners/apply', { schema: { querystring: ApplyQuery } }, async (request, reply) => {
    const { reason } = request.query
    const author = {
      actor: actorOf(request),
      reason: reason === undefined ? reasonDefault : readReason(reason),
    }
    const result = await registry.apply(request.body, author)
    return 'refusals' in result
      ? sendRefusals(reply, ...result.refusals)
      : (result satisfies AdminPartnersApplied)
  })

  const schema = { params: Key, body: StateBody }
  app.post('/admin/v1/partners/:id/state', { schema }, async (request, reply) => {
    const { state, reason } = request.body
    const author = { actor: actorOf(request), reason: readReason(reason) }
    const peer = parsePeerId(request.params.id) as PeerId
    const result = await registry.setPeerState(peer, state, author)
    return 'refusals' in result
      ? sendRefusals(reply, ...result.refusals)
      : (result satisfies AdminPartnersApplied)
  })
}
