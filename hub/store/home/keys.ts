// Keys of the internal API: a digest of the secret, what it allows, until when (RULES 4).

import { limits } from '../../../schemas/limits.ts'
import type { Sql } from '../sql.ts'

/** A key; its secret is nowhere. */
export type ApiKeyRow = {
  id: string
  home: string
  name: string
  /** SHA-256 of the secret. */
  digest: Uint8Array
  verbs: string[]
  created_at: Date
  created_by: string
  expires_at: Date | null
  revoked_at: Date | null
  revoked_by: string | null
}

/** A key by its id. */
export async function readApiKey(sql: Sql, id: string): Promise<ApiKeyRow | undefined> {
  const text = 'select * from api_key where id = $1'
  const { rows } = await sql.query({ name: 'api_key_read', text, values: [id] })
  return rows[0] as ApiKeyRow | undefined
}

/** Keys, newest first, at most limits.apiKeysMax; of one home code when it is given. */
export async function listApiKeys(sql: Sql, home?: string): Promise<ApiKeyRow[]> {
  const { rows } = await sql.query(
    'select * from api_key where $1::text is null or home = $1 order by created_at desc, id limit $2',
    [home ?? null, limits.apiKeysMax],
  )
  return rows as ApiKeyRow[]
}

/** Writes a new key. */
export async function insertApiKey(
  sql: Sql,
  row: Omit<ApiKeyRow, 'revoked_at' | 'revoked_by'>,
): Promise<void> {
  const { id, home, name, digest, verbs, created_at, created_by, expires_at } = row
  await sql.query(
    'insert into api_key (id, home, name, digest, verbs, created_at, created_by, expires_at) ' +
      'values ($1, $2, $3, $4, $5, $6, $7, $8)',
    [id, home, name, Buffer.from(digest), verbs, created_at, created_by, expires_at],
  )
}

/** Takes a key back. False when it was taken back before or never was; the first time stays. */
export async function revokeApiKey(sql: Sql, of: { id: string; at: Date; by: string }): Promise<boolean> {
  const { rowCount } = await sql.query(
    'update api_key set revoked_at = $2, revoked_by = $3 where id = $1 and revoked_at is null',
    [of.id, of.at, of.by],
  )
  return rowCount === 1
}
