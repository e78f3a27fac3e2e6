// Some generated and mutated signatures through pkijs and through ours; test/long has more of them.

import t from 'tap'
import { compareWithPkijs } from '../support/pkijs-comparison.ts'

t.test('pkijs and we agree on signatures, or the table says why not', async (t) => compareWithPkijs(t, 100))
