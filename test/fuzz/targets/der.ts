// Fuzz target: BER turned into DER, which must be stable.

import assert from 'node:assert/strict'
import { canonicalDer, isDerSet } from '../../../hub/trust/der/canonical.ts'
import { DerError, DerReader, derSteps } from '../../../hub/trust/der/reader.ts'
import { limits } from '../../../schemas/limits.ts'
import type { FuzzTarget } from '../target.ts'
import { cmsTarget } from './cms.ts'

export const canonicalTarget: FuzzTarget = {
  name: 'canonical',
  group: 'parser',
  form: 'der',
  share: 10,
  samples: () => cmsTarget.samples(),
  judge(input) {
    const der = canonical(input)
    if (der === undefined) return 'refused'
    assert(Buffer.compare(canonical(der) ?? new Uint8Array(0), der) === 0, 'DER of DER is the same')
    const reader = new DerReader(der)
    isDerSet(reader, reader.whole())
    return 'read'
  },
  steps: derSteps,
  stepsMax: (octets) => 16 * octets + 8 * limits.derDepthMax,
}

function canonical(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const reader = new DerReader(bytes)
    return canonicalDer(reader, reader.whole())
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}
