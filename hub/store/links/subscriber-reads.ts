// What is known of the organisation of a subscriber.

import { type ParticipantId, participantKey } from '../../../schemas/ids.ts'
import type { InvitedOrganisation } from '../../../schemas/package.ts'
import type { Sql } from '../sql.ts'

/** ИНН, КПП and name of a subscriber under the id that was given; undefined for one that was never heard of. */
export async function readOrganisation(
  sql: Sql,
  id: ParticipantId,
): Promise<InvitedOrganisation | undefined> {
  const text = 'select inn, kpp, name from subscriber where key = $1'
  const { rows } = await sql.query({ name: 'subscriber_organisation', text, values: [participantKey(id)] })
  const row = rows[0] as { inn: string | null; kpp: string | null; name: string | null } | undefined
  if (row === undefined) return undefined
  return { id, inn: row.inn ?? undefined, kpp: row.kpp ?? undefined, name: row.name ?? undefined }
}
