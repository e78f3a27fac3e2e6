// The ports of the hub: what its stages need of the outside, declared here and fulfilled by adapters.

/**
 * Names one blob: class, segment, offset and length. Opaque to callers; only the store that made it reads it.
 */
export type BlobRef = string

/** Keeps bytes as received (STYLE 22). Putting the same bytes twice is harmless: both references are good. */
export type BlobStore = {
  /**
   * Durable when it resolves. The bytes must not change before. `sha256` is in lower-case hex. Throws
   * BlobError.
   */
  put(bytes: Uint8Array): Promise<{ ref: BlobRef; sha256: string }>
  /** The very bytes that were put, as a copy of the caller's own. Throws BlobError. */
  get(ref: BlobRef): Promise<Uint8Array>
  /** Finishes what was put, then refuses more. */
  close(): Promise<void>
}

/**
 * Why a blob could not be put (`too-large`, `busy`, `write-failed`: nothing is stored that anyone may rely
 * on) or got (`damaged`, `missing`, `invalid-ref`, `read-failed`). `busy`, `write-failed` and `read-failed`
 * may pass: try again.
 */
export type BlobErrorCode =
  | 'too-large'
  | 'busy'
  | 'write-failed'
  | 'closed'
  | 'damaged'
  | 'missing'
  | 'invalid-ref'
  | 'read-failed'

/** An error of a blob store; `ref` names the blob when one was asked for. */
export class BlobError extends Error {
  readonly code: BlobErrorCode
  readonly ref: BlobRef | undefined

  constructor(code: BlobErrorCode, seen: string, options: { ref?: BlobRef; cause?: unknown } = {}) {
    const place = options.ref === undefined ? '' : ` ${options.ref}`
    super(`blob${place} ${code}: ${seen}`, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'BlobError'
    this.code = code
    this.ref = options.ref
  }
}
