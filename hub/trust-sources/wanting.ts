// Notes which certificates traffic rests on and wants their sources, in batches and off the message's way.

import { LRUCache } from 'lru-cache'
import { limits } from '../../schemas/limits.ts'
import type { Sql, SqlStore } from '../store/sql.ts'
import { insertEvidence, upsertSource } from '../store/trust-sources.ts'
import type { Certificate } from '../trust/certificate.ts'
import type { TrustList } from '../trust/trust-list/list.ts'
import { statusAt } from '../trust/trust-list/status.ts'
import { isFetchable, type Seen, wantSources } from './wanted.ts'

/** What wanting needs. */
export type WantingOptions = {
  store: SqlStore
  clock: { now(): Date }
  /** An address is passed over because it is not http(s) or too long; told once for each. */
  onPassedOver(address: string): void
  /** Something new is wanted now. */
  onWanted(): void
  onFault(place: string, error: unknown): void
}

/** Sources to be wanted. */
export type Wanting = {
  /** The certificates of a path, from the target up to its anchor. Does no IO and costs a look into a map. */
  note(path: readonly Certificate[]): void
  /** The trust list in use: the lists its accredited authorities name are wanted, and wanted again every day. */
  useList(list: TrustList | undefined): void
  /** Ends the writing; what is not written is wanted again when it is seen again. */
  stop(): Promise<void>
}

/**
 * Starts it. A certificate is wanted once in sourceWantedAgainMs (sourcesRememberedMax are remembered); what is noted is
 * written after sourceWantMs, at most sourcesToWantMax at a time: the rest is noted with a later message.
 */
export function startWanting(options: WantingOptions): Wanting {
  const { store, clock, onFault } = options
  const wanted = new LRUCache<string, true>({
    max: limits.sourcesRememberedMax,
    ttl: limits.sourceWantedAgainMs,
  })
  const told = new LRUCache<string, true>({ max: limits.sourcesRememberedMax })
  const pending = new Map<string, Seen>()
  let timer: NodeJS.Timeout | undefined
  let list: TrustList | undefined
  let writing: Promise<void> = Promise.resolve()

  const flush = () => {
    timer = undefined
    const seen = [...pending.values()]
    pending.clear()
    writing = writing
      .then(async () => {
        const { passedOver } = await store.transaction((sql) => wantSources(sql, seen, clock.now()))
        for (const address of passedOver) {
          if (!told.has(address)) options.onPassedOver(address)
          told.set(address, true)
        }
        options.onWanted()
      })
      .catch((error: unknown) => {
        for (const { certificate } of seen) wanted.delete(certificate.thumbprint)
        onFault('trust-sources.want', error)
      })
  }
  const wantListed = () => {
    const current = list
    if (current === undefined) return
    writing = writing
      .then(() => store.transaction((sql) => wantListedSources(sql, current, clock.now())))
      .then(options.onWanted)
      .catch((error: unknown) => onFault('trust-sources.want', error))
  }
  const again = setInterval(wantListed, limits.sourceWantedAgainMs)
  return {
    note(path) {
      for (let index = 0; index + 1 < path.length; index += 1) {
        const [certificate, issuer] = path.slice(index, index + 2)
        if (certificate === undefined || issuer === undefined || wanted.has(certificate.thumbprint)) continue
        if (pending.size >= limits.sourcesToWantMax) return
        wanted.set(certificate.thumbprint, true)
        pending.set(certificate.thumbprint, { certificate, issuer })
        timer ??= setTimeout(flush, limits.sourceWantMs)
      }
    },
    useList(next) {
      if (next === undefined || next.digest === list?.digest) return
      list = next
      wantListed()
    },
    async stop() {
      clearTimeout(timer)
      clearInterval(again)
      await writing
    },
  }
}

/**
 * Wants the revocation lists that the authorities accredited now are listed with, and keeps their certificates, by which
 * such lists are taken. Those of other authorities come with the certificates of traffic: hundreds of addresses of
 * authorities that ended answer nothing any more.
 */
async function wantListedSources(sql: Sql, list: TrustList, at: Date): Promise<void> {
  for (const authority of list.authorities) {
    for (const { revocationListAddresses, certificates } of authority.keys) {
      const current = certificates.filter(
        (one) => one.notAfter > at && statusAt(list, one, at).kind === 'granted',
      )
      const addresses = current.length === 0 ? [] : revocationListAddresses.filter(isFetchable)
      if (addresses.length === 0) continue
      for (const { thumbprint, der } of current) {
        await insertEvidence(sql, { sha256: thumbprint, kind: 'certificate', bytes: der, at })
      }
      for (const address of addresses) {
        await upsertSource(sql, { kind: 'crl', address, subject: '', issuer: '', isKept: false, at })
      }
    }
  }
}
