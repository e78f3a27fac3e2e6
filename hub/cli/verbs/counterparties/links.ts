// hub links: what two subscribers said to each other, how many links open each day, and why others do not.

import type { Command } from 'commander'
import type {
  AdminLink,
  AdminLinkCard,
  AdminLinkDay,
  AdminLinkMeasures,
  AdminLinksBackfilled,
} from '../../../../schemas/links/admin.ts'
import { type CliContext, type ExitCode, report } from '../../context.ts'
import { ask, type OnlineOptions, withOnline } from '../../online.ts'
import { type Column, formatFacts, formatTable } from '../../table.ts'

type Options = OnlineOptions & { from?: string; to?: string }
type BackfillOptions = OnlineOptions & { dryRun?: boolean }
type ListOptions = OnlineOptions & { participant: string; status?: string }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('measures'))
    .description('связи по дням, UTC (links by day)')
    .option('--from <day>', 'с дня гггг-мм-дд (from the day), 30 дней назад')
    .option('--to <day>', 'по день (to the day), сегодня')
    .action(async (options: Options) => {
      context.exitCode = await showMeasures(context, options)
    })
  withOnline(command.command('list'))
    .description('связи участника, новые сверху (links of a participant, newest first)')
    .requiredOption('--participant <id>', 'чьи (whose)')
    .option('--status <status>', 'только такие для него (only those, as it sees them)')
    .action(async (options: ListOptions) => {
      context.exitCode = await listLinks(context, options)
    })
  withOnline(command.command('show <id>'))
    .description('одна связь: что сказано и что произошло (one, what was said and what came of it)')
    .action(async (id: string, options: OnlineOptions) => {
      context.exitCode = await showLink(context, id, options)
    })
  withOnline(command.command('backfill'))
    .description(
      'приглашения, доставленные до учёта связей (say to the links what was delivered before they were kept)',
    )
    .option('--dry-run', 'только посчитать (count only)')
    .action(async (options: BackfillOptions) => {
      context.exitCode = await backfill(context, options)
    })
}

async function showMeasures(context: CliContext, options: Options): Promise<ExitCode> {
  const { from, to } = options
  const query = new URLSearchParams({ ...(from && { from }), ...(to && { to }) })
  const answer = await ask(context, options, { method: 'GET', path: `/admin/v1/links/measures?${query}` })
  if ('exit' in answer) return answer.exit
  const measures = answer.value as AdminLinkMeasures
  const { requests, invites, messages } = measures.waiting
  return report(context, {
    json: measures,
    text: [
      formatTable(columns, measures.days, 'За эти дни ничего нет (nothing in these days)'),
      '',
      `Ждут ответа (waiting): приглашений между абонентами ${requests} (requests), наших служб ${invites} (invites)`,
      ...messages.map(
        ({ home, count, oldestAt }) =>
          `Ждут связи (messages waiting): ${home ?? 'транзит (transit)'} — ${count}, с (since) ${oldestAt}`,
      ),
    ],
  })
}

const secondMs = 1000
const columns: readonly Column<AdminLinkDay>[] = [
  { head: 'ДЕНЬ', cell: ({ day }) => day },
  { head: 'НОВЫХ СВЯЗЕЙ', cell: ({ opened }) => String(opened) },
  { head: 'ТРАНЗИТ', cell: ({ transit }) => String(transit) },
  { head: 'ПРИГЛАШЕНИЙ', cell: ({ made }) => String(made) },
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

async function listLinks(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const { participant, status } = options
  const query = new URLSearchParams({ participant, ...(status && { status }) })
  const answer = await ask(context, options, { method: 'GET', path: `/admin/v1/links?${query}` })
  if ('exit' in answer) return answer.exit
  const { items } = answer.value as { items: AdminLink[] }
  return report(context, {
    json: { items },
    text: formatTable(linkColumns, items, 'Связей нет (no links)'),
  })
}

const linkColumns: readonly Column<AdminLink>[] = [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'ПЕРВЫЙ', cell: ({ first }) => first },
  { head: 'ВТОРОЙ', cell: ({ second }) => second },
  { head: 'КЛЕТКА', cell: ({ cell }) => cell },
  { head: 'ИЗМЕНЕНА', cell: ({ changedAt }) => changedAt },
]

async function showLink(context: CliContext, id: string, options: OnlineOptions): Promise<ExitCode> {
  const path = `/admin/v1/links/${encodeURIComponent(id)}`
  const answer = await ask(context, options, { method: 'GET', path })
  if ('exit' in answer) return answer.exit
  const card = answer.value as AdminLinkCard
  return report(context, {
    json: card,
    text: [
      formatFacts([
        ['id', card.id],
        ['первый (first)', card.first],
        ['второй (second)', card.second],
        ['клетка (cell)', `${card.cell}: ${card.cellText}`],
        ['связь с (linked since)', card.linkedAt],
        ['ждём до (deadline)', card.deadlineAt],
      ]),
      '',
      formatTable(sayingColumns, card.sayings, 'Ничего не сказано (nothing was said)'),
      '',
      formatTable(eventColumns, card.events, 'Событий нет (no events)'),
      '',
      formatTable(inviteColumns, card.invitations, 'Приглашений нет (no invitations)'),
    ],
  })
}

const sayingColumns: readonly Column<AdminLinkCard['sayings'][number]>[] = [
  { head: 'КТО', cell: ({ by }) => by },
  { head: 'ЧТО', cell: ({ type }) => type },
  { head: 'ОТПРАВЛЕНО', cell: ({ sentAt }) => sentAt },
  { head: 'УЗНАЛИ', cell: ({ heardAt }) => heardAt },
  { head: 'СООБЩЕНИЕ', cell: ({ message }) => message },
]

const eventColumns: readonly Column<AdminLinkCard['events'][number]>[] = [
  { head: 'КОГДА', cell: ({ at }) => at },
  { head: 'СОБЫТИЕ', cell: ({ news }) => news },
  { head: 'КТО', cell: ({ saidBy }) => saidBy },
  { head: 'КЛЕТКА', cell: ({ cell }) => cell },
]

const inviteColumns: readonly Column<AdminLinkCard['invitations'][number]>[] = [
  { head: 'ПРИГЛАШЕНИЕ', cell: ({ id }) => id },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'ОТ КОГО', cell: ({ sender }) => sender },
  { head: 'КОМУ', cell: ({ counterparty }) => counterparty },
]

/** The hub does a bounded number at a time. A run that was cut off is begun again: what is said is said once. */
async function backfill(context: CliContext, options: BackfillOptions): Promise<ExitCode> {
  const isTrial = options.dryRun === true
  const total = { looked: 0, said: 0, links: 0 }
  let after: string | null = null
  do {
    const body = { isTrial, ...(after !== null && { after }) }
    const answer = await ask(context, options, { method: 'POST', path: '/admin/v1/links/backfill', body })
    if ('exit' in answer) return answer.exit
    const done = answer.value as AdminLinksBackfilled
    total.looked += done.looked
    total.said += done.said
    total.links += done.links
    after = done.after
  } while (after !== null)
  const { looked, said, links } = total
  const what = isTrial ? 'Было бы учтено (would be said)' : 'Учтено (said)'
  const text = `${what}: ${said}, связей (links): ${links}, просмотрено приглашений (looked through): ${looked}`
  return report(context, { json: { ...total, isTrial }, text })
}
