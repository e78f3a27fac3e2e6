// The thread that reads one large revocation list and hands it back without copying.

import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { parseCertificate } from '../trust/certificate.ts'
import { isSignedBy } from '../trust/revocation/evidence.ts'
import { nameKey } from '../trust/revocation/name-key.ts'
import { parseRevocationList, type RevocationList } from '../trust/revocation/revocation-list.ts'

/** What the thread is given. */
export type ThreadJob = {
  readonly bytes: Uint8Array
  /** In DER, for keys are not what they were behind the border of a thread. */
  readonly certificates: readonly Uint8Array[]
}

/** What it answers: the list, and for each certificate of its issuer whether its key signed it. */
export type ThreadAnswer =
  | { readonly list: RevocationList; readonly isValid: readonly (boolean | undefined)[] }
  | Refusal

const { bytes, certificates } = workerData as ThreadJob
const list = parseRevocationList(bytes)
assert(parentPort !== null, 'started as a thread')
if (isRefusal(list)) parentPort.postMessage(list satisfies ThreadAnswer)
else {
  const isValid = certificates.map((der) => {
    const certificate = parseCertificate(der)
    const isOwn = !isRefusal(certificate) && nameKey(certificate.subject) === nameKey(list.issuer)
    return isOwn ? isSignedBy(list.signed, certificate.publicKey) : undefined
  })
  const { places, issuerPlaces } = list.entries
  const whole = [list.der, places, issuerPlaces].map((array) => array.buffer as ArrayBuffer)
  parentPort.postMessage({ list, isValid } satisfies ThreadAnswer, whole)
}
