// hub invitations: invitations of home subscribers at a running hub: which there are, and what happened to one.

import type { Command } from 'commander'
import type { AdminInvitation, AdminInvitationCard } from '../../../../schemas/links/admin.ts'
import { type CliContext, type ExitCode, report } from '../../context.ts'
import { ask, type OnlineOptions, withOnline } from '../../online.ts'
import { type Column, formatFacts, formatTable } from '../../table.ts'

type ListOptions = OnlineOptions & { home?: string; state?: string }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('list').description('последние приглашения, новые сверху (newest first)'))
    .option('--home <code>', 'только этого кода (of this home code)')
    .option('--state <state>', 'только в этом состоянии (in this state)')
    .action(async (options: ListOptions) => {
      context.exitCode = await listInvitations(context, options)
    })
  withOnline(command.command('show <id>'))
    .description('одно приглашение и что с ним было (one, and what happened to it)')
    .action(async (id: string, options: OnlineOptions) => {
      context.exitCode = await showInvitation(context, id, options)
    })
}

async function listInvitations(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const { home, state } = options
  const query = new URLSearchParams({
    ...(home === undefined ? {} : { home }),
    ...(state === undefined ? {} : { state }),
  })
  const path = query.size === 0 ? '/admin/v1/invitations' : `/admin/v1/invitations?${query}`
  const answer = await ask(context, options, { method: 'GET', path })
  if ('exit' in answer) return answer.exit
  const { items } = answer.value as { items: AdminInvitation[] }
  return report(context, {
    json: { items },
    text: formatTable(columns, items, 'Приглашений нет (no invitations)'),
  })
}

const columns: readonly Column<AdminInvitation>[] = [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'ОТ КОГО', cell: ({ sender }) => sender },
  { head: 'КОМУ', cell: ({ counterparty }) => counterparty },
  { head: 'ПИСЬМО', cell: ({ letter }) => letter },
  { head: 'СОЗДАНО', cell: ({ madeAt }) => madeAt },
  { head: 'ЖДЁМ ДО', cell: ({ deadlineAt }) => deadlineAt },
]

async function showInvitation(context: CliContext, id: string, options: OnlineOptions): Promise<ExitCode> {
  const path = `/admin/v1/invitations/${encodeURIComponent(id)}`
  const answer = await ask(context, options, { method: 'GET', path })
  if ('exit' in answer) return answer.exit
  const card = answer.value as AdminInvitationCard
  return report(context, {
    json: card,
    text: [factsOf(card), '', formatTable(eventColumns, card.events, 'Событий нет (no events)')],
  })
}

function factsOf(card: AdminInvitationCard): string {
  const last = card.claims.at(0)
  return formatFacts([
    ['id', card.id],
    ['код (home)', card.home],
    ['состояние (state)', `${card.state}: ${card.stateText}`],
    ['причина (reason)', card.reason],
    ['от кого (from)', card.sender],
    ['кому (to)', card.counterparty],
    ['связь (link)', card.link?.status],
    ['сообщение (message)', card.saidBy],
    ['ждут связи (waiting messages)', card.waitingMessages],
    ['письма (letters)', card.letters.map(({ kind, state }) => `${kind}: ${state}`).join(', ')],
    ['ссылок (claim links)', card.claims.length],
    ['ссылка действует до (valid until)', last?.expiresAt],
    ['ждём ответа до (deadline)', card.deadlineAt],
  ])
}

const eventColumns: readonly Column<AdminInvitationCard['events'][number]>[] = [
  { head: 'КОГДА', cell: ({ at }) => at },
  { head: 'СОБЫТИЕ', cell: ({ news }) => news },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'ПРИЧИНА', cell: ({ reason }) => reason },
]
