// The queue of group commits: what shares a batch.

import t from 'tap'
import { makeBatcher } from '../../hub/store/hot/batcher.ts'

t.test('whoever goes on after a batch shares the next one with those that waited meanwhile', async (t) => {
  const batches: string[][] = []
  const gate = Promise.withResolvers<void>()
  const batcher = makeBatcher<string, true>({
    sizeMax: 10,
    parallelMax: 1,
    isOutage: () => false,
    write: async (items) => {
      batches.push([...items])
      if (batches.length === 1) await gate.promise
      return items.map(() => true as const)
    },
  })
  const goesOn = batcher.submit('first').then(async () => {
    // Some steps of its own, none of which waits for anything outside.
    for (let step = 0; step < 20; step++) await undefined
    return batcher.submit('goes on')
  })
  while (batches.length === 0) await new Promise(setImmediate)
  const waited = batcher.submit('waited')
  gate.resolve()
  t.same(await Promise.all([goesOn, waited]), [true, true])
  t.same(batches, [['first'], ['waited', 'goes on']])
})
