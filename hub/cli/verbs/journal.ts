// hub journal: export sealed blocks from a running hub, and verify an export without one.

import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { AdminQuestion } from '../admin-client.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { guardFiles, reportUsage } from '../failures.ts'
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
      context.exitCode = await guardFiles(context, () => verifyJournal(context, file, options))
    })
}

async function exportJournal(context: CliContext, options: ExportOptions): Promise<ExitCode> {
  for (const name of ['from', 'to'] as const) {
    if (options[name] !== undefined && !/^[0-9]{1,15}$/.test(options[name])) {
      return reportUsage(context, `--${name}: нужен номер блока (a block number is expected)`)
    }
  }
  const query = { from: options.from, to: options.to }
  const question = { method: 'GET', path: '/admin/v1/journal/blocks', query } as const
  if (options.out !== undefined) return guardFiles(context, () => exportToFile(context, options, question))
  const decoder = new TextDecoder()
  return stream(context, options, question, async (piece) =>
    context.io.out(decoder.decode(piece, { stream: true })),
  )
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
    const exit = await stream(context, options, question, async (piece) => {
      bytes += piece.length
      await file.appendFile(piece)
    })
    if (exit !== exitCodes.ok) return exit
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
