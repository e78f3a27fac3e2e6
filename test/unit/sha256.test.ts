// The digest of the hub on both sides of the bound above which it is made in another thread.

import { createHash } from 'node:crypto'
import t from 'tap'
import { sha256Of } from '../../hub/sha256.ts'
import { limits } from '../../schemas/limits.ts'

t.test('a digest is the same wherever it is made, also of a part of a larger buffer', async (t) => {
  const whole = Buffer.alloc(limits.digestInlineBytesMax + 100, 'байты')
  for (const length of [0, 1, limits.digestInlineBytesMax, limits.digestInlineBytesMax + 1]) {
    const part = whole.subarray(7, 7 + length)
    t.equal(part.length, length)
    t.same(await sha256Of(part), createHash('sha256').update(part).digest(), `${length} bytes`)
  }
})

t.test('bytes above the bound leave the event loop to others', async (t) => {
  const order: string[] = []
  const digest = sha256Of(Buffer.alloc(limits.digestInlineBytesMax + 1)).then(() => order.push('digest'))
  const others = new Promise<void>((resolve) => process.nextTick(resolve)).then(() => order.push('others'))
  await Promise.all([digest, others])
  t.strictSame(order, ['others', 'digest'])
})
