// Slots of peers: how many requests at a time, in which order, and how waiting ends.

import t from 'tap'
import { makeSlots } from '../../hub/pipeline/run/slots.ts'

const forever = new AbortController().signal

/** Takes slots in order; `entered` are the numbers of those that are in, by their order. */
function crowd(slots: ReturnType<typeof makeSlots>, peer: string, count: number, signal = forever) {
  const entered: number[] = []
  const leaves: (() => void)[] = []
  const all = Array.from({ length: count }, async (_, number) => {
    const leave = await slots.take(peer, signal)
    if (leave === undefined) return 'ended'
    entered.push(number)
    leaves.push(leave)
    return 'in'
  })
  return { entered, leave: () => leaves.shift()?.(), all }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('lets so many in at a time, those who came first before the others', async (t) => {
  const slots = makeSlots(() => 2)
  const { entered, leave } = crowd(slots, 'a', 5)
  await settled()
  t.strictSame(entered, [0, 1])
  leave()
  await settled()
  t.strictSame(entered, [0, 1, 2])
  leave()
  leave()
  await settled()
  t.strictSame(entered, [0, 1, 2, 3, 4])
})

t.test('lets nobody wait for another peer', async (t) => {
  const slots = makeSlots(() => 1)
  crowd(slots, 'a', 2)
  const { entered } = crowd(slots, 'b', 1)
  await settled()
  t.strictSame(entered, [0])
})

t.test('follows a number that changes, both ways', async (t) => {
  let slotsMax = 1
  const slots = makeSlots(() => slotsMax)
  const { entered, leave } = crowd(slots, 'a', 6)
  await settled()
  t.strictSame(entered, [0])
  slotsMax = 3
  leave()
  await settled()
  t.strictSame(entered, [0, 1, 2, 3])
  slotsMax = 1
  leave()
  leave()
  await settled()
  t.strictSame(entered, [0, 1, 2, 3], 'two went, one is still in')
  leave()
  await settled()
  t.strictSame(entered, [0, 1, 2, 3, 4])
  slotsMax = 2
  crowd(slots, 'a', 1)
  await settled()
  t.strictSame(entered, [0, 1, 2, 3, 4, 5], 'who comes later lets those in who waited')
})

t.test('ends waiting by a signal, and keeps no slot for who left', async (t) => {
  const slots = makeSlots(() => 1)
  const stopping = new AbortController()
  const first = crowd(slots, 'a', 1)
  await settled()
  const { all } = crowd(slots, 'a', 3, stopping.signal)
  const last = crowd(slots, 'a', 1)
  stopping.abort()
  t.strictSame(await Promise.all(all), ['ended', 'ended', 'ended'])
  t.equal(await slots.take('a', stopping.signal), undefined, 'nor does anybody begin to wait')
  first.leave()
  await settled()
  t.strictSame(last.entered, [0])
})
