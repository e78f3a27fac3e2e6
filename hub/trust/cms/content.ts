// The content of a signature on its way to the digests: attached or given, whole, in chunks or by its digests.

import { createHash } from 'node:crypto'
import { limits } from '../../../schemas/limits.ts'
import { equalBytes, joinSpans } from '../der/values.ts'
import { createDigest } from '../gost/kernel.ts'
import { type AnyDigest, digestBytes } from '../signature-scheme.ts'
import { isEncodingOfAttributes } from './attributes.ts'

/** Content as it stands in an array: pairs of start and end. */
export type ContentSource = { readonly bytes: Uint8Array; readonly spans: readonly number[] }

/** What signers have to know of the content once all of it was seen. */
export type SeenContent = {
  /** The digest by name; undefined when it was neither computed nor given. */
  digest(name: AnyDigest): Uint8Array | undefined
  /** Whether a signature without attributes over this content could be another's with attributes; see below. */
  isConfusable(): boolean | undefined
  /** All octets when they are at hand, as signatures without attributes by node:crypto need them. */
  whole(): Uint8Array | undefined
}

type Hashing = { update(bytes: Uint8Array): unknown; digest(): Uint8Array }

/** The content attached to a CMS. Digests are computed when asked for, each once. */
export function attachedContent(source: ContentSource): SeenContent {
  const digests = new Map<AnyDigest, Uint8Array>()
  let joined: Uint8Array | undefined
  const whole = (): Uint8Array => {
    joined ??= joinSpans(source.bytes, source.spans)
    return joined
  }
  return {
    digest(name) {
      const digest = digests.get(name) ?? digestSpans(name, source)
      digests.set(name, digest)
      return digest
    },
    isConfusable: () => isEncodingOfAttributes(whole()),
    whole,
  }
}

/** Content that comes from outside, in chunks that are not kept or as digests. */
export class GivenContent implements SeenContent {
  /** Whether anything was given, be it no octet. */
  isGiven = false
  readonly #digests = new Map<AnyDigest, Uint8Array>()
  readonly #streams: ReadonlyMap<AnyDigest, Hashing>
  readonly #keepsHead: boolean
  #head: Uint8Array[] = []
  #length = 0
  #chunks = 0

  /** The digests to compute, and whether some signer has no attributes, so that octets must be kept. */
  constructor(names: readonly AnyDigest[], keepsHead: boolean) {
    this.#streams = new Map(names.map((name) => [name, hashing(name)]))
    this.#keepsHead = keepsHead
  }

  /** Takes the next octets. They are not kept, but for the first bareContentKeptBytesMax of a bare signature. */
  update(chunk: Uint8Array): void {
    this.isGiven = true
    if (this.#keepsHead && this.#length < limits.bareContentKeptBytesMax) {
      this.#head.push(chunk.slice(0, limits.bareContentKeptBytesMax - this.#length))
    }
    this.#length += chunk.length
    this.#chunks += 1
    for (const stream of this.#streams.values()) stream.update(chunk)
  }

  /** Takes a digest that was computed elsewhere over the whole content. */
  giveDigest(name: AnyDigest, digest: Uint8Array): void {
    this.isGiven = true
    this.#digests.set(name, digest)
  }

  digest(name: AnyDigest): Uint8Array | undefined {
    const known = this.#digests.get(name)
    if (known !== undefined || this.#chunks === 0) return known
    const digest = this.#streams.get(name)?.digest()
    if (digest !== undefined) this.#digests.set(name, digest)
    return digest
  }

  /**
   * Whether the content is itself an encoding of signed attributes; undefined when only digests were given. What is
   * longer than is kept counts by its header: a SET whose length ends where the content ends.
   */
  isConfusable(): boolean | undefined {
    if (this.#chunks === 0) return undefined
    const head = Buffer.concat(this.#head)
    if (this.#length === head.length) return isEncodingOfAttributes(head)
    return head[0] === 0x31 && lengthWithHeader(head) === this.#length
  }

  whole(): Uint8Array | undefined {
    const head = this.#chunks === 0 ? undefined : Buffer.concat(this.#head)
    return head?.length === this.#length ? head : undefined
  }
}

/** Compares content that comes in chunks with attached content, octet by octet. */
export class Comparison {
  readonly #source: ContentSource
  #span = 0
  #at: number
  #isSame = true

  constructor(source: ContentSource) {
    this.#source = source
    this.#at = source.spans[0] ?? 0
  }

  /** Takes the next octets of the content given. */
  update(chunk: Uint8Array): void {
    const { bytes, spans } = this.#source
    for (let from = 0; from < chunk.length && this.#isSame; ) {
      const left = (spans[this.#span + 1] ?? 0) - this.#at
      if (this.#span >= spans.length) this.#isSame = false
      else if (left === 0) this.#nextSpan()
      else {
        const size = Math.min(left, chunk.length - from)
        this.#isSame = equalBytes(
          chunk.subarray(from, from + size),
          bytes.subarray(this.#at, this.#at + size),
        )
        from += size
        this.#at += size
      }
    }
  }

  /** Whether all octets were the same and none is left over. */
  isSame(): boolean {
    const { spans } = this.#source
    while (this.#span < spans.length && this.#at === spans[this.#span + 1]) this.#nextSpan()
    return this.#isSame && this.#span >= spans.length
  }

  #nextSpan(): void {
    this.#span += 2
    this.#at = this.#source.spans[this.#span] ?? 0
  }
}

function hashing(name: AnyDigest): Hashing {
  return name === 'streebog256' || name === 'streebog512' ? createDigest(name) : createHash(name)
}

function digestSpans(name: AnyDigest, { bytes, spans }: ContentSource): Uint8Array {
  if (spans.length === 2) return digestBytes(name, bytes.subarray(spans[0], spans[1]))
  const stream = hashing(name)
  for (let i = 0; i < spans.length; i += 2) stream.update(bytes.subarray(spans[i], spans[i + 1]))
  return stream.digest()
}

/** The octets an element takes that starts with this header of a long definite length. */
function lengthWithHeader(head: Uint8Array): number {
  const octets = (head[1] ?? 0) & 0x7f
  let length = 0
  for (const octet of head.subarray(2, 2 + octets)) length = length * 256 + octet
  return 2 + octets + length
}
