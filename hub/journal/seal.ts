// The sealer: closes blocks over committed entries, without making anybody's commit wait (RULES 26).

import { limits } from '../../schemas/limits.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import { type Lease, withHeld } from '../store/lease.ts'
import type { Sql, SqlStore } from '../store/sql.ts'
import { type BlockHeader, canonicalBlock, noRoot, pemThumbprint } from './block.ts'
import { merkleRoot } from './merkle.ts'
import type { BlockSigner } from './ports.ts'

/** What one call needs. */
export type SealOptions = {
  store: SqlStore
  signer: BlockSigner
  now: () => Date
  /** A block closes once it holds as many; the transaction that reaches the bound is still taken in whole. */
  entriesMax: number
  /** The lease of the sealer; a block is committed only while it is held. */
  fence: Lease
}

/** The blocks that were closed; `isCaughtUp` is false when more could be closed at once. */
export type Sealed = { blocks: BlockHeader[]; isCaughtUp: boolean }

/**
 * Closes blocks until no finished entry is left, journalBlocksPerSealMax at most. Nothing is closed when
 * there are no entries.
 *
 * Entries are not marked. Each carries its transaction's id, and a block takes the ids below the oldest
 * transaction still running: all of those have ended, so nothing can appear behind the block, and the next
 * one begins exactly there. A transaction left open anywhere in the database server delays the sealing, never
 * the writers.
 *
 * A second run finds the next entries. Throws LeaseLost when the fence was lost. Refuses with journal.moved
 * when the server's transaction ids are behind those sealed, as after a restore from a dump: entries would be
 * skipped.
 */
export async function sealOnce(options: SealOptions): Promise<Sealed | Refusal> {
  const { store, entriesMax } = options
  const blocks: BlockHeader[] = []
  let last = await readLastBlock(store)
  const oldestRunning = await readOldestRunning(store)
  if (oldestRunning < last.toXid) {
    return refuse('journal.moved', `transaction ${oldestRunning}, sealed up to ${last.toXid}`)
  }
  while (blocks.length < limits.journalBlocksPerSealMax) {
    const leaves = await readLeaves(store, { from: last.toXid, to: oldestRunning, countMax: entriesMax })
    if (leaves.length === 0) return { blocks, isCaughtUp: true }
    const isFull = leaves.length >= entriesMax
    const toXid = isFull ? (leaves.at(-1)?.xid ?? 0n) + 1n : oldestRunning
    const header = makeHeader(options, last, { toXid, leaves })
    await commitBlock(options, header)
    blocks.push(header)
    last = { number: header.number, toXid, root: header.root }
    if (!isFull) return { blocks, isCaughtUp: true }
  }
  return { blocks, isCaughtUp: false }
}

type Last = { number: number; toXid: bigint; root: string }
type Leaf = { xid: bigint; id: string; digest: Buffer }

async function readLastBlock(sql: Sql): Promise<Last> {
  const { rows } = await sql.query({
    name: 'last_block',
    text:
      "select b.number::text, b.to_xid::text, encode(b.root, 'hex') as root from journal_block b " +
      'order by b.number desc limit 1',
  })
  const row = rows[0] as { number: string; to_xid: string; root: string } | undefined
  if (row === undefined) return { number: 0, toXid: 0n, root: noRoot }
  return { number: Number(row.number), toXid: BigInt(row.to_xid), root: row.root }
}

/** Transactions with lower ids have all ended, and later snapshots see what they committed. */
async function readOldestRunning(sql: Sql): Promise<bigint> {
  const { rows } = await sql.query({
    name: 'oldest_running',
    text: 'select pg_snapshot_xmin(pg_current_snapshot())::text as xid',
  })
  return BigInt(String(rows[0]?.['xid']))
}

async function readLeaves(sql: Sql, range: { from: bigint; to: bigint; countMax: number }): Promise<Leaf[]> {
  const { rows } = await sql.query({
    name: 'unsealed_leaves',
    // With ties: a block never splits a transaction.
    text:
      'select j.xid::text, j.id, j.digest from journal j where j.xid >= $1::xid8 and j.xid < $2::xid8 ' +
      'order by j.xid fetch first ($3::integer) rows with ties',
    values: [String(range.from), String(range.to), range.countMax],
  })
  const leaves = (rows as { xid: string; id: string; digest: Buffer }[]).map((row) => ({
    ...row,
    xid: BigInt(row.xid),
  }))
  return leaves.sort((a, b) => (a.xid === b.xid ? compareText(a.id, b.id) : a.xid < b.xid ? -1 : 1))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function makeHeader(
  options: SealOptions,
  last: Last,
  found: { toXid: bigint; leaves: readonly Leaf[] },
): BlockHeader {
  const signer = pemThumbprint(options.signer.certificatePem)
  if (signer === undefined) throw new Error('the signer of the journal has no certificate')
  return {
    number: last.number + 1,
    fromXid: String(last.toXid),
    toXid: String(found.toXid),
    entries: found.leaves.length,
    root: merkleRoot(found.leaves.map((leaf) => leaf.digest)).toString('hex'),
    previous: last.root,
    sealedAt: options.now(),
    algorithm: options.signer.algorithm,
    signer,
  }
}

async function commitBlock({ store, signer, fence }: SealOptions, header: BlockHeader): Promise<void> {
  const signature = signer.sign(Buffer.from(canonicalBlock(header)))
  await withHeld(store, fence, async (sql) => {
    await sql.query({
      name: 'insert_signer',
      text:
        'insert into journal_signer (thumbprint, certificate, first_at) values ($1, $2, $3) ' +
        'on conflict do nothing',
      values: [header.signer, signer.certificatePem, header.sealedAt],
    })
    await sql.query({
      name: 'insert_block',
      text:
        'insert into journal_block (number, from_xid, to_xid, entries, root, previous, algorithm, ' +
        'sealed_at, signer, signature) values ' +
        "($1, $2, $3, $4, decode($5, 'hex'), decode($6, 'hex'), $7, $8, $9, $10)",
      values: [
        header.number,
        header.fromXid,
        header.toXid,
        header.entries,
        header.root,
        header.previous,
        header.algorithm,
        header.sealedAt,
        header.signer,
        Buffer.from(signature),
      ],
    })
  })
}
