// Limits of bulk jobs at both sides of their edges: jobs of a round, questions and invitations at once, rows of a statement.

import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { orderInvitations } from '../../hub/bulk/change.ts'
import { inviteRound } from '../../hub/bulk/invite.ts'
import { makePace } from '../../hub/bulk/pace.ts'
import { resultCsv } from '../../hub/bulk/result.ts'
import { searchRound } from '../../hub/bulk/search.ts'
import { makeTakeList } from '../../hub/bulk/take.ts'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { bulkContext, fakeDesk, fakeDirectory, hitOf, standingClock } from '../support/bulk.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { innOf } from '../support/lists.ts'

const home = '2AB' as OperatorCode
const sender = '2AB-7707083893-770701001' as ParticipantId
const open = new AbortController().signal
const onFault = (place: string, error: unknown) => {
  throw new Error(`${place}: ${error}`)
}

async function begin(t: Parameters<typeof openFreshStore>[0]) {
  const store = await openFreshStore(t)
  const context = bulkContext(store, standingClock())
  const take = makeTakeList(context)
  const job = async (key: string, rows: number, asks = false) => {
    const bytes = Buffer.from(Array.from({ length: rows }, (_, n) => innOf(n + 1)).join('\n'))
    const taken = await take({ home, key, sender, asks, bytes, apiKey: 'k1' })
    if (isRefusal(taken)) throw new Error(taken.code)
    return taken.job.id
  }
  const count = async (text: string) => Number((await store.query(text)).rows[0]?.['count'])
  return { store, context, job, count }
}

/** Counts how many are under way; each takes a few turns, so that those that may be begun are. */
function meter() {
  const seen = { now: 0, most: 0 }
  const pass = async () => {
    seen.now += 1
    seen.most = Math.max(seen.most, seen.now)
    await turn()
    seen.now -= 1
  }
  return { seen, pass }
}

const everyone = () => fakeDirectory({ byInn: (inn) => [hitOf(inn, 'invitable')] })

/** Knows nobody, so that each number is looked up. */
const nobody = (pass: () => Promise<void>) =>
  fakeDirectory({
    byInn: () => [],
    async lookUp() {
      await pass()
      return 'not-found' as const
    },
  })

t.test('a round takes so many jobs, the oldest first, the next one the rest', async (t) => {
  const { context, job, count } = await begin(t)
  const max = limits.bulkJobsAtOnceMax
  const round = () => searchRound({ context, directory: everyone(), onFault }, undefined, open)
  for (let n = 0; n < max; n += 1) await job(`first ${n}`, 1)
  t.equal(await round(), max)
  const jobs: string[] = []
  for (let n = 0; n < max + 1; n += 1) jobs.push(await job(`second ${n}`, 1))
  t.equal(await round(), max)
  t.equal(await count(`select count(*) from bulk_row where job = '${jobs.at(-1)}' and state = 'waiting'`), 1)
  t.equal(await round(), 1)
  t.equal(await round(), 0)
  t.equal(await count("select count(*) from bulk_row where state = 'waiting'"), 0)
})

t.test('so many look-ups are under way at once', async (t) => {
  const { context, job } = await begin(t)
  const max = limits.bulkAtOnceMax
  for (const rows of [max, max + 1]) {
    await job(`of ${rows}`, rows, true)
    const { seen, pass } = meter()
    const directory = nobody(pass)
    await searchRound({ context, directory, onFault }, undefined, open)
    t.equal(directory.lookedUp.length, rows)
    t.equal(seen.most, max, 'one more waits for its turn')
  }
})

t.test('so many invitations are under way at once', async (t) => {
  const { context, job } = await begin(t)
  const invitesMax = limits.bulkInvitesAtOnceMax
  const id = await job('more', invitesMax + 1)
  await searchRound({ context, directory: everyone(), onFault }, undefined, open)
  const ordered = { home, job: id, message: undefined, comment: undefined, remote: '', apiKey: 'k1' }
  const inviting = async (rows: number[]) => {
    await orderInvitations(context, { ...ordered, rows })
    const one = meter()
    const desk = fakeDesk(async () => {
      await one.pass()
      return 'asked' as const
    })
    const invitesPerMinute = 60_000
    const pace = makePace({ perMinute: invitesPerMinute, clock: context.clock })
    const count = await inviteRound({ context, desk, invitesPerMinute, pace, onFault }, undefined, open)
    return { count, most: one.seen.most }
  }
  t.same(await inviting([1]), { count: 1, most: 1 })
  const others = Array.from({ length: invitesMax }, (_, n) => n + 2)
  t.same(await inviting(others), { count: invitesMax, most: invitesMax })
  const next = await job('one more', invitesMax + 1)
  await searchRound({ context, directory: everyone(), onFault }, undefined, open)
  ordered.job = next
  const all = Array.from({ length: invitesMax + 1 }, (_, n) => n + 1)
  t.same(await inviting(all), { count: invitesMax + 1, most: invitesMax }, 'the last waits, and is made')
})

t.test('as many rows as a statement writes and reads, and one more, are all kept and given', async (t) => {
  const { store, context, job, count } = await begin(t)
  const max = limits.bulkInsertRows
  for (const rows of [max, max + 1]) {
    const id = await job(`of ${rows}`, rows)
    t.equal(await count(`select count(*) from bulk_row where job = '${id}'`), rows)
    await store.query(`update bulk_row set state = 'searched', found = 'not-found' where job = '${id}'`)
    const numbers: number[] = []
    for await (const piece of resultCsv(context.store, id)) {
      for (const [, number] of piece.matchAll(/^Не найдены;(\d+);/gm)) numbers.push(Number(number))
    }
    t.equal(numbers.length, rows)
    t.equal(numbers.at(-1), rows, 'in their order, to the last')
  }
})
