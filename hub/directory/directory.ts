// The directory of subscribers: who is known under an id, an ИНН or a name, and how each may be reached.

import { setImmediate as turn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { cellFor } from '../../routing/link.ts'
import type { LinkCell } from '../../routing/machines/link.ts'
import type { DirectoryHit, SubscriberDirectory } from '../../schemas/directory/directory.ts'
import { type OperatorCode, type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { homeOf } from '../links/home-of.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import {
  readLinkCells,
  readSubscriber,
  readSubscribersOfInns,
  readSubscribersOfName,
  type SubscriberRow,
} from '../store/directory/subscribers.ts'
import { bestFirst } from './order.ts'
import { type Outlook, reachOf } from './reach.ts'
import { wordsOfName } from './words.ts'

/** What the directory needs. `lookUp` asks the directory of participants. */
export type DirectoryParts = {
  context: Pick<PipelineContext, 'store' | 'book'> & {
    settings: Pick<PipelineContext['settings'], 'homeCodes'>
  }
  /** How long a row may be given from memory; 0: never. */
  cachedForMs: number
  activeForMs: number
  lookUp: SubscriberDirectory['lookUp']
}

/** The directory, and what forgets what it holds in memory. */
export type HeldDirectory = SubscriberDirectory & { forget(key?: string): void }

/**
 * Makes the directory. What is read of one subscriber by its id is kept in memory for a while, that there is none too; whose
 * subscriber it is, how it is reached and what it is linked with are looked at each time.
 */
export function makeDirectory(parts: DirectoryParts): HeldDirectory {
  const { context, cachedForMs, activeForMs } = parts
  const { store } = context
  const kept = new LRUCache<string, { row: SubscriberRow | undefined }>({
    max: limits.subscribersCachedMax,
    ttl: Math.max(1, cachedForMs),
  })
  const rowOf = async (key: string): Promise<SubscriberRow | undefined> => {
    const held = kept.get(key)
    if (held !== undefined) return held.row
    const row = await readSubscriber(store, key)
    if (cachedForMs > 0) kept.set(key, { row })
    return row
  }
  /** Ranking takes long where many are found: others have their turn after as many as one question may find. */
  const bestOfEach = async (found: readonly Found[], eyes: Eyes): Promise<DirectoryHit[][]> => {
    const see = await seenBy(
      context,
      found.flatMap(({ rows }) => rows),
      eyes,
    )
    const best: DirectoryHit[][] = []
    let ranked = 0
    for (const { rows, kpp } of found) {
      const seen = bestFirst(see(rows), { at: eyes.at, activeForMs, kpp })
      best.push(seen.slice(0, limits.directoryHitsMax))
      ranked += rows.length
      if (ranked < limits.directoryCandidatesMax) continue
      ranked = 0
      await turn()
    }
    return best
  }
  const byInns: SubscriberDirectory['byInns'] = async ({ asked, ...eyes }) => {
    const found = await readSubscribersOfInns(store, asked)
    return bestOfEach(
      asked.map(({ kpp }, place) => ({ rows: found[place] ?? [], kpp })),
      eyes,
    )
  }
  return {
    activeForMs,
    async byId({ id, ...eyes }) {
      const row = await rowOf(participantKey(id))
      if (row === undefined) return undefined
      const see = await seenBy(context, [row], eyes)
      return see([row])[0]
    },
    byInns,
    byInn: async ({ inn, kpp, ...eyes }) => (await byInns({ asked: [{ inn, kpp }], ...eyes }))[0] ?? [],
    async byName({ name, ...eyes }) {
      const words = wordsOfName(name)
      if (words.length === 0) return []
      const { whole, begun } = await readSubscribersOfName(store, words)
      const best = await bestOfEach([{ rows: whole }, { rows: begun }], eyes)
      return best.flat().slice(0, limits.directoryHitsMax)
    },
    lookUp: parts.lookUp,
    forget: (key) => (key === undefined ? kept.clear() : void kept.delete(key)),
  }
}

type Eyes = { viewer: ParticipantId | undefined; home?: OperatorCode | undefined; at: Date }

/** Rows that answer a question; `kpp` that was asked for. */
type Found = { rows: readonly SubscriberRow[]; kpp?: string | undefined }

/**
 * How a viewer sees rows, among those given. A stand-in for somebody who was invited is nobody's business but its own home
 * code's.
 */
async function seenBy(
  context: DirectoryParts['context'],
  all: readonly SubscriberRow[],
  { viewer, home: asking, at }: Eyes,
): Promise<(rows: readonly SubscriberRow[]) => DirectoryHit[]> {
  const home = viewer === undefined ? asking : homeOf(context, viewer, at)
  const homeCodes = context.settings.homeCodes as readonly OperatorCode[]
  const outlook: Outlook = { book: context.book(), homeCodes, home, at }
  const isTold = (row: SubscriberRow) =>
    home === undefined || homeOf(context, row.id as ParticipantId, at) === home
  const keys = all.map(({ key }) => key)
  const links =
    viewer === undefined ? undefined : await readLinkCells(context.store, participantKey(viewer), keys)
  return (rows) =>
    rows
      .filter((row) => row.state !== 'inactive' || isTold(row))
      .map((row) => {
        const link = links?.get(row.key)
        const cell: LinkCell | undefined = link && cellFor(link.isViewerFirst ? 'first' : 'second', link.cell)
        return hitOf(row, reachOf(row, outlook, cell), home !== undefined && isTold(row))
      })
}

function hitOf(row: SubscriberRow, reached: ReturnType<typeof reachOf>, isOwn: boolean): DirectoryHit {
  const [delivered, failed] = [Number(row.delivered), Number(row.failed)]
  return {
    id: row.id as ParticipantId,
    inn: row.inn ?? undefined,
    kpp: row.kpp ?? undefined,
    name: row.name ?? undefined,
    ...reached,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    lastTrafficAt: row.last_traffic_at ?? undefined,
    deliveredShare: delivered + failed === 0 ? undefined : delivered / (delivered + failed),
    sources: row.sources,
    ...(isOwn && row.moved_to !== null ? { movedTo: row.moved_to as ParticipantId } : {}),
  }
}
