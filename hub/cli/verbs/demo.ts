// hub demo: plays a story of operators and a service on a hub of its own; with --once ends after it.

import { chmodSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Fact, Narrator } from '../../demo/narrator.ts'
import type { Played } from '../../demo/play.ts'
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
  const course: Course = {
    options,
    narrator,
    begunMs,
    place: choosePlace(context, options),
    interrupted: new AbortController(),
    played: undefined,
  }
  try {
    return await tell(course, await openStage(course))
  } catch (error) {
    removeTemporary(course.place)
    return await reportNotStarted(context, error)
  }
}

/** How far a demo is. */
type Course = {
  options: DemoOptions
  narrator: Narrator
  begunMs: number
  place: Place
  /** Aborted when something other than the story ends the demo. */
  interrupted: AbortController
  /** Set once the story was told to its end. */
  played: Played | undefined
}

async function tell(course: Course, stage: Stage): Promise<ExitCode> {
  const { options, narrator, begunMs, place, interrupted } = course
  const { play } = await import('../../demo/play.ts')
  const { signal } = interrupted
  const played = await play(stage, narrator, { begunMs, hints: hintsOf(options, stage), signal })
  // Whatever ends the demo now says how, and the process ends by it.
  if (signal.aborted) return exitCodes.refused
  course.played = played
  if (options.once === true) {
    await stage.stop()
    if (isWhole(course)) removeTemporary(place)
  }
  return isWhole(course) ? exitCodes.ok : exitCodes.refused
}

function isWhole({ played }: Course): boolean {
  return played?.missed.length === 0
}

/**
 * A signal ends the demo in order at any time; an interrupted --once has not happened, so it is no success. Once its
 * story was told to the end it is ending by itself: a signal changes neither what was told nor how it ends.
 */
async function openStage(course: Course): Promise<Stage> {
  const { options, narrator, place, interrupted } = course
  const isEnding = () => options.once === true && course.played !== undefined
  return runUntilSignal({
    // Told and loaded in here, so that a signal that comes meanwhile finds somebody to take it.
    start: async (end) => {
      narrator.open(place)
      const { setStage } = await import('../../demo/stage.ts')
      return setStage({ dataFolder: place.dataFolder, overrides: options.set ?? [], onLost: end })
    },
    stopWithinMs,
    onEnding(cause) {
      if (isEnding()) return
      interrupted.abort()
      narrator.stopping(cause)
    },
    onStopped() {
      // What did not happen was told; its data stay for whoever looks into it.
      if (course.played === undefined || isWhole(course)) removeTemporary(place)
    },
    signalExit: () => (options.once === true && !isWhole(course) ? exitCodes.refused : exitCodes.ok),
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
  // A step of the story that was cut off may still be writing.
  if (isTemporary) rmSync(dataFolder, { recursive: true, force: true, maxRetries: 3 })
}

function hintsOf({ once }: DemoOptions, { dataFolder, hub, apiKey, c }: Stage): Fact[] {
  if (once === true) return []
  const asks = `--address ${hub.adminAddress} --token-file '${join(dataFolder, 'admin.token')}'`
  return [
    ['приём пакетов (packages)', hub.partnerAddress],
    ['все сообщения (messages)', `npm run hub -- messages find ${asks}`],
    ['одно сообщение (a message)', `npm run hub -- messages show <ИдЛС> ${asks}`],
    ['API служб, страницы (API pages)', `${hub.internalAddress}/api/v1/docs`],
    ['ключ службы (its key)', apiKey],
    ['письма (letters)', `npm run hub -- mail list ${asks}`],
    ['файлы SFTP оператора В (SFTP files)', c.operator.sftp.folder],
    ['данные (data)', dataFolder],
    ['остановить (stop)', 'Ctrl-C'],
  ]
}

async function reportNotStarted(context: CliContext, error: unknown): Promise<ExitCode> {
  const { HubNotStarted } = await import('../../build.ts')
  const { DemoNotStarted } = await import('../../demo/sides.ts')
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
