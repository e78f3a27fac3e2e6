// The result of a bulk job as a file: CSV or XLSX, grouped, with nothing in it that a program would run.

import { setImmediate as turn } from 'node:timers/promises'
import { bulkGroups } from '../../schemas/bulk/api.ts'
import { limits } from '../../schemas/limits.ts'
import { csvLine, csvStart } from '../lists/csv-write.ts'
import { writeXlsx } from '../lists/xlsx-write.ts'
import { type BulkGroup, countRows, readRows } from '../store/bulk/jobs.ts'
import type { BulkRow } from '../store/bulk/rows.ts'
import type { Sql } from '../store/sql.ts'
import { rowView } from './view.ts'

const heads = [
  'Номер строки',
  'ИНН',
  'КПП',
  'Наименование в списке',
  'Электронная почта',
  'Наименование в справочнике',
  'Идентификатор участника ЭДО',
  'Оператор ЭДО',
  'Найдено идентификаторов',
  'Приглашение',
  'Код ошибки',
  'Причина',
]

/** Names of sheets, at most 31 characters. */
const sheetNames: Readonly<Record<BulkGroup, string>> = {
  linked: 'Контрагенты',
  ready: 'Можно пригласить',
  application: 'Нужна заявка',
  'not-found': 'Не найдены',
  'try-later': 'Справочник не ответил',
  waiting: 'Поиск ещё не выполнен',
  faulty: 'Ошибки в строках',
}

const outcomes: Readonly<Record<string, string>> = {
  asked: 'приглашение отправлено',
  linked: 'связь установлена',
  unclaimed: 'письмо отправлено',
  application: 'нужна заявка',
}

const groups = Object.keys(bulkGroups) as BulkGroup[]

/** CSV of all groups, the name of the group in the first column; piece by piece. */
export async function* resultCsv(sql: Sql, job: string): AsyncGenerator<string> {
  yield csvStart + csvLine(['Группа', ...heads])
  for (const group of groups) {
    for await (const page of pagesOf(sql, job, group)) {
      yield page.map((row) => csvLine([sheetNames[group], ...cellsOf(row)])).join('')
    }
  }
}

/**
 * XLSX with a sheet for each group that has rows, and for what can be invited in any case; piece by piece. What is found
 * while it is written may stand on no sheet.
 */
export async function* resultXlsx(sql: Sql, job: string): AsyncGenerator<Uint8Array> {
  const counts = await countRows(sql, job)
  const hasRows = (group: BulkGroup) => counts.some(({ state, found }) => state === group || found === group)
  const shown = groups.filter((group) => group === 'ready' || hasRows(group))
  yield* writeXlsx(
    shown.map((group) => ({ name: sheetNames[group], pages: cellPages(sql, job, group), widths })),
  )
}

const widths = [8, 14, 11, 40, 28, 40, 40, 28, 8, 20, 20, 50]

async function* cellPages(sql: Sql, job: string, group: BulkGroup): AsyncGenerator<string[][]> {
  yield [heads]
  for await (const page of pagesOf(sql, job, group)) yield page.map(cellsOf)
}

/** Read many at a time, for a reading may look at all rows of the job; given few at a time, with turns for others. */
async function* pagesOf(sql: Sql, job: string, group: BulkGroup): AsyncGenerator<BulkRow[]> {
  const countMax = limits.bulkInsertRows
  let after = 0
  for (;;) {
    const rows = await readRows(sql, { job, group, after, countMax })
    for (let at = 0; at < rows.length; at += limits.listTurnRows) {
      yield rows.slice(at, at + limits.listTurnRows)
      await turn()
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < countMax) return
    after = last.number
  }
}

function cellsOf(row: BulkRow): string[] {
  const { number, inn, kpp, name, email, knownName, counterparty, operator, boxes, code, text } = rowView(row)
  const sent = row.state === 'queued' ? 'в очереди' : row.state === 'refused' ? 'отклонено' : ''
  return [
    String(number),
    inn,
    kpp ?? '',
    name ?? '',
    email ?? '',
    knownName ?? '',
    counterparty ?? '',
    operator ?? '',
    boxes === null ? '' : String(boxes),
    outcomes[row.outcome ?? ''] ?? sent,
    code ?? '',
    text ?? '',
  ]
}
