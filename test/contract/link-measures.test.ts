// Measures of links: counted with each event, once, and shown by the admin plane, its command and the metrics.

import t from 'tap'
import { showLinks } from '../../hub/links/gauges.ts'
import { moveInvite } from '../../hub/links/move-invite.ts'
import { limits } from '../../schemas/limits.ts'
import { runLine } from '../support/cli.ts'
import { type LinkBench, parties, startLinkBench } from '../support/links.ts'

t.setTimeout(120_000)
const { a, b, own } = parties
const path = '/admin/v1/links/measures'
const today = () => new Date().toISOString().slice(0, 10)

async function staged(bench: LinkBench): Promise<void> {
  await bench.end({ from: a, to: b })
  await bench.follow()
  await bench.end({ from: b, to: a, peer: 'pb' })
  await bench.follow()
  const [asked, answered] = [
    await bench.end({ from: a, to: own }),
    await bench.end({ from: b, to: own, peer: 'pb' }),
  ]
  await bench.follow()
  for (const message of [asked, answered]) {
    await bench.context.committer.submit({ linkNews: [{ message, outcome: 'delivered', at: new Date() }] })
  }
  await bench.follow()
  for (const [event, over] of [
    ['linked', {}],
    ['linked', { is_automatic: false }],
    ['undelivered', { reason: 'route.capability' }],
  ] as const) {
    const invite = await bench.invite(over)
    const reason = 'reason' in over ? { reason: over.reason } : {}
    const moved = moveInvite(bench.context, { invite, event, at: new Date(), ...reason })
    await bench.context.committer.submit(moved.change)
  }
}

t.test(
  'every event is counted once with its day, also when its news comes twice or many come at once',
  async (t) => {
    const bench = await startLinkBench(t)
    await staged(bench)
    const { rows } = await bench.store.query(
      'select measure, label, count::int from link_measure order by 1, 2',
    )
    t.same(rows, [
      { measure: 'invite', label: 'linked:automatic', count: 1 },
      { measure: 'invite', label: 'linked:manual', count: 1 },
      { measure: 'invite', label: 'undelivered:route.capability', count: 1 },
      { measure: 'link', label: 'accepted:transit', count: 1 },
      { measure: 'link', label: 'invited:home', count: 2 },
      { measure: 'link', label: 'invited:transit', count: 1 },
    ])
    const { rows: entries } = await bench.store.query("select id from journal where kind = 'link.moved'")
    const counted = rows
      .filter(({ measure }) => measure === 'link')
      .reduce((sum, row) => sum + Number(row['count']), 0)
    t.equal(counted, entries.length, 'as many as the journal has')
  },
)

t.test('the admin plane and hub links measures show the days, and refuse days that are none', async (t) => {
  const bench = await startLinkBench(t)
  await staged(bench)
  const told = await bench.plane.ask(path)
  const day = { day: today(), opened: 1, transit: 1, automaticShare: 0, meanMs: Number }
  t.match(told.json(), {
    days: [{ ...day, refusals: [{ what: 'invite.undelivered:route.capability', count: 1 }] }],
    waiting: { requests: 2, invites: 0 },
  })
  t.same((await bench.plane.ask(`${path}?from=2020-01-01&to=2020-01-31`)).json()['days'], [])
  const before = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
  t.equal((await bench.plane.ask(`${path}?from=${before(limits.linkMeasureDaysMax - 1)}`)).status, 200)
  for (const wrong of [
    `from=${before(limits.linkMeasureDaysMax)}`,
    'from=2026-02-30',
    'from=2026-02-02&to=2026-02-01',
    'to=yesterday',
    'day=2026-02-02',
  ]) {
    t.equal((await bench.plane.ask(`${path}?${wrong}`)).status, 400, wrong)
  }
  const run = (...words: string[]) =>
    runLine(t.testdir(), ['links', 'measures', ...words, '--address', bench.plane.address], {
      HUB_ADMIN_TOKEN: bench.plane.token,
    })
  const shown = await run()
  t.equal(shown.exit, 0, shown.err)
  t.match(shown.out, new RegExp(`${today()} +1 +1 +0 .*invite.undelivered:route.capability 1`))
  t.match(JSON.parse((await run('--from', today(), '--to', today(), '--json')).out), {
    days: [{ opened: 1 }],
  })
})

t.test('the metrics show what opened, by whose hand, and what waits', async (t) => {
  const bench = await startLinkBench(t)
  await staged(bench)
  showLinks(bench.plane.metrics, bench.store)
  const text = await bench.plane.metrics.text()
  for (const line of [
    'hub_links_events{news="accepted",where="transit"} 1',
    'hub_links_by_invitation{how="manual"} 1',
    'hub_links_waiting{what="requests"} 2',
  ]) {
    t.ok(text.includes(line), line)
  }
})
