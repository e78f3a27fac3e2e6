// Reads of claim links and of the subscribers that stand behind invitations.

import { limits } from '../../../schemas/limits.ts'
import type { Sql } from '../sql.ts'
import type { InviteRow } from './rows.ts'

/** A claim link as it is kept; `digest` is SHA-256 (hex) of its token. */
export type KeptClaim = {
  digest: string
  invite: string
  made_at: Date
  expires_at: Date
  used_at: Date | null
  revoked_at: Date | null
  choice: string | null
  contact: string | null
}

const columns =
  "encode(digest, 'hex') as digest, invite, made_at, expires_at, used_at, revoked_at, choice, contact"

/** The claim link of a digest (hex). */
export async function readClaim(sql: Sql, digest: string): Promise<KeptClaim | undefined> {
  const text = `select ${columns} from invite_claim where digest = decode($1, 'hex')`
  const { rows } = await sql.query({ name: 'claim_read', text, values: [digest] })
  return rows[0] as KeptClaim | undefined
}

/** Claim links of an invitation, newest first; the one that was used is always among them. */
export async function readClaims(sql: Sql, invite: string): Promise<KeptClaim[]> {
  const { rows } = await sql.query({
    name: 'claims_of_invite',
    text:
      `select ${columns} from invite_claim where invite = $1 ` +
      'order by used_at is null, made_at desc, digest limit $2',
    values: [invite, limits.inviteClaimsShownMax],
  })
  return rows as KeptClaim[]
}

/** A subscriber that was heard of. */
export type KnownSubscriber = Pick<InviteRow, 'inn' | 'kpp' | 'name'> & {
  id: string
  state: 'known' | 'inactive' | 'active' | 'retired'
  moved_to: string | null
}

/** A subscriber by its key. */
export async function readSubscriber(sql: Sql, key: string): Promise<KnownSubscriber | undefined> {
  const text = 'select id, inn, kpp, name, state, moved_to from subscriber where key = $1'
  const { rows } = await sql.query({ name: 'subscriber_read', text, values: [key] })
  return rows[0] as KnownSubscriber | undefined
}
