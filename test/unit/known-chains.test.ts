// Chains this node has committed: written again only when the database may lack them.

import t from 'tap'
import { makeKnownChains } from '../../hub/pipeline/verdict/known-chains.ts'
import { limits } from '../../schemas/limits.ts'

const chain = (sha256: string) => ({ sha256, facts: '{}', first_at: new Date(0) })
const [one, two] = [chain('1'), chain('2')]

t.test('a chain is lacking until it was committed, and again after a time or an outage', async (t) => {
  let now = 5
  const known = makeKnownChains(() => now)
  t.strictSame(known.lacking([one, two]), [one, two])
  t.strictSame(known.lacking([one, two]), [one, two], 'to be asked about is not to be committed')
  known.committed([one])
  t.strictSame(known.lacking([one, two]), [two])
  now += limits.chainsKnownForMs - 1
  t.strictSame(known.lacking([one]), [])
  now += 1
  t.strictSame(known.lacking([one]), [one], 'its time is over, however often it was asked about')
  known.committed([one, two])
  known.forget()
  t.strictSame(known.lacking([one, two]), [one, two])
})

t.test(
  'the chains that were committed or asked about last are remembered, a bounded number of them',
  async (t) => {
    const known = makeKnownChains(() => 0)
    const many = Array.from({ length: limits.chainsKnownMax + 1 }, (_, number) => chain(`${number}`))
    known.committed(many.slice(0, -1))
    t.strictSame(known.lacking(many), many.slice(-1))
    known.committed(many.slice(-1))
    t.strictSame(known.lacking(many), many.slice(0, 1))
  },
)
