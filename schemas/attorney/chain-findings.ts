// The table of findings about a chain of retrust: the check each belongs to, its outcome, texts for people.

import { type FindingRow, findingRow as row } from './finding.ts'

/** Findings about the links of a chain by name; outcomes as in own-findings.ts. */
export const chainFindings = {
  // chain
  'chain-none': row('chain', 'ok', 'Передоверия нет', 'There is no retrust'),
  'chain-ok': row(
    'chain',
    'ok',
    'Цепочка полна, номера связаны',
    'The chain is complete and its numbers link',
  ),
  'chain-broken': row(
    'chain',
    'error',
    'Цепочка неполна: вышестоящая доверенность не найдена',
    'The chain is not complete: a parent was not found',
  ),
  'chain-unreadable': row(
    'chain',
    'error',
    'Вышестоящая доверенность не читается',
    'A parent cannot be read',
  ),
  'chain-revoked': row('chain', 'error', 'Вышестоящая доверенность отменена', 'A parent is revoked'),
  'chain-silent': row(
    'chain',
    'warning',
    'Цепочка не проверена до конца: реестр не ответил',
    'The chain was not followed to its end: the registry did not answer',
  ),
  'chain-loop': row('chain', 'error', 'Цепочка замкнута', 'The chain is a loop'),
  'chain-too-long': row('chain', 'error', 'Цепочка длиннее предела', 'The chain is longer than the limit'),
  'chain-number': row(
    'chain',
    'error',
    'Номера в цепочке не связаны',
    'The numbers of the chain do not link',
  ),
  'chain-unnumbered': row(
    'chain',
    'warning',
    'Номер вышестоящей доверенности не указан',
    'The number of a parent is not given',
  ),
  'chain-kind': row(
    'chain',
    'error',
    'Признак передоверия не соответствует вышестоящей доверенности',
    'Whether the parent is a retrust is told wrong',
  ),
  // retrust-allowed
  'retrust-allowed-ok': row('retrust-allowed', 'ok', 'Передоверие разрешено', 'Retrust is allowed'),
  'retrust-forbidden': row(
    'retrust-allowed',
    'error',
    'Передоверие не разрешено или разрешено однократно',
    'Retrust is not allowed, or only once',
  ),
  'retrust-irrevocable': row(
    'retrust-allowed',
    'warning',
    'Передоверена безотзывная доверенность',
    'An irrevocable one was given on (ГК РФ, 188.1)',
  ),
  'retrust-irrevocable-wider': row(
    'retrust-allowed',
    'error',
    'Передоверие безотзывное, а вышестоящая доверенность отзывная',
    'The retrust is irrevocable, its parent is not',
  ),
  // giver
  'giver-ok': row(
    'giver',
    'ok',
    'Полномочия передал представитель по вышестоящей доверенности',
    'A representative of the parent gave them on',
  ),
  'giver-by-name': row(
    'giver',
    'warning',
    'Передавший полномочия опознан только по ФИО',
    'Who gave them on is known by name only',
  ),
  'giver-other': row(
    'giver',
    'error',
    'Полномочия передал не представитель по вышестоящей доверенности',
    'Somebody else gave them on',
  ),
  'giver-joint': row(
    'giver',
    'error',
    'Полномочия переданы не всеми совместно действующими представителями',
    'Not all who held them jointly gave them on',
  ),
  // powers-subset
  'powers-subset-ok': row(
    'powers-subset',
    'ok',
    'Полномочия не шире вышестоящих',
    "The powers are no wider than the parent's",
  ),
  'powers-subset-wider': row(
    'powers-subset',
    'error',
    'Полномочия шире вышестоящих',
    "The powers are wider than the parent's",
  ),
  'powers-subset-text': row(
    'powers-subset',
    'warning',
    'Полномочия описаны текстом: сравните их',
    'The powers are a text: compare them',
  ),
  // dates-subset
  'dates-subset-ok': row(
    'dates-subset',
    'ok',
    'Срок не шире вышестоящего',
    "The dates are within the parent's",
  ),
  'dates-subset-wider': row(
    'dates-subset',
    'error',
    'Срок шире вышестоящего',
    "The dates are wider than the parent's",
  ),
  'dates-subset-told': row(
    'dates-subset',
    'warning',
    'Даты вышестоящей доверенности указаны неверно',
    'The dates of the parent are told wrong',
  ),
} as const satisfies Record<string, FindingRow>
