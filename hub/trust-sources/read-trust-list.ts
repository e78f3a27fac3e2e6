// Reads trust lists in a thread, gives them as values of this one, and says whether an edition may come into use.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import type { Sql } from '../store/sql.ts'
import { readEvidence } from '../store/trust-sources.ts'
import { type Certificate, parseCertificate } from '../trust/certificate.ts'
import { acceptEdition } from '../trust/trust-list/edition.ts'
import { indexListed, type TrustList } from '../trust/trust-list/list.ts'
import type { Accept } from './accept.ts'
import type { PlainList, TrustListAnswer, TrustListJob } from './read-trust-list-thread.ts'
import { runThread } from './thread.ts'

/** Who may sign a trust list: pinned certificates, or without any whoever leads to the anchors. */
export type ListSigners = Pick<TrustListJob, 'pinned' | 'anchors' | 'intermediates'>

/** Reads trust lists one at a time; the last ones read are remembered by their digest. */
export type TrustListReader = {
  /** Refused as readSignedTrustList and runThread do. The bytes are copied into the thread. */
  read(list: { bytes: Uint8Array; sha256: string }, signal?: AbortSignal): Promise<TrustList | Refusal>
}

/** Makes the reader. A list is verified on every node that uses it: no node takes the word of another. */
export function makeTrustListReader(signers: ListSigners, clock: { now(): Date }): TrustListReader {
  const known = new Map<string, TrustList>()
  let last: Promise<unknown> = Promise.resolve()
  const readNow = async (bytes: Uint8Array, sha256: string, signal: AbortSignal | undefined) => {
    const found = known.get(sha256)
    if (found !== undefined) return found
    const job: TrustListJob = { ...signers, bytes, at: clock.now() }
    const answer = await runThread<TrustListAnswer>({ file: './read-trust-list-thread.ts', job, signal })
    if (isRefusal(answer)) return answer
    const list = await listOf(answer)
    if (isRefusal(list)) return list
    known.set(sha256, list)
    for (const digest of known.keys()) if (known.size > limits.trustListsRememberedMax) known.delete(digest)
    return list
  }
  return {
    read({ bytes, sha256 }, signal) {
      // One at a time: a list takes a few hundred megabytes while it is read.
      const done = last.then(() => readNow(bytes, sha256, signal))
      last = done.catch(() => undefined)
      return done
    },
  }
}

/** Certificates are read again here, in slices of trustListSliceMax, so that the loop is never held up for long. */
async function listOf(plain: PlainList): Promise<TrustList | Refusal> {
  const certificates = new Map<Uint8Array, Certificate>()
  const all = [
    plain.signer,
    ...plain.authorities.flatMap(({ keys }) => keys.flatMap((key) => key.certificates)),
  ]
  for (const [index, der] of all.entries()) {
    if (index % limits.trustListSliceMax === 0) await nextTurn()
    const certificate = parseCertificate(der)
    if (isRefusal(certificate)) return refuse('trust-list.broken', certificate.seen)
    certificates.set(der, certificate)
  }
  const of = (der: Uint8Array) => certificates.get(der)
  const authorities = plain.authorities.map((authority) => ({
    ...authority,
    keys: authority.keys.map((key) => ({
      ...key,
      certificates: key.certificates.flatMap((der) => of(der) ?? []),
    })),
  }))
  const signer = of(plain.signer)
  if (signer === undefined) return refuse('trust-list.broken', 'no signer')
  return { ...plain, signer, authorities, byThumbprint: indexListed(authorities) }
}

/**
 * Takes a trust list that is signed by whom it must be and may follow the one in use (acceptEdition). Its number is its
 * version. The one in use is read again when this node has not got it at hand.
 */
export function acceptTrustListWith(options: {
  reader: TrustListReader
  store: Sql
  clock: { now(): Date }
}): Accept {
  const { reader, store, clock } = options
  return async ({ source, bytes, sha256, signal }) => {
    const candidate = await reader.read({ bytes, sha256 }, signal)
    if (isRefusal(candidate)) return candidate
    const inUse = await listInUse(source.evidence)
    if (inUse !== undefined && isRefusal(inUse)) return inUse
    const decision = acceptEdition(inUse, candidate, clock.now())
    if (isRefusal(decision)) return decision
    const { version, date } = candidate
    return { bytes, sha256, number: BigInt(version), issuedAt: date, nextAt: undefined }

    async function listInUse(digest: string | undefined): Promise<TrustList | Refusal | undefined> {
      const kept = digest === undefined ? undefined : await readEvidence(store, digest)
      if (digest === undefined || kept === undefined) return undefined
      const list = await reader.read({ bytes: kept, sha256: digest }, signal)
      // A list whose signer is no longer accepted is in use no more: whoever is accepted now may give another.
      return isRefusal(list) && list.code === 'trust-list.signer' ? undefined : list
    }
  }
}
