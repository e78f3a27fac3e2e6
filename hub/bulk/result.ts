// The result of a bulk job as a file: CSV or XLSX, grouped, with nothing in it that a program would run.

import { bulkGroups } from '../../schemas/bulk/api.ts'
import { limits } from '../../schemas/limits.ts'
import { csvLine, csvStart } from '../lists/csv-write.ts'
import { writeXlsx } from '../lists/xlsx-write.ts'
import { type BulkGroup, readRows } from '../store/bulk/jobs.ts'
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

/** XLSX with a sheet for each group that has rows, and for what can be invited in any case. */
export async function resultXlsx(sql: Sql, job: string): Promise<Uint8Array> {
  const sheets = []
  for (const group of groups) {
    const rows: string[][] = []
    for await (const page of pagesOf(sql, job, group)) rows.push(...page.map(cellsOf))
    if (rows.length === 0 && group !== 'ready') continue
    sheets.push({ name: sheetNames[group], rows: [heads, ...rows], widths })
  }
  return writeXlsx(sheets)
}

const widths = [8, 14, 11, 40, 28, 40, 40, 28, 8, 20, 20, 50]

async function* pagesOf(sql: Sql, job: string, group: BulkGroup): AsyncGenerator<BulkRow[]> {
  let after = 0
  for (;;) {
    const rows = await readRows(sql, { job, group, after, countMax: limits.bulkInsertRows })
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
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
