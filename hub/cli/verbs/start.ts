// hub start: runs the hub in this process until a signal ends it.

import closeWithGrace from 'close-with-grace'
import type { Command } from 'commander'
import { printConfig, shownConfig } from '../../config-print.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { reportFailure } from '../failures.ts'
import { type ConfigOptions, settingsOf, withConfig } from '../online.ts'

type StartOptions = ConfigOptions & { printConfig?: boolean }

// Closing adapters comes after the grace given to running work.
const closingMs = 10_000

/** Puts the verb on the command. */
export function define(command: Command, context: CliContext): void {
  withConfig(command)
    .option('--print-config', 'показать действующие настройки без секретов и выйти (settings in force)')
    .addHelpText(
      'after',
      '\nНастройки (settings): docs/generated/configuration.md; журнал работы — stderr, JSON',
    )
    .action(async (options: StartOptions) => {
      context.exitCode = await start(context, options)
    })
}

async function start(context: CliContext, options: StartOptions): Promise<ExitCode> {
  const loaded = settingsOf(context, options)
  if ('exit' in loaded) return loaded.exit
  const { settings, origins } = loaded.value
  if (options.printConfig === true) {
    return report(context, { json: shownConfig(settings), text: printConfig(settings, origins).trimEnd() })
  }
  const { HubNotStarted, startHub } = await import('../../build.ts')
  const { StartRefused } = await import('../../adapters/embedded-postgres/refused.ts')
  const { logFailure } = await import('../../../monitoring/log.ts')

  const started = Promise.withResolvers<{ stop(): Promise<void> }>()
  // The first signal ends the hub in order, also while it starts; the second one ends it at once.
  const grace = closeWithGrace(
    { delay: settings.stop.graceMs + closingMs, logger: false },
    async ({ err }) => {
      if (err !== undefined) logFailure(err, 'process')
      const hub = await started.promise.catch(() => undefined)
      await hub?.stop()
    },
  )
  try {
    const hub = await startHub(settings, { onLost: () => grace.close() })
    started.resolve(hub)
    report(context, {
      json: { partnerAddress: hub.partnerAddress, dataFolder: settings.data.folder, pid: process.pid },
      text: [
        `Хаб принимает пакеты (the hub takes packages): ${hub.partnerAddress}`,
        `Данные (data): ${settings.data.folder}`,
      ],
    })
  } catch (error) {
    started.reject(error)
    grace.uninstall()
    const isExpected =
      error instanceof HubNotStarted || error instanceof StartRefused || isAddressError(error)
    if (!isExpected) throw error
    return reportFailure(context, {
      exit: exitCodes.refused,
      code: 'start.refused',
      text: (error as Error).message,
    })
  }
  // The process lives on by what the hub listens to; close-with-grace ends it.
  return exitCodes.ok
}

/** A port that is taken, or an address that is not this machine's, is a matter of configuration. */
function isAddressError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen'
}
