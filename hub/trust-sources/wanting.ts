// Notes which certificates traffic rests on and wants their sources, in batches and off the message's way.

import { LRUCache } from 'lru-cache'
import { limits } from '../../schemas/limits.ts'
import type { Sql, SqlStore } from '../store/sql.ts'
import { insertEvidence, upsertSource } from '../store/trust-sources.ts'
import type { Certificate } from '../trust/certificate.ts'
import type { TrustList } from '../trust/trust-list/list.ts'
import { statusAt } from '../trust/trust-list/status.ts'
import type { Issued } from '../trust/view/trust-view.ts'
import { isFetchable, wantResponders, wantSources } from './wanted.ts'

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
  /** Certificates whose revocation nothing at hand tells of: their responders are wanted. Does no IO. */
  noteUnanswered(certificates: readonly Issued[]): void
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
  const wanted = makeNotes(limits.sourceWantedAgainMs)
  const inVain = makeNotes(limits.sourceRetryMs)
  const told = new LRUCache<string, true>({ max: limits.sourcesRememberedMax })
  let timer: NodeJS.Timeout | undefined
  let list: TrustList | undefined
  let writing: Promise<void> = Promise.resolve()

  const flush = () => {
    timer = undefined
    const seen = wanted.take()
    const unanswered = inVain.take()
    writing = writing
      .then(async () => {
        const { passedOver } = await store.transaction(async (sql) => {
          const found = await wantSources(sql, seen, clock.now())
          await wantResponders(sql, unanswered, clock.now())
          return found
        })
        for (const address of passedOver) {
          if (!told.has(address)) options.onPassedOver(address)
          told.set(address, true)
        }
        options.onWanted()
      })
      .catch((error: unknown) => {
        wanted.forget(seen)
        inVain.forget(unanswered)
        onFault('trust-sources.want', error)
      })
  }
  const writeSoon = () => {
    timer ??= setTimeout(flush, limits.sourceWantMs)
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
      for (const [index, certificate] of path.slice(0, -1).entries()) {
        const issuer = path[index + 1]
        if (issuer !== undefined && wanted.add({ certificate, issuer })) writeSoon()
      }
    },
    noteUnanswered(certificates) {
      for (const one of certificates) if (inVain.add(one)) writeSoon()
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

/** Certificates noted and not yet written, each once in `ttlMs`; at most sourcesToWantMax wait. */
function makeNotes(ttlMs: number) {
  const known = new LRUCache<string, true>({ max: limits.sourcesRememberedMax, ttl: ttlMs })
  const pending = new Map<string, Issued>()
  return {
    /** True when it is new; what finds no room is noted when it is met again. */
    add(one: Issued): boolean {
      const { thumbprint } = one.certificate
      if (known.has(thumbprint) || pending.size >= limits.sourcesToWantMax) return false
      known.set(thumbprint, true)
      pending.set(thumbprint, one)
      return true
    },
    take(): Issued[] {
      const all = [...pending.values()]
      pending.clear()
      return all
    },
    /** What could not be written. */
    forget(all: readonly Issued[]): void {
      for (const { certificate } of all) known.delete(certificate.thumbprint)
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
