// Reads a revocation list and checks who signed it; large ones in a thread of their own, so that the loop stays free.

import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import type { Certificate } from '../trust/certificate.ts'
import { isSignedBy, noteSignedBy } from '../trust/revocation/evidence.ts'
import { nameKey } from '../trust/revocation/name-key.ts'
import { parseRevocationList, type RevocationList } from '../trust/revocation/revocation-list.ts'
import type { ThreadAnswer, ThreadJob } from './read-list-thread.ts'
import { runThread } from './thread.ts'

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
  signal?: AbortSignal,
): Promise<ReadList | Refusal> {
  const answer =
    bytes.length <= limits.listInThreadBytes
      ? parseRevocationList(bytes)
      : await readInThread({ bytes, certificates: certificates.map(({ der }) => der) }, signal)
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

function readInThread(job: ThreadJob, signal: AbortSignal | undefined): Promise<ThreadAnswer> {
  const transfer = [job.bytes.buffer as ArrayBuffer]
  return runThread<ThreadAnswer>({ file: './read-list-thread.ts', job, transfer, signal })
}
