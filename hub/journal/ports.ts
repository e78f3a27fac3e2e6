// What the journal asks of others: to sign a block, and to check such a signature.

/** Signs blocks with the key of the hub. */
export type BlockSigner = {
  /** Name of the form of signature; it is part of what is signed. */
  readonly algorithm: string
  /** The signer's certificate, one PEM block. */
  readonly certificatePem: string
  /** A detached signature of the bytes. */
  sign(bytes: Uint8Array): Uint8Array
}

/** A block as signed: the bytes of its header, and what came with them. Nothing of it is trusted. */
export type SignedBlock = {
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  readonly algorithm: string
  readonly certificatePem: string
}

/** Tells whether the key of the certificate made the signature. Never throws, whatever the bytes. */
export type BlockCheck = (block: SignedBlock) => boolean
