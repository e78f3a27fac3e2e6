// Turns an error into log fields that cannot carry content: never its message, unless the system wrote it.

import type { LogFields } from './log-fields.ts'

const framesKept = 12

/**
 * Name, code, place in the database and stack frames of an error. Messages of parsers and of the database quote the
 * data they choke on, so a message is kept only of system calls (`connect ECONNREFUSED ...`), of the blob store and of our own asserts.
 */
export function errorFacts(error: unknown): LogFields {
  if (!(error instanceof Error)) return { errorName: typeof error }
  return {
    errorName: error.name,
    errorCode: textOf(error, 'code'),
    errorTable: textOf(error, 'table'),
    errorConstraint: textOf(error, 'constraint'),
    errorText: isSpeakable(error) ? firstLine(error.message) : undefined,
    frames: framesOf(error),
  }
}

function textOf(error: Error, property: string): string | undefined {
  const value: unknown = Reflect.get(error, property)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isSpeakable(error: Error): boolean {
  // Blob errors name a place on the disk and what the system said of it.
  if (error.name === 'BlobError') return true
  if (error.name === 'AssertionError') return Reflect.get(error, 'generatedMessage') === false
  return textOf(error, 'syscall') !== undefined
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

/** The stack without its head, for the head repeats the message, which may have several lines. */
function framesOf(error: Error): string | undefined {
  const lines = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at .*(:\d+:\d+\)?|<anonymous>\)?)$/.test(line))
  return lines.length === 0
    ? undefined
    : lines
        .slice(0, framesKept)
        .map((line) => line.trim())
        .join('\n')
}
