// Every byte of a list of accredited authorities, flipped.

import t from 'tap'
import { flipBytes } from '../support/sample-trust-list.ts'

t.test('every byte flipped is refused, or lies where nothing is said', async (t) =>
  flipBytes(t, { oneOf: 1 }),
)
