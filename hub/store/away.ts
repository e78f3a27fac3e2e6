// The database being away, told apart from everything that is wrong with a statement, where the driver says it.

import { DriverException } from '@mikro-orm/postgresql'

/**
 * No connection, or one that was lost or is silent: nothing is said of the statement, not even whether it was done.
 * Only the store throws it. A server that still answers names its own state instead (SQLSTATE).
 */
export class DatabaseAway extends Error {
  /** What the system said, `ECONNREFUSED` and the like. */
  readonly code: string | undefined
  readonly syscall: string | undefined

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'DatabaseAway'
    this.code = textOf(cause, 'code')
    this.syscall = textOf(cause, 'syscall')
  }
}

/** SQLSTATE classes 08 connection, 53 resources, 57 operator, 58 system, XX internal; 25006 and 25P03 of a session. */
const awayStates = /^(08|53|57|58|XX)[0-9A-Z]{3}$|^25(006|P03)$/
/** What the driver says of a connection without a code; test/contract/outage.test.ts brings it to say them. */
const lostConnection =
  /^(Connection terminated|timeout (expired|exceeded)|Query read timeout|Client (has encountered|was closed))/
/** Errors of a stream or of TLS under the driver, which are no system calls. */
const brokenStream = /^ERR_(STREAM|SSL|TLS|SOCKET)_/

/** The error of a connection that could not be had: nothing was asked yet, so nothing else is to blame. */
export function failedConnection(error: unknown): DatabaseAway {
  return new DatabaseAway(error)
}

/** The error of a statement: DatabaseAway when the connection failed under it, else the error itself. */
export function failedStatement(error: unknown): unknown {
  return isLost(error) ? new DatabaseAway(error) : error
}

/**
 * True of errors that mean the database is away, of the store or of the ORM: they say nothing about what was to be
 * written. An error of our own code is never one.
 */
export function isOutage(error: unknown): boolean {
  if (error instanceof DatabaseAway) return true
  if (awayStates.test(textOf(error, 'code') ?? '')) return true
  return error instanceof DriverException && isLost(error)
}

function isLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof DatabaseAway) return false
  if (textOf(error, 'syscall') !== undefined || isRefusedEverywhere(error)) return true
  const code = textOf(error, 'code')
  return code === undefined ? lostConnection.test(error.message) : brokenStream.test(code)
}

/** A name with several addresses: the system calls stand in the errors it is made of. */
function isRefusedEverywhere(error: Error): boolean {
  const errors: unknown = Reflect.get(error, 'errors')
  return Array.isArray(errors) && errors.some((one) => textOf(one, 'syscall') !== undefined)
}

function textOf(error: unknown, property: string): string | undefined {
  const value: unknown = error instanceof Error ? Reflect.get(error, property) : undefined
  return typeof value === 'string' ? value : undefined
}
