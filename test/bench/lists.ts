// `npm run bench -- lists`: long lists searched in the directory, and results as files: how fast, and how long others wait.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startEmbeddedPostgres } from '../../hub/adapters/embedded-postgres.ts'
import { resultCsv, resultXlsx } from '../../hub/bulk/result.ts'
import { searchRound } from '../../hub/bulk/search.ts'
import { assembleDirectory } from '../../hub/directory/wiring.ts'
import { insertJob } from '../../hub/store/bulk/jobs.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { migrate } from '../../hub/store/migrate.ts'
import { openStore, type Store } from '../../hub/store/orm.ts'
import { makeBook } from '../../routing/book.ts'
import type { PartnerBook } from '../../schemas/partner.ts'
import { directoryDefaults } from '../support/directory-defaults.ts'
import { innOf } from '../support/lists.ts'
import { type BenchResult, machine } from './children.ts'
import { makeSubscribers } from './directory-in-hub.ts'

/** The work: subscribers of the directory, rows that are searched, rows of the result. */
export type ListsBench = { subscribers: number; searched: number; rows: number }

/** Runs the bench on a database of its own, in this process. Rows that are not searched or not written are faults. */
export async function benchLists(work: ListsBench): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'edo-hub-bench-'))
  // Root's database runs under another account, which must be able to pass.
  chmodSync(folder, 0o711)
  const database = await startEmbeddedPostgres({ dataFolder: join(folder, 'data'), log: () => undefined })
  try {
    await migrate(database.url)
    const store = await openStore({ url: database.url, connectionsMax: 12, onFault: () => undefined })
    try {
      await makeSubscribers(store, work.subscribers)
      return await measure(store, work)
    } finally {
      await store.close()
    }
  } finally {
    await database.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(store: Store, work: ListsBench): Promise<BenchResult> {
  const search = await measureSearch(store, work.searched)
  const job = await makeJob(store, work.rows)
  await fillResult(store, job)
  const csv = await timed(async () => bytesOf(resultCsv(store, job)))
  const xlsx = await timed(async () => bytesOf(resultXlsx(store, job)))
  const faults = [
    ...(search.searched === work.searched ? [] : [`searched ${search.searched} of ${work.searched}`]),
    ...(csv.bytes > 100 * work.rows && xlsx.bytes > work.rows ? [] : ['a result is too short']),
  ]
  return { report: { machine: machine(), work, search, csv, xlsx }, faults }
}

/** Every other row is of an organisation that is known. */
async function measureSearch(store: Store, rows: number) {
  const { rows: known } = await store.query('select distinct inn from subscriber order by inn limit $1', [
    Math.ceil(rows / 2),
  ])
  const inns = Array.from({ length: rows }, (_, n) =>
    n % 2 === 0 ? String(known[n / 2]?.['inn']) : innOf(5_000_000 + n),
  )
  const job = await makeJob(store, rows, (n) => inns[n] as string)
  const clock = { now: () => new Date(), newId: () => newRowId(), random: Math.random }
  const context = { store, clock, book: () => book, settings: { homeCodes: ['2ZH'] } }
  const directory = assembleDirectory({
    context: { ...context, committer: { submit: async () => undefined } } as never,
    settings: directoryDefaults,
    participants: undefined,
  })
  const options = {
    context,
    directory,
    onFault: (_: string, error: unknown) => {
      throw error
    },
  }
  const { ms, waitMs } = await timed(async () => {
    while ((await searchRound(options, undefined, new AbortController().signal)) > 0);
    return 0
  })
  const { rows: done } = await store.query(
    "select count(*)::int as searched, count(*) filter (where found = 'ready')::int as ready " +
      "from bulk_row where job = $1 and state = 'searched'",
    [job],
  )
  const { searched, ready } = done[0] as { searched: number; ready: number }
  return { searched, ready, ms, waitMs, rowsPerSecond: Math.round((1000 * searched) / ms) }
}

/** The codes of the subscribers of the bench, all of one operator that takes invitations, and one of ours. */
const book: PartnerBook = makeBook({
  edition: 1,
  operators: [
    {
      id: 'other',
      name: 'Другой',
      active: true,
      codes: Array.from({ length: 40 }, (_, n) => ({
        code: `2${String.fromCharCode(65 + (n % 20))}${String.fromCharCode(65 + Math.floor(n / 20))}`,
      })),
    },
    { id: 'ours', name: 'Наш', active: true, codes: [{ code: '2ZH' }] },
  ] as never,
  peers: [
    {
      id: 'peer',
      name: 'Узел',
      state: 'active',
      address: 'https://peer.example/',
      certificates: [],
      policy: { invitations: true },
    },
  ] as never,
  grants: [{ peer: 'peer', operator: 'other', basis: 'договор' }] as never,
  overrides: [],
  thumbprints: new Map(),
})

async function makeJob(store: Store, count: number, inn: (n: number) => string = innOf): Promise<string> {
  const id = newRowId()
  const at = new Date()
  const names = { home: '2ZH', key: id, digest: '', sender: '2ZH-7707083893-770701001' }
  const rows = Array.from({ length: count }, (_, n) => ({
    number: n + 1,
    inn: inn(n),
    kpp: null,
    name: `Общество с ограниченной ответственностью «Контрагент & партнёры ${n}»`,
    email: `bookkeeping-${n}@counterparty.example`,
    state: 'waiting' as const,
    reason: null,
    seen: null,
    due_at: at,
  }))
  await store.transaction((sql) =>
    insertJob(
      sql,
      { id, ...names, asks: true, state: 'running', rows: count, made_at: at, changed_at: at },
      rows,
    ),
  )
  return id
}

/** As a search would leave it: most can be invited, some are linked, some nobody knows. */
async function fillResult(store: Store, job: string): Promise<void> {
  await store.query(
    "update bulk_row set state = 'searched', due_at = null, counterparty = '2AA-' || md5(inn), known_name = name, " +
      "operator = 'ООО «Оператор»', boxes = 1, found = case number % 10 when 0 then 'linked' when 1 then 'not-found' " +
      "else 'ready' end where job = $1",
    [job],
  )
}

async function bytesOf(pieces: AsyncIterable<Uint8Array | string>): Promise<number> {
  let bytes = 0
  for await (const piece of pieces) bytes += Buffer.byteLength(piece)
  return bytes
}

/** Times work in milliseconds; `waitMs` is how long the event loop came to nobody else. */
async function timed(work: () => Promise<number>) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const startedMs = performance.now()
  let rssMax = 0
  const look = setInterval(() => {
    rssMax = Math.max(rssMax, process.memoryUsage.rss())
  }, 20)
  const rss = process.memoryUsage.rss()
  delay.enable()
  const bytes = await work()
  const ms = Math.round(performance.now() - startedMs)
  await new Promise((done) => setTimeout(done, 30))
  delay.disable()
  clearInterval(look)
  const inMs = (ns: number) => Number((ns / 1e6).toFixed(1))
  const waitMs = { p99: inMs(delay.percentile(99)), max: inMs(delay.max) }
  return { bytes, ms, waitMs, memoryMiB: Math.round((rssMax - rss) / 2 ** 20) }
}
