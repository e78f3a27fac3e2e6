// The journal against a real PostgreSQL: sealing beside concurrent writers, fencing, export and verification.

import t from 'tap'
import type { BlockHeader } from '../../hub/journal/block.ts'
import { exportLines } from '../../hub/journal/export.ts'
import { type Sealed, type SealOptions, sealOnce } from '../../hub/journal/seal.ts'
import { type VerifyReport, verifyExport } from '../../hub/journal/verify.ts'
import { writeJournal } from '../../hub/journal/write.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { acquireLease, type Lease } from '../../hub/store/lease.ts'
import type { Sql, SqlStore } from '../../hub/store/sql.ts'
import type { JournalEntry } from '../../schemas/journal.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { checkTestSignature, makeTestSigner } from '../support/block-signer.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { below, type Random, seededRandom } from '../support/random.ts'

const signer = makeTestSigner()

const makeEntry = (facts: JournalEntry['facts'] = {}): JournalEntry => ({
  id: newRowId(),
  at: new Date(),
  kind: 'message.moved',
  facts,
})

async function takeLease(sql: Sql): Promise<Lease> {
  const lease = await acquireLease(sql, { name: 'seal', owner: '1' })
  if (lease === undefined) throw new Error('the lease is not free')
  return lease
}

const optionsFor = async (store: SqlStore, entriesMax = 1000): Promise<SealOptions> => ({
  store,
  signer,
  now: () => new Date(),
  entriesMax,
  fence: await takeLease(store),
})

async function seal(options: SealOptions): Promise<Sealed> {
  const sealed = await sealOnce(options)
  if (isRefusal(sealed)) throw new Error(sealed.seen)
  return sealed
}

/**
 * Seals once all entries written so far can be: transactions of other databases may delay that for a moment.
 */
async function sealNext(options: SealOptions): Promise<BlockHeader[]> {
  for (;;) {
    const { rows } = await options.store.query(
      'select pg_snapshot_xmin(pg_current_snapshot()) > max(j.xid) as is_ended from journal j',
    )
    if (rows[0]?.['is_ended'] === true) return (await seal(options)).blocks
  }
}

async function exportText(sql: Sql, range: { from?: number; to?: number } = {}): Promise<string> {
  let text = ''
  for await (const line of exportLines(sql, range)) text += line
  return text
}

async function verifyText(text: string): Promise<VerifyReport> {
  async function* chunks() {
    yield text
  }
  return verifyExport(chunks(), { check: checkTestSignature })
}

const idsIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{"at"'))
    .map((line) => String((JSON.parse(line) as { id: string }).id))

/** One transaction of some entries, spread over several statements; it fails on purpose now and then. */
async function writeSlowly(store: SqlStore, random: Random): Promise<string[]> {
  const written: string[] = []
  const isAborted = below(random, 4) === 0
  const work = store.transaction(async (sql) => {
    for (let part = 1 + below(random, 3); part > 0; part -= 1) {
      const entries = Array.from({ length: 1 + below(random, 4) }, () => makeEntry({ isAborted }))
      await writeJournal(sql, entries)
      written.push(...entries.map((entry) => entry.id))
      for (let pause = below(random, 30); pause > 0; pause -= 1) await sql.query('select 1')
    }
    if (isAborted) throw new Error('aborted on purpose')
  })
  return work.then(
    () => written,
    () => [],
  )
}

t.test(
  'RULES 26: every committed entry is in exactly one block, beside 8 writers and a sealer',
  async (t) => {
    const random = seededRandom()
    t.comment(`HUB_TEST_SEED=${random.seed}`)
    const store = await openFreshStore(t, 14)
    const options = await optionsFor(store, 7)
    const committed: string[] = []
    let writersBusy = 8
    const writers = Array.from({ length: writersBusy }, async () => {
      for (let round = 0; round < 25; round += 1) committed.push(...(await writeSlowly(store, random)))
      writersBusy -= 1
    })
    const blocks: BlockHeader[] = []
    const sealing = (async () => {
      while (writersBusy > 0) blocks.push(...(await seal(options)).blocks)
    })()
    await Promise.all([...writers, sealing])
    const sealedBeside = blocks.length
    blocks.push(...(await sealNext(options)))
    t.comment(`${committed.length} entries, ${blocks.length} blocks, ${sealedBeside} beside the writers`)

    const text = await exportText(store)
    const report = await verifyText(text)
    t.same(report.faults, [])
    t.same(idsIn(text).sort(), [...committed].sort(), 'none skipped, none twice, no aborted one')
    t.equal(report.entries, committed.length)
    t.ok(sealedBeside > 1, 'the sealer worked while writers wrote')
    t.same((await seal(options)).blocks, [], 'nothing is sealed when there are no entries')
  },
)

t.test('an open transaction is waited for, not skipped, and keeps no other writer waiting', async (t) => {
  const store = await openFreshStore(t)
  const options = await optionsFor(store)
  const [early, slow, late] = [makeEntry(), makeEntry(), makeEntry()]
  await writeJournal(store, [early])
  t.equal((await sealNext(options))[0]?.entries, 1)
  await store.transaction(async (sql) => {
    await writeJournal(sql, [slow])
    await writeJournal(store, [late])
    t.same((await seal(options)).blocks, [], 'what committed behind the open one waits too')
  })
  const [block] = await sealNext(options)
  t.match(block, { number: 2, entries: 2 })
  t.same(idsIn(await exportText(store, { from: 2 })), [slow.id, late.id], 'by transaction, not by commit')
})

t.test('a block ends at its bound, but never within a transaction', async (t) => {
  const store = await openFreshStore(t)
  const options = await optionsFor(store, 3)
  for (const count of [2, 5, 1, 1, 1, 1]) {
    await store.transaction((sql) =>
      writeJournal(
        sql,
        Array.from({ length: count }, () => makeEntry()),
      ),
    )
  }
  t.same(
    (await sealNext(options)).map((block) => block.entries),
    [7, 3, 1],
  )
  t.same((await verifyText(await exportText(store))).faults, [])
})

t.test('entries of one savepoint that was rolled back are absent, the others are sealed', async (t) => {
  const store = await openFreshStore(t)
  const options = await optionsFor(store)
  const [kept, undone] = [makeEntry(), makeEntry()]
  await store.transaction(async (sql) => {
    await writeJournal(sql, [kept])
    await sql.query('savepoint inner_step')
    await writeJournal(sql, [undone])
    await sql.query('rollback to savepoint inner_step')
  })
  await sealNext(options)
  t.same(idsIn(await exportText(store)), [kept.id])
})

t.test('RULES 29: of two sealers one wins, and the one fenced out cannot commit its block', async (t) => {
  const store = await openFreshStore(t)
  const first = await optionsFor(store)
  await writeJournal(store, [makeEntry(), makeEntry()])
  let reached = (): void => undefined
  let go = (): void => undefined
  const stopped = new Promise<void>((resolve) => {
    reached = resolve
  })
  const woken = new Promise<void>((resolve) => {
    go = resolve
  })
  // The first sealer stands still between its signature and its transaction, and is taken for dead.
  const pausing: SqlStore = {
    query: (statement, values) => store.query(statement, values),
    transaction: async (work) => {
      reached()
      await woken
      return store.transaction(work)
    },
  }
  const late = sealNext({ ...first, store: pausing })
  await stopped
  await store.query('update lease set expires_at = now()')
  const second = await optionsFor(store)
  t.equal((await sealNext(second)).length, 1)
  go()
  await t.rejects(late, { message: /lease seal was lost/ })
  t.same((await store.query('select number from journal_block')).rows, [{ number: 1 }])
  t.same((await verifyText(await exportText(store))).faults, [])
})

t.test('a database whose transaction ids are behind those sealed is refused, not skipped over', async (t) => {
  const store = await openFreshStore(t)
  const options = await optionsFor(store)
  await writeJournal(store, [makeEntry()])
  await sealNext(options)
  await store.query("update journal_block set to_xid = '99999999999'")
  await writeJournal(store, [makeEntry()])
  t.match(await sealOnce(options), { code: 'journal.moved' })
})

t.test('RULES 26: what an administrator changes in the database is found in the export', async (t) => {
  const store = await openFreshStore(t)
  const options = await optionsFor(store, 2)
  for (let n = 0; n < 6; n += 1) await writeJournal(store, [makeEntry({ n })])
  t.equal((await sealNext(options)).length, 3)
  const cases: [string, string][] = [
    [`update journal set entry = replace(entry, '"n":3', '"n":4')`, 'root'],
    ['delete from journal where id = (select min(id::text)::uuid from journal)', 'count'],
    [`update journal_block set sealed_at = sealed_at - interval '1 day' where number = 2`, 'signature'],
    ['delete from journal_block where number = 2', 'number'],
    [`update journal_block set entries = entries - 1 where number = 1`, 'count'],
  ]
  for (const [tampering, kind] of cases) {
    let text = ''
    const undone = store.transaction(async (sql) => {
      await sql.query(tampering)
      text = await exportText(sql)
      throw new Error('undone')
    })
    await t.rejects(undone, /undone/)
    const { faults } = await verifyText(text)
    t.ok(
      faults.some((fault) => fault.kind === kind),
      `${tampering}: ${faults.map((fault) => fault.kind)}`,
    )
  }
  t.same((await verifyText(await exportText(store))).faults, [])
})

t.test('an export of a part is a sound file, and one of nothing proves nothing', async (t) => {
  const store = await openFreshStore(t)
  const options = await optionsFor(store, 1)
  t.match(await verifyText(await exportText(store)), {
    isSound: false,
    blocks: 0,
    faults: [{ kind: 'empty' }],
  })
  for (let n = 0; n < 4; n += 1) await writeJournal(store, [makeEntry({ n })])
  t.equal((await sealNext(options)).length, 4)
  const numbersOf = async (range: { from?: number; to?: number }) => {
    const { faults, first, last } = await verifyText(await exportText(store, range))
    return faults.length === 0 ? [first?.number, last?.number] : faults.map(({ kind }) => kind)
  }
  t.same(await numbersOf({ from: 2, to: 3 }), [2, 3])
  t.same(await numbersOf({ from: 3 }), [3, 4])
  t.same(await numbersOf({ from: -5, to: 99 }), [1, 4])
  t.same(await numbersOf({ from: 9 }), ['empty'])
  t.same(await numbersOf({ from: 3, to: 1 }), ['empty'])
})

t.test('a block larger than a page of the export comes out whole', async (t) => {
  const store = await openFreshStore(t)
  const options = await optionsFor(store)
  const entries = Array.from({ length: 1203 }, (_, n) => makeEntry({ n }))
  await store.transaction((sql) => writeJournal(sql, entries))
  t.equal((await sealNext(options))[0]?.entries, 1203)
  const text = await exportText(store)
  t.same((await verifyText(text)).faults, [])
  t.same(
    idsIn(text),
    entries.map((entry) => entry.id),
  )
})

t.test('sealing reads the entries by index, however many lie sealed before', async (t) => {
  const store = await openFreshStore(t)
  await store.query(
    'insert into journal (id, at, kind, entry, digest) ' +
      "select gen_random_uuid(), now(), 'hub.started', '{}', '' " +
      'from generate_series(1, 20000)',
  )
  await store.query('analyze journal')
  const { rows } = await store.query(
    'explain (format text) select j.xid::text, j.id, j.digest from journal j ' +
      "where j.xid >= '999999999'::xid8 and j.xid < '9999999999'::xid8 order by j.xid fetch first 100 rows with ties",
  )
  const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n')
  t.match(plan, /Index.*xid/)
  t.notMatch(plan, /Seq Scan/)
})
