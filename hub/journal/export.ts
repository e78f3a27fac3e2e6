// Streams sealed blocks with their entries as a file that can be verified on its own.

import type { Sql } from '../store/sql.ts'
import { type BlockHeader, canonicalBlock } from './block.ts'
import { endLine, headerLine, signatureLine, signerLine } from './export-form.ts'

const blocksPerRead = 50
const entriesPerRead = 500

/**
 * The lines of an export, each with its line feed, in the form of export-form.ts. `from` defaults to the
 * first block, `to` to the last one sealed; both are cut to what exists. Memory is bounded by a page of rows.
 * Entries are written as they stand in the database, not as they were sealed: that is what the verification
 * compares.
 */
export async function* exportLines(sql: Sql, range: { from?: number; to?: number }): AsyncGenerator<string> {
  const sealed = await readLastNumber(sql)
  const from = Math.min(Math.max(range.from ?? 1, 1), sealed + 1)
  const to = Math.max(Math.min(range.to ?? sealed, sealed), from - 1)
  yield `${headerLine({ from, to })}\n`
  const signersGiven = new Set<string>()
  let blocks = 0
  let entries = 0
  for await (const { header, signature } of readBlocks(sql, from, to)) {
    if (!signersGiven.has(header.signer)) {
      signersGiven.add(header.signer)
      yield `${signerLine(header.signer, await readCertificate(sql, header.signer))}\n`
    }
    yield `${canonicalBlock(header)}\n${signatureLine(signature)}\n`
    blocks += 1
    for await (const entry of readEntries(sql, header)) {
      entries += 1
      yield `${entry}\n`
    }
  }
  yield `${endLine({ blocks, entries })}\n`
}

async function readLastNumber(sql: Sql): Promise<number> {
  const { rows } = await sql.query('select coalesce(max(number), 0)::text as number from journal_block')
  return Number(rows[0]?.['number'])
}

type BlockRow = {
  number: string
  from_xid: string
  to_xid: string
  entries: number
  root: string
  previous: string
  algorithm: string
  sealed_at: Date
  signer: string
  signature: Buffer
}

async function* readBlocks(
  sql: Sql,
  from: number,
  to: number,
): AsyncGenerator<{ header: BlockHeader; signature: Buffer }> {
  for (let first = from; first <= to; first += blocksPerRead) {
    const { rows } = await sql.query(
      "select number::text, from_xid::text, to_xid::text, entries, encode(root, 'hex') as root, " +
        "encode(previous, 'hex') as previous, algorithm, sealed_at, signer, signature from journal_block b " +
        'where b.number between $1 and $2 order by b.number',
      [first, Math.min(first + blocksPerRead - 1, to)],
    )
    for (const row of rows as BlockRow[]) yield { header: headerOf(row), signature: row.signature }
  }
}

function headerOf(row: BlockRow): BlockHeader {
  return {
    number: Number(row.number),
    fromXid: row.from_xid,
    toXid: row.to_xid,
    entries: row.entries,
    root: row.root,
    previous: row.previous,
    sealedAt: row.sealed_at,
    algorithm: row.algorithm,
    signer: row.signer,
  }
}

async function readCertificate(sql: Sql, signer: string): Promise<string> {
  const { rows } = await sql.query('select certificate from journal_signer where thumbprint = $1', [signer])
  return String(rows[0]?.['certificate'])
}

async function* readEntries(sql: Sql, header: BlockHeader): AsyncGenerator<string> {
  let after: { xid: string; id: string } = { xid: header.fromXid, id: lowestId }
  for (;;) {
    const { rows } = await sql.query({
      name: 'export_entries',
      text:
        'select j.xid::text, j.id, j.entry from journal j where j.xid >= $1::xid8 and j.xid < $2::xid8 ' +
        'and (j.xid, j.id) > ($1::xid8, $3::uuid) order by j.xid, j.id limit $4',
      values: [after.xid, header.toXid, after.id, entriesPerRead],
    })
    const page = rows as { xid: string; id: string; entry: string }[]
    for (const row of page) yield row.entry
    const last = page.at(-1)
    if (last === undefined || page.length < entriesPerRead) return
    after = last
  }
}

const lowestId = '00000000-0000-0000-0000-000000000000'
