// Writes changes: several callers' changes in one transaction, each whole or not at all.

import { limits } from '../../../schemas/limits.ts'
import { journalRow } from '../../journal/write.ts'
import type { Sql, SqlResult, SqlStore } from '../sql.ts'
import { type Batcher, makeBatcher, StaleChange } from './batcher.ts'
import { type Change, joinChanges } from './change.ts'
import { type CommitFunctions, installCommitFunctions, staleState } from './commit-functions.ts'
import { type PackageSeenRow, type WorkRow, waitingLane } from './rows.ts'

/** Where and when there is something to do. */
export type DueWork = Pick<WorkRow, 'hop' | 'lane' | 'due_at'>

/** Writes changes durably. */
export type Committer = Batcher<Change, true> & {
  /** Wakes whoever waits for these rows; for commits that another batcher made. */
  announce(rows: readonly DueWork[]): void
  /** Called after each commit with the work rows that became due or will. */
  onWork(listener: (rows: readonly DueWork[]) => void): void
}

/** A package at the door with its stored answer; the first to bring a name wins (RULES 11). */
export type Intake = { seen: PackageSeenRow; change: Change }
/** What the door learns: its own row won, or the answer stored before. */
export type IntakeResult = { won: true } | { won: false; earlier: PackageSeenRow }

/** SQLSTATE deadlock_detected. */
const deadlockState = '40P01'

type CommitOptions = {
  store: SqlStore
  /** Token of this node; work rows carry it while they are claimed (fencing, RULES 29). */
  node: string
  isOutage(error: unknown): boolean
  onBatch?(kind: 'change' | 'intake', size: number, durationMs: number): void
}

/** Makes the committer of the pipeline. One batch at a time: batches grow while one is written. */
export function makeCommitter(options: CommitOptions): Committer {
  const listeners: ((rows: readonly DueWork[]) => void)[] = []
  const functions = functionsOf(options.store)
  const batcher = makeBatcher<Change, true>({
    sizeMax: limits.commitBatchMax,
    parallelMax: 1,
    isOutage: options.isOutage,
    onBatch: (size, durationMs) => options.onBatch?.('change', size, durationMs),
    write: async (changes) => {
      const joined = joinChanges(changes)
      const { change } = await functions()
      const { rows } = await call(options.store, change, rowsOf(joined), options.node)
      announce(joined.work ?? [])
      if (Number(rows[0]?.['answer']) > 0) {
        announce([{ hop: 'process', lane: waitingLane, due_at: new Date(0) }])
      }
      return changes.map(() => true as const)
    },
  })
  function announce(rows: readonly DueWork[]): void {
    if (rows.length > 0) for (const listener of listeners) listener(rows)
  }
  return { ...batcher, announce, onWork: (listener) => void listeners.push(listener) }
}

/** Makes the group commit of the door. `announce` gets the work of packages that were taken in. */
export function makeIntake(
  options: CommitOptions & { announce(rows: readonly WorkRow[]): void },
): Batcher<Intake, IntakeResult> {
  const functions = functionsOf(options.store)
  return makeBatcher<Intake, IntakeResult>({
    sizeMax: limits.commitBatchMax,
    parallelMax: 1,
    isOutage: options.isOutage,
    onBatch: (size, durationMs) => options.onBatch?.('intake', size, durationMs),
    write: async (items) => {
      const { intake } = await functions()
      const packed = items.map((item) => ({ seen: item.seen, change: rowsOf(item.change) }))
      const { rows } = await call(options.store, intake, packed, options.node)
      const won = new Set(rows[0]?.['answer'] as string[])
      options.announce(
        items.filter((item) => won.has(item.seen.package)).flatMap((item) => item.change.work ?? []),
      )
      return resultsOf(options.store, items, won)
    },
  })
}

/** The functions are made before the first write of the process. */
function functionsOf(store: SqlStore): () => Promise<CommitFunctions> {
  let installed: Promise<CommitFunctions> | undefined
  return () => {
    installed ??= installCommitFunctions(store).catch((error) => {
      installed = undefined
      throw error
    })
    return installed
  }
}

async function call(sql: Sql, name: string, rows: object, node: string): Promise<SqlResult> {
  try {
    return await sql.query({
      name,
      text: `select ${name}($1::jsonb, $2::bigint) as answer`,
      values: [JSON.stringify(rows), node],
    })
  } catch (error) {
    const state = error instanceof Error && 'code' in error ? error.code : undefined
    // Two nodes that met in a circle of locks: the one that was chosen to give way reads again.
    if (error instanceof Error && (state === staleState || state === deadlockState))
      throw new StaleChange(error.message)
    throw error
  }
}

async function resultsOf(
  sql: Sql,
  items: readonly Intake[],
  won: ReadonlySet<string>,
): Promise<IntakeResult[]> {
  const lost = items.filter((item) => !won.has(item.seen.package))
  const earlier =
    lost.length === 0
      ? []
      : await readSeen(
          sql,
          lost.map((item) => item.seen),
        )
  return items.map((item) => {
    if (won.has(item.seen.package)) return { won: true }
    const row = earlier.find((one) => one.peer === item.seen.peer && one.name_key === item.seen.name_key)
    if (row === undefined) throw new StaleChange('the earlier package of this name vanished')
    return { won: false, earlier: row }
  })
}

/** Reads stored answers by (peer, name). */
export async function readSeen(
  sql: Sql,
  keys: readonly { peer: string; name_key: string }[],
): Promise<PackageSeenRow[]> {
  const { rows } = await sql.query({
    name: 'read_package_seen',
    text:
      'select s.* from unnest($1::text[], $2::text[]) as k(peer, name_key) ' +
      'join package_seen s on s.peer = k.peer and s.name_key = k.name_key',
    values: [keys.map((key) => key.peer), keys.map((key) => key.name_key)],
  })
  return rows as PackageSeenRow[]
}

/** The change as the database functions read it: parts that are not empty, rows by column. */
function rowsOf(change: Change): Record<string, unknown> {
  const { moves, packagesOut, journal, ...plain } = change
  const parts = {
    ...plain,
    packagesOut,
    moves: moves?.map(({ row, state, at, patch }) => ({ ...row, ...patch, state, state_at: at })),
    packageOutNames: packagesOut?.map((row) => ({
      peer: row.peer,
      name_key: row.name.toLowerCase(),
      package_out: row.id,
    })),
    journal: journal?.map(journalRow),
  }
  return Object.fromEntries(Object.entries(parts).filter(([, rows]) => rows !== undefined && rows.length > 0))
}
