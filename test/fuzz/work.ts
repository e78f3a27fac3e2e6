// The work done so far, in steps: what targets bound instead of time.

import { derSteps } from '../../hub/trust/der/reader.ts'
import { entrySteps } from '../../hub/trust/revocation/entry-scan.ts'
import { signatureChecks } from '../../hub/trust/signature-scheme.ts'
import { xmlSteps } from '../../operators/containers/xml/steps.ts'

/** A signature costs about as much as so many headers. */
export const stepsOfSignature = 1000

/** Headers of DER, headers of entries of lists, pieces of XML and signatures checked, by this thread. */
export function workDone(): number {
  return derSteps() + entrySteps() + xmlSteps() + stepsOfSignature * signatureChecks()
}
