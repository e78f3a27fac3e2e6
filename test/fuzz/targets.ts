// The table of fuzz targets.

import type { FuzzTarget } from './target.ts'
import { attorneyTarget } from './targets/attorney.ts'
import { certificateTarget } from './targets/certificate.ts'
import { pathTarget, verifyTarget } from './targets/chain.ts'
import { cmsTarget, signatureTextTarget } from './targets/cms.ts'
import { canonicalTarget } from './targets/der.ts'
import { crlTarget, ocspTarget } from './targets/revocation.ts'
import { timestampTarget } from './targets/timestamp.ts'
import { trustListTarget } from './targets/trust-list.ts'

/** All targets; add a row for a new parser. */
export const targets: readonly FuzzTarget[] = [
  cmsTarget,
  timestampTarget,
  crlTarget,
  ocspTarget,
  pathTarget,
  verifyTarget,
  trustListTarget,
  attorneyTarget,
  certificateTarget,
  signatureTextTarget,
  canonicalTarget,
]
