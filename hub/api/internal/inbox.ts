// Route of the inbox: what came for a home code in one order for ever, waiting for more where it is asked to (RULES 27).

import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { InboxPage } from '../../../schemas/api.ts'
import type { OperatorCode } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import { refuse } from '../../../schemas/refusals.ts'
import { type InboxRow, numberArrivals, readInbox, readInboxHead } from '../../store/home/inbox.ts'
import { readHomeMessages } from '../../store/home/messages.ts'
import { readLinkEvents } from '../../store/links/event-reads.ts'
import { clientGone } from '../client-gone.ts'
import { type ApiApp, type ApiParts, callerOf, root } from './app.ts'
import type { Bell } from './bell.ts'
import { invalid, PageSize, readPageSize } from './checks.ts'
import { Cursor, foreignCursor, readCursor, writeCursor } from './cursor.ts'
import { eventView } from './links/event-view.ts'
import { summariesOf } from './messages/messages.ts'
import { sendProblem } from './problems.ts'

const Query = Type.Object(
  {
    after: Type.Optional(Cursor),
    limit: Type.Optional(PageSize),
    waitS: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,2}$',
        description: `Сколько секунд ждать, если ничего нет: 0..${limits.inboxWaitMaxS}`,
      }),
    ),
  },
  { additionalProperties: false },
)
const question = { of: 'inbox' }

/** What waiting needs: the bell, the end of the plane, and the count of those who read or wait now. */
export type InboxParts = ApiParts & { bell(): Bell; stopping: AbortSignal; readers: { count: number } }

/** Adds the route. Those who wait have a bound of their own: they hold nothing but a connection. */
export function addInbox(app: ApiApp, parts: InboxParts): void {
  const schema = {
    querystring: Query,
    summary: 'Входящие и ответы по порядку (What came, in one order for ever)',
    description:
      'Курсор next есть всегда, и когда ничего не пришло: с него продолжают. Каждая запись приходит ровно один раз.',
    tags: ['inbox'],
  }
  const config = {
    verb: 'inbox',
    answers: { 200: { schema: InboxPage, description: 'Записи после курсора' } },
    problems: ['api.cursor'],
  } as const
  const { readers } = parts
  app.get(`${root}/inbox`, { schema, config }, async (request, reply) => {
    if (readers.count >= limits.inboxReadersMax) {
      return sendProblem(request, reply, refuse('api.busy', `${readers.count} ждут уже (are waiting)`))
    }
    readers.count += 1
    try {
      const { home } = callerOf(request)
      const { after, limit, waitS } = request.query
      const position = await readPosition(parts, home, after)
      const countMax = readPageSize(limit)
      const rows = await waitForRows(parts, reply, { home, position, countMax, waitS: readWait(waitS) })
      return await pageOf(parts, home, { rows, position })
    } finally {
      readers.count -= 1
    }
  })
}

function readWait(text: string | undefined): number {
  const waitS = Number(text ?? 0)
  if (waitS <= limits.inboxWaitMaxS) return waitS
  throw invalid(`не больше ${limits.inboxWaitMaxS} (at most)`, 'querystring/waitS')
}

/** A position that was never given, as after a restore of the database, is refused: rows would be skipped. */
async function readPosition(
  { context }: ApiParts,
  home: OperatorCode,
  after: string | undefined,
): Promise<number> {
  if (after === undefined) return 0
  const position = Number(readCursor(after, { home, question }))
  if (!Number.isSafeInteger(position)) throw foreignCursor()
  if (position > (await readInboxHead(context.store, home))) throw foreignCursor()
  return position
}

type Wanted = { home: OperatorCode; position: number; countMax: number; waitS: number }

/** Rows behind the position once there are some; none when time is over, the client gone or the hub stops. */
async function waitForRows(parts: InboxParts, reply: FastifyReply, wanted: Wanted): Promise<InboxRow[]> {
  const { home, position, countMax, waitS } = wanted
  const until = performance.now() + waitS * 1000
  const ended = AbortSignal.any([clientGone(reply), parts.stopping])
  for (;;) {
    const ring = parts.bell().nextRing(home)
    try {
      await numberArrivals(parts.context.store, home)
      const rows = await readInbox(parts.context.store, { home, after: position, countMax })
      const leftMs = until - performance.now()
      if (rows.length > 0 || leftMs <= 0 || ended.aborted) return rows
      await rungOrLater(ring.rung, Math.min(leftMs, limits.inboxRecheckMs), ended)
    } finally {
      ring.forget()
    }
  }
}

/** A lost notification costs the time of a look by the clock. */
async function rungOrLater(rung: Promise<void>, afterMs: number, ended: AbortSignal): Promise<void> {
  const timer = new AbortController()
  const signal = AbortSignal.any([timer.signal, ended])
  const late = pause(afterMs, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  await Promise.race([rung, late])
  timer.abort()
}

async function pageOf(
  { context }: ApiParts,
  home: OperatorCode,
  of: { rows: readonly InboxRow[]; position: number },
): Promise<InboxPage> {
  const [ofLinks, ofMessages] = [of.rows.filter(isOfLinks), of.rows.filter((row) => !isOfLinks(row))]
  const ids = [...new Set(ofMessages.map(({ message }) => message))]
  const messages = await readHomeMessages(context.store, { home, ids })
  const summaries = await summariesOf(context, home, messages)
  const byId = new Map(summaries.map((summary) => [summary.id, summary]))
  const events = await readLinkEvents(
    context.store,
    ofLinks.map(({ message }) => message),
  )
  const eventsById = new Map(events.map((event) => [event.id, eventView(context, home, event)]))
  const cursorAt = (position: number) => writeCursor(String(position), { home, question })
  return {
    items: of.rows.map(({ position, kind, message, at }) => ({
      position,
      cursor: cursorAt(position),
      kind,
      at: at.toISOString(),
      message: byId.get(message) ?? null,
      event: eventsById.get(message) ?? null,
    })),
    next: cursorAt(of.rows.at(-1)?.position ?? of.position),
  }
}

function isOfLinks({ kind }: InboxRow): boolean {
  return kind === 'link' || kind === 'invite'
}
