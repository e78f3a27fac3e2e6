// Routes of API keys: make one for a home code, list them, take one back.

import { Type } from 'typebox'
import type { AdminApiKey, AdminApiKeyMade } from '../../../schemas/admin.ts'
import { apiVerbs } from '../../../schemas/home.ts'
import { parseOperatorCode } from '../../../schemas/ids.ts'
import type { JournalEntry } from '../../../schemas/journal.ts'
import { limits } from '../../../schemas/limits.ts'
import { refuse } from '../../../schemas/refusals.ts'
import { writeJournal } from '../../journal/write.ts'
import { journalMaker, type PipelineContext } from '../../pipeline/context.ts'
import { type ApiKeyRow, insertApiKey, listApiKeys, readApiKey, revokeApiKey } from '../../store/home/keys.ts'
import { newApiKey } from '../key-text.ts'
import { sendRefusals } from './answers.ts'
import { type AdminApp, type AdminParts, actorOf } from './app.ts'
import { invalid, Moment, readMoment } from './checks.ts'

const strict = { additionalProperties: false }
const Home = Type.String({ pattern: '^[A-Za-z0-9@.-]{3}$' })
const Key = Type.Object({ id: Type.String({ pattern: '^[a-z0-9]{12}$' }) }, strict)
const Creation = Type.Object(
  {
    home: Home,
    name: Type.String({ minLength: 1, maxLength: limits.apiKeyNameLengthMax }),
    verbs: Type.Array(Type.Union(verbNames().map((verb) => Type.Literal(verb))), {
      minItems: 1,
      uniqueItems: true,
    }),
    expires: Type.Optional(Moment),
  },
  strict,
)

/** Adds the routes. */
export function addKeys(app: AdminApp, { context }: AdminParts): void {
  const querystring = Type.Object({ home: Type.Optional(Home) }, strict)
  app.get(
    '/admin/v1/keys',
    { schema: { querystring } },
    async (request): Promise<{ items: AdminApiKey[] }> => {
      const home = request.query.home?.toUpperCase()
      const rows = await listApiKeys(context.store, home)
      return { items: rows.map((row) => keyOf(row, context.clock.now())) }
    },
  )

  app.post('/admin/v1/keys', { schema: { body: Creation } }, async (request, reply) => {
    const { home, name, verbs, expires } = request.body
    const made = await makeKey(context, {
      home: readHome(context, home),
      name: readName(name),
      verbs: [...verbs],
      expiresAt: readExpiry(context, expires),
      actor: actorOf(request),
    })
    return reply.code(201).send(made)
  })

  app.post('/admin/v1/keys/:id/revoke', { schema: { params: Key } }, async (request, reply) => {
    const { id } = request.params
    const at = context.clock.now()
    const row = await readApiKey(context.store, id)
    if (row === undefined) return sendRefusals(reply, refuse('admin.not-found', id))
    const entry = journalMaker(context, at)('key.revoked', undefined, { key: id, home: row.home })
    await changeKeys(context, entry, async (sql) => revokeApiKey(sql, { id, at, by: actorOf(request) }))
    const after = (await readApiKey(context.store, id)) ?? row
    return keyOf(after, at)
  })
}

function verbNames(): string[] {
  return Object.keys(apiVerbs)
}

type NewKey = { home: string; name: string; verbs: string[]; expiresAt: Date | null; actor: string }

async function makeKey(context: PipelineContext, wanted: NewKey): Promise<AdminApiKeyMade> {
  const { home, name, verbs, expiresAt, actor } = wanted
  const { id, text, digest } = newApiKey()
  const at = context.clock.now()
  const row = { id, home, name, digest, verbs, created_at: at, created_by: actor, expires_at: expiresAt }
  const facts = { key: id, home, verbs, expiresAt: expiresAt?.toISOString() ?? null }
  const entry = journalMaker(context, at)('key.made', undefined, facts)
  await changeKeys(context, entry, async (sql) => {
    await insertApiKey(sql, row)
    return true
  })
  return { ...keyOf({ ...row, revoked_at: null, revoked_by: null }, at), key: text }
}

/** The entry stands in the transaction of the change; without a change there is none (RULES 26). */
async function changeKeys(
  { store }: PipelineContext,
  entry: JournalEntry,
  change: (sql: Parameters<Parameters<PipelineContext['store']['transaction']>[0]>[0]) => Promise<boolean>,
): Promise<void> {
  await store.transaction(async (sql) => {
    if (await change(sql)) await writeJournal(sql, [entry])
  })
}

function readHome({ settings }: PipelineContext, text: string): string {
  const home = parseOperatorCode(text)
  if (home === undefined || !settings.homeCodes.includes(home)) {
    const known = settings.homeCodes.join(', ') || '—'
    throw invalid(`не свой код, есть (not a home code, there are): ${known}`, 'body/home')
  }
  return home
}

function readName(text: string): string {
  const name = text.replace(/\p{Cc}+/gu, ' ').trim()
  if (name === '') throw invalid('нужно имя (a name is expected)', 'body/name')
  return name
}

/** A day alone ends with that day (UTC). */
function readExpiry({ clock }: PipelineContext, text: string | undefined): Date | null {
  if (text === undefined) return null
  const at =
    text.length === 10
      ? readMoment(`${text}T23:59:59.999Z`, 'body/expires')
      : readMoment(text, 'body/expires')
  if (at <= clock.now()) throw invalid('уже прошло (is over already)', 'body/expires')
  return at
}

function keyOf(row: ApiKeyRow, now: Date): AdminApiKey {
  const isExpired = row.expires_at !== null && row.expires_at <= now
  return {
    id: row.id,
    home: row.home,
    name: row.name,
    verbs: row.verbs,
    state: row.revoked_at !== null ? 'revoked' : isExpired ? 'expired' : 'active',
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    expiresAt: row.expires_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
    revokedBy: row.revoked_by,
  }
}
