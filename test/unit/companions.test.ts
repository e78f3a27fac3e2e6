// Circles of references: found as a plain search finds them, in graphs of every shape.

import t from 'tap'
import { companionsOf } from '../../routing/companions.ts'
import { seededRandom } from '../support/random.ts'

type Edges = Map<number, number[]>

/** Whoever reaches each other, found the long way. */
function reaching(edges: Edges, from: number): Set<number> {
  const reached = new Set<number>()
  const open = [...(edges.get(from) ?? [])]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (reached.has(node) || !edges.has(node)) continue
    reached.add(node)
    open.push(...(edges.get(node) ?? []))
  }
  return reached
}

t.test('RULES 15: those that refer to each other in a circle are found, and nobody else', async (t) => {
  const { seed, next: random } = seededRandom()
  t.comment(`seed ${seed}`)
  for (let round = 0; round < 300; round++) {
    const count = 1 + Math.floor(random() * 12)
    const density = random() * 2
    const edges: Edges = new Map()
    for (let node = 0; node < count; node++) {
      const targets = Array.from({ length: Math.floor(random() * density * 3) }, () =>
        Math.floor(random() * (count + 2)),
      )
      edges.set(node, targets)
    }
    const found = companionsOf(edges)
    for (let node = 0; node < count; node++) {
      const forth = reaching(edges, node)
      const circle = [...forth].filter((other) => other !== node && reaching(edges, other).has(node))
      const expected = circle.length === 0 ? undefined : [...circle, node].sort((x, y) => x - y)
      const told = found.get(node)
      const sorted = told && [...told].sort((x, y) => x - y)
      if (JSON.stringify(sorted) !== JSON.stringify(expected))
        t.fail('they differ', { seed, round, node, edges: [...edges], told: sorted, expected })
    }
  }
  t.pass('300 graphs')
})

t.test('a chain as long as limits allow needs no stack', async (t) => {
  const count = 200_000
  const chain: Edges = new Map(Array.from({ length: count }, (_, node) => [node, [node + 1]]))
  t.equal(companionsOf(chain).size, 0)
  chain.set(count - 1, [0])
  t.equal(companionsOf(chain).size, count)
})

t.test('a message that refers to itself is no circle', async (t) => {
  t.equal(companionsOf(new Map([[1, [1]]])).size, 0)
})
