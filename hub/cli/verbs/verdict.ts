// hub verdict: shows what the signatures of a message are worth, and judges the frozen facts again.

import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { AdminRecheck, AdminVerdict } from '../../../schemas/admin.ts'
import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { MessageVerdict } from '../../../schemas/verdict/verdict.ts'
import { reportOf } from '../../trust/verdict/report.ts'
import { reportPage, reportText } from '../../trust/verdict/report-text.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { ask, type OnlineOptions, withOnline } from '../online.ts'

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('show <id>').description('протокол проверки подписей (the protocol)'))
    .option('--html <file>', 'записать страницу для печати (write it as a page)')
    .action(async (id: string, options: OnlineOptions & { html?: string }) => {
      context.exitCode = await show(context, id, options)
    })
  withOnline(
    command
      .command('recheck <id>')
      .description('вынести заключение заново по сохранённым фактам (judge the frozen facts again)'),
  ).action(async (id: string, options: OnlineOptions) => {
    context.exitCode = await recheck(context, id, options)
  })
}

function path(id: string, rest = ''): string {
  return `/admin/v1/messages/${encodeURIComponent(id)}/verdict${rest}`
}

async function show(
  context: CliContext,
  id: string,
  options: OnlineOptions & { html?: string },
): Promise<ExitCode> {
  const answer = await ask(context, options, { method: 'GET', path: path(id) })
  if ('exit' in answer) return answer.exit
  const found = answer.value as AdminVerdict
  const facts = found.facts as MessageFacts
  const { message, sender, receivedAt } = facts
  const about = { message, sender, receivedAt, judgedAt: found.judgedAt }
  const told = reportOf(found.verdict as MessageVerdict, about, facts)
  if (options.html !== undefined) {
    await writeFile(resolve(context.io.cwd, options.html), reportPage(told), { flag: 'wx' })
  }
  return report(context, { json: found, text: reportText(told) })
}

async function recheck(context: CliContext, id: string, options: OnlineOptions): Promise<ExitCode> {
  const answer = await ask(context, options, { method: 'GET', path: path(id, '/recheck') })
  if ('exit' in answer) return answer.exit
  const { same, unchanged, isInJournal, missingChains, message } = answer.value as AdminRecheck
  const text = [
    `${message}: ${same ? 'то же заключение (the same verdict)' : 'другое заключение (another verdict)'}`,
    unchanged
      ? 'Факты и заключение не изменены (facts and verdict have their digest)'
      : 'Факты или заключение изменены (facts or verdict were changed)',
    isInJournal
      ? 'Журнал хранит тот же отпечаток (the journal has the same digest)'
      : 'В журнале такого отпечатка нет (the journal has no such digest)',
    ...missingChains.map((name) => `Нет цепочки (a chain is missing): ${name}`),
  ]
  const exit = same && unchanged && isInJournal ? exitCodes.ok : exitCodes.refused
  return report(context, { json: answer.value, text, exit })
}
