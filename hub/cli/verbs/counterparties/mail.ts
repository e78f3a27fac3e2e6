// hub mail: letters of a running hub, and one that is kept as a file, as it would be read.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { AdminLetter, AdminPage } from '../../../../schemas/admin.ts'
import { parseRowId } from '../../../../schemas/ids.ts'
import { emlName, mailFolder } from '../../../mail/eml-mailer.ts'
import { readEml } from '../../../mail/read-eml.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../../context.ts'
import { reportFailure, reportUsage } from '../../failures.ts'
import {
  ask,
  type ConfigOptions,
  type OnlineOptions,
  settingsOf,
  withConfig,
  withOnline,
} from '../../online.ts'
import { type Column, formatTable } from '../../table.ts'

type ListOptions = OnlineOptions & { state?: string; invite?: string; limit?: string; after?: string }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('list').description('письма, новые сверху (letters, newest first)'))
    .option('--state <state>', 'queued, sent, bounced, dropped')
    .option('--invite <id>', 'письма одного приглашения (of one invitation)')
    .option('--limit <count>', 'сколько строк, до 200 (rows)')
    .option('--after <cursor>', 'продолжить после, из прошлого ответа (next)')
    .action(async (options: ListOptions) => {
      context.exitCode = await listLetters(context, options)
    })
  withConfig(command.command('show <id>'))
    .description('письмо из папки mail, на машине хаба (a letter kept as a file, on the machine of the hub)')
    .action((id: string, options: ConfigOptions) => {
      context.exitCode = showLetter(context, id, options)
    })
}

async function listLetters(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const { state, invite, limit, after } = options
  const query = { state, invite, limit, after }
  const answer = await ask(context, options, { method: 'GET', path: '/admin/v1/letters', query })
  if ('exit' in answer) return answer.exit
  const page = answer.value as AdminPage<AdminLetter>
  const table = formatTable(columns, page.items, 'Писем нет (no letters)')
  const more = page.next === null ? [] : [`Ещё есть (more): --after ${page.next}`]
  return report(context, { json: page, text: [table, ...more] })
}

const columns: readonly Column<AdminLetter>[] = [
  { head: 'СОЗДАНО', cell: ({ madeAt }) => madeAt },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'ВИД', cell: ({ kind }) => kind },
  { head: 'ПРИГЛАШЕНИЕ', cell: ({ invite }) => invite },
  { head: 'КОМУ', cell: ({ recipient }) => recipient },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'ПОПЫТОК', cell: ({ attempts }) => attempts },
  { head: 'СЛЕДУЮЩАЯ', cell: ({ dueAt }) => dueAt },
  { head: 'ПРИЧИНА', cell: ({ reason }) => reason },
  { head: 'ФАЙЛ', cell: ({ file }) => file },
]

function showLetter(context: CliContext, given: string, options: ConfigOptions): ExitCode {
  const id = parseRowId(given)
  if (id === undefined)
    return reportUsage(context, `${given}: нужен ID письма (the id of a letter is expected)`)
  const loaded = settingsOf(context, options)
  if ('exit' in loaded) return loaded.exit
  const file = join(mailFolder(loaded.value.settings.data.folder), emlName(id))
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN'
    const text = `${file}: письма здесь нет (there is no such letter here): ${code}`
    return reportFailure(context, { exit: exitCodes.refused, code: 'cli.nothing', text })
  }
  const letter = readEml(bytes)
  const head = [
    `От (from):      ${letter.from}`,
    `Кому (to):      ${letter.to}`,
    `Тема (subject): ${letter.subject}`,
    `Дата (date):    ${letter.date}`,
    `Message-ID:     ${letter.messageId}`,
  ]
  return report(context, { json: { id, file, ...letter }, text: [...head, '', letter.text] })
}
