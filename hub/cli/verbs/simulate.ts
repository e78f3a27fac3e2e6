// hub simulate: a partner operator that runs by itself, over HTTP or SFTP, and behaves as it is told.

import type { Command } from 'commander'
import { isRefusal } from '../../../schemas/refusals.ts'
import type { AlonePartner } from '../../simulate/alone/partner.ts'
import { behaviours } from '../../simulate/behaviours.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { guardFiles, reportFailure, reportRefusal, reportUsage } from '../failures.ts'
import { runUntilSignal } from '../run-until-signal.ts'
import { readSimulateOptions, type SimulateOptions, type Simulation } from '../simulate-options.ts'
import { makeReporter, type Reporter } from '../simulate-told.ts'
import { formatTable } from '../table.ts'

const stopWithinMs = 10_000

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  command
    .command('behaviours')
    .description('как партнёр может вести себя (the table of behaviours)')
    .action(() => {
      context.exitCode = listBehaviours(context)
    })
  command
    .command('partner')
    .description('партнёр сам по себе, до Ctrl-C (a partner by itself, until Ctrl-C)')
    .requiredOption('--code <code>', 'код оператора, три знака (operator code)')
    .option('--transport <name>', 'http или sftp', 'http')
    .option('--host <host>', 'на каком адресе слушать (where to listen)', '127.0.0.1')
    .option('--port <port>', 'порт; 0 — любой свободный (port, 0: any free one)', '0')
    .option('--folder <dir>', 'ключи, сертификаты, файлы SFTP, файл партнёра; иначе ./data-partner-<code>')
    .option('--hub <url>', 'адрес приёма пакетов хаба, для http (where its packages go)')
    .option('--hub-key <file>', 'открытые ключи SSH хаба, для sftp (public SSH keys of the hub)')
    .option('--signer <thumbprint...>', 'кто может подписывать пакеты, SHA-256; иначе любой (who may sign)')
    .option('--receipt-delay-ms <ms>', 'через сколько сообщать об обработке (until receipts are told)')
    .option('--behaviour <name>', 'поведение, см. hub simulate behaviours (behaviour)')
    .option('--for-packages <n>', 'на столько пакетов, потом ok (for so many packages, then ok)')
    .option('--for-ms <ms>', 'на столько времени, потом ok (for so long, then ok)')
    .option('--pause-ms <ms>', 'пауза поведений slow и late-answer (their pause)')
    .option('--send-every-ms <ms>', 'слать сообщение с документом так часто (send a message so often)')
    .option('--to <participant>', 'кому (to whom)')
    .option('--count <n>', 'сколько всего; иначе без конца (how many; for ever)')
    .action(async (options: SimulateOptions) => {
      context.exitCode = await guardFiles(context, () => runPartner(context, options))
    })
}

function listBehaviours(context: CliContext): ExitCode {
  const rows = Object.entries(behaviours).map(([name, row]) => ({ name, ...row }))
  const columns = [
    { head: 'ПОВЕДЕНИЕ', cell: ({ name }: (typeof rows)[number]) => name },
    { head: 'ЧТО ДЕЛАЕТ', cell: ({ ru }: (typeof rows)[number]) => ru },
    { head: 'WHAT IT DOES', cell: ({ about }: (typeof rows)[number]) => about },
  ]
  const json = rows.map(({ name, ru, about }) => ({ name, ru, en: about }))
  return report(context, { json, text: formatTable(columns, rows, '') })
}

async function runPartner(context: CliContext, given: SimulateOptions): Promise<ExitCode> {
  const read = await readSimulateOptions(given, context.io.cwd)
  if ('fault' in read) return reportUsage(context, read.fault)
  const reporter = makeReporter(context)
  try {
    const partner = await start(read, reporter)
    if (isRefusal(partner)) return reportRefusal(context, partner)
    return exitCodes.ok
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException
    if (syscall !== 'listen') throw error
    const text = `--host ${given.host} --port ${given.port}: нельзя слушать (cannot listen): ${code}`
    return reportFailure(context, { exit: exitCodes.usage, code: 'cli.port', text })
  }
}

/** Runs until a signal; a fault of the partner itself ends it as well. */
async function start(simulation: Simulation, reporter: Reporter) {
  const { startAlone, sendRegularly } = await import('../../simulate/alone/partner.ts')
  const closing = new AbortController()
  const running = await runUntilSignal({
    stopWithinMs,
    start: async () => {
      const partner = await startAlone({ ...simulation.partner, onTold: reporter.told })
      return { partner, stop: () => stop(partner, closing) }
    },
  })
  const { partner } = running
  if (isRefusal(partner)) return partner
  partner.operator.record.listen({ news: reporter.news, fault: failProcess })
  reporter.ready(partner, simulation)
  if (simulation.sending !== undefined) {
    const { signal } = closing
    sendRegularly(partner, { ...simulation.sending, onSent: reporter.sent, signal }).catch(
      (error: unknown) => {
        if (!closing.signal.aborted) failProcess(error)
      },
    )
  }
  return partner
}

async function stop(partner: AlonePartner | object, closing: AbortController): Promise<void> {
  closing.abort()
  if ('stop' in partner) await partner.stop()
}

/** The process ends by its handler of uncaught errors, in order and with the code of an internal fault. */
function failProcess(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
