// The allow-list of log fields: a field that is not here, or whose value has another form, never reaches the log.

import { limits } from '../schemas/limits.ts'

/** What the value of a field must look like. */
type FieldForm = 'word' | 'path' | 'number' | 'frames'

/** Fields by name. Participant ids, texts of people, document names, keys and tokens have no row on purpose. */
const logFields = {
  // what it is about
  peer: 'word',
  operator: 'word',
  package: 'word',
  packageId: 'word',
  message: 'word',
  messageId: 'word',
  outId: 'word',
  thumbprint: 'word',
  remote: 'word',
  host: 'word',
  port: 'number',
  edition: 'number',
  block: 'number',

  // what happened
  place: 'word',
  code: 'word',
  reason: 'word',
  outcome: 'word',
  state: 'word',
  trigger: 'word',
  stage: 'word',
  hop: 'word',
  status: 'number',
  attempt: 'number',
  count: 'number',
  bytes: 'number',
  durationMs: 'number',
  waitMs: 'number',
  dueAt: 'word',
  signal: 'word',
  version: 'word',
  setting: 'word',
  file: 'path',
  folder: 'path',
  threads: 'number',

  // errors
  errorName: 'word',
  errorCode: 'word',
  errorTable: 'word',
  errorConstraint: 'word',
  errorText: 'path',
  frames: 'frames',
} as const satisfies Record<string, FieldForm>

/** Name of a field that may be logged. */
export type LogField = keyof typeof logFields

/** Fields of one line, checked by the compiler and once more when it is written. */
export type LogFields = {
  readonly [F in LogField]?: ((typeof logFields)[F] extends 'number' ? number : string) | undefined
}

const dropped = '?'

/** Keeps what the table allows. A listed field of another form becomes `?`, so that its presence is still seen. */
export function allowedFields(fields: Readonly<Record<string, unknown>>): Record<string, string | number> {
  const kept: Record<string, string | number> = {}
  for (const name of Object.keys(fields)) {
    const value = fields[name]
    if (value !== undefined && Object.hasOwn(logFields, name))
      kept[name] = allowed(logFields[name as LogField], value)
  }
  return kept
}

function allowed(form: FieldForm, value: unknown): string | number {
  if (form === 'number') return typeof value === 'number' && Number.isFinite(value) ? value : dropped
  if (typeof value !== 'string') return dropped
  if (form === 'word')
    return /^[\w.:@/[\]+-]+$/.test(value) ? value.slice(0, limits.logWordLengthMax) : dropped
  const plain = value.replace(/[^\P{Cc}\n]/gu, dropped)
  return plain.slice(0, form === 'path' ? limits.logPathLengthMax : limits.logFramesLengthMax).toWellFormed()
}
