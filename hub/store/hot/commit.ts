// Writes changes: several callers' changes in one transaction, each whole or not at all.

import { limits } from '../../../schemas/limits.ts'
import { journalRow } from '../../journal/write.ts'
import type { Sql, SqlResult, SqlStore } from '../sql.ts'
import { type Batcher, makeBatcher, StaleChange } from './batcher.ts'
import { type Change, joinChanges, type MessageMove } from './change.ts'
import { type CommitFunctions, installCommitFunctions, staleState } from './commit-functions.ts'
import { movedColumns } from './inserts.ts'
import { linkWaitLane, type MessageRow, type WorkRow, waitingLane } from './rows.ts'

/** Where and when there is something to do. */
export type DueWork = Pick<WorkRow, 'hop' | 'lane' | 'due_at'>

/** Writes changes durably. */
export type Committer = Batcher<Change, true> & {
  /** Wakes whoever waits for these rows; for commits that another batcher made. */
  announce(rows: readonly DueWork[]): void
  /** Called after each commit with the work rows that became due or will. */
  onWork(listener: (rows: readonly DueWork[]) => void): void
}

/** SQLSTATE deadlock_detected. */
const deadlockState = '40P01'
/** Two that made the first row of one link, or a stand-in for one counterparty, at once: the later one reads it. */
const madeMeanwhile: readonly unknown[] = [
  'link_first_key_second_key_key',
  'invite_unclaimed',
  'invite_applied',
  'application_filling',
]

/** What the queues of changes and of the door are made with. */
export type CommitOptions = {
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
    gatherMs: limits.commitGatherMs,
    isOutage: options.isOutage,
    onBatch: (size, durationMs) => options.onBatch?.('change', size, durationMs),
    write: async (changes) => {
      const joined = joinChanges(changes)
      const { change } = await functions()
      const { rows } = await callFunction(options.store, change, [
        JSON.stringify(rowsOf(joined)),
        options.node,
      ])
      announce(joined.work ?? [])
      if (Number(rows[0]?.['answer']) > 0) {
        const woken = { hop: 'process' as const, due_at: new Date(0) }
        announce([waitingLane, linkWaitLane].map((lane) => ({ ...woken, lane })))
      }
      return changes.map(() => true as const)
    },
  })
  function announce(rows: readonly DueWork[]): void {
    if (rows.length > 0) for (const listener of listeners) listener(rows)
  }
  return { ...batcher, announce, onWork: (listener) => void listeners.push(listener) }
}

/** Gives the functions, which are made before the first use of the process. */
export function functionsOf(store: SqlStore): () => Promise<CommitFunctions> {
  let installed: Promise<CommitFunctions> | undefined
  return () => {
    installed ??= installCommitFunctions(store).catch((error) => {
      installed = undefined
      throw error
    })
    return installed
  }
}

/** Calls a function of ours. Throws StaleChange for what must be read again. */
export async function callFunction(sql: Sql, name: string, values: unknown[]): Promise<SqlResult> {
  try {
    const places = values.map((_, index) => `$${index + 1}`)
    return await sql.query({ name, text: `select ${name}(${places.join(', ')}) as answer`, values })
  } catch (error) {
    const state = error instanceof Error && 'code' in error ? error.code : undefined
    const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined
    // Two nodes that met in a circle of locks: the one that was chosen to give way reads again.
    const isStale = state === staleState || state === deadlockState || madeMeanwhile.includes(constraint)
    if (error instanceof Error && isStale) throw new StaleChange(error.message)
    throw error
  }
}

/** The change as the database functions read it: parts that are not empty, rows by column. */
export function rowsOf(change: Change): Record<string, unknown> {
  const { moves, packagesOut, journal, ...plain } = change
  const parts = {
    ...plain,
    packagesOut,
    moves: moves?.map(movedRow),
    packageOutNames: packagesOut?.map((row) => ({
      peer: row.peer,
      name_key: row.name.toLowerCase(),
      package_out: row.id,
    })),
    journal: journal?.map(journalRow),
  }
  return Object.fromEntries(Object.entries(parts).filter(([, rows]) => rows !== undefined && rows.length > 0))
}

/** The row and version that move, and what is written; of that nothing for null, as the functions read it. */
function movedRow({ row, state, at, patch }: MessageMove): Partial<MessageRow> {
  const moved = { ...row, ...patch, state, state_at: at }
  const written = movedColumns.filter((column) => moved[column] !== null)
  return {
    ...Object.fromEntries(written.map((column) => [column, moved[column]])),
    id: row.id,
    version: row.version,
  }
}
