// Polls the SFTP sides of peers: one owner for each peer in the whole installation, by a lease (RULES 24, 29).

import { isDeepStrictEqual } from 'node:util'
import {
  createSftpPickup,
  type PollReport,
  type SftpPickup,
  type SftpPickupEvent,
} from '../../operators/transports/sftp/pickup.ts'
import type { SftpSessions } from '../../operators/transports/sftp/sessions.ts'
import type { PeerWithPolicy } from '../../schemas/partner.ts'
import type { SftpSite } from '../../schemas/sftp.ts'
import type { Door } from '../../schemas/transport.ts'
import type { PartnerRegistry } from '../partners/book.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { settlePlaced } from '../pipeline/run/placed.ts'
import { racePoint } from '../pipeline/run/race.ts'
import { readPlaced, readPlacedAnswered } from '../store/hot/reads.ts'
import type { Lease } from '../store/lease.ts'
import { type LeaseLoop, runWithLease } from '../store/lease-loop.ts'

/** What the polling needs. */
export type PickupOptions = {
  context: PipelineContext
  registry: Pick<PartnerRegistry, 'book' | 'onChange'>
  sessions: SftpSessions
  door: Door
  /** After every poll. */
  onPolled(peer: string, report: PollReport): void
  onEvent(event: SftpPickupEvent): void
  onFault(place: string, error: unknown): void
}

type Running = { site: SftpSite; loop: LeaseLoop; seen: Seen }
/** The last look that saw something: a server that cannot be reached has no fewer files than before. */
type Seen = { report?: PollReport }

/** The polling. */
export type Pickups = {
  /** What was seen last in the folders of the peers that this node looks at; nothing of those another node looks at. */
  seen(): { peer: string; report: PollReport }[]
  stop(): Promise<void>
}

/** Starts a loop for every active peer with an SFTP side, and follows the changes of the book. */
export function startPickups(options: PickupOptions): Pickups {
  const running = new Map<string, Running>()
  const ending = new Set<Promise<void>>()

  function end(peer: string): void {
    const ended = running.get(peer)?.loop.stop() ?? Promise.resolve()
    running.delete(peer)
    ending.add(ended)
    void ended.finally(() => ending.delete(ended))
  }

  function follow(): void {
    const wanted = new Map<string, SftpSite>()
    for (const peer of options.registry.book().peers.values()) {
      const site = polledSite(peer)
      if (site !== undefined) wanted.set(peer.id, site)
    }
    for (const [peer, { site }] of running) if (!isDeepStrictEqual(site, wanted.get(peer))) end(peer)
    for (const [peer, site] of wanted)
      if (!running.has(peer)) running.set(peer, { site, ...startLoop(options, peer, site) })
  }

  follow()
  const unfollow = options.registry.onChange(follow)
  return {
    seen: () =>
      [...running].flatMap(
        ([
          peer,
          {
            loop,
            seen: { report },
          },
        ]) => (report !== undefined && loop.isOwner() ? [{ peer, report }] : []),
      ),
    async stop() {
      unfollow()
      for (const peer of [...running.keys()]) end(peer)
      await Promise.all(ending)
    },
  }
}

/** A suspended peer is left alone: what it put waits where it lies. */
function polledSite({ state, sftp }: PeerWithPolicy): SftpSite | undefined {
  return state === 'active' ? sftp : undefined
}

function startLoop(options: PickupOptions, peer: string, site: SftpSite): Omit<Running, 'site'> {
  const { context, sessions, door, onEvent, onFault } = options
  const pickup = createSftpPickup({
    peer,
    site,
    sessions,
    door,
    onEvent,
    reach: racePoint,
    clock: () => context.clock.now(),
    // Whoever holds the lease is the only one: what another process had claimed, it left.
    claimLapseMs: 0,
  })
  const seen: Seen = {}
  const loop = runWithLease({
    store: context.store,
    owner: context.node,
    name: `sftp-pickup:${peer}`,
    everyMs: site.pollMs,
    onError: onFault,
    run: async (lease, signal) => {
      const isMore = await pollOnce(options, { peer, site, pickup, seen, lease, signal })
      if (isMore) loop.wake()
    },
  })
  return { loop, seen }
}

/** One look; true when the next one is due at once. */
async function pollOnce(
  { context, onPolled }: PickupOptions,
  of: { peer: string; site: SftpSite; pickup: SftpPickup; seen: Seen; lease: Lease; signal: AbortSignal },
): Promise<boolean> {
  const { peer, site, pickup, seen, lease, signal } = of
  const answered = await readPlacedAnswered(context.store, peer)
  if (answered.length > 0) await settlePlaced(context, answered, lease)
  const placed = await readPlaced(context.store, { peer, address: site.address })
  const report = await pickup.poll({ placed, signal })
  if (report.ends.length > 0) {
    const again = await settlePlaced(context, report.ends, lease)
    await pickup.forget(withoutPutAgain(report.ends, again, context.clock.now()), signal)
  }
  if (report.fault === undefined || report.oldestWaitingMs > 0) seen.report = report
  onPolled(peer, report)
  return isNextDueAtOnce(report, site)
}

/**
 * The ends whose answers may be removed. A package that is to be put again by now may lie there again and be answered anew
 * under the same name: that answer must not go with the one that was read. What stays is read once more.
 */
export function withoutPutAgain<End extends { id: string }>(
  ends: readonly End[],
  again: ReadonlyMap<string, Date>,
  now: Date,
): End[] {
  return ends.filter(({ id }) => (again.get(id)?.getTime() ?? Number.POSITIVE_INFINITY) > now.getTime())
}

/**
 * Whether the next look follows at once: more lies there than one takes, or there was a queue, behind which more came
 * while it was worked off. A folder full of what is none of ours is looked at no more often for that.
 */
export function isNextDueAtOnce(
  report: Pick<PollReport, 'taken' | 'refused' | 'left' | 'isWholeFolder' | 'fault'>,
  { filesAtOnceMax }: Pick<SftpSite, 'filesAtOnceMax'>,
): boolean {
  const settled = report.taken + report.refused
  if (report.fault !== undefined || settled === 0) return false
  return report.left > 0 || !report.isWholeFolder || settled > filesAtOnceMax
}
