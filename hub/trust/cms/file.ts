// Reads a signature file in the forms that travel: DER or BER, PEM, bare base64 (domain notes, 7.2).

import { limits } from '../../../schemas/limits.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'
import { findPemBlocks } from '../pem.ts'
import { decodeBase64 } from './base64.ts'

/** A signature file: how it came, and the octets of the CMS (a view of the file when it came in binary). */
export type SignatureFile = {
  readonly form: 'der' | 'pem' | 'base64'
  readonly octets: Uint8Array
}

/** Labels under which signers write a CMS (RFC 7468, 8 and 9; older tools). */
const signatureLabels: ReadonlySet<string> = new Set([
  'CMS',
  'PKCS7',
  'PKCS #7 SIGNED DATA',
  'SIGNATURE',
  'SIGNED MESSAGE',
])

const sequenceTag = 0x30
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * The CMS of a signature file, not looked into beyond its first octet. PEM: exactly one block of a signature, text
 * and blocks of other kinds around it are passed over, lines of any length and end. Base64: nothing but base64 and
 * white space. Problems: cms.too-large (signatureFileBytesMax), cms.not-cms, cms.broken.
 */
export function readSignatureFile(file: Uint8Array): SignatureFile | Found {
  if (file.length > limits.signatureFileBytesMax) {
    return { problem: 'cms.too-large', seen: `a file of ${file.length} bytes` }
  }
  if (file[0] === sequenceTag) return { form: 'der', octets: file }
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (bytes.includes('-----BEGIN ')) return readPemSignature(bytes)
  const text = bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes
  const octets = decodeBase64(text)
  if (octets?.[0] !== sequenceTag) {
    return { problem: 'cms.not-cms', seen: `${file.length} bytes that are neither DER nor PEM nor base64` }
  }
  return { form: 'base64', octets }
}

function readPemSignature(bytes: Buffer): SignatureFile | Found {
  const blocks = [...findPemBlocks(bytes.toString('latin1'))].filter(({ label }) =>
    signatureLabels.has(label),
  )
  const [block, ...others] = blocks
  if (block === undefined) return { problem: 'cms.not-cms', seen: 'PEM without a block of a signature' }
  if (others.length > 0) return { problem: 'cms.broken', seen: `${blocks.length} signatures in one PEM` }
  const octets = decodeBase64(Buffer.from(block.body, 'latin1'))
  if (octets === undefined) return { problem: 'cms.broken', seen: 'a block of PEM that is no base64' }
  return octets[0] === sequenceTag
    ? { form: 'pem', octets }
    : { problem: 'cms.not-cms', seen: `a block ${block.label} that holds no CMS` }
}
