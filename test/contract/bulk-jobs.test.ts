// Bulk jobs on a database: taken in whole, searched and invited batch by batch, harmless to repeat, bounded.

import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { changeJob, orderInvitations } from '../../hub/bulk/change.ts'
import { inviteRound } from '../../hub/bulk/invite.ts'
import { makePace } from '../../hub/bulk/pace.ts'
import { resultCsv, resultXlsx } from '../../hub/bulk/result.ts'
import { searchRound } from '../../hub/bulk/search.ts'
import { makeTakeList } from '../../hub/bulk/take.ts'
import { jobView } from '../../hub/bulk/view.ts'
import { dropOld, startBulk } from '../../hub/bulk/wiring.ts'
import { readList } from '../../hub/lists/read.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import { type BulkSelection, countRows, readJob, readRows } from '../../hub/store/bulk/jobs.ts'
import { acquireLease, releaseLease } from '../../hub/store/lease.ts'
import type { Store } from '../../hub/store/orm.ts'
import type { SqlStore } from '../../hub/store/sql.ts'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import type { InviteDesk } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, refuse } from '../../schemas/refusals.ts'
import { bulkContext, fakeDesk, fakeDirectory, hitOf, standingClock } from '../support/bulk.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { innOf } from '../support/lists.ts'

const home = '2AB' as OperatorCode
const sender = '2AB-7707083893-770701001' as ParticipantId
const open = new AbortController().signal
const noFault = (place: string, error: unknown) => {
  throw new Error(`${place}: ${error}`)
}

/** Every tenth is linked, every third needs an application, every seventh is known to nobody. */
const directory = () =>
  fakeDirectory({
    byInn(inn) {
      const n = Number(inn.slice(2, 9))
      if (n % 7 === 0) return []
      return [hitOf(inn, n % 10 === 0 ? 'linked' : n % 3 === 0 ? 'application' : 'invitable')]
    },
  })

async function begin(t: Parameters<typeof openFreshStore>[0]) {
  const store = await openFreshStore(t)
  const clock = standingClock()
  const context = bulkContext(store, clock)
  const takeList = makeTakeList(context)
  let keys = 0
  const take = async (text: string, over: { key?: string; home?: OperatorCode; asks?: boolean } = {}) => {
    keys += 1
    const key = over.key ?? `key-${keys}`
    const upload = { home: over.home ?? home, key, sender, asks: over.asks ?? true, apiKey: 'k1' }
    return takeList({ ...upload, bytes: Buffer.from(text) })
  }
  const job = async (text: string, over: { asks?: boolean } = {}) => {
    const taken = await take(text, over)
    if (isRefusal(taken)) throw new Error(JSON.stringify(taken))
    return taken.job
  }
  const order = (id: string, rows: BulkSelection, message?: string) =>
    orderInvitations(context, {
      home,
      job: id,
      rows,
      message,
      comment: undefined,
      remote: '127.0.0.1',
      apiKey: 'k1',
    })
  return { store, clock, context, take, job, order }
}

async function viewOf(store: Store, id: string) {
  const job = await readJob(store, { home, id })
  if (job === undefined) throw new Error('no job')
  return jobView(job, await countRows(store, id), '')
}

const inns = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => innOf(from + n)).join('\n')

t.test('a list becomes a job with all its rows, faulty ones named, once under its key', async (t) => {
  const { store, take } = await begin(t)
  const text = `ИНН;Почта\n${innOf(1)};a@b.example\n${innOf(1)};\n12;\n`
  const [first, second] = await Promise.all([take(text, { key: 'same' }), take(text, { key: 'same' })])
  if (isRefusal(first) || isRefusal(second)) throw new Error('refused')
  t.equal(first.job.id, second.job.id)
  t.strictSame([first.isRepeated, second.isRepeated].sort(), [false, true])
  t.match(await take(`${text}13;\n`, { key: 'same' }), { code: 'bulk.key-reused' })
  const other = await take(text, { key: 'same', home: '2CD' as OperatorCode })
  t.notOk(isRefusal(other), 'keys of home codes are apart')
  const faulty = await readRows(store, { job: first.job.id, group: 'faulty', after: 0, countMax: 10 })
  t.strictSame(
    faulty.map(({ number, reason }) => [number, reason]),
    [
      [3, 'list.row-doubled'],
      [4, 'inn.form'],
    ],
  )
  const { rows } = await store.query("select kind from journal where kind = 'bulk.made'")
  t.equal(rows.length, 2)
})

t.test('groups what it finds, and asks the directory of participants only about the unknown', async (t) => {
  const { store, context, job } = await begin(t)
  const { id } = await job(inns(1, 30))
  const asked = directory()
  const rows = await searchRound({ context, directory: asked, onFault: noFault }, undefined, open)
  t.equal(rows, 30)
  t.match(await viewOf(store, id), {
    phase: 'done',
    searched: 30,
    groups: { linked: 3, ready: 15, application: 8, notFound: 4, tryLater: 0, waiting: 0 },
  })
  t.strictSame(asked.lookedUp.sort(), [7, 14, 21, 28].map(innOf))
  t.equal(await searchRound({ context, directory: asked, onFault: noFault }, undefined, open), 0)
})

t.test(
  'takes the best of several boxes, knows unreachable ones, and leaves the sender itself out',
  async (t) => {
    const { store, context, job } = await begin(t)
    const boxes = {
      [innOf(1)]: [hitOf(innOf(1), 'application'), hitOf(innOf(1), 'invitable'), hitOf(innOf(1), 'linked')],
      [innOf(2)]: [hitOf(innOf(2), 'unreachable')],
      [innOf(3)]: [hitOf(innOf(3), 'invitable', { id: sender.toUpperCase() as ParticipantId })],
    }
    const { id } = await job(inns(1, 3), { asks: false })
    const asked = fakeDirectory({ byInn: (inn) => boxes[inn] ?? [] })
    await searchRound({ context, directory: asked, onFault: noFault }, undefined, open)
    const linked = await readRows(store, { job: id, group: 'linked', after: 0, countMax: 10 })
    t.match(linked, [{ number: 1, boxes: 3 }])
    const unknown = await readRows(store, { job: id, group: 'not-found', after: 0, countMax: 10 })
    t.match(unknown, [
      { number: 2, reason: 'route.no-peer', boxes: 1 },
      { number: 3, reason: null, boxes: 0 },
    ])
    t.strictSame(asked.lookedUp, [], 'a service may want no look-ups')
  },
)

t.test(
  'asks again after a failed look-up, a bounded number of times, and never calls it not found',
  async (t) => {
    const { store, clock, context, job } = await begin(t)
    const { id } = await job(inns(1, 2))
    let isKnown = false
    const asked = fakeDirectory({
      byInn: (inn) => (isKnown && inn === innOf(1) ? [hitOf(inn, 'invitable')] : []),
      lookUp: (inn) => (isKnown && inn === innOf(1) ? 'ok' : 'try-later'),
    })
    const options = { context, directory: asked, onFault: noFault }
    t.equal(await searchRound(options, undefined, open), 2)
    t.equal(await searchRound(options, undefined, open), 0, 'not at once')
    isKnown = true
    for (let round = 1; round < limits.bulkAttemptsMax; round += 1) {
      clock.move(limits.bulkRetryMs * 2 ** (round - 1))
      t.ok((await searchRound(options, undefined, open)) > 0)
    }
    t.match(await viewOf(store, id), { groups: { ready: 1, tryLater: 1, notFound: 0, waiting: 0 } })
    t.equal(asked.lookedUp.filter((inn) => inn === innOf(2)).length, limits.bulkAttemptsMax)
  },
)

t.test('a row that makes the directory fail is put off; the others go on', async (t) => {
  const { store, context, job } = await begin(t)
  const { id } = await job(inns(1, 5))
  const faults: string[] = []
  const broken = fakeDirectory({
    byInn(inn) {
      if (inn === innOf(3)) throw new Error('a fault')
      return [hitOf(inn, 'invitable')]
    },
  })
  const onFault = (place: string) => faults.push(place)
  await searchRound({ context, directory: broken, onFault }, undefined, open)
  t.strictSame(faults, ['bulk.search', 'bulk.search'], 'of the question for all, then of the row')
  t.match(await viewOf(store, id), { groups: { ready: 4, waiting: 1 } })
  t.strictSame([...broken.asked.values()], [2, 2, 2, 2, 2])
})

t.test('a batch that was not written is searched again; jobs share the rounds', async (t) => {
  const { store, context, job } = await begin(t)
  const large = await job(inns(1, 3 * limits.bulkBatchRows))
  const small = await job(inns(1, 5))
  const asked = directory()
  const dying = { ...context, store: dyingStore(store) }
  const options = { directory: asked, onFault: noFault }
  await t.rejects(searchRound({ ...options, context: dying }, undefined, open), /killed/)
  t.match(await viewOf(store, large.id), { searched: 0 })
  t.equal(await searchRound({ ...options, context }, undefined, open), limits.bulkBatchRows + 5)
  t.match(await viewOf(store, small.id), { searched: 5 })
  t.match(await viewOf(store, large.id), { searched: limits.bulkBatchRows })
  while ((await searchRound({ ...options, context }, undefined, open)) > 0);
  t.match(await viewOf(store, large.id), { searched: 3 * limits.bulkBatchRows })
  t.equal(Math.max(...asked.asked.values()), 3, 'at most one batch is repeated: two jobs and the repeat')
})

/** What a node invites with that starts just now. */
const invitingOf = (context: PipelineContext, desk: InviteDesk, invitesPerMinute: number) => ({
  context,
  desk,
  invitesPerMinute,
  pace: makePace({ perMinute: invitesPerMinute, clock: context.clock }),
  onFault: noFault,
})

/** A process that dies before what it did is written. */
function dyingStore(store: Store): SqlStore {
  return { query: store.query.bind(store), transaction: async () => Promise.reject(new Error('killed')) }
}

t.test('the list is read by a worker, and by nobody else', async (t) => {
  const { store, clock } = await begin(t)
  const context = bulkContext(store, clock)
  const asked: Uint8Array[] = []
  const workers = {
    readList: async (bytes: Uint8Array) => {
      asked.push(bytes)
      return refuse('list.broken', 'a worker said so')
    },
  }
  const take = makeTakeList({ ...context, workers } as unknown as PipelineContext)
  const bytes = Buffer.from(inns(1, 3))
  const taken = await take({ home, key: 'k', sender, asks: true, bytes, apiKey: 'k1' })
  t.match(taken, { code: 'list.broken', seen: 'a worker said so' })
  t.strictSame(asked, [bytes])
})

t.test('each invitation is made once, though the process dies between making and writing', async (t) => {
  const { store, clock, context, job, order } = await begin(t)
  const { id } = await job(inns(1, 60))
  const options = { directory: directory(), onFault: noFault }
  await searchRound({ ...options, context }, undefined, open)
  t.match(await order(id, 'all-ready', 'привет'), { queued: 30 })
  t.match(await order(id, 'all-ready', 'ещё раз'), { queued: 0 }, 'twice is once')
  const desk = fakeDesk()
  const inviting = invitingOf(context, desk, 600)
  const dying = () => ({
    ...invitingOf(context, desk, 600),
    context: { ...context, store: dyingStore(store) },
  })
  await t.rejects(inviteRound(dying(), undefined, open), /killed/)
  t.ok(desk.calls.length > 0)
  await t.rejects(inviteRound(dying(), undefined, open), /killed/)
  for (let round = 0; round < 10; round += 1) {
    await inviteRound(inviting, undefined, open)
    clock.move(limits.bulkLookMs)
  }
  t.equal(desk.made.size, 30)
  t.ok(desk.calls.length > 30, 'some were asked for again')
  t.ok([...desk.made.keys()].every((key) => key.startsWith(`2AB bulk:${id}:`)))
  t.ok(desk.calls.every(({ message, bulk }) => message === 'привет' && bulk === id))
  t.match(await viewOf(store, id), { phase: 'done', invitations: { invited: 30, asked: 30, queued: 0 } })
})

t.test('what a node does that has lost its lease is not written', async (t) => {
  const { store, context, job, order } = await begin(t)
  const { id } = await job(inns(1, 4))
  const lease = await acquireLease(store, { name: 'bulk-search', owner: '1' })
  if (lease === undefined) throw new Error('no lease')
  const next = async () => {
    await releaseLease(store, lease)
    await acquireLease(store, { name: 'bulk-search', owner: '2' })
  }
  let isFirst = true
  const slow = fakeDirectory({
    async byInn(inn) {
      if (isFirst) await next()
      isFirst = false
      return [hitOf(inn, 'invitable')]
    },
  })
  await t.rejects(searchRound({ context, directory: slow, onFault: noFault }, lease, open), /was lost/)
  t.match(await viewOf(store, id), { searched: 0 })
  t.match(await order(id, [1]), { code: 'bulk.rows' }, 'and what is not searched cannot be invited')
})

t.test('invites no faster than is set, also after a restart', async (t) => {
  const { clock, context, job, order } = await begin(t)
  const { id } = await job(inns(1, 90))
  await searchRound(
    { context, directory: fakeDirectory({ byInn: (inn) => [hitOf(inn, 'invitable')] }), onFault: noFault },
    undefined,
    open,
  )
  await order(id, 'all-ready')
  const desk = fakeDesk()
  const perMinute = 60
  const inviting = invitingOf(context, desk, perMinute)
  const secondLength = limits.bulkLookMs
  for (let second = 0; second < 10; second += 1) {
    await inviteRound(inviting, undefined, open)
    clock.move(secondLength)
  }
  t.equal(desk.calls.length, 10, 'spread over the minute')
  // A node that starts anew knows nothing of before but what the rows say.
  const anew = () => invitingOf(context, desk, perMinute)
  for (let round = 0; round < 70; round += 1) await inviteRound(anew(), undefined, open)
  t.equal(desk.calls.length, perMinute)
  clock.move(60_000)
  t.equal(await inviteRound(anew(), undefined, open), 1)
})

t.test(
  'keeps why an invitation was refused; a passing reason is tried again, a bounded number of times',
  async (t) => {
    const { store, clock, context, job, order } = await begin(t)
    const text = `ИНН;Почта\n${[1, 2, 3].map((n) => `${innOf(n)};`).join('\n')}\n${innOf(7)};a@b.example\n${innOf(14)};\n`
    const { id } = await job(text)
    await searchRound({ context, directory: directory(), onFault: noFault }, undefined, open)
    t.match(await order(id, [6]), { code: 'bulk.rows', seen: '1: 6' }, 'not found and without an e-mail')
    t.match(await order(id, [99, 2]), { code: 'bulk.rows', seen: '1: 99' })
    t.match(await order(id, 'all-by-email'), { queued: 1 })
    t.match(await order(id, 'all-applications'), { queued: 1 })
    t.match(await order(id, [2, 3]), { queued: 2 })
    const faults: string[] = []
    const desk = fakeDesk((request) => {
      if (request.key.endsWith(':2')) return refuse('route.no-peer', 'x')
      if (request.key.endsWith(':3')) throw new Error('a fault')
      return request.counterparty.by === 'inn' ? 'unclaimed' : 'application'
    })
    const inviting = {
      ...invitingOf(context, desk, 600),
      onFault: (place: string) => faults.push(place),
    }
    for (let round = 0; round < limits.bulkAttemptsMax; round += 1) {
      await inviteRound(inviting, undefined, open)
      clock.move(limits.bulkRetryMs * 2 ** round)
    }
    t.equal(faults.length, limits.bulkAttemptsMax)
    t.match(await viewOf(store, id), {
      invitations: { queued: 0, invited: 2, refused: 2, unclaimed: 1, application: 1 },
    })
    const byEmail = desk.calls.find(({ counterparty }) => counterparty.by === 'inn')
    t.match(byEmail?.counterparty, { inn: innOf(7), email: 'a@b.example' })
    const ready = await readRows(store, { job: id, group: 'ready', after: 0, countMax: 9 })
    t.strictSame(
      ready.map(({ number, reason }) => [number, reason]),
      [
        [2, 'route.no-peer'],
        [3, 'bulk.failed'],
      ],
    )
    t.match(await order(id, [2]), { queued: 1 }, 'a refused row may be tried again by its service')
  },
)

t.test('a paused job rests, a resumed one goes on, a cancelled one is over', async (t) => {
  const { store, context, job, order } = await begin(t)
  const { id } = await job(inns(1, 4))
  const change = (to: 'paused' | 'running' | 'cancelled') =>
    changeJob(context, { home, job: id, to, apiKey: 'k1' })
  const search = () => searchRound({ context, directory: directory(), onFault: noFault }, undefined, open)
  t.match(await change('paused'), { state: 'paused' })
  t.match(await change('paused'), { state: 'paused' })
  t.equal(await search(), 0)
  t.match(await change('running'), { state: 'running' })
  t.equal(await search(), 4)
  t.match(await order(id, 'all-ready'), { queued: 3 })
  t.match(await change('cancelled'), { state: 'cancelled' })
  const desk = fakeDesk()
  t.equal(await inviteRound(invitingOf(context, desk, 600), undefined, open), 0)
  t.match(await change('running'), { code: 'bulk.state' })
  t.match(await order(id, 'all-ready'), { code: 'bulk.state' })
  t.match(await viewOf(store, id), { state: 'cancelled', groups: { ready: 3 } })
  const elsewhere = { home: '2CD' as OperatorCode, job: id, to: 'paused' as const, apiKey: 'k1' }
  t.match(await changeJob(context, elsewhere), { code: 'home.not-found' }, 'of another home code')
})

t.test('bounds the jobs, the waiting rows and the orders of a home code', async (t) => {
  const { store, take, order, job } = await begin(t)
  const first = await job(inns(1, 1))
  await store.query(
    'insert into bulk_order (id, job, remote, at) select gen_random_uuid(), $1, $2, now() from generate_series(1, $3)',
    [first.id, '', limits.bulkOrdersMax - 1],
  )
  await store.query("update bulk_row set state = 'searched', found = 'ready', counterparty = '2ZB-1'")
  t.match(await order(first.id, 'all-ready'), { queued: 1 })
  t.match(await order(first.id, 'all-ready'), { code: 'bulk.too-many' })
  await store.query(
    'insert into bulk_row (job, number, inn, state, due_at) ' +
      "select $1, n, '7707083893', 'waiting', now() from generate_series(10, $2::int + 9) n",
    [first.id, limits.bulkRowsWaitingMax - 3],
  )
  t.notOk(isRefusal(await take(inns(1, 2))), 'as many as the limit says')
  t.match(await take(inns(1, 1)), { code: 'bulk.too-many' })
  await store.query("update bulk_job set state = 'cancelled'")
  await store.query(
    "insert into bulk_job select gen_random_uuid(), home, 'k' || n, digest, sender, asks, state, 0, made_at, changed_at " +
      'from bulk_job, generate_series(1, $2::int) n where id = $1',
    [first.id, limits.bulkJobsPerHomeMax - 3],
  )
  t.notOk(isRefusal(await take(inns(1, 1))), 'as many jobs as the limit says')
  t.match(await take(inns(1, 1)), { code: 'bulk.too-many' })
})

t.test('gives the result grouped, as CSV and XLSX that hold no formula', async (t) => {
  const { store, context, job, order } = await begin(t)
  const { id } = await job(`ИНН;Название\n${inns(1, 10).replaceAll('\n', ';+cmd\n')};@x\n12;-1\n`)
  await searchRound({ context, directory: directory(), onFault: noFault }, undefined, open)
  await order(id, [2])
  const csv = (await Readable.from(resultCsv(store, id)).toArray()).join('')
  t.match(csv, /^\ufeffГруппа;Номер строки;ИНН;/)
  t.match(csv, `Контрагенты;11;${innOf(10)};;'@x;`)
  t.match(csv, `Можно пригласить;2;${innOf(1)};;'+cmd;;ООО ${innOf(1)};2ZB-`)
  t.match(csv, ';в очереди;\r\n'.replace('\r\n', ''))
  t.match(csv, "Ошибки в строках;12;12;;'-1;")
  t.notMatch(csv, /(?:^|;)[=+@-]/m)
  const listed = await readList(Buffer.concat(await Readable.from(resultXlsx(store, id)).toArray()))
  if (isRefusal(listed)) throw new Error(listed.code)
  t.strictSame(
    listed.map(({ inn, name }) => [inn, name]),
    [[innOf(10), '@x']],
    'the first sheet is of those who are linked, and can be uploaded again',
  )
})

t.test('a long result is written few rows at a time, with a turn for others after each', async (t) => {
  const { store, job } = await begin(t)
  const count = 2 * limits.listTurnRows + 1
  const { id } = await job(inns(1, count))
  await store.query("update bulk_row set state = 'searched', found = 'linked' where job = $1", [id])
  let turns = 0
  let isOver = false
  const others = (async () => {
    for (; !isOver; turns += 1) await turn()
  })()
  const pieces: { rows: number; turns: number }[] = []
  for await (const piece of resultCsv(store, id)) pieces.push({ rows: piece.split('\r\n').length - 1, turns })
  const listed = await readList(Buffer.concat(await Readable.from(resultXlsx(store, id)).toArray()))
  isOver = true
  await others
  t.strictSame(
    pieces.map(({ rows }) => rows),
    [1, limits.listTurnRows, limits.listTurnRows, 1],
  )
  t.ok(pieces.every((piece, index) => index === 0 || piece.turns > (pieces[index - 1]?.turns ?? 0)))
  if (isRefusal(listed)) throw new Error(listed.code)
  t.strictSame(
    listed.map(({ inn }) => inn),
    Array.from({ length: count }, (_, n) => innOf(n + 1)),
  )
})

t.test('drops a job after its time, with its rows', async (t) => {
  const { store, clock, context, job } = await begin(t)
  const { id } = await job(inns(1, 3))
  const dayLength = 86_400_000
  clock.move(30 * dayLength)
  await dropOld(context, 30)
  t.ok(await readJob(store, { home, id }))
  clock.move(1)
  await dropOld(context, 30)
  t.notOk(await readJob(store, { home, id }))
  const { rows } = await store.query('select count(*)::int as count from bulk_row')
  t.equal(rows[0]?.['count'], 0)
  const journal = await store.query("select entry from journal where kind = 'bulk.changed'")
  t.match(String(journal.rows[0]?.['entry']), '"to":"dropped"')
})

t.test(
  'the loops work through a job from a list to invitations; stopped in the midst, the next go on',
  async (t) => {
    const { store, context, take, order } = await begin(t)
    const running = { ...context, clock: { ...context.clock, now: () => new Date() } }
    const asked = directory()
    const desk = fakeDesk()
    const settings = { bulk: { invitesPerMinute: 60_000, keptDays: 30 } }
    const start = (node: string) =>
      startBulk({ context: { ...running, node }, directory: asked, desk, settings, onFault: noFault })
    const first = start('1')
    const taken = await first.take({
      home,
      key: 'k',
      sender,
      asks: true,
      bytes: Buffer.from(inns(1, 700)),
      apiKey: 'k',
    })
    if (isRefusal(taken)) throw new Error(taken.code)
    const { id } = taken.job
    first.wake()
    const until = async (holds: () => Promise<boolean>) => {
      while (!(await holds())) await turn()
    }
    await until(async () => asked.asked.size > 150)
    await first.stop()
    t.ok((await viewOf(store, id)).searched < 700)
    const second = start('2')
    await until(async () => (await viewOf(store, id)).searched === 700)
    const { queued } = (await order(id, 'all-ready')) as { queued: number }
    await until(async () => desk.calls.length > 20)
    await second.stop()
    const third = start('3')
    t.teardown(() => third.stop())
    await until(async () => (await viewOf(store, id)).phase === 'done')
    t.equal(desk.made.size, queued)
    t.notOk(isRefusal(await take('ИНН\n12')), 'a list of faulty rows alone is a job too')
  },
)
