// Signs journal blocks in tests with Ed25519: quick, and as strict as the real one.

import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { BlockCheck, BlockSigner } from '../../hub/journal/ports.ts'
import { readPem, writePem } from '../../hub/trust/pem.ts'

const algorithm = 'ed25519 for tests'

/** A signer with a key of its own; what stands for its certificate is its bare public key. */
export function makeTestSigner(): BlockSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    algorithm,
    certificatePem: writePem('CERTIFICATE', publicKey.export({ format: 'der', type: 'spki' })),
    sign: (bytes) => sign(null, bytes, privateKey),
  }
}

/** Checks what such a signer made. */
export const checkTestSignature: BlockCheck = (block) => {
  if (block.algorithm !== algorithm) return false
  const der = Buffer.from(readPem(block.certificatePem)[0]?.der ?? [])
  return verify(
    null,
    block.bytes,
    createPublicKey({ key: der, format: 'der', type: 'spki' }),
    block.signature,
  )
}
