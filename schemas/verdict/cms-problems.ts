// Problems of a signature file and its time-stamps (RFC 5652, RFC 5126, RFC 3161; EN 319 102-1, 5.2.2 to 5.2.8).

import type { ProblemRow } from './indications.ts'

/** By code `cms.<what>` and `timestamp.<what>`. */
export const cmsProblems = {
  'cms.digest': {
    main: 'TOTAL-FAILED',
    sub: 'HASH_FAILURE',
    clause: 'RFC 5652, 11.2; EN 319 102-1, 5.2.7',
    ru: 'Содержимое документа изменено: хэш не совпадает с подписанным',
    en: 'The content was changed: its digest is not the signed one',
  },
} as const satisfies Record<string, ProblemRow>
