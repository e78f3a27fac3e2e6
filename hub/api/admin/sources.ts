// Routes of the sources of revocation lists, OCSP answers and the trust list: show them, have them fetched now.

import { Type } from 'typebox'
import type { AdminSource, AdminTrustList } from '../../../schemas/admin.ts'
import { limits } from '../../../schemas/limits.ts'
import { hastenSources, listSources, type SourceRow } from '../../store/trust-sources.ts'
import type { AdminApp, AdminParts } from './app.ts'

const strict = { additionalProperties: false }
const Which = Type.Object(
  { address: Type.Optional(Type.String({ minLength: 1, maxLength: limits.sourceAddressLengthMax })) },
  strict,
)

/** Adds the routes. */
export function addSources(app: AdminApp, { context }: AdminParts): void {
  const querystring = Type.Object({}, strict)
  app.get(
    '/admin/v1/sources',
    { schema: { querystring } },
    async (): Promise<{ items: AdminSource[]; trustList: AdminTrustList | null }> => {
      const { trustList } = context.trust()
      return {
        items: (await listSources(context.store)).map(viewOf),
        trustList: trustList === undefined ? null : { ...trustList, date: trustList.date.toISOString() },
      }
    },
  )
  // The node that fetches looks for due sources every sourceLookMs: the answer does not wait for it.
  app.post('/admin/v1/sources/refresh', { schema: { body: Which } }, async (request) => ({
    due: await hastenSources(context.store, context.clock.now(), request.body.address),
  }))
}

function viewOf(row: SourceRow): AdminSource {
  const text = (date: Date | undefined) => date?.toISOString() ?? null
  return {
    kind: row.kind,
    address: row.address,
    certificate: row.subject === '' ? null : row.subject,
    isKept: row.isKept,
    evidence: row.evidence ?? null,
    number: row.number?.toString() ?? null,
    issuedAt: text(row.issuedAt),
    nextAt: text(row.nextAt),
    succeededAt: text(row.succeededAt),
    attemptedAt: text(row.attemptedAt),
    dueAt: row.dueAt.toISOString(),
    failures: row.failures,
    error: row.error ?? null,
  }
}
