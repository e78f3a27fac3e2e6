// An application as files for the counterparty's operator: a workbook, and a letter to be signed.

import { isPersonInn } from '../../schemas/inn.ts'
import { innOfParticipant } from '../../schemas/participant-inn.ts'
import { writeXlsx } from '../lists/xlsx-write.ts'
import type { ApplicationRow, ApplicationRowView } from '../store/applications/rows.ts'

/** What both say. `operatorName` is that of the operator it goes to; `ours` names ours, by codes. */
export type ApplicationContent = {
  application: ApplicationRow
  rows: readonly ApplicationRowView[]
  operatorName: string
  ours: string
}

type Party = { inn: string; kpp: string; name: string; person: string; id: string }

const heads = [
  '№',
  'ИНН',
  'КПП',
  'Наименование организации',
  'Фамилия, имя, отчество (для ИП)',
  'Идентификатор участника ЭДО',
]

/** The workbook: the own organisation on one sheet, its counterparties on the other; all cells are texts. */
export function applicationXlsx(content: ApplicationContent): AsyncGenerator<Uint8Array> {
  const { application, operatorName, ours } = content
  const own = ownParty(application)
  const listed = counterparties(content).map((one, index) => [String(index + 1), ...cellsOf(one)])
  return writeXlsx([
    { name: 'Контрагенты', pages: [[heads, ...listed]], widths: [6, 14, 11, 45, 35, 45] },
    {
      name: 'Заявка',
      pages: [
        [
          ['Заявка на настройку роуминга', ''],
          ['Номер заявки', application.number ?? ''],
          ['Кому (оператор ЭДО контрагентов)', operatorName],
          ['Оператор ЭДО заявителя', ours],
          ['ИНН', own.inn],
          ['КПП', own.kpp],
          ['Наименование организации', own.name],
          ['Фамилия, имя, отчество (для ИП)', own.person],
          ['Идентификатор участника ЭДО', own.id],
          ['Количество контрагентов', String(listed.length)],
        ],
      ],
      widths: [36, 60],
    },
  ])
}

/** Rows that still have to be set up, or were; not those that the operator refused or that ended otherwise. */
function counterparties({ rows }: ApplicationContent): Party[] {
  return rows
    .filter(({ state }) => state === 'open' || state === 'confirmed')
    .map(({ counterparty, inn, kpp, name }) =>
      partyOf({ id: counterparty, inn: inn ?? innOfParticipant(counterparty) ?? '', kpp, name }),
    )
}

function ownParty({ sender, sender_inn, sender_kpp, sender_name }: ApplicationRow): Party {
  return partyOf({ id: sender, inn: sender_inn, kpp: sender_kpp, name: sender_name })
}

function partyOf(of: { id: string; inn: string; kpp: string | null; name: string | null }): Party {
  const { id, inn } = of
  const name = of.name ?? ''
  const isPerson = isPersonInn(inn)
  return { id, inn, kpp: of.kpp ?? '', name: isPerson ? '' : name, person: isPerson ? name : '' }
}

function cellsOf({ inn, kpp, name, person, id }: Party): string[] {
  return [inn, kpp, name, person, id]
}

/**
 * The letter as a page to be printed or put into a mail: no scripts, no addresses, everything of others escaped.
 */
export function applicationLetter(content: ApplicationContent, at: Date): string {
  const { application, operatorName, ours } = content
  const own = ownParty(application)
  const listed = counterparties(content)
  const number =
    application.number === null ? '' : `<p>Номер заявки: <b>${escaped(application.number)}</b></p>`
  const row = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  const kpp = own.kpp === '' ? '' : `, КПП ${escaped(own.kpp)}`
  return [
    '<!doctype html>',
    '<html lang="ru"><head><meta charset="utf-8"><title>Заявка на настройку роуминга</title>',
    '<style>body{font:12pt/1.4 serif;max-width:60em;margin:2em auto;padding:0 1em}',
    'table{border-collapse:collapse;width:100%}td,th{border:1px solid #000;padding:.2em .4em;text-align:left;',
    'overflow-wrap:anywhere}</style></head><body>',
    `<p>Кому: ${escaped(operatorName)}</p>`,
    `<p>${dayText(at)}</p>`,
    number,
    '<h1>Заявка на настройку роуминга</h1>',
    `<p>${escaped(own.name || own.person)} (ИНН ${escaped(own.inn)}${kpp}, идентификатор участника ЭДО ` +
      `${escaped(own.id)}, оператор ЭДО ${escaped(ours)}) просит настроить обмен электронными документами ` +
      'со следующими контрагентами:</p>',
    `<table><thead>${row(heads, 'th')}</thead><tbody>`,
    ...listed.map((one, index) => row([String(index + 1), ...cellsOf(one)], 'td')),
    '</tbody></table>',
    `<p>Всего контрагентов: ${listed.length}.</p>`,
    '<p>О настройке роуминга или об отказе просим сообщить в ответ на это письмо, указав номер заявки.</p>',
    '<p>Подпись: ____________________ / ____________________ /</p>',
    '</body></html>',
    '',
  ].join('\n')
}

function dayText(at: Date): string {
  const [year, month, day] = at.toISOString().slice(0, 10).split('-')
  return `${day}.${month}.${year}`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/\p{Cc}/gu, ' ')
}
