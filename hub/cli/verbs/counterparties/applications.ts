// hub applications: what is applied for at operators without autoroaming: list, show, export, sent, confirm, refuse, convert.

import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { AdminPage } from '../../../../schemas/admin.ts'
import type {
  AdminApplication,
  AdminApplicationDetails,
  AdminConverted,
} from '../../../../schemas/bulk/admin.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../../context.ts'
import { reportUsage } from '../../failures.ts'
import { ask, type OnlineOptions, stream, withOnline } from '../../online.ts'
import { type Column, formatFacts, formatTable } from '../../table.ts'

type ListOptions = OnlineOptions & {
  home?: string
  operator?: string
  state?: string
  limit?: string
  after?: string
}
type ExportOptions = OnlineOptions & { xlsx?: string; letter?: string }
type SentOptions = OnlineOptions & { number?: string }
type RowsOptions = OnlineOptions & { rows?: string }

const path = '/admin/v1/applications'
const pathOf = (id: string) => `${path}/${encodeURIComponent(id)}`

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('list').description('заявки, новые сверху (applications, newest first)'))
    .option('--home <code>', 'только этого кода (of this home code)')
    .option('--operator <id>', 'только этому оператору (to this operator)')
    .option('--state <state>', 'draft, sent, confirmed, refused, closed')
    .option('--limit <count>', 'сколько строк, до 200 (rows)')
    .option('--after <cursor>', 'продолжить после, из прошлого ответа (next)')
    .action(async (options: ListOptions) => {
      context.exitCode = await list(context, options)
    })
  withOnline(command.command('show <id>').description('заявка и её контрагенты (one, whole)')).action(
    async (id: string, options: OnlineOptions) => {
      const answer = await ask(context, options, { method: 'GET', path: pathOf(id) })
      context.exitCode = told(context, answer)
    },
  )
  withOnline(command.command('export <id>').description('в файлы для оператора (files for the operator)'))
    .option('--xlsx <file>', 'таблица (workbook)')
    .option('--letter <file>', 'письмо, HTML (letter)')
    .action(async (id: string, options: ExportOptions) => {
      context.exitCode = await exportFiles(context, id, options)
    })
  withOnline(command.command('sent <id>'))
    .description('заявка отправлена оператору (it went to the operator)')
    .option('--number <text>', 'номер, который дал оператор (the request number the operator gave)')
    .action(async (id: string, { number, ...options }: SentOptions) => {
      const body = number === undefined ? {} : { number }
      context.exitCode = await act(context, options, { path: `${pathOf(id)}/sent`, body })
    })
  defineAnswers(command, context)
  withOnline(command.command('convert <operator>'))
    .description('оператор теперь принимает приглашения: отправить их (invite what was applied for)')
    .action(async (operator: string, options: OnlineOptions) => {
      context.exitCode = await convert(context, operator, options)
    })
}

const answers = [
  { verb: 'confirm', about: 'оператор настроил: связи установлены (the operator set them up)' },
  { verb: 'refuse', about: 'оператор отказал (the operator refused)' },
] as const

function defineAnswers(command: Command, context: CliContext): void {
  for (const { verb, about } of answers) {
    withOnline(command.command(`${verb} <id>`).description(about))
      .option('--rows <list>', 'номера контрагентов через запятую, иначе все открытые (positions, else all)')
      .action(async (id: string, { rows, ...options }: RowsOptions) => {
        const positions = rows?.split(',').map((one) => Number(one.trim()))
        if (positions?.some((one) => !Number.isInteger(one) || one < 1)) {
          context.exitCode = reportUsage(context, '--rows: нужны номера через запятую (numbers are expected)')
          return
        }
        const body = positions === undefined ? {} : { positions }
        context.exitCode = await act(context, options, { path: `${pathOf(id)}/${verb}`, body })
      })
  }
}

async function act(
  context: CliContext,
  options: OnlineOptions,
  of: { path: string; body: object },
): Promise<ExitCode> {
  return told(context, await ask(context, options, { method: 'POST', ...of }))
}

async function list(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const { home, operator, state, limit, after } = options
  const query = { home, operator, state, limit, after }
  const answer = await ask(context, options, { method: 'GET', path, query })
  if ('exit' in answer) return answer.exit
  const page = answer.value as AdminPage<AdminApplication>
  const table = formatTable(columns, page.items, 'Заявок нет (no applications)')
  const more = page.next === null ? [] : [`Ещё есть (more): --after ${page.next}`]
  return report(context, { json: page, text: [table, ...more] })
}

const columns: readonly Column<AdminApplication>[] = [
  { head: 'СОЗДАНА', cell: ({ madeAt }) => madeAt },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'КОД', cell: ({ home }) => home },
  { head: 'ОПЕРАТОР', cell: ({ operator }) => `${operator.name} (${operator.id})` },
  { head: 'ЗАЯВИТЕЛЬ', cell: ({ sender }) => sender.name },
  { head: 'СТРОК', cell: ({ rows }) => rows },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'НОМЕР', cell: ({ number }) => number },
]

type Told = Awaited<ReturnType<typeof ask>>

function told(context: CliContext, answer: Told): ExitCode {
  if ('exit' in answer) return answer.exit
  const one = answer.value as AdminApplicationDetails
  const facts = formatFacts([
    ['id', one.id],
    ['код (home)', one.home],
    ['оператор (operator)', `${one.operator.name} (${one.operator.id})`],
    ['заявитель (sender)', `${one.sender.name}, ИНН ${one.sender.inn}, ${one.sender.id}`],
    ['состояние (state)', one.state],
    ['номер (number)', one.number ?? '—'],
    ['отправлена (sent)', one.sentAt === null ? '—' : `${one.sentAt}, ${one.sentBy ?? ''}`],
    ['закончена (ended)', one.endedAt === null ? '—' : `${one.endedAt}, ${one.endedBy ?? ''}`],
  ])
  const table = formatTable(counterpartyColumns, one.counterparties, 'Строк нет (no rows)')
  return report(context, { json: one, text: [facts, '', table] })
}

const counterpartyColumns: readonly Column<AdminApplicationDetails['counterparties'][number]>[] = [
  { head: '№', cell: ({ position }) => position },
  { head: 'ИНН', cell: ({ inn }) => inn },
  { head: 'КПП', cell: ({ kpp }) => kpp },
  { head: 'НАЗВАНИЕ', cell: ({ name }) => name },
  { head: 'УЧАСТНИК', cell: ({ id }) => id },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'КЕМ', cell: ({ by }) => by },
]

async function exportFiles(context: CliContext, id: string, options: ExportOptions): Promise<ExitCode> {
  const wanted = [
    ['xlsx', options.xlsx],
    ['letter', options.letter],
  ].flatMap(([format = '', file]) => (file === undefined ? [] : [{ format, file }]))
  if (wanted.length === 0) return reportUsage(context, 'нужно --xlsx или --letter (one is expected)')
  const files: string[] = []
  for (const { format, file } of wanted) {
    const place = resolve(context.io.cwd, file)
    const exit = await exportFile(context, options, { path: `${pathOf(id)}/export`, format, place })
    if (exit !== exitCodes.ok) return exit
    files.push(place)
  }
  return report(context, { json: { files }, text: files })
}

/** Half a file must not look like one: it gets its name only when it is whole. */
async function exportFile(
  context: CliContext,
  options: OnlineOptions,
  of: { path: string; format: string; place: string },
): Promise<ExitCode> {
  const draft = `${of.place}.part`
  try {
    await using file = await open(draft, 'w')
    const question = { method: 'GET', path: of.path, query: { format: of.format } } as const
    const exit = await stream(
      context,
      options,
      question,
      async (piece) => void (await file.appendFile(piece)),
    )
    if (exit !== exitCodes.ok) return exit
    await file.sync()
    await rename(draft, of.place)
    return exitCodes.ok
  } finally {
    await rm(draft, { force: true })
  }
}

/** The hub converts a page at a time: it is asked until there is none behind. Run again, it goes on where it ended. */
async function convert(context: CliContext, operator: string, options: OnlineOptions): Promise<ExitCode> {
  let converted = 0
  let left = 0
  const refused: Record<string, number> = {}
  for (let query = ''; ; ) {
    const question = { method: 'POST', path: `${path}/convert${query}`, body: { operator } } as const
    const answer = await ask(context, options, question)
    if ('exit' in answer) return answer.exit
    const done = answer.value as AdminConverted
    converted += done.converted
    left += done.left
    for (const [code, count] of Object.entries(done.refused)) refused[code] = (refused[code] ?? 0) + count
    if (done.next === null) break
    query = `?after=${encodeURIComponent(done.next)}`
  }
  const reasons = Object.entries(refused).map(([code, count]) => `${code}: ${count}`)
  const text = [`Отправлено приглашений (invited): ${converted}, осталось (left): ${left}`, ...reasons]
  const exit = left > 0 ? exitCodes.refused : exitCodes.ok
  return report(context, { json: { converted, left, refused }, text, exit })
}
