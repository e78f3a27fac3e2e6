// hub keys: keys of the internal API at a running hub: make one for a service, list them, take one back.

import type { Command } from 'commander'
import type { AdminApiKey, AdminApiKeyMade } from '../../../schemas/admin.ts'
import { apiVerbs } from '../../../schemas/home.ts'
import { type CliContext, type ExitCode, report } from '../context.ts'
import { ask, type OnlineOptions, withOnline } from '../online.ts'
import { type Column, formatFacts, formatTable } from '../table.ts'

type CreateOptions = OnlineOptions & { home: string; name: string; verbs: string; expires?: string }
type ListOptions = OnlineOptions & { home?: string }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  const all = Object.keys(apiVerbs).join(',')
  withOnline(
    command.command('create').description('новый ключ; показывается один раз (a new key, shown once)'),
  )
    .requiredOption('--home <code>', 'свой код, чьи сообщения доступны (home code)')
    .requiredOption('--name <name>', 'чей это ключ (whose key it is)')
    .option('--verbs <list>', `права через запятую (what it allows): ${all}`, all)
    .option('--expires <day>', 'последний день, UTC, или время (last day or time), иначе бессрочно')
    .action(async (options: CreateOptions) => {
      context.exitCode = await createKey(context, options)
    })
  withOnline(command.command('list').description('все ключи, новые сверху (all keys, newest first)'))
    .option('--home <code>', 'только этого кода (of this home code)')
    .action(async (options: ListOptions) => {
      context.exitCode = await listKeys(context, options)
    })
  withOnline(command.command('revoke <id>'))
    .description('отозвать ключ сейчас же и навсегда (take a key back, at once and for ever)')
    .action(async (id: string, options: OnlineOptions) => {
      context.exitCode = await revokeKey(context, id, options)
    })
}

async function createKey(context: CliContext, options: CreateOptions): Promise<ExitCode> {
  const { home, name, verbs, expires } = options
  const body = {
    home,
    name,
    verbs: verbs.split(',').map((verb) => verb.trim()),
    ...(expires === undefined ? {} : { expires }),
  }
  const answer = await ask(context, options, { method: 'POST', path: '/admin/v1/keys', body })
  if ('exit' in answer) return answer.exit
  const made = answer.value as AdminApiKeyMade
  const hint = 'Ключ больше не будет показан: сохраните его сейчас (it is not shown again: keep it now)'
  return report(context, { json: made, text: [made.key, '', factsOf(made), '', hint] })
}

function factsOf({ id, home, name, verbs, expiresAt }: AdminApiKey): string {
  return formatFacts([
    ['id', id],
    ['код (home)', home],
    ['имя (name)', name],
    ['права (verbs)', verbs.join(' ')],
    ['до (expires)', expiresAt ?? 'бессрочно (never)'],
  ])
}

async function listKeys(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const query = { home: options.home }
  const answer = await ask(context, options, { method: 'GET', path: '/admin/v1/keys', query })
  if ('exit' in answer) return answer.exit
  const { items } = answer.value as { items: AdminApiKey[] }
  return report(context, { json: { items }, text: formatTable(columns, items, 'Ключей нет (no keys)') })
}

const columns: readonly Column<AdminApiKey>[] = [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'КОД', cell: ({ home }) => home },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'ПРАВА', cell: ({ verbs }) => verbs.join(' ') },
  { head: 'СОЗДАН', cell: ({ createdAt }) => createdAt },
  { head: 'КЕМ', cell: ({ createdBy }) => createdBy },
  { head: 'ДО', cell: ({ expiresAt }) => expiresAt },
  { head: 'ОТОЗВАН', cell: ({ revokedAt }) => revokedAt },
  { head: 'ИМЯ', cell: ({ name }) => name },
]

async function revokeKey(context: CliContext, id: string, options: OnlineOptions): Promise<ExitCode> {
  const path = `/admin/v1/keys/${encodeURIComponent(id)}/revoke`
  const answer = await ask(context, options, { method: 'POST', path })
  if ('exit' in answer) return answer.exit
  const key = answer.value as AdminApiKey
  return report(context, { json: key, text: `Ключ ${id} отозван (the key is revoked)` })
}
