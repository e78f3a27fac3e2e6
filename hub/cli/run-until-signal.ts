// Runs something until a signal ends it in order; a second signal, an error or the end of patience ends it at once.

import { logFailure } from '../../monitoring/log.ts'
import { type ExitCode, exitCodes } from './context.ts'

/** What runs. `stop` is called once, also when the start is still under way. */
export type Stoppable = { stop(): Promise<unknown> }

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
// A terminal, a supervisor and the starter may each bring the same signal: it is one wish, not an impatient second one.
const sameSignalMs = 1000

/** Why it ends: a signal by its name, what runs asked for it by `end`, or something failed that nobody expected. */
export type EndCause = (typeof signals)[number] | 'lost' | 'error'

/**
 * Starts and stays until a signal comes or `end` is called, then stops and ends the process: with 0 (or what
 * `signalExit` gives) when all was stopped, else with 4. Rejects when the start does. `stopWithinMs` bounds the stop.
 */
export async function runUntilSignal<Running extends Stoppable>(options: {
  start(end: () => void): Promise<Running>
  stopWithinMs: number
  /** For work that was to end by itself: a signal then means that it did not. */
  signalExit?(): ExitCode
  /** Called once when the end begins, and when all has stopped, before the process ends; neither may throw. */
  onEnding?(cause: EndCause): void
  onStopped?(): void
}): Promise<Running> {
  const { signalExit = () => exitCodes.ok, onStopped } = options
  let running: Promise<Running> | undefined
  let endingSince: number | undefined
  const end = (cause: EndCause) => {
    if (endingSince === undefined) {
      endingSince = performance.now()
      setTimeout(() => process.exit(exitCodes.internal), options.stopWithinMs).unref()
      options.onEnding?.(cause)
      const exitCode = () => (cause === 'error' ? exitCodes.internal : signalExit())
      void stopAndExit({ running, exitCode, onStopped })
    } else if (cause === 'error' || performance.now() - endingSince > sameSignalMs) {
      process.exit(exitCodes.internal)
    }
  }
  const onSignal = (signal: NodeJS.Signals) => end(signal as EndCause)
  const onError = (error: unknown) => {
    logFailure(error, 'process')
    end('error')
  }
  for (const signal of signals) process.on(signal, onSignal)
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  try {
    running = options.start(() => end('lost'))
    return await running
  } catch (error) {
    for (const signal of signals) process.removeListener(signal, onSignal)
    process.removeListener('uncaughtException', onError)
    process.removeListener('unhandledRejection', onError)
    throw error
  }
}

async function stopAndExit(of: {
  running: Promise<Stoppable> | undefined
  exitCode(): number
  onStopped: (() => void) | undefined
}): Promise<void> {
  // A start that failed is told by whoever asked for it, and ends by that.
  const started = await of.running?.catch(() => undefined)
  if (started === undefined) return
  try {
    await started.stop()
    of.onStopped?.()
    process.exit(of.exitCode())
  } catch (error) {
    logFailure(error, 'process.stop')
    process.exit(exitCodes.internal)
  }
}
