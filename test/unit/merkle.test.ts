// The Merkle tree of the journal against the definition of RFC 9162 and known values.

import { createHash } from 'node:crypto'
import t from 'tap'
import { MerkleTree, merkleRoot } from '../../hub/journal/merkle.ts'

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
const digestsOf = (count: number) =>
  Array.from({ length: count }, (_, n) => sha256(Buffer.from(`entry ${n}`)))

/** RFC 9162, 2.1.1: the list is cut at the largest power of two below its length. */
function definedRoot(leaves: readonly Uint8Array[]): Buffer {
  const [only] = leaves
  if (only === undefined) return sha256()
  if (leaves.length === 1) return sha256(Uint8Array.of(0), only)
  let cut = 1
  while (cut * 2 < leaves.length) cut *= 2
  return sha256(Uint8Array.of(1), definedRoot(leaves.slice(0, cut)), definedRoot(leaves.slice(cut)))
}

t.test('gives the known roots of nothing and of one empty leaf', async (t) => {
  t.equal(merkleRoot([]).toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  t.equal(
    merkleRoot([new Uint8Array()]).toString('hex'),
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  )
})

t.test('agrees with the recursive definition for every count up to 130', async (t) => {
  const tree = new MerkleTree()
  for (let count = 0; count <= 130; count += 1) {
    const digests = digestsOf(count)
    const last = digests.at(-1)
    if (last !== undefined) tree.add(last)
    const expected = definedRoot(digests).toString('hex')
    if (tree.root().toString('hex') !== expected) t.fail(`${count} leaves, grown`)
    if (merkleRoot(digests).toString('hex') !== expected) t.fail(`${count} leaves`)
    if (tree.leaves !== count) t.fail(`${count} leaves counted as ${tree.leaves}`)
  }
})

t.test('tells a doubled last leaf from an odd one', async (t) => {
  const [a, b, c] = digestsOf(3) as [Buffer, Buffer, Buffer]
  t.not(merkleRoot([a, b, c]).toString('hex'), merkleRoot([a, b, c, c]).toString('hex'))
})

t.test('tells a node from a leaf with the same octets', async (t) => {
  const [a, b] = digestsOf(2) as [Buffer, Buffer]
  const node = Buffer.concat([sha256(Uint8Array.of(0), a), sha256(Uint8Array.of(0), b)])
  t.not(merkleRoot([a, b]).toString('hex'), merkleRoot([node]).toString('hex'))
})

t.test('depends on the order of the leaves', async (t) => {
  const digests = digestsOf(5)
  t.not(merkleRoot(digests).toString('hex'), merkleRoot(digests.toReversed()).toString('hex'))
})
