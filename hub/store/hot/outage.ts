// Tells errors of the database being away from errors of what was written.

import { StaleChange } from './batcher.ts'

/**
 * Errors that mean the database is away: then every item of a batch fails at once instead of being tried alone.
 * Those are errors without an SQLSTATE (sockets, time-outs), and the classes 08 connection, 53 resources,
 * 57 operator intervention, 58 system and XX internal.
 */
export function isOutage(error: unknown): boolean {
  if (error instanceof StaleChange) return false
  const state = error instanceof Error && 'code' in error ? String(error.code) : ''
  return !/^[0-9A-Z]{5}$/.test(state) || /^(08|53|57|58|XX)/.test(state)
}
