// Links on a real database: what is said, taken back, replayed and kept, by the rows of invitations on their end.

import t from 'tap'
import { seenOf } from '../../hub/directory/seen.ts'
import { commitFresh } from '../../hub/links/follow.ts'
import { moveInvitesOf } from '../../hub/links/pair-invites.ts'
import { say } from '../../hub/links/say.ts'
import { replay, type Saying } from '../../routing/link.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { parties, startLinkBench } from '../support/links.ts'

t.setTimeout(180_000)
const { a, b, own } = parties
const isStale = { message: /^stale: / }
const id = (text: string) => text as ParticipantId
const time = (n: number) =>
  `2026-10-01T09:${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}Z`

t.test('two requests of partners make a link, each said once, and the news of them ends', async (t) => {
  const bench = await startLinkBench(t)
  const ask = await bench.end({ from: a, to: b })
  t.equal(await bench.follow(), false, 'a batch that is not full is the last one')
  t.match(await bench.link(a, b), { cell: 'asked-by-us', version: 1, deadline_at: Date })
  await bench.end({ from: b.toUpperCase(), to: a, peer: 'pb' })
  await bench.follow()
  t.match(await bench.link(a, b), { cell: 'linked', version: 2, deadline_at: null, linked_at: Date })
  t.match(await bench.events(), [
    { news: 'invited', said_by: 'first', message: ask },
    { news: 'accepted', said_by: 'second' },
  ])
  const left = await bench.store.query('select * from link_news')
  t.same(left.rows, [])
  const arrivals = await bench.store.query('select * from home_arrival')
  t.same(arrivals.rows, [], 'a link of two partners is told to no service of ours')
  t.same(bench.faults, [])
})

t.test('the same news twice says nothing more', async (t) => {
  const bench = await startLinkBench(t)
  const message = await bench.end({ from: a, to: own })
  await bench.follow()
  const once = await bench.link(a, own)
  await bench.context.committer.submit({ linkNews: [{ message, outcome: 'delivered', at: new Date(0) }] })
  await bench.follow()
  t.same(await bench.link(a, own), once)
  t.equal((await bench.events()).length, 1)
})

t.test(
  'a request that comes late does not undo the Разрыв after it, whatever order the rows have',
  async (t) => {
    const bench = await startLinkBench(t)
    await bench.end({ from: a, to: own, sentAt: time(1) })
    await bench.follow()
    await bench.end({ from: a, to: own, type: 'break', sentAt: time(5) })
    await bench.follow()
    await bench.end({ from: a, to: own, sentAt: time(3) })
    await bench.follow()
    const link = await bench.link(a, own)
    t.equal(link?.sayings.length, 3)
    // The side of 2AB is the first; the older request is put before the Разрыв and withdrawn by it.
    t.match(link, { first_id: own, cell: 'none' })
    t.same(
      (await bench.events()).map(({ news }) => news),
      ['invited', 'withdrawn'],
    )
  },
)

t.test('invitations of one pair in one batch are said in the order in which they came', async (t) => {
  const bench = await startLinkBench(t)
  const ids = [1, 2].map(() => bench.context.clock.newId()).sort()
  const [first = '', second = ''] = ids
  await bench.end({ from: a, to: own, type: 'break', sentAt: time(1), id: second })
  await bench.end({ from: a, to: own, sentAt: time(1), id: first })
  await bench.follow()
  const link = await bench.link(a, own)
  t.same(
    link?.sayings.map(({ type }) => type),
    ['ask', 'break'],
  )
  t.equal(link?.cell, 'none')
})

t.test('a Запрос of ours that was refused on its way is taken back, with its invitation', async (t) => {
  const bench = await startLinkBench(t)
  const message = await bench.end({
    from: own,
    to: a,
    peer: 'home:2AB',
    outcome: 'refused',
    reason: 'route.capability',
  })
  const invite = await bench.invite({ said_message: message })
  await commitFresh(bench.context, async () => {
    const at = new Date()
    return (await say(bench.context, { by: id(own), to: id(a), type: 'ask', sentAt: time(1), message, at }))
      .change
  })
  t.match(await bench.link(own, a), { cell: 'asked-by-us' })
  await bench.follow()
  t.match(await bench.link(own, a), { cell: 'none', deadline_at: null, sayings: [], version: 2 })
  t.match(await bench.readInvite(invite.id), { state: 'undelivered', reason: 'route.capability', version: 2 })
  t.match(await bench.events(), [
    { news: 'invited', said_by: 'first' },
    { news: 'undelivered', said_by: 'hub', cell: 'none', message },
    { news: 'undelivered', state: 'undelivered', invite: invite.id },
  ])
  const { rows } = await bench.store.query('select home, kind from home_arrival order by id')
  t.same(
    rows.map(({ home, kind }) => `${home} ${kind}`),
    ['2AB link', '2AB link', '2AB invite'],
  )
})

t.test('what a partner said and was refused is not said', async (t) => {
  const bench = await startLinkBench(t)
  await bench.end({ from: a, to: own, outcome: 'refused' })
  await bench.follow()
  t.equal(await bench.link(a, own), undefined)
  t.same((await bench.store.query('select * from link_news')).rows, [])
})

t.test(
  'the answer of the other side ends our invitation: linked by a Запрос, refused by a Разрыв',
  async (t) => {
    for (const [type, state] of [
      ['ask', 'linked'],
      ['break', 'refused'],
    ] as const) {
      const bench = await startLinkBench(t)
      const at = new Date()
      const said = await say(bench.context, { by: id(own), to: id(a), type: 'ask', sentAt: time(1), at })
      await bench.context.committer.submit(said.change)
      const invite = await bench.invite({ counterparty: a.toUpperCase() })
      const other = await bench.invite({ counterparty: b })
      await bench.end({ from: a, to: own, type, sentAt: time(2) })
      await bench.follow()
      t.match(await bench.readInvite(invite.id), { state, link: said.link.id, version: 2 })
      t.match(await bench.readInvite(other.id), { state: 'asked', version: 1 })
    }
  },
)

t.test('a saying over a link that has moved on is stale and is said again', async (t) => {
  const bench = await startLinkBench(t)
  const make = (by: string, to: string, n: number) =>
    say(bench.context, { by: id(by), to: id(to), type: 'ask', sentAt: time(n), at: new Date() })
  const [one, other] = await Promise.all([make(a, own, 1), make(own, a, 2)])
  await bench.context.committer.submit(one.change)
  await t.rejects(bench.context.committer.submit(other.change), isStale, 'both would make the first row')
  await commitFresh(bench.context, async () => (await make(own, a, 2)).change)
  t.match(await bench.link(a, own), { cell: 'linked', version: 2 })
  let tries = 0
  const stale = commitFresh(bench.context, async () => {
    tries += 1
    return one.change
  })
  await t.rejects(stale, isStale)
  t.equal(tries, limits.staleRoundsMax)
})

t.test(
  'news that cannot be followed waits for its turn, longer each time, and holds nobody up',
  async (t) => {
    const bench = await startLinkBench(t)
    const bad = await bench.end({ from: a, to: own })
    await bench.end({ from: b, to: own, peer: 'pb' })
    const answerAsk = async ({ message }: { message: string }) => {
      if (message === bad) throw new Error('poison')
    }
    await bench.follow({ answerAsk })
    t.match(await bench.link(b, own), { cell: 'asked-by-them' })
    const waiting = async () => {
      const { rows } = await bench.store.query('select message, faults, due_at from link_news')
      return rows as { message: string; faults: number; due_at: Date }[]
    }
    const [first] = await waiting()
    t.match(first, { message: bad, faults: 1 })
    t.equal(bench.faults.length, 1)
    await bench.follow({ answerAsk })
    t.equal(bench.faults.length, 1, 'it is not due')
    for (const [faults, pauseMs] of [
      [1, 2 * limits.linkPutOffMs],
      [30, limits.linkPutOffMaxMs],
    ] as const) {
      await bench.store.query('update link_news set due_at = to_timestamp(0), faults = $1', [faults])
      const before = Date.now()
      await bench.follow({ answerAsk })
      const [again] = await waiting()
      const pause = (again?.due_at.getTime() ?? 0) - before
      t.ok(pause >= pauseMs && pause < pauseMs + 60_000, `${pause} after ${faults}`)
    }
    await bench.store.query('update link_news set due_at = to_timestamp(0)')
    await bench.follow()
    t.same(await waiting(), [])
    t.equal((await bench.link(a, own))?.sayings.length, 1, 'it was said once')
  },
)

t.test('one batch takes no more news than its bound', async (t) => {
  const bench = await startLinkBench(t)
  for (let n = 0; n <= limits.linkNewsBatchMax; n += 1) await bench.end({ from: a, to: a })
  t.equal(await bench.follow(), true, 'there may be more')
  t.equal((await bench.store.query('select * from link_news')).rows.length, 1)
  t.equal(await bench.follow(), false)
})

t.test('of many sayings the last are kept, and the state stays what all of them came to', async (t) => {
  const bench = await startLinkBench(t)
  const all: Saying[] = []
  for (let n = 0; n <= limits.linkSayingsMax; n += 1) {
    const [by, to] = n % 2 === 0 ? [a, own] : [own, a]
    const type = n % 3 === 0 ? 'ask' : n % 3 === 1 ? 'ask' : 'break'
    await commitFresh(bench.context, async () => {
      return (await say(bench.context, { by: id(by), to: id(to), type, sentAt: time(n), at: new Date() }))
        .change
    })
    all.push({ side: by === own ? 'first' : 'second', type, sentAt: time(n) })
    const link = await bench.link(a, own)
    const kept = n < limits.linkSayingsMax ? n + 1 : limits.linkSayingsMax / 2
    t.equal(link?.sayings.length, kept, `after ${n + 1}`)
  }
  const link = await bench.link(a, own)
  t.equal(link?.cell, replay(all).cell)
})

t.test('a request nobody answered is told to both sides once, and its invitation lapses', async (t) => {
  const bench = await startLinkBench(t)
  bench.context.settings.linkAnswerWithinMs = 0
  const at = new Date()
  const said = await say(bench.context, { by: id(own), to: id(a), type: 'ask', sentAt: time(1), at })
  await bench.context.committer.submit(said.change)
  const invite = await bench.invite({ deadline_at: at, link: said.link.id })
  const unclaimed = await bench.invite({ deadline_at: at, state: 'unclaimed' })
  const strange = await bench.invite({ deadline_at: at, state: 'linked' })
  const later = await bench.invite({ deadline_at: new Date(at.getTime() + 3_600_000) })
  t.equal(await bench.passDeadlines(), false)
  t.match(await bench.link(own, a), { cell: 'asked-by-us', deadline_at: null, version: 2 })
  t.match(await bench.readInvite(invite.id), { state: 'lapsed', deadline_at: null })
  t.match(await bench.readInvite(unclaimed.id), { state: 'lapsed', deadline_at: null })
  t.match(await bench.readInvite(strange.id), { state: 'linked', deadline_at: null })
  t.match(await bench.readInvite(later.id), { state: 'asked' })
  const seen = (await bench.events()).map(({ news, said_by }) => `${news} ${said_by}`)
  await bench.passDeadlines()
  t.equal((await bench.events()).length, seen.length)
  t.same(seen.toSorted(), ['invited first', 'lapsed hub', 'lapsed hub', 'unanswered clock'])
  await bench.end({ from: a, to: own, sentAt: time(2) })
  await bench.follow()
  t.match(await bench.link(own, a), { cell: 'linked' }, 'a late answer is an answer')
  t.same(bench.faults, [])
})

t.test('what a side says of itself is known of it, and nothing of what others say', async (t) => {
  const bench = await startLinkBench(t)
  await bench.end({ from: a, to: own, inn: '7701000000' })
  await bench.follow()
  const { rows } = await bench.store.query(
    'select key, code, inn, name, state, sources from subscriber order by key',
  )
  t.same(rows, [
    { key: own.toLowerCase(), code: '2AB', inn: null, name: null, state: 'active', sources: ['invitation'] },
    {
      key: a.toLowerCase(),
      code: '2ZA',
      inn: '7701000000',
      name: null,
      state: 'known',
      sources: ['invitation'],
    },
  ])
})

t.test('a late older Запрос neither reopens what we declined nor ends what we asked since', async (t) => {
  const bench = await startLinkBench(t)
  const sayOurs = (type: 'ask' | 'break', n: number) =>
    commitFresh(bench.context, async () => {
      const saying = { by: id(own), to: id(a), type, sentAt: time(n), at: new Date() }
      return (await say(bench.context, saying)).change
    })
  await bench.end({ from: a, to: own, sentAt: time(5) })
  await bench.follow()
  await sayOurs('break', 6)
  await bench.end({ from: a, to: own, sentAt: time(3) })
  await bench.follow()
  t.match(await bench.link(a, own), { cell: 'broken-by-us' })
  await bench.end({ from: a, to: own, type: 'break', sentAt: time(9) })
  await bench.follow()
  await sayOurs('ask', 10)
  await bench.end({ from: a, to: own, sentAt: time(8) })
  await bench.follow()
  t.match(await bench.link(a, own), { cell: 'asked-by-us' })
})

t.test('a late older Разрыв that undoes a link is told as its end', async (t) => {
  const bench = await startLinkBench(t)
  await commitFresh(bench.context, async () => {
    const saying = { by: id(own), to: id(a), type: 'ask' as const, sentAt: time(1), at: new Date() }
    return (await say(bench.context, saying)).change
  })
  await bench.end({ from: a, to: own, sentAt: time(5) })
  await bench.follow()
  await bench.end({ from: a, to: own, type: 'break', sentAt: time(3) })
  await bench.follow()
  t.match(await bench.link(a, own), { cell: 'asked-by-them', linked_at: null, deadline_at: Date })
  t.match((await bench.events()).at(-1), { news: 'broken', said_by: 'second', cell: 'asked-by-them' })
})

t.test('a sending time far ahead counts as of its arrival, one within a day as it is', async (t) => {
  for (const [aheadMs, cell] of [
    [limits.linkSentAheadMaxMs + 60_000, 'none'],
    [limits.linkSentAheadMaxMs - 60_000, 'asked-by-them'],
  ] as const) {
    const bench = await startLinkBench(t)
    await bench.end({ from: a, to: own, sentAt: new Date(Date.now() + aheadMs).toISOString() })
    await bench.follow()
    const type = 'break'
    await bench.end({ from: a, to: own, type, sentAt: new Date(Date.now() + 1000).toISOString() })
    await bench.follow()
    t.match(await bench.link(a, own), { cell }, `${aheadMs} ms ahead`)
  }
})

t.test('a Запрос that is that of two invitations takes both along when it is refused', async (t) => {
  const bench = await startLinkBench(t)
  const message = await bench.end({ from: own, to: a, peer: 'home:2AB', outcome: 'refused' })
  const invites = [
    await bench.invite({ said_message: message }),
    await bench.invite({ said_message: message }),
  ]
  await bench.follow()
  for (const invite of invites) t.match(await bench.readInvite(invite.id), { state: 'undelivered' })
})

t.test('a link ends so many of the invitations between its two at once, and no more', async (t) => {
  const bench = await startLinkBench(t)
  const max = limits.linkInvitesMovedMax
  for (let n = 0; n <= max; n += 1) await bench.invite({})
  await bench.end({ from: a, to: own, type: 'ask', sentAt: time(1) })
  await bench.follow()
  const ask = { by: id(own), to: id(a), type: 'ask' as const, sentAt: time(2), at: new Date() }
  const said = await say(bench.context, ask)
  const moved = await moveInvitesOf(bench.context, { said, by: id(own), type: 'ask', at: new Date() })
  t.equal(moved.invites?.length, max)
})

t.test('an invitation that lapses unclaimed takes its stand-in and its claim links along', async (t) => {
  const bench = await startLinkBench(t)
  const standIn = '2AB-stand-in'
  const at = new Date()
  const invite = await bench.invite({
    state: 'unclaimed',
    kind: 'by-inn',
    counterparty: standIn,
    stand_in: standIn,
    deadline_at: at,
  })
  await bench.plane.write({
    subscribers: [seenOf({ id: id(standIn) }, { state: 'inactive', source: 'invite', at })],
    claims: [{ digest: 'ab'.repeat(32), invite: invite.id, made_at: at, expires_at: at }],
  })
  await bench.passDeadlines()
  t.match(await bench.readInvite(invite.id), { state: 'lapsed' })
  const rows = async (text: string) => (await bench.store.query(text)).rows
  t.match(await rows('select state, moved_to from subscriber'), [{ state: 'retired', moved_to: null }])
  t.match(await rows('select revoked_at from invite_claim'), [{ revoked_at: Date }])
  const entries = await rows("select entry from journal where kind = 'invite.claim'")
  t.match(
    entries.map(({ entry }) => JSON.parse(String(entry)).facts),
    [{ event: 'revoked', home: '2AB' }],
  )
  t.same(bench.faults, [])
})
