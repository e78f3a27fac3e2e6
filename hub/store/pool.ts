// Runs plain SQL over the ORM's pool: statements, transactions and what the values of a row become.

import { types as defaultTypes } from 'pg'
import { failedConnection, failedStatement } from './away.ts'
import type { Statement } from './sql.ts'

/** Runs statements on one connection or on any; a statement may be given as text and values. */
export type Queries = {
  query<Row = Record<string, unknown>>(
    statement: Statement | string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }>
}

/**
 * The part of a pg client that is needed here. Declared by us: the ORM carries its own copy of the driver.
 */
export type PgClient = {
  query(config: {
    text: string
    values?: unknown[]
    name?: string
    types: { getTypeParser: typeof parserOf }
  }): Promise<{ rows: unknown[]; rowCount: number | null }>
}
type PooledClient = PgClient & { release(destroy?: boolean): void }
export type PgPool = {
  connect(): Promise<PooledClient>
  totalCount: number
  idleCount: number
  waitingCount: number
}

const oid = { int8: 20, int8Array: 1016, date: 1082 }

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [oid.int8]: safeInteger,
  [oid.int8Array]: (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(safeInteger)),
  [oid.date]: (text) => text,
}

/**
 * How a value is read: bigint as number (beyond 2^53 is a defect and throws), date as text yyyy-mm-dd,
 * timestamptz as Date, numeric as text, bytea as Buffer. The pool's own parsers belong to the ORM, which
 * maps values by itself.
 */
function parserOf(type: number, format?: 'text' | 'binary'): (value: string) => unknown {
  const own = format === 'binary' ? undefined : parsers[type]
  return own ?? (defaultTypes.getTypeParser(type, format ?? 'text') as (value: string) => unknown)
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} is beyond 2^53`)
  return value
}

const typeParsers = { getTypeParser: parserOf }

/** Statements on any connection of a pool; one whose statement failed does not go back to it. Throws DatabaseAway. */
export function queriesOn(pool: PgPool): Queries {
  return {
    async query<Row>(statement: Statement | string, values?: readonly unknown[]) {
      const client = await connect(pool)
      let isBroken = true
      try {
        const result = await runOn<Row>(client, statement, values)
        isBroken = false
        return result
      } finally {
        client.release(isBroken)
      }
    },
  }
}

/**
 * Runs work in one transaction: committed when it returns, rolled back when it throws. A connection whose
 * rollback fails, or that was lost, does not go back to the pool. Throws DatabaseAway.
 */
export async function inTransaction<Result>(
  pool: PgPool,
  work: (sql: Queries) => Promise<Result>,
): Promise<Result> {
  const client = await connect(pool)
  const sql: Queries = { query: (statement, values) => runOn(client, statement, values) }
  let isBroken = true
  try {
    await sql.query('begin')
    const result = await work(sql)
    await sql.query('commit')
    isBroken = false
    return result
  } catch (error) {
    isBroken = await sql.query('rollback').then(
      () => false,
      () => true,
    )
    throw error
  } finally {
    client.release(isBroken)
  }
}

async function connect(pool: PgPool): Promise<PooledClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw failedConnection(error)
  }
}

async function runOn<Row>(client: PgClient, statement: Statement | string, values?: readonly unknown[]) {
  const { text, name, values: own } = typeof statement === 'string' ? { text: statement } : statement
  try {
    const result = await client.query({
      text,
      values: values === undefined ? (own ?? []) : [...values],
      ...(name === undefined ? {} : { name }),
      types: typeParsers,
    })
    return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0 }
  } catch (error) {
    throw failedStatement(error)
  }
}
