// hub overview: what is under way at a running hub, what waits for a person, which peers lag behind.

import type { Command } from 'commander'
import { messageMachine } from '../../../routing/machines/message.ts'
import type { AdminCount, AdminOverview } from '../../../schemas/admin.ts'
import { type CliContext, type ExitCode, report } from '../context.ts'
import { ask, type OnlineOptions, withOnline } from '../online.ts'
import { type Column, formatFacts, formatTable } from '../table.ts'

/** Adds the action. */
export function define(command: Command, context: CliContext): void {
  withOnline(command).action(async (options: OnlineOptions) => {
    context.exitCode = await showOverview(context, options)
  })
}

async function showOverview(context: CliContext, options: OnlineOptions): Promise<ExitCode> {
  const answer = await ask(context, options, { method: 'GET', path: '/admin/v1/overview' })
  if ('exit' in answer) return answer.exit
  const overview = answer.value as AdminOverview
  const facts = formatFacts([
    ['Время (at)', overview.at],
    ['В работе (claimed)', countText(overview.claimed)],
    ['Задержано пакетов (held packages)', countText(overview.heldPackages)],
    ['Вне блоков журнала (unsealed)', countText(overview.unsealedEntries)],
    ['Источники доверия (sources)', sourcesText(overview.sources)],
    ['Издание источников (edition)', editionText(overview.sources)],
    ['Дольше всех молчит (silent)', silentText(overview.sources)],
  ])
  const text = [
    facts,
    '',
    formatTable(stateColumns, overview.states, ''),
    '',
    formatTable(hopColumns, overview.hops, ''),
    '',
    formatTable(laneColumns, overview.lanes, 'Очередей нет (no lanes)'),
  ]
  return report(context, { json: overview, text })
}

function countText({ count, more }: AdminCount): string {
  return more ? `> ${count}` : String(count)
}

function sourcesText({ states }: AdminOverview['sources']): string {
  return states.map(({ state, count }) => `${state} ${count}`).join(', ') || 'нет (none)'
}

function editionText({ edition, oldestIssuedAt }: AdminOverview['sources']): string {
  return oldestIssuedAt === null ? String(edition) : `${edition}, старейшее от (oldest of) ${oldestIssuedAt}`
}

function silentText({ silent }: AdminOverview['sources']): string {
  if (silent === null) return 'нет (none)'
  return `${silent.kind} ${silent.address} с (since) ${silent.since} ${silent.error ?? ''}`.trim()
}

const labels: Readonly<Record<string, { ru: string }>> = messageMachine.states

const stateColumns: readonly Column<AdminOverview['states'][number]>[] = [
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'СООБЩЕНИЙ', cell: countText },
  { head: 'ЧТО ЭТО', cell: ({ state }) => labels[state]?.ru },
]

const hopColumns: readonly Column<AdminOverview['hops'][number]>[] = [
  { head: 'ПЕРЕХОД', cell: ({ hop }) => hop },
  { head: 'РАБОТ', cell: countText },
  { head: 'СРОК ПЕРВОЙ', cell: ({ oldestDueAt }) => oldestDueAt },
]

const laneColumns: readonly Column<AdminOverview['lanes'][number]>[] = [
  { head: 'ПЕРЕХОД', cell: ({ hop }) => hop },
  { head: 'ОЧЕРЕДЬ', cell: ({ lane }) => lane },
  { head: 'РАБОТ', cell: countText },
  { head: 'СРОК ПЕРВОЙ', cell: ({ oldestDueAt }) => oldestDueAt },
]
