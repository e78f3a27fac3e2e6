// The page of verdicts: what each answer does, and what checks may find, from schemas/verdict.

import { checkOf, signatureChecks } from '../../schemas/verdict/checks.ts'
import { namedPolicies, type Outcome, verdictPolicy } from '../../schemas/verdict/policy.ts'
import { type ProblemCode, problemRow, problems } from '../../schemas/verdict/problems.ts'
import { code, markdownPage, markdownTable } from './markdown.ts'

const intro = `Чего стоят подписи и что из этого следует. Ответы — в терминах ETSI EN 319 102-1.
Партнёру можно задать своё в разделе
\`policy.verdict\` строки узла: \`actions\` — что делать при ответе, \`weights\` — сколько весит находка.

What signatures are worth and what follows. Answers are those of ETSI EN 319 102-1. A peer may differ by the section
\`policy.verdict\` of its row: \`actions\` by answer, \`weights\` by finding.`

const actionsIntro = `## Действия (actions)

\`forward\` — передать, \`mark\` — передать с пометкой, \`hold\` — до решения дежурного, \`refuse\` — отказать.
(Go on; go on marked; wait for a person; refuse.)`

const findingsIntro = `## Находки (findings)

\`fail\` — решает ответ, \`warn\` — видно как замечание, \`note\` — видно и только.
(Decides the answer; shown as a warning; shown.)`

/** docs/generated/verdicts.md */
export function verdictsPage(): string {
  const policies = namedPolicies.map((name) => verdictPolicy(name))
  const outcomes = Object.keys(policies[0]?.actions ?? {}) as Outcome[]
  const actions = outcomes.map((outcome) => [
    code(outcome),
    ...policies.map(({ actions }) => actions[outcome]),
  ])
  const weights = policies[0]?.weights ?? {}
  const findings = (Object.keys(problems) as ProblemCode[]).map((name) => {
    const row = problemRow(name)
    const { ru } = signatureChecks[checkOf(name)]
    const weight = weights[name] ?? row.byDefault ?? 'fail'
    return [code(name), ru, `${row.main}<br>${row.sub}`, weight, `${row.ru}<br>${row.en}`, row.clause]
  })
  return markdownPage({
    title: 'Заключения о подписях (verdicts)',
    source: 'schemas/verdict',
    parts: [
      intro,
      actionsIntro,
      markdownTable(['Ответ', ...namedPolicies.map((name) => code(name))], actions),
      findingsIntro,
      markdownTable(['Код', 'Проверка', 'Ответ', 'Вес', 'Смысл', 'Основание'], findings),
    ],
  })
}
