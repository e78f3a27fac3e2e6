// hub partners: the operators and peers of a running hub: list, show, check the way to a participant, change.

import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import type {
  AdminCheckAnswer,
  AdminCheckQuestion,
  AdminPage,
  AdminPartner,
  AdminPartnersApplied,
} from '../../../schemas/admin.ts'
import { limits } from '../../../schemas/limits.ts'
import { refusalText, refuse } from '../../../schemas/refusals.ts'
import { faultsOfPartnerFile } from '../check-partner-file.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { guardFiles, reportFailure, reportRefusal, reportUsage } from '../failures.ts'
import { ask, type OnlineOptions, withOnline } from '../online.ts'
import { type Column, formatTable } from '../table.ts'

type ApplyOptions = OnlineOptions & { reason?: string; dryRun?: boolean }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('list').description('все узлы (all peers)')).action(
    async (options: OnlineOptions) => {
      context.exitCode = await listPartners(context, options)
    },
  )
  withOnline(command.command('show <id>').description('всё об узле (one peer, whole)')).action(
    async (id: string, options: OnlineOptions) => {
      context.exitCode = await showPartner(context, id, options)
    },
  )
  withOnline(command.command('check <participant>'))
    .description('чей это участник и дойдёт ли до него сообщение; код 1 — не дойдёт (would a message arrive)')
    .option('--from <participant>', 'от кого (from whom)')
    .action(async (participant: string, options: OnlineOptions & { from?: string }) => {
      context.exitCode = await checkPartner(context, { participant, from: options.from, options })
    })
  withOnline(command.command('apply <file>'))
    .description('внести операторов, узлы и права из файла YAML или JSON (apply a partner file)')
    .option('--reason <text>', 'почему; нужно, остаётся в истории (why; needed, kept in the history)')
    .option('--dry-run', 'только проверить файл, хаб не нужен (only check the file)')
    .action(async (file: string, options: ApplyOptions) => {
      context.exitCode = await guardFiles(context, () => applyPartners(context, file, options), file)
    })
  withOnline(command.command('state <id> <state>'))
    .description('включить, приостановить или остановить обмен: active, suspended, inactive (the exchange)')
    .requiredOption('--reason <text>', 'почему; остаётся в истории (why; kept in the history)')
    .action(async (id: string, state: string, options: OnlineOptions & { reason: string }) => {
      context.exitCode = await setState(context, { id, state, options })
    })
}

const peersShownMax = 10_000

async function listPartners(context: CliContext, options: OnlineOptions): Promise<ExitCode> {
  const page: AdminPage<AdminPartner> = { items: [], next: null }
  let after: string | undefined
  do {
    const query = { limit: String(limits.pageRowsMax), after }
    const answer = await ask(context, options, { method: 'GET', path: '/admin/v1/partners', query })
    if ('exit' in answer) return answer.exit
    const { items, next } = answer.value as AdminPage<AdminPartner>
    page.items.push(...items)
    after = next ?? undefined
  } while (after !== undefined && page.items.length < peersShownMax)
  return report(context, { json: page, text: formatTable(columns, page.items, 'Узлов нет (no peers)') })
}

const columns: readonly Column<AdminPartner>[] = [
  { head: 'УЗЕЛ', cell: ({ id }) => id },
  { head: 'СОСТОЯНИЕ', cell: ({ state }) => state },
  { head: 'КОДЫ', cell: ({ codes }) => codes.join(' ') },
  { head: 'ДИАЛЕКТ', cell: ({ dialect }) => dialect },
  { head: 'АДРЕС', cell: ({ address }) => address },
  { head: 'НАЗВАНИЕ', cell: ({ name }) => name },
]

async function showPartner(context: CliContext, id: string, options: OnlineOptions): Promise<ExitCode> {
  const answer = await ask(context, options, {
    method: 'GET',
    path: `/admin/v1/partners/${encodeURIComponent(id)}`,
  })
  if ('exit' in answer) return answer.exit
  // The whole row is settings, so its best form for a person is the form it is written in.
  const { stringify } = await import('yaml')
  return report(context, { json: answer.value, text: stringify(answer.value, { lineWidth: 0 }).trimEnd() })
}

async function checkPartner(
  context: CliContext,
  question: { participant: string; from: string | undefined; options: OnlineOptions },
): Promise<ExitCode> {
  const { participant, from, options } = question
  const body: AdminCheckQuestion = from === undefined ? { participant } : { participant, from }
  const answer = await ask(context, options, { method: 'POST', path: '/admin/v1/partners/check', body })
  if ('exit' in answer) return answer.exit
  const check = answer.value as AdminCheckAnswer
  const exit = check.exchange === 'none' ? exitCodes.refused : exitCodes.ok
  return report(context, { json: check, text: check.text, exit })
}

async function applyPartners(context: CliContext, file: string, options: ApplyOptions): Promise<ExitCode> {
  if (options.dryRun !== true && (options.reason ?? '').trim() === '') {
    return reportUsage(context, '--reason: почему, остаётся в истории; не нужно с --dry-run (why: is needed)')
  }
  const path = resolve(context.io.cwd, file)
  const { size } = await stat(path)
  if (size > limits.adminBodyBytesMax)
    return reportRefusal(context, refuse('partner.invalid', `${size} bytes`, file))
  const { readSeed } = await import('../../partners/seed.ts')
  const read = readSeed(basename(file), await readFile(path, 'utf8'))
  const found = Array.isArray(read) ? read : faultsOfPartnerFile(read, basename(file))
  if (found.length > 0) {
    const faults = found.map(refusalText).join('\n')
    return reportFailure(context, { exit: exitCodes.refused, code: 'partner.invalid', text: faults })
  }
  if (options.dryRun === true)
    return report(context, { json: read, text: `${file}: верно (the file is well-formed)` })
  const answer = await ask(context, options, {
    method: 'POST',
    path: '/admin/v1/partners/apply',
    query: { reason: options.reason },
    body: read,
  })
  if ('exit' in answer) return answer.exit
  return reportApplied(context, answer.value as AdminPartnersApplied)
}

async function setState(
  context: CliContext,
  { id, state, options }: { id: string; state: string; options: OnlineOptions & { reason: string } },
): Promise<ExitCode> {
  const answer = await ask(context, options, {
    method: 'POST',
    path: `/admin/v1/partners/${encodeURIComponent(id)}/state`,
    body: { state, reason: options.reason },
  })
  return 'exit' in answer ? answer.exit : reportApplied(context, answer.value as AdminPartnersApplied)
}

function reportApplied(context: CliContext, applied: AdminPartnersApplied): ExitCode {
  const { edition, changes } = applied
  const lines = changes.map(({ kind, key }) => `  ${kind} ${key}`)
  const head = changes.length === 0 ? 'Изменений нет (no changes)' : `Изменений (changes): ${changes.length}`
  return report(context, { json: applied, text: [`${head}; издание (edition) ${edition}`, ...lines] })
}
