// Numbers of the GOST encodings: bytes of either order to integers and back.

/** Reads bytes as an unsigned number, the first byte being the most significant. */
export function fromBigEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

/** Reads bytes as an unsigned number, the first byte being the least significant. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return fromBigEndian(Uint8Array.from(bytes).reverse())
}

/** Writes 0 <= value < 256^length, the most significant byte first. */
export function toBigEndian(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex'))
}

/** Writes 0 <= value < 256^length, the least significant byte first. */
export function toLittleEndian(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  return toBigEndian(value, length).reverse()
}
