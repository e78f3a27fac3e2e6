// The table of fuzz targets.

import type { FuzzTarget } from './target.ts'
import { certificateTarget } from './targets/certificate.ts'
import { cmsTarget, signatureTextTarget } from './targets/cms.ts'
import { canonicalTarget } from './targets/der.ts'
import { timestampTarget } from './targets/timestamp.ts'

/** All targets; add a row for a new parser. */
export const targets: readonly FuzzTarget[] = [
  cmsTarget,
  timestampTarget,
  certificateTarget,
  signatureTextTarget,
  canonicalTarget,
]
