// What can be wrong with an exported journal, as a table, with the words for people.

/** Kinds of faults. */
const journalFaults = {
  format: { ru: 'Это не выгрузка журнала хаба', en: 'This is no export of a journal of the hub' },
  line: { ru: 'Строка не разобрана', en: 'A line cannot be read' },
  place: { ru: 'Строка стоит не на своём месте', en: 'A line stands in the wrong place' },
  truncated: { ru: 'Выгрузка оборвана', en: 'The export ends early' },
  number: { ru: 'Блок пропущен, вставлен или переставлен', en: 'A block is missing, inserted or moved' },
  link: {
    ru: 'Блок не продолжает предыдущий',
    en: 'The block does not continue the one before',
  },
  count: { ru: 'Записей не столько, сколько опечатано', en: 'Not as many entries as were sealed' },
  root: { ru: 'Записи изменены или переставлены', en: 'Entries were changed or moved' },
  signature: { ru: 'Подпись блока неверна', en: 'The signature of the block is wrong' },
  signer: { ru: 'Блок подписан не тем сертификатом', en: 'The block was signed by another certificate' },
  anchor: {
    ru: 'Блок расходится с сохранённым отдельно',
    en: 'The block differs from the one kept elsewhere',
  },
  empty: {
    ru: 'В выгрузке нет блоков, она ничего не доказывает',
    en: 'The export has no blocks and proves nothing',
  },
  many: { ru: 'Слишком много ошибок, проверка прервана', en: 'Too many faults, the check was ended' },
} as const satisfies Record<string, { ru: string; en: string }>

/** The kind of a fault. */
export type JournalFaultKind = keyof typeof journalFaults

/** A fault: where, and what was seen instead of what. `line` counts from 1. */
export type JournalFault = { kind: JournalFaultKind; line: number; block?: number; seen: string }

/** One line for a person. It begins with the kind, by which the runbook tells what may have been done. */
export function faultText(fault: JournalFault): string {
  const { ru, en } = journalFaults[fault.kind]
  const block = fault.block === undefined ? '' : `блок ${fault.block}, `
  return `${fault.kind}: ${block}строка ${fault.line}: ${ru} (${en}): ${fault.seen}`
}
