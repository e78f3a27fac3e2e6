// Plain SQL: what the hot path needs of a database connection or pool.

/** One statement; a named one is prepared once per connection. */
export type Statement = { name?: string; text: string; values?: unknown[] }

/** What a statement answers. */
export type SqlResult = { rows: Record<string, unknown>[]; rowCount: number | null }

/** A connection or the pool. */
export type Sql = {
  query(statement: Statement | string, values?: unknown[]): Promise<SqlResult>
}

/** A pool that gives transactions: commits when the function resolves, rolls back when it rejects. */
export type SqlStore = Sql & { transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> }
