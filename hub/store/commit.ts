// Writes changes: several callers' changes in one transaction, each whole or not at all.

import { limits } from '../../schemas/limits.ts'
import { journalRow } from '../journal/write.ts'
import { type Batcher, makeBatcher, StaleChange } from './batcher.ts'
import { type Change, joinChanges, type MessageMove } from './change.ts'
import { statements } from './inserts.ts'
import type { PackageSeenRow, WorkRow } from './rows.ts'
import type { Sql, SqlStore } from './sql.ts'

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
  const batcher = makeBatcher<Change, true>({
    sizeMax: limits.commitBatchMax,
    parallelMax: 2,
    isOutage: options.isOutage,
    onBatch: (size, durationMs) => options.onBatch?.('change', size, durationMs),
    write: async (changes) => {
      const joined = joinChanges(changes)
      const woken = await options.store.transaction((sql) => writeChange(sql, joined, options.node))
      announce(joined.work ?? [])
      if (woken > 0) announce([{ hop: 'process', lane: 'messages', due_at: new Date(0) }])
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
  return makeBatcher<Intake, IntakeResult>({
    sizeMax: limits.commitBatchMax,
    parallelMax: 2,
    isOutage: options.isOutage,
    onBatch: (size, durationMs) => options.onBatch?.('intake', size, durationMs),
    write: async (items) => {
      const results = await options.store.transaction((sql) => writeIntake(sql, items, options.node))
      const won = joinChanges(items.filter((_, index) => results[index]?.won).map((item) => item.change))
      options.announce(won.work ?? [])
      return results
    },
  })
}

async function writeIntake(sql: Sql, items: readonly Intake[], node: string): Promise<IntakeResult[]> {
  // Names are locked in one order, so that two nodes with the same names never wait for each other in a circle.
  const ordered = [...items].sort((a, b) => compareText(a.seen.name_key, b.seen.name_key))
  const inserted = await run(
    sql,
    statements.packageSeen,
    ordered.map((item) => item.seen),
  )
  const winners = new Set(inserted.map((row) => row['package'] as string))
  const lost = items.filter((item) => !winners.has(item.seen.package))
  const earlier =
    lost.length === 0
      ? []
      : await readSeen(
          sql,
          lost.map((item) => item.seen),
        )
  await writeChange(
    sql,
    joinChanges(items.filter((item) => winners.has(item.seen.package)).map((item) => item.change)),
    node,
  )
  return items.map((item) => {
    if (winners.has(item.seen.package)) return { won: true }
    const row = earlier.find((one) => one.peer === item.seen.peer && one.name_key === item.seen.name_key)
    if (row === undefined) throw new StaleChange('the earlier package of this name vanished')
    return { won: false, earlier: row }
  })
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
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

/**
 * Writes one joined change and returns how many waiting children became due. Throws StaleChange when a work row is
 * not ours or a message has moved on.
 */
async function writeChange(sql: Sql, change: Change, node: string): Promise<number> {
  await requireOwned(sql, change.owned ?? [], node)
  await moveMessages(sql, change.moves ?? [])
  await run(sql, statements.packageIn, change.packagesIn)
  await run(sql, statements.message, change.messages)
  await run(sql, statements.messageSeen, change.messagesSeen)
  await run(sql, statements.messageSeenAgain, change.messagesSeenAgain)
  await run(sql, statements.document, change.documents)
  await run(sql, statements.invitation, change.invitations)
  await run(sql, statements.packageOutName, change.packagesOut?.map(outName))
  await run(sql, statements.packageOut, change.packagesOut)
  await run(sql, statements.packageOutMove, change.packageOutMoves)
  await run(sql, statements.attempt, change.attempts)
  await run(sql, statements.decision, change.decisions)
  await run(sql, statements.parentWait, change.parentWaits)
  await run(sql, statements.work, change.work)
  await removeWork(sql, change.workDone ?? [])
  const woken = await wakeChildren(sql, change.wakeChildrenOf ?? [])
  await run(sql, statements.journal, change.journal?.map(journalRow))
  return woken
}

async function run(
  sql: Sql,
  statement: { name: string; text: string },
  rows: readonly object[] | undefined,
): Promise<Record<string, unknown>[]> {
  if (rows === undefined || rows.length === 0) return []
  const result = await sql.query({ ...statement, values: [JSON.stringify(rows)] })
  return result.rows
}

async function requireOwned(sql: Sql, ids: readonly string[], node: string): Promise<void> {
  if (ids.length === 0) return
  const { rows } = await sql.query({
    name: 'require_owned',
    text: 'select id from work where id = any($1::uuid[]) and owner = $2 order by id for update',
    values: [ids, node],
  })
  if (rows.length !== new Set(ids).size) throw new StaleChange('work rows are not ours any more')
}

async function moveMessages(sql: Sql, moves: readonly MessageMove[]): Promise<void> {
  if (moves.length === 0) return
  const rows = moves.map(({ row, state, at, patch }) => ({ ...row, ...patch, state, state_at: at }))
  const result = await sql.query({ ...statements.messageMove, values: [JSON.stringify(rows)] })
  if (result.rowCount !== moves.length) throw new StaleChange('a message has moved on')
}

async function removeWork(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await sql.query({ name: 'remove_work', text: 'delete from work where id = any($1::uuid[])', values: [ids] })
}

async function wakeChildren(sql: Sql, parents: readonly string[]): Promise<number> {
  if (parents.length === 0) return 0
  const { rowCount } = await sql.query({
    name: 'wake_children',
    text:
      'with gone as (delete from parent_wait where parent = any($1::uuid[]) returning child) ' +
      "update work set due_at = now() where id in (select child from gone) and hop = 'process' and owner = 0",
    values: [parents],
  })
  return rowCount ?? 0
}

function outName(row: { id: string; peer: string; name: string }): object {
  return { peer: row.peer, name_key: row.name.toLowerCase(), package_out: row.id }
}
