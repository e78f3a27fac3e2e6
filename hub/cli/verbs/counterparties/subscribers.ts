// hub subscribers: the directory of subscribers of a running hub: find some, put a file of them into it.

import type { Command } from 'commander'
import type { AdminImported, AdminSubscribers } from '../../../../schemas/directory/admin.ts'
import type { SubscriberView } from '../../../../schemas/directory/api.ts'
import { limits } from '../../../../schemas/limits.ts'
import { refusalText } from '../../../../schemas/refusals.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../../context.ts'
import { guardFiles, reportUsage } from '../../failures.ts'
import { ask, type OnlineOptions, withOnline } from '../../online.ts'
import { type FileRow, readSubscriberFile } from '../../subscribers/read-file.ts'
import { type Column, formatTable } from '../../table.ts'

type FindOptions = OnlineOptions & { inn?: string; kpp?: string; id?: string; name?: string }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('find').description('найти абонентов, лучшие сверху (find some, best first)'))
    .option('--inn <inn>', 'по ИНН (by ИНН)')
    .option('--kpp <kpp>', 'и КПП (and КПП)')
    .option('--id <id>', 'по идентификатору участника (by id)')
    .option('--name <words>', 'по словам наименования или их началам (by words of the name)')
    .action(async (options: FindOptions) => {
      context.exitCode = await findSubscribers(context, options)
    })
  withOnline(command.command('import <file>'))
    .description('загрузить из файла: NDJSON или CSV с заголовком id, inn, kpp, name (put a file in)')
    .action(async (file: string, options: OnlineOptions) => {
      context.exitCode = await guardFiles(context, () => importFile(context, file, options), file)
    })
}

async function findSubscribers(context: CliContext, options: FindOptions): Promise<ExitCode> {
  const { inn, kpp, id, name } = options
  if ([inn, id, name].filter((one) => one !== undefined).length !== 1) {
    return reportUsage(context, 'нужно одно из --inn, --id, --name (give exactly one of them)')
  }
  const query = { inn, kpp, id, name }
  const answer = await ask(context, options, { method: 'GET', path: '/admin/v1/subscribers', query })
  if ('exit' in answer) return answer.exit
  const { items } = answer.value as AdminSubscribers
  return report(context, {
    json: { items },
    text: formatTable(columns, items, 'Ничего не найдено (nothing found)'),
  })
}

const columns: readonly Column<SubscriberView>[] = [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'ИНН', cell: ({ inn }) => inn },
  { head: 'КПП', cell: ({ kpp }) => kpp },
  { head: 'ОПЕРАТОР', cell: ({ operator }) => operator?.name },
  { head: 'ДОСТУПНОСТЬ', cell: ({ reachText }) => reachText.ru },
  { head: 'ПРИЧИНА', cell: ({ reason }) => reason?.code },
  { head: 'ДОСТАВКИ', cell: ({ activity }) => percentOf(activity.deliveredShare) },
  { head: 'ПОСЛЕДНЯЯ', cell: ({ activity }) => activity.lastTrafficAt },
  { head: 'ИСТОЧНИКИ', cell: ({ sources }) => sources.join(' ') },
  { head: 'ИМЯ', cell: ({ name }) => name },
]

function percentOf(share: number | null): string | null {
  return share === null ? null : `${Math.floor(share * 100)} %`
}

/** Rows go in groups; a call that was cut off may be made again, rows taken twice are the same rows. */
async function importFile(context: CliContext, file: string, options: OnlineOptions): Promise<ExitCode> {
  const total = { taken: 0, refused: 0 }
  const faults: AdminImported['refused'] = []
  const note = (refused: AdminImported['refused']) => {
    total.refused += refused.length
    faults.push(...refused.slice(0, Math.max(0, limits.importFaultsShownMax - faults.length)))
  }
  let rows: FileRow[] = []
  const send = async (): Promise<ExitCode | undefined> => {
    if (rows.length === 0) return undefined
    const answer = await ask(context, options, {
      method: 'POST',
      path: '/admin/v1/subscribers',
      body: { rows },
    })
    if ('exit' in answer) {
      if (!context.json) context.io.err(`Загружено до этого (taken before that): ${total.taken}\n`)
      return answer.exit
    }
    const { taken, refused } = answer.value as AdminImported
    total.taken += taken
    note(refused)
    rows = []
    return undefined
  }
  for await (const row of readSubscriberFile(file)) {
    if ('refusal' in row) {
      note([{ row: row.row, code: row.refusal.code, text: refusalText(row.refusal) }])
    } else if (rows.push(row) >= limits.importRowsMax) {
      const failed = await send()
      if (failed !== undefined) return failed
    }
  }
  const failed = await send()
  if (failed !== undefined) return failed
  const lines = faults.map(({ row, text }) => `строка (row) ${row}: ${text}`)
  const summary = `Загружено (taken): ${total.taken}, отказано (refused): ${total.refused}`
  return report(context, {
    json: { ...total, faults },
    text: [...lines, summary],
    exit: total.refused === 0 ? exitCodes.ok : exitCodes.refused,
  })
}
