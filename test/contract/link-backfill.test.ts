// What was delivered before the hub kept links, on a real database: said once, in its place, and told to nobody as news.

import t from 'tap'
import { backfillLinks } from '../../hub/links/backfill.ts'
import { commitFresh } from '../../hub/links/follow.ts'
import { say } from '../../hub/links/say.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { runLine } from '../support/cli.ts'
import { type Ended, type LinkBench, parties, startLinkBench } from '../support/links.ts'

t.setTimeout(180_000)
const { a, b, own } = parties
const id = (text: string) => text as ParticipantId
const time = (n: number) => new Date(Date.UTC(2026, 9, 1) + n * 60_000)

/** An invitation that the version before delivered at a minute of that day. */
async function deliver(bench: LinkBench, of: Ended & { n: number }): Promise<string> {
  const sentAt = time(of.n).toISOString()
  const message = await bench.end({ sentAt, ...of })
  await bench.store.query('delete from link_news where message = $1', [message])
  await bench.store.query('update message set state_at = $2 where id = $1', [message, time(of.n)])
  return message
}

/** All batches; what they did together. */
async function backfill(bench: LinkBench, isTrial = false) {
  const total = { looked: 0, said: 0, links: 0 }
  let after: string | undefined
  do {
    const signal = new AbortController().signal
    const done = await backfillLinks(bench.context, { after, isTrial, actor: 'tests', signal })
    for (const what of ['looked', 'said', 'links'] as const) total[what] += done[what]
    after = done.after ?? undefined
  } while (after !== undefined)
  return total
}

async function sayNow(
  bench: LinkBench,
  of: { by: string; to: string; type: 'ask' | 'break' },
): Promise<void> {
  const at = new Date()
  const saying = { by: id(of.by), to: id(of.to), type: of.type, sentAt: at.toISOString(), at }
  await commitFresh(bench.context, async () => (await say(bench.context, saying)).change)
}

const rowsOf = async (bench: LinkBench, text: string) => (await bench.store.query(text)).rows

t.test('what was delivered makes the link it made, as of then, without news and measures', async (t) => {
  const bench = await startLinkBench(t)
  const asked = await deliver(bench, { n: 1, from: a, to: own, inn: '7701000000' })
  await deliver(bench, { n: 2, from: b, to: a, peer: 'pb' })
  await deliver(bench, { n: 3, from: a, to: b.toUpperCase(), inn: '7701000000' })
  await deliver(bench, { n: 4, from: a, to: own, outcome: 'refused', type: 'break' })
  await deliver(bench, { n: 5, from: own, to: b, peer: 'home:2AB' })
  await deliver(bench, { n: 6, from: a, to: a })
  const trial = await backfill(bench, true)
  t.same(trial, { looked: 4, said: 3, links: 2 })
  t.same(await rowsOf(bench, 'select from link'), [], 'a trial writes nothing')

  t.same(await backfill(bench), trial)
  t.match(await bench.link(a, b), { cell: 'linked', linked_at: time(3), changed_at: time(3), version: 1 })
  const standing = await bench.link(a, own)
  t.match(standing, { cell: 'asked-by-them', changed_at: time(1), sayings: [{ message: asked }] })
  t.equal(standing?.deadline_at, null, 'nobody is told now that it stayed unanswered then')
  for (const table of ['link_event', 'home_arrival', 'link_measure']) {
    t.same(await rowsOf(bench, `select from ${table}`), [], table)
  }
  const journal = await rowsOf(bench, "select subject from journal where kind = 'link.backfilled'")
  t.equal(journal.length, 2)
  const known = await rowsOf(bench, 'select key, inn, state from subscriber order by key')
  t.same(known, [
    { key: own.toLowerCase(), inn: null, state: 'active' },
    { key: a.toLowerCase(), inn: '7701000000', state: 'known' },
    { key: b.toLowerCase(), inn: null, state: 'known' },
  ])

  t.same(await backfill(bench), { looked: 4, said: 0, links: 0 }, 'a second run finds all of it said')
  t.same(await bench.link(a, own), standing)
})

t.test(
  'a request of ours since the upgrade finds that they had asked, and its service is told',
  async (t) => {
    const bench = await startLinkBench(t)
    await deliver(bench, { n: 1, from: a, to: own })
    await sayNow(bench, { by: own, to: a, type: 'ask' })
    const invite = await bench.invite({})
    await backfill(bench)
    const link = await bench.link(a, own)
    t.match(link, {
      cell: 'linked',
      version: 2,
      sayings: [{ type: 'ask', side: 'second' }, { side: 'first' }],
    })
    t.ok(Number(link?.linked_at) > Number(time(1)), 'since we asked, not since they had')
    t.match(await bench.readInvite(invite.id), { state: 'linked', link: link?.id })
    t.match(await bench.events(), [
      { news: 'invited' },
      { news: 'accepted', said_by: 'hub', cell: 'linked' },
      { news: 'linked', invite: invite.id },
    ])
  },
)

t.test('an old request does not come after what was said since', async (t) => {
  const bench = await startLinkBench(t)
  await deliver(bench, { n: 1, from: a, to: own })
  await bench.end({ from: a, to: own, type: 'break', sentAt: time(2).toISOString() })
  await bench.follow()
  const unanswered = await bench.end({ from: b, to: own, peer: 'pb' })
  t.same(await backfill(bench), { looked: 2, said: 1, links: 1 })
  t.match(await bench.link(a, own), { cell: 'none', sayings: [{ type: 'ask' }, { type: 'break' }] })
  t.equal(await bench.link(b, own), undefined, 'what has news is followed, not said by this')
  await bench.follow()
  t.match(await bench.link(b, own), { sayings: [{ message: unanswered }], deadline_at: Date })
  t.match((await bench.events()).at(-1), { news: 'invited', message: unanswered })
})

t.test('what is known of a subscriber by now is newer than what an old invitation says', async (t) => {
  const bench = await startLinkBench(t)
  await bench.end({ from: a, to: b, inn: '7702000000' })
  await bench.follow()
  await deliver(bench, { n: 1, from: a, to: own, inn: '7701000000' })
  await backfill(bench)
  const [known] = await rowsOf(bench, `select inn from subscriber where key = '${a.toLowerCase()}'`)
  t.equal(known?.['inn'], '7702000000')
})

t.test(
  'of a pair the last sayings are said, in one piece, and those put together are left alone',
  async (t) => {
    const bench = await startLinkBench(t)
    const countMax = limits.linkSayingsMax
    for (let n = 0; n <= countMax; n += 1) await deliver(bench, { n, from: a, to: own })
    t.same(await backfill(bench, true), { looked: countMax + 1, said: countMax, links: 1 })
    t.same(await backfill(bench), { looked: countMax + 1, said: countMax, links: 1 })
    const full = await bench.link(a, own)
    t.match(full, { cell: 'asked-by-them', sayings: { length: countMax } })
    t.match(await backfill(bench), { said: 0 })
    await sayNow(bench, { by: own, to: a, type: 'ask' })
    t.match(await bench.link(a, own), { cell: 'linked', sayings: { length: countMax / 2 } })
    t.match(await backfill(bench), { said: 0 }, 'which ones were said is not known any more')
    t.match(await bench.link(a, own), { version: 2 })
  },
)

t.test(
  'hub links backfill asks for one bounded batch after the other, and counts with --dry-run',
  async (t) => {
    const bench = await startLinkBench(t)
    const countMax = limits.linkBackfillBatchMax
    for (let n = 0; n < countMax; n += 1) await deliver(bench, { n, from: a, to: `2ZB-${n % 7}` })
    const batch = (body: object) =>
      bench.plane.ask('/admin/v1/links/backfill', { method: 'POST', body: JSON.stringify(body) })
    const last = await bench.store.query('select max(message::text) as id from invitation')
    t.match((await batch({ isTrial: true })).json(), { looked: countMax, after: last.rows[0]?.['id'] })
    await deliver(bench, { n: 1, from: b, to: a, peer: 'pb' })
    for (const wrong of [{}, { isTrial: true, after: 'x' }, { isTrial: 1 }]) {
      t.equal((await batch(wrong)).status, 400, JSON.stringify(wrong))
    }
    const run = async (...words: string[]) => {
      const line = ['links', 'backfill', ...words, '--address', bench.plane.address]
      return runLine(t.testdir(), line, { HUB_ADMIN_TOKEN: bench.plane.token })
    }
    const counted = { looked: countMax + 1, said: countMax + 1, links: 8 }
    const trial = await run('--dry-run', '--json')
    t.same(JSON.parse(trial.out), { ...counted, isTrial: true })
    t.match((await run('--dry-run')).out, /Было бы учтено \(would be said\): 201, связей \(links\): 8/)
    t.match((await run()).out, /Учтено \(said\): 201, связей \(links\): 8/)
    t.same(JSON.parse((await run('--json')).out), { ...counted, said: 0, links: 0, isTrial: false })
  },
)
