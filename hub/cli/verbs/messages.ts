// hub messages: find and show messages of a running hub, release held ones or refuse them.

import type { Command } from 'commander'
import type {
  AdminAttempt,
  AdminDecided,
  AdminDecision,
  AdminDocument,
  AdminMessage,
  AdminMessageDetails,
  AdminPackageOut,
  AdminPage,
  AdminStep,
} from '../../../schemas/admin.ts'
import { type CliContext, type ExitCode, report } from '../context.ts'
import { ask, type OnlineOptions, withOnline } from '../online.ts'
import { type Column, formatFacts, formatTable } from '../table.ts'

const filters = {
  state: 'состояние (state), например held',
  peer: 'узел, от которого или которому (peer)',
  participant: 'участник: отправитель или получатель (participant)',
  document: 'ИдДокумента (document)',
  package: 'имя пакета (package)',
  from: 'принято не раньше, RFC 3339 (received at or after)',
  to: 'принято раньше, RFC 3339 (received before)',
  limit: 'сколько строк, до 200 (rows)',
  after: 'продолжить после, из прошлого ответа (next)',
} as const

type FindOptions = OnlineOptions & { [Name in keyof typeof filters]?: string }
type DecideOptions = OnlineOptions & { reason: string }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  const find = command.command('find').description('найти сообщения, новые сверху (newest first)')
  for (const [name, about] of Object.entries(filters)) find.option(`--${name} <value>`, about)
  withOnline(find).action(async (options: FindOptions) => {
    context.exitCode = await findMessages(context, options)
  })
  withOnline(command.command('show <id>').description('всё о сообщении (one message, whole)')).action(
    async (id: string, options: OnlineOptions) => {
      context.exitCode = await showMessage(context, id, options)
    },
  )
  for (const [decision, about] of decisions) {
    withOnline(command.command(`${decision} <id>`).description(about))
      .requiredOption('--reason <text>', 'почему; остаётся в журнале (why; kept in the journal)')
      .action(async (id: string, options: DecideOptions) => {
        context.exitCode = await decide(context, { decision, id, options })
      })
  }
}

const decisions = [
  ['release', 'отпустить в путь задержанное или ждущее сообщение (let a held or waiting message go on)'],
  ['refuse', 'отказать в задержанном или ждущем сообщении (refuse a held or waiting message)'],
] as const

async function findMessages(context: CliContext, options: FindOptions): Promise<ExitCode> {
  const query = Object.fromEntries(
    Object.keys(filters).map((name) => [name, options[name as keyof typeof filters]] as const),
  )
  const answer = await ask(context, options, { method: 'GET', path: '/admin/v1/messages', query })
  if ('exit' in answer) return answer.exit
  const page = answer.value as AdminPage<AdminMessage>
  const table = formatTable(listColumns, page.items, 'Ничего не найдено (nothing found)')
  const more = page.next === null ? [] : [`Ещё есть (more): --after ${page.next}`]
  return report(context, { json: page, text: [table, ...more] })
}

const listColumns: readonly Column<AdminMessage>[] = [
  { head: 'ПРИНЯТО', cell: ({ receivedAt }) => receivedAt },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'КОД', cell: ({ code }) => code },
  { head: 'ОТ', cell: ({ fromPeer }) => fromPeer },
  { head: 'КОМУ', cell: ({ toPeer }) => toPeer },
  { head: 'ОТПРАВИТЕЛЬ', cell: ({ sender }) => sender },
  { head: 'ПОЛУЧАТЕЛЬ', cell: ({ recipient }) => recipient },
]

async function showMessage(context: CliContext, id: string, options: OnlineOptions): Promise<ExitCode> {
  const answer = await ask(context, options, { method: 'GET', path: messagePath(id) })
  if ('exit' in answer) return answer.exit
  const message = answer.value as AdminMessageDetails
  return report(context, { json: message, text: detailsText(message) })
}

async function decide(
  context: CliContext,
  { decision, id, options }: { decision: string; id: string; options: DecideOptions },
): Promise<ExitCode> {
  const question = {
    method: 'POST',
    path: `${messagePath(id)}/${decision}`,
    body: { reason: options.reason } satisfies AdminDecision,
  } as const
  const answer = await ask(context, options, question)
  if ('exit' in answer) return answer.exit
  const { state } = answer.value as AdminMessage
  return report(context, { json: answer.value, text: `${id}: ${state}` })
}

function messagePath(id: string): string {
  return `/admin/v1/messages/${encodeURIComponent(id)}`
}

function detailsText(message: AdminMessageDetails): string[] {
  const { answer } = message
  const facts = formatFacts([
    ['Сообщение (message)', message.id],
    ['ИдЛС', message.message],
    ['Вид (kind)', message.kind],
    ['Состояние (state)', message.state],
    ['Код (code)', message.code],
    ['Срок (deadline)', message.deadlineAt],
    ['Пакет (package)', message.package],
    ['От узла (from peer)', message.fromPeer],
    ['К узлу (to peer)', message.toPeer],
    ['Почему туда (route)', message.routeReason],
    ['ИдЛС на выходе (out)', message.outMessage],
    ['Отправитель (sender)', message.sender],
    ['Получатель (recipient)', message.recipient],
    ['Принято (received)', message.receivedAt],
    ['Изменено (changed)', message.changedAt],
    [
      'Ответ отправителю (answer)',
      [answer.state, answer.code, answer.text, ...answer.ids].filter(Boolean).join(' '),
    ],
    ['То же ИдЛС (others)', message.others.join(' ')],
  ])
  const tries = message.out.flatMap((out) =>
    out.tries.map((attempt) => ({ ...attempt, package: out.package })),
  )
  return [
    facts,
    ...message.warnings.map((warning) => `предупреждение (warning): ${warning}`),
    ...section('Документы (documents)', documentColumns, message.documents),
    ...section('Исходящие пакеты (out)', outColumns, message.out),
    ...section('Попытки (attempts)', attemptColumns, tries),
    ...section('Решения (decisions)', decisionColumns, message.decisions),
    ...section('Ход (steps)', stepColumns, message.steps),
  ]
}

function section<Row>(title: string, columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  return rows.length === 0 ? [] : ['', title, formatTable(columns, rows, '')]
}

const documentColumns: readonly Column<AdminDocument>[] = [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'ТИП', cell: ({ type }) => type },
  { head: 'БАЙТ', cell: ({ bytes }) => bytes },
  { head: 'К ДОКУМЕНТУ', cell: ({ parents }) => parents.join(' ') },
]

const outColumns: readonly Column<AdminPackageOut>[] = [
  { head: 'ПАКЕТ', cell: (out) => out.package },
  { head: 'СОДЕРЖИТ', cell: ({ contents }) => contents },
  { head: 'УЗЕЛ', cell: ({ peer }) => peer },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'ПОПЫТОК', cell: ({ attempts }) => attempts },
  { head: 'ИСХОД', cell: ({ lastOutcome }) => lastOutcome },
]

const attemptColumns: readonly Column<AdminAttempt & { package: string }>[] = [
  { head: 'НАЧАТА', cell: ({ startedAt }) => startedAt },
  { head: 'ПАКЕТ', cell: (attempt) => attempt.package },
  { head: 'N', cell: ({ number }) => number },
  { head: 'ИСХОД', cell: ({ outcome }) => outcome },
  { head: 'ПРИЧИНА', cell: ({ reason }) => reason },
  { head: 'ОТВЕТ', cell: ({ answer }) => answer },
]

const decisionColumns: readonly Column<AdminDecided>[] = [
  { head: 'КОГДА', cell: ({ at }) => at },
  { head: 'КТО', cell: ({ actor }) => actor },
  { head: 'ЧТО', cell: ({ verb }) => verb },
  { head: 'ПОЧЕМУ', cell: ({ reason }) => reason },
]

const stepColumns: readonly Column<AdminStep>[] = [
  { head: 'КОГДА', cell: ({ at }) => at },
  { head: 'ЧТО', cell: ({ kind }) => kind },
  { head: 'ПОДРОБНОСТИ', cell: ({ facts }) => factsLine(facts) },
]

function factsLine(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(shortened(value))}`)
    .join(' ')
}

const idsShownMax = 5

/** A package of hundreds of messages names each of them; a line for a person need not. */
function shortened(value: unknown): unknown {
  if (!Array.isArray(value) || value.length <= idsShownMax) return value
  return [...value.slice(0, idsShownMax), `+${value.length - idsShownMax}`]
}
