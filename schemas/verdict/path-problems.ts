// Problems of certification paths (RFC 5280, 6.1) and of revocation (RFC 5280, 6.3; RFC 6960).

import type { ProblemRow } from './indications.ts'

/** By code `path.<what>` and `revocation.<what>`. */
export const pathProblems = {
  'path.no-anchor': {
    main: 'INDETERMINATE',
    sub: 'NO_CERTIFICATE_CHAIN_FOUND',
    clause: 'RFC 5280, 6.1; EN 319 102-1, 5.2.6',
    ru: 'Нет цепочки сертификатов до доверенного удостоверяющего центра',
    en: 'No chain of certificates leads to a trusted authority',
  },
} as const satisfies Record<string, ProblemRow>
