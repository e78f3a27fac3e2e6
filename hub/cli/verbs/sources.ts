// hub sources: where a running hub fetches revocation lists, OCSP answers and the trust list, and how old they are.

import type { Command } from 'commander'
import type { AdminSource, AdminTrustList } from '../../../schemas/admin.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { reportFailure } from '../failures.ts'
import { ask, type OnlineOptions, withOnline } from '../online.ts'
import { type Column, formatTable } from '../table.ts'

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('list').description('все источники (all sources)')).action(
    async (options: OnlineOptions) => {
      context.exitCode = await listSources(context, options)
    },
  )
  withOnline(command.command('refresh [address]'))
    .description('обновить сейчас: все или один (fetch now, all or one)')
    .action(async (address: string | undefined, options: OnlineOptions) => {
      context.exitCode = await refreshSources(context, address, options)
    })
}

async function listSources(context: CliContext, options: OnlineOptions): Promise<ExitCode> {
  const answer = await ask(context, options, { method: 'GET', path: '/admin/v1/sources' })
  if ('exit' in answer) return answer.exit
  const { items, trustList } = answer.value as { items: AdminSource[]; trustList: AdminTrustList | null }
  return report(context, {
    json: { items, trustList },
    text: [listText(trustList), '', formatTable(columns, items, 'Источников нет (no sources)')],
  })
}

function listText(list: AdminTrustList | null): string {
  if (list === null) return 'Перечня аккредитованных центров нет (no trust list in use)'
  const { version, date, authorities, certificates, faults } = list
  const counts = `центров ${authorities} (authorities), сертификатов ${certificates} (certificates)`
  const left = faults === 0 ? '' : `, не прочитано ${faults} (unread)`
  return `Перечень аккредитованных центров (trust list): версия ${version} (version) от ${date}, ${counts}${left}`
}

const columns: readonly Column<AdminSource>[] = [
  { head: 'ВИД', cell: ({ kind }) => kind },
  { head: 'ИЗДАНИЕ', cell: ({ number }) => number },
  { head: 'ВЫПУЩЕНО', cell: ({ issuedAt }) => issuedAt },
  { head: 'ДО', cell: ({ nextAt }) => nextAt },
  { head: 'ПОЛУЧЕНО', cell: ({ succeededAt }) => succeededAt },
  { head: 'СЛЕДУЮЩИЙ РАЗ', cell: ({ dueAt }) => dueAt },
  { head: 'НЕУДАЧ', cell: ({ failures }) => String(failures) },
  { head: 'ОШИБКА', cell: ({ error }) => error },
  { head: 'АДРЕС', cell: ({ address }) => address },
]

async function refreshSources(
  context: CliContext,
  address: string | undefined,
  options: OnlineOptions,
): Promise<ExitCode> {
  const body = address === undefined ? {} : { address }
  const answer = await ask(context, options, { method: 'POST', path: '/admin/v1/sources/refresh', body })
  if ('exit' in answer) return answer.exit
  const { due } = answer.value as { due: number }
  if (due === 0) {
    const text = 'Такого источника нет (no such source)'
    return reportFailure(context, { exit: exitCodes.refused, code: 'cli.nothing', text })
  }
  return report(context, {
    json: { due },
    text: `Будет обновлено источников: ${due} (sources to be fetched)`,
  })
}
