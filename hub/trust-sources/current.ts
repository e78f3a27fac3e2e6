// Holds the editions in use in memory, as indexes, and follows their changes on every node.

import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refusalText } from '../../schemas/refusals.ts'
import type { Store } from '../store/orm.ts'
import {
  type EditionRow,
  readCertificateEvidence,
  readEditions,
  readEvidence,
  trustChannel,
} from '../store/trust-sources.ts'
import type { Certificate } from '../trust/certificate.ts'
import { parseCertificateOnce } from '../trust/certificate-cache.ts'
import { gatherEvidence, type RevocationEvidence } from '../trust/revocation/evidence.ts'
import { type OcspAnswer, parseOcspAnswer } from '../trust/revocation/ocsp-answer.ts'
import type { RevocationList } from '../trust/revocation/revocation-list.ts'
import type { TrustList } from '../trust/trust-list/list.ts'
import { readList } from './read-list.ts'
import type { TrustListReader } from './read-trust-list.ts'

/** Everything in use as of one edition; it does not change. Another edition is another object. */
export type TrustEdition = {
  readonly number: number
  readonly revocation: RevocationEvidence
  /** Undefined while there is none, or it is still being read. */
  readonly trustList: TrustList | undefined
  /** How many lists and answers are not held because all of them would take more than listsHeldBytesMax. */
  readonly leftOut: number
}

/** The editions in use, followed. */
export type CurrentTrust = {
  /** The edition at hand; cheap. Empty until the first one is loaded. */
  edition(): TrustEdition
  /** Looks now whether there is a newer edition; resolves when it is at hand. */
  reread(): Promise<void>
  /** Ends what is being read. */
  stop(): Promise<void>
}

/** What following needs. */
export type FollowOptions = {
  store: Pick<Store, 'query' | 'listen'>
  /** Reads trust lists; without it there are none. */
  reader?: TrustListReader
  /** Told of every other edition. */
  onEdition?(edition: TrustEdition): void
  onFault(place: string, error: unknown): void
  /** listsHeldBytesMax unless given. */
  bytesMax?: number
}

type Loaded = { kind: 'crl'; list: RevocationList } | { kind: 'ocsp'; answer: OcspAnswer }

/**
 * Loads what is in use and follows it: every change is heard by notification, and looked for again after a lost
 * connection. What was loaded before is not read again. A database that is away leaves the edition at hand. A trust list
 * takes seconds to be read: until then the former one counts, and the new one takes its place as a whole. One that this
 * node cannot take leaves the former one in place too, and is tried again with the next edition.
 */
export async function followTrust(options: FollowOptions): Promise<CurrentTrust> {
  const { store, onFault } = options
  const stopping = new AbortController()
  let current: TrustEdition = {
    number: -1,
    revocation: gatherEvidence([], []),
    trustList: undefined,
    leftOut: 0,
  }
  let isWhole = false
  let loaded = new Map<string, Loaded>()
  const use = (edition: TrustEdition) => {
    current = edition
    options.onEdition?.(edition)
  }

  async function load(): Promise<void> {
    const { edition, editions } = await readEditions(store)
    if (edition === current.number && isWhole) return
    isWhole = false
    const { held, leftOut } = within(editions, options.bytesMax ?? limits.listsHeldBytesMax)
    const next = await loadRevocation(held, loaded, { store, onFault, signal: stopping.signal })
    if (stopping.signal.aborted) return
    loaded = next
    const all = [...next.values()]
    const lists = held.filter(({ kind }) => kind === 'trust-list')
    use({
      number: edition,
      revocation: gatherEvidence(
        all.flatMap((one) => (one.kind === 'crl' ? one.list : [])),
        all.flatMap((one) => (one.kind === 'ocsp' ? one.answer : [])),
      ),
      trustList: lists.length === 0 ? undefined : current.trustList,
      leftOut: leftOut.length,
    })
    const { newest, isComplete } = await loadTrustLists(lists, options, stopping.signal)
    if (stopping.signal.aborted) return
    if (newest !== undefined && newest.digest !== current.trustList?.digest)
      use({ ...current, trustList: newest })
    isWhole = isComplete
  }

  let last: Promise<void> = Promise.resolve()
  const reread = () => {
    const done = last.then(load)
    last = done.catch(() => undefined)
    return done
  }
  const hear = () => void reread().catch((error: unknown) => onFault('trust-sources.load', error))
  const stop = await store.listen(trustChannel, { notified: hear, connected: hear })
  return {
    edition: () => current,
    reread,
    async stop() {
      stopping.abort()
      await stop()
      await last
    },
  }
}

/** Those that fit into memory together. What was wanted last goes first, so that the oldest is left out. */
function within(
  editions: readonly EditionRow[],
  bytesMax: number,
): { held: EditionRow[]; leftOut: EditionRow[] } {
  const held: EditionRow[] = []
  const leftOut: EditionRow[] = []
  let bytesLeft = bytesMax
  for (const one of editions) {
    if (one.bytes > bytesLeft) leftOut.push(one)
    else {
      held.push(one)
      bytesLeft -= one.bytes
    }
  }
  return { held, leftOut }
}

type Loading = Pick<FollowOptions, 'store' | 'onFault'> & { signal: AbortSignal }

async function loadRevocation(
  editions: readonly EditionRow[],
  loaded: ReadonlyMap<string, Loaded>,
  loading: Loading,
): Promise<Map<string, Loaded>> {
  const next = new Map<string, Loaded>()
  let known: Promise<Certificate[]> | undefined
  const certificates = () => {
    known ??= knownCertificates(loading.store)
    return known
  }
  for (const { kind, evidence } of editions) {
    if (kind === 'trust-list' || loading.signal.aborted) continue
    const one = loaded.get(evidence) ?? (await read(kind, evidence, { ...loading, certificates }))
    if (one !== undefined) next.set(evidence, one)
  }
  return next
}

async function knownCertificates(store: Pick<Store, 'query'>): Promise<Certificate[]> {
  return (await readCertificateEvidence(store)).flatMap((der) => {
    const certificate = parseCertificateOnce(der)
    return isRefusal(certificate) ? [] : [certificate]
  })
}

async function read(
  kind: 'crl' | 'ocsp',
  sha256: string,
  loading: Loading & { certificates(): Promise<Certificate[]> },
): Promise<Loaded | undefined> {
  const bytes = await readEvidence(loading.store, sha256)
  if (bytes === undefined) return undefined
  if (kind === 'ocsp') {
    const answer = parseOcspAnswer(bytes)
    return isRefusal(answer) ? noteFault(loading, answer) : { kind, answer }
  }
  const found = await readList(bytes, await loading.certificates(), loading.signal)
  return isRefusal(found) ? noteFault(loading, found) : { kind, list: found.list }
}

/** The newest of the trust lists in use that this node can take. */
async function loadTrustLists(
  editions: readonly EditionRow[],
  { store, reader, onFault }: FollowOptions,
  signal: AbortSignal,
): Promise<{ newest: TrustList | undefined; isComplete: boolean }> {
  let newest: TrustList | undefined
  let isComplete = true
  for (const { evidence } of reader === undefined ? [] : editions) {
    const bytes = await readEvidence(store, evidence)
    const list = bytes && (await reader?.read({ bytes, sha256: evidence }, signal))
    if (list === undefined) continue
    if (isRefusal(list)) {
      isComplete = false
      if (!signal.aborted) noteFault({ onFault }, list)
    } else if (newest === undefined || list.version > newest.version) newest = list
  }
  return { newest, isComplete }
}

function noteFault({ onFault }: Pick<FollowOptions, 'onFault'>, refusal: Refusal): undefined {
  onFault('trust-sources.load', new Error(refusalText(refusal)))
  return undefined
}
