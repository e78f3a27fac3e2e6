// Starts what works through bulk jobs; each loop runs on one node at a time (RULES 29).

import type { Directory } from '../../schemas/directory/directory.ts'
import type { InviteDesk } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import type { Settings } from '../../schemas/settings.ts'
import { writeJournal } from '../journal/write.ts'
import { journalMaker, type PipelineContext } from '../pipeline/context.ts'
import { dropOldest } from '../store/bulk/jobs.ts'
import { runWithLease } from '../store/lease-loop.ts'
import { inviteRound } from './invite.ts'
import { makePace } from './pace.ts'
import { searchRound } from './search.ts'
import { makeTakeList, type TakeList } from './take.ts'

/** What bulk jobs need of the hub. */
export type BulkOptions = {
  context: PipelineContext
  directory: Directory
  desk: InviteDesk
  settings: Pick<Settings, 'bulk'>
  onFault(place: string, error: unknown): void
}

/** Bulk jobs under way: what the internal API needs, and their end. */
export type Bulk = {
  take: TakeList
  /** There are new rows: they are looked at now, if this node is the one that does. */
  wake(): void
  stop(): Promise<void>
}

const dayLength = 86_400_000

/** Starts the loops: one searches, one invites and drops jobs after their time. */
export function startBulk({ context, directory, desk, settings, onFault }: BulkOptions): Bulk {
  const { store } = context
  const { invitesPerMinute, keptDays } = settings.bulk
  const common = { store, owner: context.node, everyMs: limits.bulkLookMs, onError: onFault }
  const search = runWithLease({
    ...common,
    name: 'bulk-search',
    run: async (lease, signal) => {
      const options = { context, directory, onFault }
      while (!signal.aborted && (await searchRound(options, lease, signal)) > 0);
    },
  })
  const pace = makePace({ perMinute: invitesPerMinute, clock: context.clock })
  const invite = runWithLease({
    ...common,
    name: 'bulk-invite',
    run: async (lease, signal) => {
      const options = { context, desk, invitesPerMinute, pace, onFault }
      while (!signal.aborted && (await inviteRound(options, lease, signal)) > 0);
      await dropOld(context, keptDays)
    },
  })
  return {
    take: makeTakeList(context),
    wake: () => search.wake(),
    async stop() {
      await Promise.all([search.stop(), invite.stop()])
    },
  }
}

/** One job at a time: its rows are personal data that nobody needs any more. */
export async function dropOld(context: PipelineContext, keptDays: number): Promise<void> {
  const at = context.clock.now()
  await context.store.transaction(async (sql) => {
    const dropped = await dropOldest(sql, new Date(at.getTime() - keptDays * dayLength))
    if (dropped === undefined) return
    const { id, home, rows } = dropped
    const entry = journalMaker(context, at)('bulk.changed', id, { home, to: 'dropped', rows })
    await writeJournal(sql, [entry])
  })
}
