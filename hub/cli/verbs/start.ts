// hub start: runs the hub in this process until a signal ends it.

import type { Command } from 'commander'
import { limits } from '../../../schemas/limits.ts'
import { printConfig, shownConfig } from '../../config/print.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { reportFailure } from '../failures.ts'
import { type ConfigOptions, settingsOf, withConfig } from '../online.ts'
import { runUntilSignal } from '../run-until-signal.ts'

type StartOptions = ConfigOptions & { printConfig?: boolean }

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
  try {
    const hub = await runUntilSignal({
      start: (end) => startHub(settings, { onLost: end }),
      stopWithinMs: settings.stop.graceMs + limits.stopClosingMs,
    })
    const { partnerAddress, internalAddress, portalAddress } = hub
    const json = {
      partnerAddress,
      internalAddress,
      portalAddress,
      dataFolder: settings.data.folder,
      pid: process.pid,
    }
    const text = [
      `Хаб принимает пакеты (the hub takes packages): ${partnerAddress}`,
      `API внутренних служб (internal API): ${internalAddress}/api/v1/docs`,
      `Портал приглашённых (portal of the invited): ${settings.portal.publicAddress ?? portalAddress}`,
      `Данные (data): ${settings.data.folder}`,
    ]
    return report(context, { json, text })
  } catch (error) {
    if (!(error instanceof HubNotStarted || error instanceof StartRefused)) throw error
    return reportFailure(context, { exit: exitCodes.refused, code: 'start.refused', text: error.message })
  }
}
