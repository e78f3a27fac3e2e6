// hub demo: plays a story of two operators on a hub of its own; with --once ends after it.

import { chmodSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Fact, Narrator } from '../../demo/narrator.ts'
import type { Stage } from '../../demo/stage.ts'
import { type CliContext, type ExitCode, exitCodes } from '../context.ts'
import { reportFailure } from '../failures.ts'
import { runUntilSignal } from '../run-until-signal.ts'

type DemoOptions = { once?: boolean; data?: string; set?: string[] }
type Place = { dataFolder: string; isTemporary: boolean }

const stopWithinMs = 60_000
const folderByDefault = 'data-demo'

/** Puts the verb on the command. */
export function define(command: Command, context: CliContext): void {
  command
    .option('--once', 'закончить после показа; код 0, если всё произошло (end after the story)')
    .option('--data <dir>', `папка данных; иначе ./${folderByDefault}, а с --once временная (data folder)`)
    .option('--set <name=value>', 'настройка хаба (a setting of the hub), можно повторять', collect)
    .addHelpText(
      'after',
      '\nПеременные HUB_ и файл настроек здесь не читаются (HUB_ variables are not read).',
    )
    .action(async (options: DemoOptions) => {
      context.exitCode = await demo(context, options)
    })
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

async function demo(context: CliContext, options: DemoOptions): Promise<ExitCode> {
  const begunMs = performance.now()
  const { jsonNarrator, plainNarrator } = await import('../../demo/narrator.ts')
  const narrator = (context.json ? jsonNarrator : plainNarrator)(context.io.out)
  const place = choosePlace(context, options)
  try {
    narrator.open(place)
    const stage = await openStage(place, options)
    return await tell({ options, stage, narrator, begunMs, place })
  } catch (error) {
    removeTemporary(place)
    return await reportNotStarted(context, error)
  }
}

type Telling = { options: DemoOptions; stage: Stage; narrator: Narrator; begunMs: number; place: Place }

async function tell(of: Telling): Promise<ExitCode> {
  const { options, stage, narrator, begunMs, place } = of
  const { play } = await import('../../demo/play.ts')
  const { missed } = await play(stage, narrator, { begunMs, hints: hintsOf(options, stage) })
  if (options.once !== true) return missed.length === 0 ? exitCodes.ok : exitCodes.refused
  await stage.stop()
  // What did not happen was told; its data stay for whoever looks into it.
  if (missed.length > 0) return exitCodes.refused
  removeTemporary(place)
  return exitCodes.ok
}

/** A signal ends the demo in order at any time; an interrupted --once has not happened, so it is no success. */
async function openStage(place: Place, options: DemoOptions): Promise<Stage> {
  const { setStage } = await import('../../demo/stage.ts')
  const { dataFolder } = place
  return runUntilSignal({
    start: (end) => setStage({ dataFolder, overrides: options.set ?? [], onLost: end }),
    stopWithinMs,
    ...(options.once === true ? { signalExit: exitCodes.refused } : {}),
  })
}

function choosePlace(context: CliContext, { data, once }: DemoOptions): Place {
  if (data !== undefined || once !== true) {
    return { dataFolder: resolve(context.io.cwd, data ?? folderByDefault), isTemporary: false }
  }
  // Root's database runs under another account, which must be able to pass.
  const isOpen = (statSync(tmpdir()).mode & 0o001) !== 0
  const dataFolder = mkdtempSync(join(realpathSync(isOpen ? tmpdir() : '/var/tmp'), 'hub-demo-'))
  chmodSync(dataFolder, 0o711)
  return { dataFolder, isTemporary: true }
}

function removeTemporary({ isTemporary, dataFolder }: Place): void {
  if (isTemporary) rmSync(dataFolder, { recursive: true, force: true })
}

function hintsOf({ once }: DemoOptions, { dataFolder, hub }: Stage): Fact[] {
  if (once === true) return []
  const asks = `--address ${hub.adminAddress} --token-file '${join(dataFolder, 'admin.token')}'`
  return [
    ['приём пакетов (packages)', hub.partnerAddress],
    ['все сообщения (messages)', `npm run hub -- messages find ${asks}`],
    ['одно сообщение (a message)', `npm run hub -- messages show <ИдЛС> ${asks}`],
    ['данные (data)', dataFolder],
    ['остановить (stop)', 'Ctrl-C'],
  ]
}

async function reportNotStarted(context: CliContext, error: unknown): Promise<ExitCode> {
  const { HubNotStarted } = await import('../../build.ts')
  const { DemoNotStarted } = await import('../../demo/stage.ts')
  const { StartRefused } = await import('../../adapters/embedded-postgres/refused.ts')
  const expected = [HubNotStarted, DemoNotStarted, StartRefused]
  const isExpected = expected.some((kind) => error instanceof kind)
  if (!(isExpected && error instanceof Error)) throw error
  if (!context.json) {
    return reportFailure(context, { exit: exitCodes.refused, code: 'start.refused', text: error.message })
  }
  const line = { event: 'failed', error: { code: 'start.refused', text: error.message } }
  context.io.out(`${JSON.stringify(line)}\n`)
  return exitCodes.refused
}
