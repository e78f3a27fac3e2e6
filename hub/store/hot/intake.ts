// The group commit of the door: packages with their stored answers, and the answers stored before (RULES 10, 11).

import { limits } from '../../../schemas/limits.ts'
import { type Batcher, makeBatcher, StaleChange } from './batcher.ts'
import { type Change, joinChanges } from './change.ts'
import { type CommitOptions, callFunction, functionsOf, rowsOf } from './commit.ts'
import { nameTakenState } from './commit-functions.ts'
import type { PackageSeenRow, WorkRow } from './rows.ts'

/** A package at the door with its stored answer; the first to bring a name wins (RULES 11). */
export type Intake = { seen: PackageSeenRow; change: Change }
/** What the door learns: its own row won, or the answer stored before. */
export type IntakeResult = { won: true } | { won: false; earlier: PackageSeenRow }

/** The name of a package at the door, or the key of a submission. */
export type SeenKey = Pick<PackageSeenRow, 'peer' | 'name_key'>

/** The queue of the door, and what it stored. */
export type IntakeQueue = Batcher<Intake, IntakeResult> & {
  /** The answer stored under a name. Those who ask at once share one statement. */
  readEarlier(key: SeenKey): Promise<PackageSeenRow | undefined>
}

/** Makes the group commit of the door. `announce` gets the work of packages that were taken in. */
export function makeIntake(
  options: CommitOptions & { announce(rows: readonly WorkRow[]): void },
): IntakeQueue {
  const functions = functionsOf(options.store)
  const readAll: ReadAll = async (keys) => readSeen(options, (await functions()).seen, keys)
  const reads = makeBatcher<SeenKey, { earlier: PackageSeenRow | undefined }>({
    sizeMax: limits.commitBatchMax,
    parallelMax: 1,
    isOutage: options.isOutage,
    write: async (keys) => {
      const found = await readAll(keys)
      return keys.map((key) => ({ earlier: found.find((row) => isUnder(row, key)) }))
    },
  })
  const writes = makeBatcher<Intake, IntakeResult>({
    sizeMax: limits.commitBatchMax,
    parallelMax: 1,
    gatherMs: limits.commitGatherMs,
    isOutage: options.isOutage,
    onBatch: (size, durationMs) => options.onBatch?.('intake', size, durationMs),
    write: async (items) => {
      const won = await writeThoseThatWin(options, { items, readAll, intake: (await functions()).intake })
      options.announce([...won].flatMap((item) => item.change.work ?? []))
      const lost = items.filter((item) => !won.has(item))
      const earlier = lost.length === 0 ? [] : await readAll(lost.map((item) => item.seen))
      return items.map((item) => resultOf(item, won, earlier))
    },
  })
  return { ...writes, readEarlier: async (key) => (await reads.submit(key)).earlier }
}

type ReadAll = (keys: readonly SeenKey[]) => Promise<PackageSeenRow[]>

/**
 * One transaction and, when no name is taken, one round trip. When one is, nothing was written: those whose names are
 * stored by now have lost, and the others are said again. Whoever took a name has committed, or we would still wait for
 * it, so each round leaves fewer; a crash between two leaves nothing behind (RULES 10, 11).
 */
async function writeThoseThatWin(
  { store, node }: CommitOptions,
  of: { items: readonly Intake[]; readAll: ReadAll; intake: string },
): Promise<Set<Intake>> {
  let left = firstOfEachName(of.items)
  while (left.length > 0) {
    const change = JSON.stringify(rowsOf(joinChanges(left.map((item) => item.change))))
    const seen = JSON.stringify(left.map((item) => item.seen))
    try {
      await callFunction(store, of.intake, [seen, change, node])
      return new Set(left)
    } catch (error) {
      if (!isNameTaken(error)) throw error
    }
    const taken = await of.readAll(left.map((item) => item.seen))
    const free = left.filter(({ seen }) => !taken.some((row) => isUnder(row, seen)))
    if (free.length === left.length) throw new StaleChange('the earlier package of a name vanished')
    left = free
  }
  return new Set()
}

/** Of packages under one name that came at once the first one wins. */
function firstOfEachName(items: readonly Intake[]): Intake[] {
  return items.filter((item, index) => items.findIndex(({ seen }) => isUnder(seen, item.seen)) === index)
}

function isNameTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === nameTakenState
}

const isUnder = (row: SeenKey, { peer, name_key: name }: SeenKey) =>
  row.peer === peer && row.name_key === name

function resultOf(item: Intake, won: ReadonlySet<Intake>, earlier: readonly PackageSeenRow[]): IntakeResult {
  if (won.has(item)) return { won: true }
  const row = earlier.find((one) => isUnder(one, item.seen))
  if (row === undefined) throw new StaleChange('the earlier package of this name vanished')
  return { won: false, earlier: row }
}

async function readSeen(
  { store }: CommitOptions,
  name: string,
  keys: readonly SeenKey[],
): Promise<PackageSeenRow[]> {
  const text = `select * from ${name}($1, $2)`
  const values = [keys.map((key) => key.peer), keys.map((key) => key.name_key)]
  const { rows } = await store.query({ name, text, values })
  return rows as PackageSeenRow[]
}
