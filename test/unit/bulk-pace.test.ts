// The pace of bulk invitations: steady, whole, and never saved up.

import t from 'tap'
import { makePace } from '../../hub/bulk/pace.ts'
import { limits } from '../../schemas/limits.ts'

const minuteLength = 60_000

function begin(perMinute: number) {
  let at = Date.parse('2026-10-01T09:00:00Z')
  const pace = makePace({ perMinute, clock: { now: () => new Date(at) } })
  const move = (ms: number) => {
    at += ms
  }
  return { pace, move }
}

t.test('begins with the share of one look, and gives each millisecond its part', async (t) => {
  const { pace, move } = begin(600)
  const ofLook = (600 * limits.bulkLookMs) / minuteLength
  t.equal(pace.take(), ofLook)
  t.equal(pace.take(), 0)
  let sum = 0
  for (let ms = 0; ms < 10_000; ms += 37) {
    move(37)
    sum += pace.take()
  }
  t.ok(Math.abs(sum - 100) <= 1, `${sum} in ten seconds`)
})

t.test('saves nothing up for longer than two looks, whatever comes back', async (t) => {
  const { pace, move } = begin(6000)
  move(minuteLength)
  const most = (6000 * 2 * limits.bulkLookMs) / minuteLength
  t.equal(pace.take(), most)
  pace.giveBack(most)
  move(minuteLength)
  pace.giveBack(most)
  t.equal(pace.take(), most)
})

t.test('what was not sent may be taken again at once', async (t) => {
  const { pace } = begin(600)
  const taken = pace.take()
  pace.giveBack(taken - 3)
  t.equal(pace.take(), taken - 3)
})

t.test('one a minute is one a minute, though a look is much shorter', async (t) => {
  const { pace, move } = begin(1)
  let sum = pace.take()
  t.equal(sum, 1)
  for (let look = 0; look < 119; look += 1) {
    move(limits.bulkLookMs)
    sum += pace.take()
  }
  t.equal(sum, 2)
})

t.test('a clock that goes back gives nothing', async (t) => {
  const { pace, move } = begin(600)
  pace.take()
  move(-minuteLength)
  t.equal(pace.take(), 0)
})
