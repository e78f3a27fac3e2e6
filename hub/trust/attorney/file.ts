// A file that may be a power of attorney, as a worker reads it: plain values that go between threads.

import type { Attorney } from '../../../schemas/attorney/value.ts'
import { limits } from '../../../schemas/limits.ts'
import type { Refusal } from '../../../schemas/refusals.ts'
import type { SignatureFacts } from '../../../schemas/verdict/facts.ts'
import { createSignatureCheck } from '../cms/check.ts'
import { digestBytes } from '../signature-scheme.ts'
import { readAttorney } from './read.ts'

/** One detached signature over it, and DER of the certificates that came along. */
export type DetachedSignature = {
  facts: SignatureFacts | undefined
  certificates: readonly Uint8Array[]
}

/** A file, read or refused. Signatures need not have been good for anything. */
export type ReadAttorneyFile = {
  /** The name it travelled under; none of one that a registry gave. */
  fileName?: string
  attorney: Attorney | Refusal
  signatures: readonly DetachedSignature[]
}

/** Reads a file and checks a detached signature over it. Never throws. */
export function readSignedAttorney(bytes: Uint8Array, signature: Uint8Array | undefined): ReadAttorneyFile {
  return {
    attorney: readAttorney(bytes),
    signatures: signature === undefined ? [] : [checkDetached(bytes, signature)],
  }
}

/** A signature file larger than signatureBytesMax is not looked at. */
function checkDetached(bytes: Uint8Array, signature: Uint8Array): DetachedSignature {
  if (signature.length > limits.signatureBytesMax) return { facts: undefined, certificates: [] }
  const check = createSignatureCheck(signature)
  for (const name of check.digests.length > 0 ? check.digests : (['sha256'] as const)) {
    check.giveDigest(name, digestBytes(name, bytes))
  }
  const { facts, certificates } = check.finish()
  return { facts, certificates: certificates.map((der) => Uint8Array.from(der)) }
}
