// Which sources are being looked at: so many at once, and a slow one keeps neither the others nor the next round waiting.

import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { type Lease, LeaseLost } from '../store/lease.ts'
import type { SqlStore } from '../store/sql.ts'
import {
  readCertificateEvidence,
  readDueSources,
  type SourceKey,
  type SourceRow,
} from '../store/trust-sources.ts'
import type { Certificate } from '../trust/certificate.ts'
import { parseCertificateOnce } from '../trust/certificate-cache.ts'

/** What every look of one round shares. */
type Round = { certificates: readonly Certificate[]; lease: Lease; signal: AbortSignal }

/** One look at a source. */
export type SourceLook = Round & { source: SourceRow }

type Options = {
  store: SqlStore
  clock: { now(): Date }
  /** Looks, and commits what came of it under the lease. */
  lookAt(look: SourceLook): Promise<void>
  /** Told when another round has something to do: a full one was begun to its end, or the lease is lost. */
  onMore?(): void
  onFault(place: string, error: unknown): void
}

/** Sources being looked at, over many rounds. */
export type SourceLooks = {
  /**
   * Takes what is due, at most sourcesPerRoundMax, in place of what waits from the round before, and begins with as many as
   * there is room for; the others follow as looks end. Waits for none. Rejects with LeaseLost when a look has met it.
   */
  round(lease: Lease, signal: AbortSignal): Promise<void>
  /** Resolves when nothing is being looked at any more. Rejects with LeaseLost when the last ones have met it. */
  settled(): Promise<void>
}

/**
 * Makes the state. A source is looked at once at a time. At most sourcesAtOnceMax are, of which failingSourcesAtOnceMax have
 * failed the last time: those that are silent leave room for those that answer.
 */
export function makeSourceLooks(options: Options): SourceLooks {
  const { store, clock, lookAt, onFault } = options
  const underWay = new Map<string, { isFailing: boolean; ended: Promise<void> }>()
  let current: Round | undefined
  let waiting: SourceRow[] = []
  let isFull = false
  let lost: LeaseLost | undefined

  const failing = () => [...underWay.values()].filter(({ isFailing }) => isFailing).length
  const takeNext = (): SourceRow | undefined => {
    if (underWay.size >= limits.sourcesAtOnceMax) return undefined
    const mayFail = failing() < limits.failingSourcesAtOnceMax
    const place = waiting.findIndex(({ failures }) => mayFail || failures === 0)
    return place < 0 ? undefined : waiting.splice(place, 1)[0]
  }
  const begin = async (look: SourceLook): Promise<void> => {
    try {
      await lookAt(look)
    } catch (error) {
      if (!(error instanceof LeaseLost)) onFault('trust-sources.refresh', error)
      else if (!look.signal.aborted) {
        lost = error
        options.onMore?.()
      }
    }
  }
  const fill = (): void => {
    const round = current
    if (round === undefined) return
    if (lost !== undefined || round.signal.aborted) waiting = []
    for (let source = takeNext(); source !== undefined; source = takeNext()) {
      const key = keyOf(source)
      const ended = begin({ ...round, source }).then(() => {
        underWay.delete(key)
        fill()
      })
      underWay.set(key, { isFailing: source.failures > 0, ended })
    }
    if (waiting.length > 0 || !isFull) return
    isFull = false
    options.onMore?.()
  }

  return {
    async round(lease, signal) {
      throwLost()
      const before = new Set(underWay.keys())
      const rows = await readDueSources(store, clock.now(), before.size)
      const isFree = (row: SourceRow) => !before.has(keyOf(row)) && !underWay.has(keyOf(row))
      const due = rows.filter(isFree).slice(0, limits.sourcesPerRoundMax)
      waiting = []
      if (due.length === 0) return
      const certificates = await readCertificates(store)
      isFull = due.length === limits.sourcesPerRoundMax
      waiting = due.filter(isFree)
      current = { certificates, lease, signal }
      fill()
    },
    async settled() {
      while (underWay.size > 0) await Promise.all([...underWay.values()].map(({ ended }) => ended))
      throwLost()
    },
  }

  function throwLost(): void {
    const told = lost
    lost = undefined
    if (told !== undefined) throw told
  }
}

async function readCertificates(store: SqlStore): Promise<Certificate[]> {
  return (await readCertificateEvidence(store)).flatMap((der) => {
    const certificate = parseCertificateOnce(der)
    return isRefusal(certificate) ? [] : [certificate]
  })
}

function keyOf({ kind, address, subject }: SourceKey): string {
  return `${kind} ${address} ${subject}`
}
