// The log of the process: JSON lines on stderr with allow-listed fields only, so that no content can leak (STYLE 33).

import { destination, type Logger, pino } from 'pino'
import { errorFacts } from './error-facts.ts'
import { allowedFields, type LogFields } from './log-fields.ts'

/** How much is logged; the values of the setting `log.level`. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

type Write = (event: string, fields?: LogFields) => void

/** Writes lines. `event` is a fixed name like `package.accepted`, never a sentence with values in it. */
export type Log = {
  trace: Write
  debug: Write
  info: Write
  warn: Write
  error: Write
  fatal: Write
  /** The same log with fields added to each line. */
  with(fields: LogFields): Log
}

const stderr = 2

let root: Logger = makeLogger('warn', destination({ fd: stderr, sync: true }))

/** Sets level and place of the log of this process. Until then warnings and worse go to stderr. */
export function configureLog(options: { level: LogLevel; to?: { write(line: string): unknown } }): void {
  root = makeLogger(options.level, options.to ?? destination({ fd: stderr, sync: true }))
}

/** The log of this process. */
export const log: Log = logWith({})

/**
 * The one way to swallow an error (STYLE 16): its place and what may be told of it are logged. `place` is a fixed
 * name like `deliver.close-connection`.
 */
export function logIgnored(error: unknown, place: string): void {
  log.warn('error.ignored', { place, ...errorFacts(error) })
}

/** Logs an error that ends a job or the process. */
export function logFailure(error: unknown, place: string): void {
  log.error('error.failure', { place, ...errorFacts(error) })
}

function makeLogger(level: LogLevel, to: { write(line: string): unknown }): Logger {
  return pino(
    {
      level,
      messageKey: 'event',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void to.write(line) },
  )
}

type LevelName = Exclude<LogLevel, 'silent'>

function logWith(bound: LogFields): Log {
  const at =
    (level: LevelName): Write =>
    (event, fields) =>
      write(level, event, { ...bound, ...fields })
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    with: (fields) => logWith({ ...bound, ...fields }),
  }
}

/** An event that is no plain name may hold data: its name is replaced, its line stays. */
function write(level: LevelName, event: string, fields: LogFields): void {
  if (!root.isLevelEnabled(level)) return
  const name = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/.test(event) ? event : 'log.event-invalid'
  root[level](allowedFields(fields), name)
}
