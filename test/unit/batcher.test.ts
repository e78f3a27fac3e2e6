// The queue of group commits: what shares a batch.

import { mock } from 'node:test'
import t from 'tap'
import { makeBatcher } from '../../hub/store/hot/batcher.ts'
import { limits } from '../../schemas/limits.ts'

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

/** Batches as they are written, and a turn of the event loop in which one may begin. */
function watched(sizeMax: number) {
  const batches: string[][] = []
  const batcher = makeBatcher<string, true>({
    sizeMax,
    parallelMax: 1,
    gatherMs: limits.commitGatherMs,
    isOutage: () => false,
    write: async (items) => {
      batches.push([...items])
      return items.map(() => true as const)
    },
  })
  const turns = async () => {
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  }
  return { batches, submit: (item: string) => void batcher.submit(item), turns }
}

t.test('after a batch of several the next one gathers for a while, unless it is full', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { batches, submit, turns } = watched(3)
  submit('a')
  submit('b')
  await turns()
  submit('c')
  await turns()
  submit('d')
  await turns()
  t.same(batches, [['a', 'b']], 'those that come meanwhile wait')
  mock.timers.tick(limits.commitGatherMs - 1)
  await turns()
  t.same(batches, [['a', 'b']])
  mock.timers.tick(1)
  await turns()
  t.same(batches.slice(1), [['c', 'd']], 'and share a batch')
  for (const item of ['e', 'f', 'g']) submit(item)
  await turns()
  t.same(batches.slice(2), [['e', 'f', 'g']], 'a full one waits for nothing')
  submit('h')
  mock.timers.tick(limits.commitGatherMs)
  await turns()
  t.same(batches.slice(3), [['h']])
})

t.test('one that comes alone waits for nobody, and keeps nobody waiting', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { batches, submit, turns } = watched(3)
  submit('a')
  await turns()
  submit('b')
  await turns()
  t.same(batches, [['a'], ['b']])
})
