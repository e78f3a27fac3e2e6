// Reads a revocation list and checks who signed it; large ones in a thread of their own, so that the loop stays free.

import { Worker } from 'node:worker_threads'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import type { Certificate } from '../trust/certificate.ts'
import { isSignedBy, noteSignedBy } from '../trust/revocation/evidence.ts'
import { nameKey } from '../trust/revocation/name-key.ts'
import { parseRevocationList, type RevocationList } from '../trust/revocation/revocation-list.ts'
import type { ThreadAnswer, ThreadJob } from './read-list-thread.ts'

/** A list with whether one of the certificates given signed it. */
export type ReadList = { readonly list: RevocationList; readonly isSigned: boolean }

/**
 * Reads a list; whether the keys of its issuer among `certificates` signed it is remembered with the list. Lists above
 * listInThreadBytes are read in a thread within listThreadTimeoutMs, and `bytes` is empty afterwards. Refused with
 * crl.broken, and with source.slow when the thread takes too long.
 */
export async function readList(
  bytes: Uint8Array,
  certificates: readonly Certificate[],
): Promise<ReadList | Refusal> {
  const answer =
    bytes.length <= limits.listInThreadBytes
      ? parseRevocationList(bytes)
      : await readInThread({ bytes, certificates: certificates.map(({ der }) => der) })
  if (isRefusal(answer)) return answer
  const list = 'list' in answer ? answer.list : answer
  if ('list' in answer) {
    answer.isValid.forEach((isValid, index) => {
      const key = certificates[index]?.publicKey
      if (isValid !== undefined && key !== undefined) noteSignedBy(list.signed, key, isValid)
    })
  }
  const own = certificates.filter(({ subject }) => nameKey(subject) === nameKey(list.issuer))
  return { list, isSigned: own.some(({ publicKey }) => isSignedBy(list.signed, publicKey)) }
}

function readInThread(job: ThreadJob): Promise<ThreadAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ThreadAnswer>()
  const worker = new Worker(new URL('./read-list-thread.ts', import.meta.url), {
    workerData: job,
    transferList: [job.bytes.buffer as ArrayBuffer],
  })
  const timer = setTimeout(() => {
    resolve(refuse('source.slow', `not read within ${limits.listThreadTimeoutMs} ms`))
  }, limits.listThreadTimeoutMs)
  worker.on('message', resolve)
  worker.on('error', reject)
  return promise.finally(() => {
    clearTimeout(timer)
    void worker.terminate()
  })
}
