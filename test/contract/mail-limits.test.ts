// Limits of letters at both sides of their edges: letters of a sweep, rounds of a commit, the time a letter may take.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { configFaultText, loadConfig } from '../../hub/config.ts'
import { deliverLetters, type PostOffice } from '../../hub/mail/deliver.ts'
import type { Mailer } from '../../hub/mail/ports.ts'
import { startMail } from '../../hub/mail/wiring.ts'
import { StaleChange } from '../../hub/store/hot/batcher.ts'
import type { Change } from '../../hub/store/hot/change.ts'
import { makeCommitter } from '../../hub/store/hot/commit.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { acquireLease } from '../../hub/store/lease.ts'
import { keepPartitions } from '../../hub/store/partitions.ts'
import { createMetrics } from '../../monitoring/metrics.ts'
import { makeBook } from '../../routing/book.ts'
import { limits } from '../../schemas/limits.ts'
import { type EmailAddress, parseEmail } from '../../schemas/mail/email.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { letteredInvite, letterRow } from '../support/letter-rows.ts'
import { makeReapedFolder } from '../support/reaper.ts'

const nothing = { operators: [], peers: [], grants: [], overrides: [], thumbprints: new Map() }
const book = makeBook({ edition: 1, ...nothing })
const open = new AbortController().signal

async function begin(t: Parameters<typeof openFreshStore>[0]) {
  const store = await openFreshStore(t)
  const clock = { now: () => new Date(), newId: () => newRowId(), random: () => 0.5 }
  await keepPartitions(store, clock.now())
  const committer = makeCommitter({ store, node: '1', isOutage: () => false })
  const context = { store, committer, clock, book: () => book }
  const count = async (text: string) => Number((await store.query(text)).rows[0]?.['count'])
  return { store, context, write: async (change: Change) => void (await committer.submit(change)), count }
}

/** One letter that is due, and an office whose commits and mailer are those of the test. */
async function openOffice(t: Parameters<typeof openFreshStore>[0], over: Partial<PostOffice> = {}) {
  const { store, context, write } = await begin(t)
  const lease = await acquireLease(store, { name: 'letters', owner: '1' })
  if (lease === undefined) throw new Error('no lease')
  const invite = letteredInvite()
  const letter = letterRow(invite)
  await write({ invites: [invite], letters: [letter] })
  const faults: string[] = []
  const office: PostOffice = {
    context,
    mailer: { post: async () => ({ is: 'sent', file: undefined }), close: async () => undefined },
    claims: undefined,
    home: 'ООО «Оператор Б»',
    from: parseEmail('edo@hub.example.ru') as EmailAddress,
    portalAddress: 'https://edo.example.ru/',
    retryMs: [60_000],
    retryForMs: 3_600_000,
    connectionsMax: 1,
    onTried: () => undefined,
    onFault: (place, error) => void faults.push(`${place} ${error}`),
    ...over,
  }
  const row = async () =>
    (await store.query({ text: 'select * from letter where id = $1', values: [letter.id] })).rows[0]
  const deliver = (parts: Partial<PostOffice> = {}) => deliverLetters({ ...office, ...parts }, lease, open)
  return { context, faults, row, deliver }
}

t.test(
  'a sweep takes so many letters with their files, the longest over first, the next the rest',
  async (t) => {
    const { store, context, write, count } = await begin(t)
    const folder = join(makeReapedFolder(), 'data')
    const overrides = [`data.folder=${folder}`, 'home.codes=2HH', 'mail.pollMs=600000', 'mail.keepMs=60000']
    const loaded = loadConfig({ env: {}, cwd: '/', overrides })
    if (!loaded.ok) throw new Error(loaded.faults.map(configFaultText).join('\n'))
    const metrics = createMetrics({ version: '0' })
    t.teardown(() => metrics.close())
    const faults: string[] = []
    /** One run of the loop, which ends before this resolves. */
    const run = async (isDone: () => Promise<boolean>) => {
      const mail = await startMail({
        settings: loaded.settings,
        context,
        store: {
          ...store,
          query: store.query.bind(store),
          listen: async () => async () => undefined,
        } as typeof store,
        node: '1',
        metrics,
        claims: undefined,
        portalAddress: 'http://127.0.0.1:8084',
        onFault: (place, error) => void faults.push(`${place} ${error}`),
      })
      while (!(await isDone())) await turn()
      await mail.stop()
    }
    const left = () => count('select count(*) from letter')
    const mails = join(folder, 'mail')
    mkdirSync(mails, { recursive: true })
    const end = async (total: number) => {
      const invite = letteredInvite()
      const letters = Array.from({ length: total }, () => letterRow(invite, { state: 'sent' }))
      await write({ invites: [invite], letters })
      for (const { id } of letters) writeFileSync(join(mails, `${id}.eml`), 'a letter')
      await store.query({
        text:
          "update letter l set file = l.id || '.eml', ended_at = now() - interval '1 hour' + x.n * interval '1 second' " +
          'from unnest($1::uuid[]) with ordinality x (id, n) where x.id = l.id',
        values: [letters.map(({ id }) => id)],
      })
      return letters.map(({ id }) => `${id}.eml`)
    }
    await end(limits.lettersSweptMax)
    await run(async () => (await left()) === 0)
    t.strictSame(readdirSync(mails), [])
    const files = await end(limits.lettersSweptMax + 1)
    await run(async () => (await left()) <= 1)
    t.equal(await left(), 1)
    t.strictSame(readdirSync(mails), files.slice(-1))
    await run(async () => (await left()) === 0)
    t.strictSame(readdirSync(mails), [])
    t.ok(existsSync(mails))
    t.strictSame(faults, [])
  },
)

/** A committer to which somebody else is always faster, so many times. */
function overtaken(context: PostOffice['context'], times: number): PostOffice['context'] {
  let left = times
  const submit = async (change: Change) => {
    if (change.letterMoves !== undefined && left > 0) {
      left -= 1
      throw new StaleChange('of the test')
    }
    return context.committer.submit(change)
  }
  return { ...context, committer: { ...context.committer, submit } }
}

t.test('what became of a letter is put down in so many rounds, else it is told and goes again', async (t) => {
  const { context, deliver, faults, row } = await openOffice(t)
  const max = limits.letterCommitRoundsMax
  await deliver({ context: overtaken(context, max) })
  t.match(faults, [/^mail\.deliver .*stale/])
  t.match(await row(), { state: 'queued', attempts: 0 }, 'sent at least once: it is due again')
  await deliver({ context: overtaken(context, max - 1) })
  t.equal(faults.length, 1)
  t.match(await row(), { state: 'sent', attempts: 1 })
})

t.test('a letter that does not go in its time is put off, and has its attempt', async (t) => {
  const { deliver, faults, row } = await openOffice(t)
  const real = AbortSignal.timeout
  t.teardown(() => {
    AbortSignal.timeout = real
  })
  const late = new AbortController()
  const asked: number[] = []
  AbortSignal.timeout = (ms) => {
    asked.push(ms)
    return ms === limits.letterSendMs ? late.signal : real(ms)
  }
  const begun = Promise.withResolvers<void>()
  const mailer: Mailer = {
    async post(_, signal) {
      begun.resolve()
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return { is: 'later', reason: 'mail.away' }
    },
    async close() {},
  }
  const delivering = deliver({ mailer })
  await begun.promise
  t.ok(asked.includes(limits.letterSendMs))
  t.match(await row(), { state: 'queued', attempts: 0 }, 'until then it is under way')
  late.abort()
  await delivering
  t.match(await row(), { state: 'queued', attempts: 1, reason: 'mail.away' })
  t.strictSame(faults, [])
})
