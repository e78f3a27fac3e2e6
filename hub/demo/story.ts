// The story of the demo: each step is done for real and checked against what the simulated sides got.

import { home } from './acts/home.ts'
import { links } from './acts/links.ts'
import { opening } from './acts/opening.ts'
import { packages } from './acts/packages.ts'
import { partners } from './acts/partners.ts'
import { proveCounts, proveJournal } from './proofs.ts'
import type { Step } from './steps.ts'
import { proveVerdicts } from './verdicts.ts'

/** The proofs, after everything else. */
const proofs: readonly Step[] = [
  {
    id: 'verdicts',
    ru: 'Заключения: каждая подпись проверена до доверенного центра и отзыва, повторная проверка даёт то же',
    en: 'the verdicts: every signature judged up to the anchor, and the kept facts judged again',
    run: proveVerdicts,
  },
  {
    id: 'counts',
    ru: 'Сверка: всё дошло один раз, ничего лишнего',
    en: 'the counts: everything came once, and nothing else',
    run: proveCounts,
  },
  {
    id: 'journal',
    ru: 'Журнал закрыт блоками, выгружен и проверен без хаба',
    en: 'the journal is sealed, exported and verified on its own',
    run: proveJournal,
  },
]

/** The steps in their order. */
export const story: readonly Step[] = [...opening, ...partners, ...packages, ...home, ...links, ...proofs]
