// Route of the overview: what is under way, what waits for a person, which peers lag behind.

import { Type } from 'typebox'
import type { AdminOverview } from '../../../schemas/admin.ts'
import type { PipelineContext } from '../../pipeline/context.ts'
import {
  countClaimed,
  countHeldPackages,
  countHops,
  countLanes,
  countStates,
  countUnsealed,
} from '../../store/views/overview.ts'
import { summariseSources } from '../../store/views/sources.ts'
import type { AdminApp, AdminParts } from './app.ts'

/** Adds the route. Those who ask at once share one answer. */
export function addOverview(app: AdminApp, { context }: AdminParts): void {
  let underway: Promise<AdminOverview> | undefined
  const querystring = Type.Object({}, { additionalProperties: false })
  app.get('/admin/v1/overview', { schema: { querystring } }, () => {
    underway ??= readOverview(context).finally(() => {
      underway = undefined
    })
    return underway
  })
}

async function readOverview({ store, clock }: PipelineContext): Promise<AdminOverview> {
  // One after the other: an overview must not take all connections of the hub.
  const states = await countStates(store)
  const hops = await countHops(store)
  const lanes = await countLanes(store)
  const sources = await summariseSources(store, clock.now())
  return {
    at: clock.now().toISOString(),
    states,
    hops: hops.map((hop) => ({ ...hop, oldestDueAt: hop.oldestDueAt?.toISOString() ?? null })),
    claimed: await countClaimed(store),
    lanes: lanes.map((lane) => ({ ...lane, oldestDueAt: lane.oldestDueAt.toISOString() })),
    heldPackages: await countHeldPackages(store),
    unsealedEntries: await countUnsealed(store),
    sources: {
      ...sources,
      oldestIssuedAt: sources.oldestIssuedAt?.toISOString() ?? null,
      silent: sources.silent && { ...sources.silent, since: sources.silent.since.toISOString() },
    },
  }
}
