// The words of refusals: what to do in both languages, and lines that fit into receipts whole.

import t from 'tap'
import { problemOf } from '../../hub/api/internal/problems.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import { cleanText } from '../../operators/transports/outcome.ts'
import type { MessageId, OperatorCode } from '../../schemas/ids.ts'
import {
  adviceText,
  isRefusal,
  type RefusalCode,
  refusalRow,
  refusals,
  refusalText,
  refuse,
} from '../../schemas/refusals.ts'

const codes = Object.keys(refusals) as RefusalCode[]
/** One or two sentences, read at a glance: the attachment of an invitation needs the most. */
const adviceCharactersMax = 170
/** Names of the field that have no English word. */
const names = /ИНН|КПП|Запрос|Разрыв/g

t.test('every refusal says in Russian and in English what to do, in short whole sentences', async (t) => {
  for (const code of codes) {
    const { ru, en } = refusalRow(code).advice
    t.match(ru, /^[А-ЯЁ].*[а-яё]/, `${code} in Russian`)
    t.notMatch(en.replace(names, ''), /[А-Яа-яЁё]/, `${code} in English`)
    t.match(en, /^[A-Z]/, `${code} in English`)
    for (const advice of [ru, en]) {
      t.match(advice, /[^.]\.$/, `${code} ends with a full stop`)
      t.ok([...advice].length <= adviceCharactersMax, `${code} is short: ${advice.length}`)
    }
  }
})

t.test(
  'the line of a refusal gives the Russian advice and then the English one, after all else',
  async (t) => {
    const refusal = refuse('package.folder-name', 'abc', 'abc/')
    const { ru, en, advice } = refusalRow(refusal.code)
    t.equal(
      refusalText(refusal),
      `package.folder-name: ${ru} (${en}) [abc/]: abc. ${advice.ru} (${advice.en})`,
    )
    t.equal(adviceText('door.method'), 'Отправьте пакет методом POST. (Send the package with POST.)')
  },
)

t.test('a problem has the advice in both languages, for each fault of a request', async (t) => {
  const problem = problemOf([refuse('api.scope', 'links'), refuse('api.base64', 'документ')])
  t.equal(problem.advice, adviceText('api.scope'))
  t.strictSame(
    problem.errors?.map((fault) => fault.advice),
    [adviceText('api.scope'), adviceText('api.base64')],
  )
})

t.test('no receipt cuts a refusal, whatever its code and however much was seen', async (t) => {
  const much = 'я'.repeat(1000)
  const texts = codes.map((code) => refusalText(refuse(code, much, much)))
  const written = roseu.writeReceipts({
    operator: '2ZA' as OperatorCode,
    sentAt: '2026-10-01T09:00:00Z',
    items: texts.map((text, index) => ({
      outcome: 'error',
      message: `${index}`.padStart(32, 'a') as MessageId,
      text,
    })),
  })
  if (isRefusal(written)) return t.fail(refusalText(written))
  const read = roseu.readReceipts(written)
  if (isRefusal(read)) return t.fail(refusalText(read))
  t.strictSame(
    read.items.map((item) => ('text' in item ? item.text : '')),
    texts,
    'processing receipts',
  )
  t.strictSame(texts.map(cleanText), texts, 'transport receipts')
})
