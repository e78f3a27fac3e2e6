// Who asks the internal API: a key in the Authorization header, its home code and what it allows (RULES 4).

import type { ApiVerb } from '../../../schemas/home.ts'
import { apiVerbs } from '../../../schemas/home.ts'
import { type OperatorCode, parseOperatorCode } from '../../../schemas/ids.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import type { PipelineContext } from '../../pipeline/context.ts'
import { readApiKey } from '../../store/home/keys.ts'
import { isSecretOf, parseApiKey } from '../key-text.ts'

/** The service behind a request. */
export type Caller = { key: string; home: OperatorCode; verbs: readonly string[] }

/** No key has this digest: comparing with it takes as long as with that of a key. */
const nobodysDigest = Buffer.alloc(32)

/**
 * Finds who asks. A wrong secret, an unknown key and no key get one answer; that a key has expired or was revoked is told to
 * its holder alone. Refusals: api.unauthorised, api.key-revoked, api.key-expired, api.home-closed.
 */
export async function readCaller(
  { store, clock, settings }: PipelineContext,
  authorization: string | undefined,
): Promise<Caller | Refusal> {
  const [, text = ''] = /^Bearer +([\x21-\x7e]{1,200}) *$/i.exec(authorization ?? '') ?? []
  const given = parseApiKey(text)
  if (given === undefined) return refuse('api.unauthorised', 'Authorization: Bearer hubk_…')
  const row = await readApiKey(store, given.id)
  const isRight = isSecretOf(given.secret, row?.digest ?? nobodysDigest)
  if (row === undefined || !isRight) return refuse('api.unauthorised', 'Authorization: Bearer hubk_…')
  if (row.revoked_at !== null) return refuse('api.key-revoked', `${row.id}: ${row.revoked_at.toISOString()}`)
  if (row.expires_at !== null && row.expires_at <= clock.now()) {
    return refuse('api.key-expired', `${row.id}: ${row.expires_at.toISOString()}`)
  }
  const home = parseOperatorCode(row.home)
  if (home === undefined || !settings.homeCodes.includes(home)) return refuse('api.home-closed', row.home)
  return { key: row.id, home, verbs: row.verbs }
}

/** Refuses what the key does not allow. */
export function checkVerb({ key, verbs }: Caller, verb: ApiVerb): Refusal | undefined {
  if (verbs.includes(verb)) return undefined
  const { ru, en } = apiVerbs[verb]
  return refuse('api.scope', `${key}: нет права ${verb} — ${ru} (${en})`)
}
