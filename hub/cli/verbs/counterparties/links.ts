// hub links: how many links open each day, how quickly and by whose hand, and why others do not.

import type { Command } from 'commander'
import type { AdminLinkDay, AdminLinkMeasures } from '../../../../schemas/admin.ts'
import { type CliContext, type ExitCode, report } from '../../context.ts'
import { ask, type OnlineOptions, withOnline } from '../../online.ts'
import { type Column, formatTable } from '../../table.ts'

type Options = OnlineOptions & { from?: string; to?: string }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('measures'))
    .description('связи по дням, UTC (links by day)')
    .option('--from <day>', 'с дня гггг-мм-дд (from the day), 30 дней назад')
    .option('--to <day>', 'по день (to the day), сегодня')
    .action(async (options: Options) => {
      context.exitCode = await showMeasures(context, options)
    })
}

async function showMeasures(context: CliContext, options: Options): Promise<ExitCode> {
  const { from, to } = options
  const query = new URLSearchParams({ ...(from && { from }), ...(to && { to }) })
  const answer = await ask(context, options, { method: 'GET', path: `/admin/v1/links/measures?${query}` })
  if ('exit' in answer) return answer.exit
  const measures = answer.value as AdminLinkMeasures
  const { requests, invites } = measures.waiting
  return report(context, {
    json: measures,
    text: [
      formatTable(columns, measures.days, 'За эти дни ничего (nothing in these days)'),
      '',
      `Ждут ответа (waiting): приглашений между абонентами ${requests} (requests), наших служб ${invites} (invites)`,
    ],
  })
}

const secondMs = 1000
const columns: readonly Column<AdminLinkDay>[] = [
  { head: 'ДЕНЬ', cell: ({ day }) => day },
  { head: 'НОВЫХ СВЯЗЕЙ', cell: ({ opened }) => String(opened) },
  { head: 'ТРАНЗИТ', cell: ({ transit }) => String(transit) },
  {
    head: 'САМИ, %',
    cell: ({ automaticShare }) => (automaticShare === null ? null : String(Math.round(automaticShare * 100))),
  },
  {
    head: 'ДО СВЯЗИ, С',
    cell: ({ meanMs }) => (meanMs === null ? null : String(Math.round(meanMs / secondMs))),
  },
  {
    head: 'ОТКАЗЫ',
    cell: ({ refusals }) => refusals.map(({ what, count }) => `${what} ${count}`).join(', ') || null,
  },
]
