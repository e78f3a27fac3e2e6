// Many generated and mutated signatures through pkijs and through ours.

import t from 'tap'
import { compareWithPkijs } from '../support/pkijs-comparison.ts'

t.test('pkijs and we agree on 2000 signatures, or the table says why not', async (t) =>
  compareWithPkijs(t, 2000),
)
