// Signs blocks with the hub's GOST key as a detached CMS, and checks such signatures.

import { isRefusal } from '../../schemas/refusals.ts'
import { parseCertificate } from '../trust/certificate.ts'
import { readSigned, verifySigned } from '../trust/cms.ts'
import { readPem, writePem } from '../trust/pem.ts'
import { type SigningIdentity, signDetached } from '../trust/sign.ts'
import type { BlockCheck, BlockSigner } from './ports.ts'

/** CAdES-BES (RFC 5126) with GOST R 34.10-2012; the certificate tells which curve. */
const algorithm = 'cades-bes gost-r-34.10-2012'

/** A signer of blocks. `now` gives the signing time inside the signature; the block has a time of its own. */
export function makeBlockSigner(identity: SigningIdentity, now: () => Date): BlockSigner {
  return {
    algorithm,
    certificatePem: writePem('CERTIFICATE', identity.certificate.der),
    sign: (bytes) => signDetached({ ...identity, chain: [], content: bytes, at: now() }),
  }
}

/**
 * Checks the signature of a block: by the key of this very certificate, whatever others the CMS carries.
 * Whether the certificate is the hub's own is for the reader of the report, who may name the one expected.
 */
export const checkBlockSignature: BlockCheck = (block) => {
  if (block.algorithm !== algorithm) return false
  const certificate = parseCertificate(readPem(block.certificatePem)[0]?.der ?? new Uint8Array())
  if (isRefusal(certificate)) return false
  const signed = readSigned(block.signature, { registered: [certificate], detachedContent: block.bytes })
  if (isRefusal(signed)) return false
  return signed.certificate.thumbprint === certificate.thumbprint && verifySigned(signed) === undefined
}
