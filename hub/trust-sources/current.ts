// Holds the editions in use in memory, as indexes, and follows their changes on every node.

import { isRefusal, refusalText } from '../../schemas/refusals.ts'
import type { Store } from '../store/orm.ts'
import {
  readCertificateEvidence,
  readEditions,
  readEvidence,
  type SourceKind,
  trustChannel,
} from '../store/trust-sources.ts'
import { parseCertificate } from '../trust/certificate.ts'
import { gatherEvidence, type RevocationEvidence } from '../trust/revocation/evidence.ts'
import { type OcspAnswer, parseOcspAnswer } from '../trust/revocation/ocsp-answer.ts'
import type { RevocationList } from '../trust/revocation/revocation-list.ts'
import { readList } from './read-list.ts'

/** Everything in use as of one edition; it does not change. */
export type TrustEdition = {
  readonly number: number
  readonly revocation: RevocationEvidence
  /** Trust lists as they came, for whoever reads them. */
  readonly trustLists: readonly {
    readonly address: string
    readonly sha256: string
    readonly bytes: Uint8Array
  }[]
}

/** The editions in use, followed. */
export type CurrentTrust = {
  /** The edition at hand; cheap. Empty until the first one is loaded. */
  edition(): TrustEdition
  /** Looks now whether there is a newer edition; resolves when it is at hand. */
  reread(): Promise<void>
  stop(): Promise<void>
}

type Loaded =
  | { kind: 'crl'; list: RevocationList }
  | { kind: 'ocsp'; answer: OcspAnswer }
  | { kind: 'trust-list'; bytes: Uint8Array }

/**
 * Loads what is in use and follows it: every change is heard by notification, and looked for again after a lost
 * connection. What was loaded before is not read again. A database that is away leaves the edition at hand.
 */
export async function followTrust(
  store: Pick<Store, 'query' | 'listen'>,
  onFault: (place: string, error: unknown) => void,
): Promise<CurrentTrust> {
  let current: TrustEdition = { number: -1, revocation: gatherEvidence([], []), trustLists: [] }
  let loaded = new Map<string, Loaded>()

  async function load(): Promise<void> {
    const { edition, editions } = await readEditions(store)
    if (edition === current.number) return
    const next = new Map<string, Loaded>()
    for (const { kind, evidence } of editions) {
      const one = loaded.get(evidence) ?? (await read(store, kind, evidence, onFault))
      if (one !== undefined) next.set(evidence, one)
    }
    const all = [...next.values()]
    current = {
      number: edition,
      revocation: gatherEvidence(
        all.flatMap((one) => (one.kind === 'crl' ? one.list : [])),
        all.flatMap((one) => (one.kind === 'ocsp' ? one.answer : [])),
      ),
      trustLists: editions.flatMap(({ address, evidence }) => {
        const one = next.get(evidence)
        return one?.kind === 'trust-list' ? [{ address, sha256: evidence, bytes: one.bytes }] : []
      }),
    }
    loaded = next
  }

  let last: Promise<void> = Promise.resolve()
  const reread = () => {
    const done = last.then(load)
    last = done.catch(() => undefined)
    return done
  }
  const hear = () => void reread().catch((error: unknown) => onFault('trust-sources.load', error))
  const stop = await store.listen(trustChannel, { notified: hear, connected: hear })
  return { edition: () => current, reread, stop: () => stop().then(() => last) }
}

async function read(
  store: Pick<Store, 'query'>,
  kind: SourceKind,
  sha256: string,
  onFault: (place: string, error: unknown) => void,
): Promise<Loaded | undefined> {
  const bytes = await readEvidence(store, sha256)
  if (bytes === undefined) return undefined
  if (kind === 'trust-list') return { kind, bytes }
  if (kind === 'ocsp') {
    const answer = parseOcspAnswer(bytes)
    return isRefusal(answer) ? fault(answer) : { kind, answer }
  }
  const certificates = (await readCertificateEvidence(store)).flatMap((der) => {
    const certificate = parseCertificate(der)
    return isRefusal(certificate) ? [] : [certificate]
  })
  const found = await readList(bytes, certificates)
  return isRefusal(found) ? fault(found) : { kind, list: found.list }

  function fault(refusal: Parameters<typeof refusalText>[0]): undefined {
    onFault('trust-sources.load', new Error(refusalText(refusal)))
    return undefined
  }
}
