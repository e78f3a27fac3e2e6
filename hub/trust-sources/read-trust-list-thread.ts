// The thread that verifies and reads one trust list and hands it back in plain values.

import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import type { Thumbprint } from '../../schemas/ids.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { type Certificate, parseCertificate } from '../trust/certificate.ts'
import { PathValidator } from '../trust/path/validator.ts'
import { readSignedTrustList } from '../trust/trust-list/edition.ts'
import type { TrustList } from '../trust/trust-list/list.ts'
import type { IsTrustedSigner } from '../trust/xmldsig/verify.ts'

/** What the thread is given. Anchors and intermediates in DER: they vouch for signers nobody pinned. */
export type TrustListJob = {
  readonly bytes: Uint8Array
  readonly pinned: readonly Thumbprint[]
  readonly anchors: readonly Uint8Array[]
  readonly intermediates: readonly Uint8Array[]
  readonly at: Date
}

/** A list without what does not pass the border of a thread: certificates stand in DER, and their index is left out. */
export type PlainList = Pick<TrustList, 'version' | 'date' | 'digest' | 'certificateCount' | 'faults'> & {
  readonly signer: Uint8Array
  readonly authorities: readonly (Omit<TrustList['authorities'][number], 'keys'> & {
    readonly keys: readonly (Omit<TrustList['authorities'][number]['keys'][number], 'certificates'> & {
      readonly certificates: readonly Uint8Array[]
    })[]
  })[]
}

/** What it answers. */
export type TrustListAnswer = PlainList | Refusal

const job = workerData as TrustListJob
const list = readSignedTrustList(job.bytes, {
  pinned: new Set(job.pinned),
  isTrustedSigner: whoLeadsTo(job),
  at: job.at,
})
assert(parentPort !== null, 'started as a thread')
parentPort.postMessage((isRefusal(list) ? list : plain(list)) satisfies TrustListAnswer)

function plain({ byThumbprint: _, ...list }: TrustList): PlainList {
  const der = (certificate: Certificate) => certificate.der
  return {
    ...list,
    signer: list.signer.der,
    authorities: list.authorities.map((authority) => ({
      ...authority,
      keys: authority.keys.map((key) => ({ ...key, certificates: key.certificates.map(der) })),
    })),
  }
}

/** Without pinned signers, whoever has a path without problems to an anchor of this installation may sign. */
function whoLeadsTo({ pinned, anchors, intermediates }: TrustListJob): IsTrustedSigner {
  if (pinned.length > 0 || anchors.length === 0) return () => false
  const read = (all: readonly Uint8Array[]) =>
    all.map(parseCertificate).filter((one): one is Certificate => !isRefusal(one))
  const validator = new PathValidator({ anchors: read(anchors), intermediates: read(intermediates) })
  return (signer, at, others) => {
    const { anchor, facts } = validator.validate(signer, at, others)
    return anchor !== undefined && facts.problems.length === 0
  }
}
