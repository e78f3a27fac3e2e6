// hub packages: packages of ours at a running hub: list those that are held, let what they carried go on.

import type { Command } from 'commander'
import type {
  AdminDecision,
  AdminPackageOut,
  AdminPackageReleased,
  AdminPage,
} from '../../../schemas/admin.ts'
import { type CliContext, type ExitCode, report } from '../context.ts'
import { ask, type OnlineOptions, withOnline } from '../online.ts'
import { type Column, formatTable } from '../table.ts'

type ListOptions = OnlineOptions & { state?: string; peer?: string; limit?: string; after?: string }
type ReleaseOptions = OnlineOptions & { reason: string }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('list').description('исходящие пакеты, новые сверху (packages of ours)'))
    .option('--state <state>', 'held, sending, placed, taken, abandoned; иначе held (else held)')
    .option('--peer <id>', 'узел, которому (to which peer)')
    .option('--limit <count>', 'сколько строк, до 200 (rows)')
    .option('--after <cursor>', 'продолжить после, из прошлого ответа (next)')
    .action(async (options: ListOptions) => {
      context.exitCode = await listPackages(context, options)
    })
  withOnline(command.command('release <id>'))
    .description('отправить содержимое задержанного пакета под новым именем (send what it held again)')
    .requiredOption('--reason <text>', 'почему; остаётся в истории (why; kept in the history)')
    .action(async (id: string, options: ReleaseOptions) => {
      context.exitCode = await releasePackage(context, id, options)
    })
}

async function listPackages(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const { state, peer, limit, after } = options
  const query = { state, peer, limit, after }
  const answer = await ask(context, options, { method: 'GET', path: '/admin/v1/packages-out', query })
  if ('exit' in answer) return answer.exit
  const page = answer.value as AdminPage<AdminPackageOut>
  const table = formatTable(columns, page.items, 'Ничего не найдено (nothing found)')
  const more = page.next === null ? [] : [`Ещё есть (more): --after ${page.next}`]
  return report(context, { json: page, text: [table, ...more] })
}

const columns: readonly Column<AdminPackageOut>[] = [
  { head: 'СОЗДАН', cell: ({ createdAt }) => createdAt },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'ПАКЕТ', cell: (row) => row.package },
  { head: 'СОДЕРЖИТ', cell: ({ contents }) => contents },
  { head: 'УЗЕЛ', cell: ({ peer }) => peer },
  { head: 'СООБЩЕНИЙ', cell: ({ messages }) => messages },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'ПОПЫТОК', cell: ({ attempts }) => attempts },
  { head: 'ИСХОД', cell: ({ lastOutcome }) => lastOutcome },
]

async function releasePackage(context: CliContext, id: string, options: ReleaseOptions): Promise<ExitCode> {
  const answer = await ask(context, options, {
    method: 'POST',
    path: `/admin/v1/packages-out/${encodeURIComponent(id)}/release`,
    body: { reason: options.reason } satisfies AdminDecision,
  })
  if ('exit' in answer) return answer.exit
  const { state, released } = answer.value as AdminPackageReleased
  return report(context, {
    json: answer.value,
    text: `${id}: ${state}, снова в пути (on their way again): ${released}`,
  })
}
