// Reads DER and BER within bounds: offsets over one array, nothing copied, no recursion over what was sent.

import { limits } from '../../../schemas/limits.ts'

/** Tags the hub meets: class and number without the constructed bit. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x10,
  set: 0x11,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
} as const

/** The context-specific tag [number], number below 31. */
export function context(number: number): number {
  return 0x80 | number
}

/** One element: where it stands in the bytes. Ends are exclusive. */
export type Element = {
  /** Class and number; the number of a high tag stands above the low octet. */
  readonly tag: number
  readonly constructed: boolean
  /** 1 for an outermost element. */
  readonly depth: number
  readonly start: number
  readonly contentStart: number
  readonly contentEnd: number
  /** Behind the end-of-contents octets when the length is indefinite. */
  readonly end: number
}

/** Thrown inside the readers of this folder for bytes that are no DER or BER, or beyond the limits. */
export class DerError extends Error {
  readonly kind: 'broken' | 'too-complex'
  constructor(kind: 'broken' | 'too-complex', what: string) {
    super(what)
    this.kind = kind
  }
}

const indefinite = -1

let steps = 0

/** How many headers all readers of this thread have read so far: tests bound work by the difference, not by clocks. */
export function derSteps(): number {
  return steps
}

/**
 * Reads elements of one array (X.690). Indefinite lengths, lengths longer than needed and strings in segments
 * are read, as streaming signers write them. Bounds: derDepthMax; derElementsMax, or one element for each
 * derBytesPerElementMin bytes when that is more, so that the work stays in proportion to the bytes.
 * Every method throws DerError, and nothing else, for hostile bytes.
 */
export class DerReader {
  readonly bytes: Uint8Array
  #elementsLeft: number
  /** Ends of indefinite elements already looked for, by the start of their content. */
  readonly #ends = new Map<number, number>()
  // The header read last; fields instead of an object keep scans free of garbage.
  #tag = 0
  #constructed = false
  #contentStart = 0
  #length = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    const inProportion = Math.floor(bytes.length / limits.derBytesPerElementMin)
    this.#elementsLeft = Math.max(limits.derElementsMax, inProportion)
  }

  /** The element that fills the whole array. */
  whole(): Element {
    const element = this.elementAt(0, this.bytes.length, 1)
    if (element.end !== this.bytes.length) throw new DerError('broken', 'bytes after the outermost element')
    return element
  }

  /** The element that starts at a place and must end by `end`. */
  elementAt(start: number, end: number, depth: number): Element {
    if (depth > limits.derDepthMax)
      throw new DerError('too-complex', `nested deeper than ${limits.derDepthMax}`)
    this.#header(start, end)
    const tag = this.#tag
    const constructed = this.#constructed
    const contentStart = this.#contentStart
    if (tag === 0) throw new DerError('broken', `end-of-contents out of place at ${start}`)
    if (this.#length !== indefinite) {
      const contentEnd = contentStart + this.#length
      return { tag, constructed, depth, start, contentStart, contentEnd, end: contentEnd }
    }
    const contentEnd = this.#ends.get(contentStart) ?? this.#findEnd(contentStart, end, depth)
    return { tag, constructed, depth, start, contentStart, contentEnd, end: contentEnd + 2 }
  }

  /** The children of a constructed element, in order. */
  children(parent: Element): Element[] {
    if (!parent.constructed) throw new DerError('broken', `no constructed encoding at ${parent.start}`)
    const found: Element[] = []
    for (let at = parent.contentStart; at < parent.contentEnd; ) {
      const child = this.elementAt(at, parent.contentEnd, parent.depth + 1)
      found.push(child)
      at = child.end
    }
    return found
  }

  /** The content octets of an element, a view. */
  content(element: Element): Uint8Array {
    return this.bytes.subarray(element.contentStart, element.contentEnd)
  }

  /** The whole encoding of an element, a view. */
  encoding(element: Element): Uint8Array {
    return this.bytes.subarray(element.start, element.end)
  }

  /**
   * Where the octets of an OCTET STRING stand: pairs of start and end. One pair for a primitive encoding, one
   * for each segment of a constructed one (X.690, 8.7.3); segments may nest within the depth.
   */
  octetSpans(element: Element): number[] {
    const spans: number[] = []
    this.#collectSpans(element, spans)
    return spans
  }

  #collectSpans(element: Element, spans: number[]): void {
    if (!element.constructed) {
      spans.push(element.contentStart, element.contentEnd)
      return
    }
    for (let at = element.contentStart; at < element.contentEnd; ) {
      const segment = this.elementAt(at, element.contentEnd, element.depth + 1)
      if (segment.tag !== tags.octetString) throw new DerError('broken', `a segment of another type at ${at}`)
      this.#collectSpans(segment, spans)
      at = segment.end
    }
  }

  /** Reads the identifier and length octets at a place into the fields. */
  #header(start: number, end: number): void {
    steps += 1
    this.#elementsLeft -= 1
    if (this.#elementsLeft < 0) throw new DerError('too-complex', 'too many elements')
    if (start + 2 > end) throw new DerError('broken', `cut short at ${start}`)
    const bytes = this.bytes
    const identifier = bytes[start] ?? 0
    let at = start + 1
    this.#constructed = (identifier & 0x20) !== 0
    this.#tag = identifier & 0xdf
    if ((identifier & 0x1f) === 0x1f) {
      const [number, next] = this.#highTagNumber(at, end)
      this.#tag |= number << 8
      at = next
    }
    if (at >= end) throw new DerError('broken', `cut short at ${at}`)
    const first = bytes[at] ?? 0
    at += 1
    if (first < 0x80) this.#length = first
    else if (first === 0x80) this.#length = indefinite
    else {
      this.#length = this.#longLength(at, first & 0x7f, end)
      at += first & 0x7f
    }
    this.#contentStart = at
    if (this.#length === indefinite) {
      if (!this.#constructed) throw new DerError('broken', `indefinite length of a primitive at ${start}`)
    } else if (at + this.#length > end) throw new DerError('broken', `length beyond the end at ${start}`)
  }

  /** A tag number of up to three octets: the low octet and 21 bits above it fit into a small integer. */
  #highTagNumber(start: number, end: number): [number, number] {
    let number = 0
    for (let at = start; at < end && at < start + 3; at += 1) {
      const octet = this.bytes[at] ?? 0
      number = number * 128 + (octet & 0x7f)
      if ((octet & 0x80) === 0) return [number, at + 1]
    }
    throw new DerError('broken', `a tag number that does not end at ${start}`)
  }

  #longLength(start: number, octets: number, end: number): number {
    if (octets > 8) throw new DerError('broken', `a length of ${octets} octets at ${start}`)
    if (start + octets > end) throw new DerError('broken', `cut short at ${start}`)
    let length = 0
    for (let at = start; at < start + octets; at += 1) length = length * 256 + (this.bytes[at] ?? 0)
    if (!Number.isSafeInteger(length)) throw new DerError('broken', `length beyond the end at ${start}`)
    return length
  }

  /**
   * Finds the end-of-contents octets of an indefinite element. Notes the ends of indefinite elements nested in it
   * on the way and steps over definite ones, so that every byte is scanned at most once.
   */
  #findEnd(contentStart: number, end: number, depth: number): number {
    const open = [contentStart]
    let at = contentStart
    for (;;) {
      if (at + 2 <= end && this.bytes[at] === 0 && this.bytes[at + 1] === 0) {
        const closed = open.pop() ?? contentStart
        this.#ends.set(closed, at)
        if (open.length === 0) return at
        at += 2
        continue
      }
      this.#header(at, end)
      at = this.#contentStart
      if (this.#length !== indefinite) at += this.#length
      else if (depth + open.length < limits.derDepthMax) open.push(at)
      else throw new DerError('too-complex', `nested deeper than ${limits.derDepthMax}`)
    }
  }
}
