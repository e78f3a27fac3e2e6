// What a home service is told in words: states, answers, steps and outcomes, Russian first.

import { type MessageState, messageMachine } from '../../../../routing/machines/message.ts'
import type { Words } from '../../../../schemas/api.ts'
import type { JournalKind } from '../../../../schemas/journal.ts'
import type { MessageRow } from '../../../store/hot/rows.ts'

/** A message for one of ours is with nobody else: its states say so. */
const receivedStates: Partial<Record<MessageState, Words>> = {
  sent: { ru: 'Во входящих, ждём ответа службы', en: 'In the inbox, the answer of the service awaited' },
  overdue: {
    ru: 'Во входящих, ответ службы просрочен',
    en: 'In the inbox, the answer of the service overdue',
  },
}

/** The state of a message as its sender or its recipient sees it. */
export function stateWords(state: MessageState, direction: 'in' | 'out'): Words {
  const received = direction === 'in' ? receivedStates[state] : undefined
  const { ru, en } = messageMachine.states[state]
  return received ?? { ru, en }
}

const answers: Readonly<Record<NonNullable<MessageRow['answer_code']>, Words>> = {
  success: { ru: 'Успех: сообщение доставлено', en: 'Success: the message was delivered' },
  'unknown-id': {
    ru: 'Получателю неизвестны документы, к которым относится сообщение',
    en: 'The recipient does not know the documents referred to',
  },
  error: { ru: 'Ошибка обработки, сообщение не доставлено', en: 'An error: the message was not delivered' },
}

/** The final answer to a message. */
export function answerWords(code: MessageRow['answer_code']): Words {
  return code === null
    ? { ru: 'Окончательного ответа ещё нет', en: 'There is no final answer yet' }
    : answers[code]
}

/** Steps by the kind of their entry; a move says its state besides. */
const steps: Partial<Record<JournalKind, Words>> = {
  'package.accepted': { ru: 'Принято хабом', en: 'Taken in by the hub' },
  'package.repeated': { ru: 'Передано повторно, ничего не изменилось', en: 'Sent again, nothing changed' },
  'message.moved': { ru: 'Состояние', en: 'State' },
  'message.noted': { ru: 'Событие пришло поздно и ничего не изменило', en: 'A late event changed nothing' },
  'message.impossible': {
    ru: 'Событие невозможно в этом состоянии',
    en: 'An event is not possible in this state',
  },
  'out.made': { ru: 'Пакет собран и подписан', en: 'A package was made and signed' },
  'attempt.started': { ru: 'Попытка отправки началась', en: 'An attempt to send began' },
  'attempt.ended': { ru: 'Попытка отправки закончилась', en: 'An attempt to send ended' },
  'attempt.unknown': { ru: 'Исход попытки неизвестен', en: 'The outcome of an attempt is not known' },
  'out.answered': {
    ru: 'Узел забрал пакет или ответил на него',
    en: 'The peer took the package or answered it',
  },
  'message.readdressed': {
    ru: 'Сформировано заново для нового идентификатора получателя',
    en: 'Formed anew for the new id of the recipient',
  },
  'person.decided': { ru: 'Решение дежурного', en: 'Decision of an engineer' },
}

/** What a step of the journal was. Kinds without a row here are named as they are. */
export function stepWords(kind: string, direction: 'in' | 'out', to: unknown): Words {
  const words = steps[kind as JournalKind] ?? { ru: kind, en: kind }
  if (kind !== 'message.moved' || typeof to !== 'string' || !(to in messageMachine.states)) return words
  const state = stateWords(to as MessageState, direction)
  return { ru: `${words.ru}: ${state.ru}`, en: `${words.en}: ${state.en}` }
}

const outcomes: Readonly<Record<string, Words>> = {
  accepted: { ru: 'Принято', en: 'Accepted' },
  rejected: { ru: 'Пакет отвергнут', en: 'The package was rejected' },
  transient: { ru: 'Не удалось, попытка будет повторена', en: 'Failed, will be tried again' },
  ambiguous: { ru: 'Неизвестно, дошло ли', en: 'It is not known whether it arrived' },
  forbidden: { ru: 'Адрес запрещён', en: 'The address is not allowed' },
}

/** How an attempt ended; without a class it has not, or nobody knows. */
export function outcomeWords(kind: string | null): Words {
  if (kind === null) return { ru: 'Ещё идёт', en: 'Under way' }
  return outcomes[kind] ?? { ru: kind, en: kind }
}
