// Routes of messages: find, show, release, refuse.

import { Type } from 'typebox'
import { decidableStates, type MessageState, messageMachine } from '../../../routing/machines/message.ts'
import type { AdminMessage, AdminPage } from '../../../schemas/admin.ts'
import { parseMessageId, parseRowId } from '../../../schemas/ids.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import type { PipelineContext } from '../../pipeline/context.ts'
import { type Order, refuseMessage, releaseMessage } from '../../pipeline/run/control.ts'
import type { MessageRow } from '../../store/hot/rows.ts'
import {
  readFoundMessage,
  readMessageDetails,
  readMessagesByWireId,
} from '../../store/views/message-details.ts'
import { type FoundMessage, findMessages, type MessageFilter } from '../../store/views/search.ts'
import { sendRefusals } from './answers.ts'
import { type AdminApp, type AdminParts, actorOf } from './app.ts'
import {
  invalid,
  Moment,
  pageParameters,
  Reason,
  readMoment,
  readPageSize,
  readParticipant,
  readReason,
} from './checks.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { detailsOf, messageOf } from './message-view.ts'

const strict = { additionalProperties: false }
const states = Object.keys(messageMachine.states) as MessageState[]
const WireId = Type.String({ pattern: '^[a-z0-9]{32}$' })

const Filters = {
  state: Type.Optional(Type.String({ pattern: `^(${states.join('|')})$` })),
  peer: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$' })),
  participant: Type.Optional(Type.String({ maxLength: 200 })),
  document: Type.Optional(WireId),
  message: Type.Optional(WireId),
  package: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,100}[.][cC][mM][sS]$' })),
  from: Type.Optional(Moment),
  to: Type.Optional(Moment),
}
const Key = Type.Object({ id: Type.String({ pattern: '^([0-9A-Fa-f-]{36}|[a-z0-9]{32})$' }) }, strict)
const Decision = Type.Object({ reason: Reason }, strict)

/** Adds the routes. */
export function addMessages(app: AdminApp, { context }: AdminParts): void {
  app.get(
    '/admin/v1/messages',
    { schema: { querystring: Type.Object({ ...Filters, ...pageParameters }, strict) } },
    async (request): Promise<AdminPage<AdminMessage>> => {
      const { limit, after, ...question } = request.query
      const filter = filterOf(question as Given)
      const before = readCursor(after, question)
      const page = await findMessages(context.store, {
        filter,
        peers: [...context.book().peers.keys()],
        countMax: readPageSize(limit),
        ...(before === undefined ? {} : { before }),
      })
      return { items: page.rows.map(messageOf), next: writeCursor(page.nextBefore, question) }
    },
  )

  app.get('/admin/v1/messages/:id', { schema: { params: Key } }, async (request, reply) => {
    const candidates = await findByKey(context, request.params.id)
    // A repeat tells least of a message, so the newest that is none comes first.
    const shown = candidates.find(({ state }) => state !== 'ignored' && state !== 'repeated') ?? candidates[0]
    if (shown === undefined) return sendRefusals(reply, notFound(request.params.id))
    const details = await readMessageDetails(context.store, shown)
    const same = await readMessagesByWireId(context.store, shown.wire_id)
    return detailsOf(
      shown,
      details,
      same.filter(({ id }) => id !== shown.id),
    )
  })

  const verbs = { release: releaseMessage, refuse: refuseMessage }
  for (const [verb, decide] of Object.entries(verbs)) {
    const schema = { params: Key, body: Decision }
    app.post(`/admin/v1/messages/:id/${verb}`, { schema }, async (request, reply) => {
      const reason = readReason(request.body.reason)
      const decided = await decideByKey(context, request.params.id, (id) =>
        decide(context, { id, actor: actorOf(request), reason }),
      )
      if (isRefusal(decided)) return sendRefusals(reply, decided)
      const found = await readFoundMessage(context.store, decided.id)
      return found === undefined ? sendRefusals(reply, notFound(decided.id)) : messageOf(found)
    })
  }
}

type Given = { [Name in keyof typeof Filters]?: string }

function filterOf(given: Given): MessageFilter {
  const { state, participant, from, to, ...plain } = given
  const filter: MessageFilter = { ...plain }
  if (state !== undefined) filter.state = state as MessageState
  if (participant !== undefined) filter.participant = readParticipant(participant, 'querystring/participant')
  if (from !== undefined) filter.from = readMoment(from, 'querystring/from')
  if (to !== undefined) filter.to = readMoment(to, 'querystring/to')
  if (filter.from && filter.to && filter.from >= filter.to) {
    throw invalid('раньше, чем from (earlier than from)', 'querystring/to')
  }
  return filter
}

/** By our row id, or by ИдЛС, which several messages may share. */
async function findByKey(context: PipelineContext, key: string): Promise<FoundMessage[]> {
  const rowId = parseRowId(key)
  if (rowId !== undefined) {
    const found = await readFoundMessage(context.store, rowId)
    return found === undefined ? [] : [found]
  }
  return parseMessageId(key) === undefined ? [] : readMessagesByWireId(context.store, key)
}

/** A decision needs one message: of those under an ИдЛС the one that is held, else the one that waits. */
async function decideByKey(
  context: PipelineContext,
  key: string,
  decide: (id: Order['id']) => Promise<MessageRow | Refusal>,
): Promise<MessageRow | Refusal> {
  const candidates = await findByKey(context, key)
  const held = candidates.filter(({ state }) => state === 'held')
  const open = held.length > 0 ? held : candidates.filter(({ state }) => decidableStates.includes(state))
  const [first, second] = open.length > 0 ? open : candidates
  if (first === undefined) return notFound(key)
  if (open.length > 1 && second !== undefined) {
    return refuse('admin.invalid', `несколько (several): ${open.map(({ id }) => id).join(', ')}`, 'params/id')
  }
  return decide(first.id)
}

function notFound(key: string): Refusal {
  return refuse('admin.not-found', key)
}
