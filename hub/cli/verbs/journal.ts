// hub journal: export sealed blocks from a running hub, and verify an export without one.

import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { readExportLine } from '../../journal/export-form.ts'
import type { AdminQuestion } from '../admin-client.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { guardFiles, reportFailure, reportUsage } from '../failures.ts'
import { type OnlineOptions, stream, withOnline } from '../online.ts'

type ExportOptions = OnlineOptions & { from?: string; to?: string; out?: string }
type VerifyOptions = { signer?: string; anchor?: string }

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withOnline(command.command('export').description('выгрузить закрытые блоки журнала (sealed blocks)'))
    .option('--from <block>', 'с какого блока (first block)')
    .option('--to <block>', 'по какой блок (last block)')
    .option('--out <file>', 'куда; без него на стандартный вывод (else standard output)')
    .action(async (options: ExportOptions) => {
      context.exitCode = await exportJournal(context, options)
    })
  command
    .command('verify <file>')
    .description('проверить выгрузку: цепочку, записи, подписи; хаб не нужен (no running hub is needed)')
    .option('--signer <sha256>', 'отпечаток сертификата, которым подписан журнал (expected signer)')
    .option('--anchor <number:root>', 'блок, сохранённый отдельно: номер и корень (a block kept elsewhere)')
    .action(async (file: string, options: VerifyOptions) => {
      context.exitCode = await guardFiles(context, () => verifyJournal(context, file, options), file)
    })
}

async function exportJournal(context: CliContext, options: ExportOptions): Promise<ExitCode> {
  for (const name of ['from', 'to'] as const) {
    if (options[name] !== undefined && !/^[0-9]{1,15}$/.test(options[name])) {
      return reportUsage(context, `--${name}: нужен номер блока (a block number is expected)`)
    }
  }
  if (options.from !== undefined && options.to !== undefined && Number(options.from) > Number(options.to)) {
    const range = `--from ${options.from} --to ${options.to}`
    return reportUsage(context, `${range}: диапазон пуст (the range is empty)`)
  }
  const query = { from: options.from, to: options.to }
  const question = { method: 'GET', path: '/admin/v1/journal/blocks', query } as const
  if (options.out !== undefined) return guardFiles(context, () => exportToFile(context, options, question))
  const decoder = new TextDecoder()
  const sieve = holdEmpty(async (piece) => context.io.out(decoder.decode(piece, { stream: true })))
  const exit = await stream(context, options, question, sieve.take)
  return exit === exitCodes.ok && (await sieve.finish()) === 'empty' ? reportNothing(context, options) : exit
}

function reportNothing(context: CliContext, { from = '1', to = '' }: ExportOptions): ExitCode {
  const text = `Ничего не выгружено: закрытых блоков ${from}–${to} нет (nothing exported: no such sealed blocks)`
  return reportFailure(context, { exit: exitCodes.refused, code: 'cli.nothing', text })
}

type Take = (piece: Buffer) => Promise<void>

const firstLineBytesMax = 1000

/** Passes an export on as it comes, unless its first line says that no block follows: then nothing of it. */
function holdEmpty(take: Take): { take: Take; finish: () => Promise<'passed' | 'empty'> } {
  let held = Buffer.alloc(0)
  let state: 'first-line' | 'passed' | 'empty' = 'first-line'
  const pass = async () => {
    state = 'passed'
    await take(held)
  }
  return {
    take: async (piece) => {
      if (state === 'passed') return take(piece)
      if (state === 'empty') return
      held = Buffer.concat([held, piece])
      const end = held.indexOf('\n')
      if (end < 0 && held.length < firstLineBytesMax) return
      const line = readExportLine(held.toString('utf8', 0, Math.max(end, 0)))
      if (line.is === 'header' && line.to < line.from) state = 'empty'
      else await pass()
    },
    finish: async () => {
      if (state === 'first-line' && held.length > 0) await pass()
      return state === 'empty' ? 'empty' : 'passed'
    },
  }
}

/** Half an export must not look like one: the file gets its name only when it is whole. */
async function exportToFile(
  context: CliContext,
  options: ExportOptions,
  question: AdminQuestion,
): Promise<ExitCode> {
  const path = resolve(context.io.cwd, options.out ?? '')
  const draft = `${path}.part`
  let bytes = 0
  try {
    await using file = await open(draft, 'w')
    const sieve = holdEmpty(async (piece) => {
      bytes += piece.length
      await file.appendFile(piece)
    })
    const exit = await stream(context, options, question, sieve.take)
    if (exit !== exitCodes.ok) return exit
    if ((await sieve.finish()) === 'empty') return reportNothing(context, options)
    await file.sync()
    await rename(draft, path)
    return report(context, { json: { file: path, bytes }, text: `${path}: ${bytes}` })
  } finally {
    await rm(draft, { force: true })
  }
}

async function verifyJournal(context: CliContext, file: string, options: VerifyOptions): Promise<ExitCode> {
  const anchor =
    options.anchor === undefined ? undefined : /^([0-9]{1,15}):([0-9a-f]{64})$/i.exec(options.anchor)
  if (anchor === null) {
    return reportUsage(context, '--anchor: нужно номер:корень (number:root is expected)')
  }
  const { reportLines, verifyExportFile } = await import('../../journal/verify-file.ts')
  const result = await verifyExportFile(resolve(context.io.cwd, file), {
    ...(options.signer === undefined ? {} : { signer: options.signer.replace(/[:\s]/g, '').toLowerCase() }),
    ...(anchor === undefined
      ? {}
      : { anchor: { number: Number(anchor[1]), root: String(anchor[2]).toLowerCase() } }),
  })
  const exit = result.isSound ? exitCodes.ok : exitCodes.refused
  return report(context, { json: result, text: reportLines(result), exit })
}
