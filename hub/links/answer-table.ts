// What an answer of a home subscriber says in each cell of the link machine.

import type { LinkCell } from '../../routing/machines/link.ts'
import type { LinkAnswer } from '../../schemas/links/api.ts'
import type { RefusalCode } from '../../schemas/refusals.ts'

/** Запрос, Разрыв, nothing for what is so already, or why not. */
export type AnswerSays = 'ask' | 'break' | 'nothing' | RefusalCode

const accept = 'link.nothing-to-accept'
const decline = 'link.nothing-to-decline'
const end = 'link.nothing-to-break'
const withdraw = 'link.nothing-to-withdraw'

const row = (
  accept: AnswerSays,
  decline: AnswerSays,
  end: AnswerSays,
  withdraw: AnswerSays,
): Readonly<Record<LinkAnswer['answer'], AnswerSays>> => ({ accept, decline, break: end, withdraw })

const weAsked = row(accept, decline, end, 'break')
const theyAsk = row('ask', 'break', end, withdraw)

/** By cell, seen from the subscriber of ours. An answer said again is no fault: what it wants is so. */
export const answerTable: Readonly<Record<LinkCell, Readonly<Record<LinkAnswer['answer'], AnswerSays>>>> = {
  none: row(accept, decline, end, withdraw),
  'asked-by-us': weAsked,
  'asked-by-them': theyAsk,
  linked: row('nothing', decline, 'break', withdraw),
  'broken-by-them': row(accept, decline, 'nothing', 'nothing'),
  'broken-by-us': row(accept, 'nothing', 'nothing', 'nothing'),
  'asked-again-by-us': weAsked,
  'asked-again-by-them': theyAsk,
  'broken-by-both': row(accept, 'nothing', 'nothing', 'nothing'),
}
