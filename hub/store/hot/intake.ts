// The group commit of the door: packages with their stored answers, and the answers stored before (RULES 10, 11).

import { limits } from '../../../schemas/limits.ts'
import { type Batcher, makeBatcher, StaleChange } from './batcher.ts'
import type { Change } from './change.ts'
import { type CommitOptions, callFunction, functionsOf, rowsOf } from './commit.ts'
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
  const readAll = async (keys: readonly SeenKey[]) => readSeen(options, (await functions()).seen, keys)
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
    isOutage: options.isOutage,
    onBatch: (size, durationMs) => options.onBatch?.('intake', size, durationMs),
    write: async (items) => {
      const { intake } = await functions()
      const packed = items.map((item) => ({ seen: item.seen, change: rowsOf(item.change) }))
      const { rows } = await callFunction(options.store, intake, [JSON.stringify(packed), options.node])
      const won = new Set(rows[0]?.['answer'] as string[])
      options.announce(
        items.filter((item) => won.has(item.seen.package)).flatMap((item) => item.change.work ?? []),
      )
      const lost = items.filter((item) => !won.has(item.seen.package))
      const earlier = lost.length === 0 ? [] : await readAll(lost.map((item) => item.seen))
      return items.map((item) => resultOf(item, won, earlier))
    },
  })
  return { ...writes, readEarlier: async (key) => (await reads.submit(key)).earlier }
}

const isUnder = (row: SeenKey, { peer, name_key: name }: SeenKey) =>
  row.peer === peer && row.name_key === name

function resultOf(
  { seen }: Intake,
  won: ReadonlySet<string>,
  earlier: readonly PackageSeenRow[],
): IntakeResult {
  if (won.has(seen.package)) return { won: true }
  const row = earlier.find((one) => isUnder(one, seen))
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
