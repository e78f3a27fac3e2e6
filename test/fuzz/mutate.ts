// Changes inputs by a seed: octets flipped, spliced and cut, and elements of DER changed with lengths that fit again.

import { DerError, DerReader, type Element, tags } from '../../hub/trust/der/reader.ts'
import { below, oneOf, type Random } from '../support/random.ts'
import { mutateXml, type XmlTokens, xmlTokens } from './mutate-xml.ts'

/** A sample with what mutations need to know of it. */
export type MutableSample = {
  readonly bytes: Uint8Array
  readonly tree: Node | undefined
  readonly nodes: Node[]
  /** Of what is no XML there are none. */
  readonly tokens: XmlTokens
}

/** An element of DER that can be written again with something else in its place. */
export type Node = {
  readonly identifier: Uint8Array
  readonly encoding: Uint8Array
  readonly parent: Node | undefined
  /** Octets in front of the children: none, or the unused bits of a BIT STRING. */
  readonly lead: Uint8Array
  readonly children: Node[] | undefined
}

/** Prepares a sample; what is no DER has no tree. */
export function mutableSample(bytes: Uint8Array, form: 'der' | 'xml' | 'octets'): MutableSample {
  const nodes: Node[] = []
  const tree = form === 'der' ? treeOf(bytes, undefined, nodes) : undefined
  return { bytes, tree, nodes, tokens: form === 'xml' ? xmlTokens(bytes) : [] }
}

/** One changed input; sometimes changed several times over. */
export function mutate(random: Random, samples: readonly MutableSample[], index: number): Uint8Array {
  const sample = samples[index] as MutableSample
  if (sample.tree !== undefined && below(random, 2) === 0) return mutateTree(random, samples, sample)
  if (sample.tokens.length > 0 && below(random, 4) > 0) {
    return mutateXml(random, sample.tokens, oneOf(random, samples).tokens)
  }
  let bytes = mutateOctets(random, sample.bytes, oneOf(random, samples).bytes)
  while (below(random, 4) === 0) bytes = mutateOctets(random, bytes, sample.bytes)
  return bytes
}

/** Octets at which parsers of DER and texts turn: lengths at their edges, tags, ends of lines. */
const interesting = [
  0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x0a, 0x0d, 0x1f, 0x20, 0x24, 0x2d, 0x30, 0x31, 0x3d, 0x7f, 0x80, 0x81,
  0x82, 0x84, 0x88, 0xa0, 0xa1, 0xa3, 0xbf, 0xff,
]

function mutateOctets(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = below(random, bytes.length + 1)
  const size = 1 + below(random, 1 << below(random, 8))
  const changed = (): Uint8Array => Uint8Array.from(bytes)
  switch (below(random, 8)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)])
    case 2:
      return Buffer.concat([bytes.subarray(0, at + size), bytes.subarray(at)])
    case 3: {
      const from = below(random, other.length + 1)
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + size), bytes.subarray(at)])
    }
    case 4: {
      const copy = changed()
      copy.copyWithin(at, below(random, bytes.length + 1), bytes.length)
      return copy
    }
    case 5: {
      const copy = changed()
      copy.fill(oneOf(random, interesting), at, at + size)
      return copy
    }
    case 6: {
      const copy = changed()
      if (at < copy.length) copy[at] = oneOf(random, interesting)
      return copy
    }
    default: {
      const copy = changed()
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8))
      return copy
    }
  }
}

function mutateTree(random: Random, samples: readonly MutableSample[], sample: MutableSample): Uint8Array {
  const node = oneOf(random, sample.nodes)
  const donors = oneOf(random, samples).nodes
  const donor = donors.length === 0 ? node : oneOf(random, donors)
  return rewritten(node, mutated(random, node, donor))
}

/** What takes the place of an element. */
function mutated(random: Random, node: Node, donor: Node): Uint8Array {
  const { encoding, identifier, children } = node
  const content = contentOf(node)
  switch (below(random, 12)) {
    case 0:
      return new Uint8Array(0)
    case 1:
      return Buffer.concat([encoding, encoding])
    case 2:
      return donor.encoding
    case 3:
      return elementOf(identifier, contentOf(donor))
    case 4:
      return elementOf(donor.identifier, content)
    case 5:
      return elementOf(identifier, new Uint8Array(0))
    case 6:
      return elementOf(identifier, mutateOctets(random, content, donor.encoding))
    case 7:
      return elementOf(Uint8Array.of(oneOf(random, interesting)), content)
    case 8:
      return Buffer.concat([identifier, Uint8Array.of(0x80), content, Uint8Array.of(0, 0)])
    case 9:
      return Buffer.concat([identifier, longLength(random, content.length), content])
    case 10: {
      let nested: Uint8Array = encoding
      for (let depth = below(random, 40); depth > 0; depth -= 1) nested = elementOf(identifier, nested)
      return nested
    }
    default: {
      if (children === undefined || children.length < 2) return Buffer.concat([encoding, donor.encoding])
      const shuffled = [...children]
      const from = below(random, shuffled.length)
      const [moved] = shuffled.splice(from, 1)
      if (moved !== undefined) shuffled.splice(below(random, children.length), 0, moved)
      return elementOf(identifier, Buffer.concat([node.lead, ...shuffled.map((child) => child.encoding)]))
    }
  }
}

/** A length in more octets than it needs, or one that is not true. */
function longLength(random: Random, length: number): Uint8Array {
  const octets = 1 + below(random, 9)
  const encoded = Buffer.alloc(1 + octets)
  encoded[0] = 0x80 | octets
  const written = below(random, 2) === 0 ? length : below(random, 2 ** 31)
  for (let at = octets, left = written; at > 0; at -= 1, left = Math.floor(left / 256))
    encoded[at] = left % 256
  return encoded
}

/** The outermost element with `replacement` in the place of a node, the lengths around it made to fit. */
function rewritten(node: Node, replacement: Uint8Array): Uint8Array {
  let inner = replacement
  for (let at = node; at.parent !== undefined; at = at.parent) {
    const parts = (at.parent.children ?? []).map((child) => (child === at ? inner : child.encoding))
    inner = elementOf(at.parent.identifier, Buffer.concat([at.parent.lead, ...parts]))
  }
  return inner
}

function elementOf(identifier: Uint8Array, content: Uint8Array): Uint8Array {
  const { length } = content
  const header =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x1_0000
          ? [0x82, length >>> 8, length & 0xff]
          : [0x83, length >>> 16, (length >>> 8) & 0xff, length & 0xff]
  return Buffer.concat([identifier, Uint8Array.from(header), content])
}

function contentOf({ identifier, encoding }: Node): Uint8Array {
  const first = encoding[identifier.length] ?? 0
  return encoding.subarray(identifier.length + 1 + (first > 0x80 ? first & 0x7f : 0))
}

/** The tree of an element that fills the bytes, entered into strings that hold DER themselves; else undefined. */
function treeOf(bytes: Uint8Array, parent: Node | undefined, nodes: Node[]): Node | undefined {
  try {
    const reader = new DerReader(bytes)
    return nodeOf(reader, reader.whole(), parent, nodes)
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

function nodeOf(reader: DerReader, element: Element, parent: Node | undefined, nodes: Node[]): Node {
  const encoding = reader.encoding(element)
  const content = reader.content(element)
  const isBits = element.tag === tags.bitString && !element.constructed
  const isString = (element.tag === tags.octetString || isBits) && !element.constructed
  const lead = isBits ? content.subarray(0, 1) : new Uint8Array(0)
  const children: Node[] = []
  const node: Node = {
    identifier: encoding.subarray(0, 1),
    encoding,
    parent,
    lead,
    children: element.constructed || isString ? children : undefined,
  }
  nodes.push(node)
  if (element.constructed) {
    for (const child of reader.children(element)) children.push(nodeOf(reader, child, node, nodes))
  } else if (isString) {
    const inner: Node[] = []
    const only = treeOf(content.subarray(lead.length), node, inner)
    if (only === undefined) return asLeaf(node, nodes)
    children.push(only)
    nodes.push(...inner)
  }
  return node
}

/** A string that holds no DER stands as it is. */
function asLeaf(node: Node, nodes: Node[]): Node {
  const leaf: Node = { ...node, children: undefined, lead: new Uint8Array(0) }
  nodes[nodes.lastIndexOf(node)] = leaf
  return leaf
}
