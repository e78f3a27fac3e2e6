// Tables of as many keys as there is room for, and of more.

import t from 'tap'
import { verify } from '../../hub/trust/gost/kernel.ts'
import { kernel } from '../../hub/trust/gost/wasm/instance.ts'
import { limits } from '../../schemas/limits.ts'
import { directKernel } from '../support/gost-kernel.ts'
import { goodSignature, withFlippedBit } from '../support/gost-samples.ts'
import { seeded } from '../support/seeded.ts'
import { curveNamed } from '../support/signing.ts'

const random = seeded()
t.comment(`seed ${random.seed}`)

t.test('tables take keyTablesBytesMax at most, and keys beyond are checked all the same', async (t) => {
  const curve = curveNamed('TC26-512-A')
  const direct = directKernel(curve)
  const tablesMax = Math.floor(limits.keyTablesBytesMax / direct.tableBytes)
  const sample = () => {
    const { input } = goodSignature(curve, random)
    t.ok(verify(input) && verify(input), 'without and with a table')
    return input
  }
  const first = sample()
  // Room is given out upwards and never taken back, so that a small piece shows how much is gone.
  const before = kernel.allocate(16)
  for (let index = 1; index < tablesMax; index += 1) sample()
  const filled = kernel.allocate(16)
  t.ok(filled - before <= limits.keyTablesBytesMax && filled - before > limits.keyTablesBytesMax * 0.9)
  for (let index = 0; index < 5; index += 1) sample()
  t.ok(kernel.allocate(16) - filled < direct.tableBytes, 'the next ones use the places again')
  t.ok(verify(first), 'whose place was taken long ago')
  t.notOk(verify({ ...first, digest: withFlippedBit(first.digest, random) }))
})
