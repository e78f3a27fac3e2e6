// Runs something until a signal ends it in order; a second signal, an error or the end of patience ends it at once.

import { logFailure } from '../../monitoring/log.ts'
import { type ExitCode, exitCodes } from './context.ts'

/** What runs. `stop` is called once, also when the start is still under way. */
export type Stoppable = { stop(): Promise<unknown> }

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
// A terminal, a supervisor and the starter may each bring the same signal: it is one wish, not an impatient second one.
const sameSignalMs = 1000

/**
 * Starts and stays until a signal comes or `end` is called, then stops and ends the process: with 0 (or `signalExit`)
 * when all was stopped, else with 4. Rejects when the start does. `stopWithinMs` bounds the stop.
 */
export async function runUntilSignal<Running extends Stoppable>(options: {
  start(end: () => void): Promise<Running>
  stopWithinMs: number
  /** For work that was to end by itself: a signal then means that it did not. */
  signalExit?: ExitCode
}): Promise<Running> {
  const { signalExit = exitCodes.ok } = options
  let running: Promise<Running> | undefined
  let endingSince: number | undefined
  const end = (exitCode: number) => {
    if (endingSince === undefined) {
      endingSince = performance.now()
      setTimeout(() => process.exit(exitCodes.internal), options.stopWithinMs).unref()
      void stopAndExit(running, exitCode)
    } else if (exitCode === exitCodes.internal || performance.now() - endingSince > sameSignalMs) {
      process.exit(exitCodes.internal)
    }
  }
  const onSignal = () => end(signalExit)
  const onError = (error: unknown) => {
    logFailure(error, 'process')
    end(exitCodes.internal)
  }
  for (const signal of signals) process.on(signal, onSignal)
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  try {
    running = options.start(onSignal)
    return await running
  } catch (error) {
    for (const signal of signals) process.removeListener(signal, onSignal)
    process.removeListener('uncaughtException', onError)
    process.removeListener('unhandledRejection', onError)
    throw error
  }
}

async function stopAndExit(running: Promise<Stoppable> | undefined, exitCode: number): Promise<void> {
  try {
    const started = await running
    await started?.stop()
    process.exit(exitCode)
  } catch (error) {
    logFailure(error, 'process.stop')
    process.exit(exitCodes.internal)
  }
}
