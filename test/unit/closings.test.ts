// Closing happens once and in reverse order, and whoever asks for it meanwhile waits for its end.

import t from 'tap'
import { Closings } from '../../hub/closings.ts'

t.test('a second wish to close waits for the first and closes nothing again', async (t) => {
  const told: string[] = []
  const lanes = Promise.withResolvers<void>()
  const closings = new Closings()
  closings.add('store', async () => void told.push('store'))
  closings.add('lanes', () => lanes.promise.then(() => void told.push('lanes')))
  const first = closings.closeAll()
  const second = closings.closeAll().then(() => void told.push('second'))
  await new Promise(setImmediate)
  t.strictSame(told, [], 'the lanes still run')
  lanes.resolve()
  await Promise.all([first, second])
  t.strictSame(told, ['lanes', 'store', 'second'])
})
