// Merkle trees over the digests of entries, hashed as in RFC 9162 (2.1.1) and built with little memory.

import { hash } from 'node:crypto'

/**
 * A tree that grows leaf by leaf. It holds one hash per level: 64 for any number of leaves.
 *
 * A leaf is SHA-256(00 || digest of the entry), a node is SHA-256(01 || left || right): the first octet keeps
 * a node from being passed off as a leaf. A node without a right sibling is not doubled but promoted to the
 * next level as it is, so that no two different lists of leaves have one root.
 */
export class MerkleTree {
  #leaves = 0
  readonly #subtrees: Buffer[] = []

  /** Adds the digest of the next entry (32 octets). */
  add(digest: Uint8Array): void {
    this.#leaves += 1
    let subtree = hashOf(leafPrefix, digest)
    // As in a binary counter: every trailing zero of the count closes a full pair one level up.
    for (let count = this.#leaves; count % 2 === 0; count /= 2) {
      subtree = hashOf(nodePrefix, this.#subtrees.pop() ?? subtree, subtree)
    }
    this.#subtrees.push(subtree)
  }

  /** How many leaves were added. */
  get leaves(): number {
    return this.#leaves
  }

  /** The root of the leaves so far; of none: SHA-256 of nothing. */
  root(): Buffer {
    const [last, ...larger] = this.#subtrees.toReversed()
    if (last === undefined) return hashOf()
    return larger.reduce((right, left) => hashOf(nodePrefix, left, right), last)
  }
}

/** The root over digests in their order. */
export function merkleRoot(digests: Iterable<Uint8Array>): Buffer {
  const tree = new MerkleTree()
  for (const digest of digests) tree.add(digest)
  return tree.root()
}

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

function hashOf(...parts: readonly Uint8Array[]): Buffer {
  return hash('sha256', Buffer.concat(parts), 'buffer')
}
