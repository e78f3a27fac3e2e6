// Measures of links: counted with each event, once, and shown by the admin plane, its command and the metrics.

import t from 'tap'
import { withdraw } from '../../hub/invites/control.ts'
import { showLinks } from '../../hub/links/gauges.ts'
import { moveInvite } from '../../hub/links/move-invite.ts'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { messageRow } from '../support/admin-plane.ts'
import { runLine } from '../support/cli.ts'
import { byInn, rightRequest, sender, startInvites, taken } from '../support/invites.ts'
import { type LinkBench, parties, startLinkBench } from '../support/links.ts'
import { sayTo } from '../support/waiting-invites.ts'

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

/** Two messages of ours and one of a partner that wait, and one that does not wait yet. */
async function waiting(bench: LinkBench, invite: string | null = null): Promise<Date> {
  const received_at = new Date(Date.now() - 3_600_000)
  const of = { sender: own, recipient: b, kind: 'message' } as const
  const rows = [
    messageRow({ ...of, peer: 'home:2AB', state: 'awaiting-link', received_at }),
    messageRow({ ...of, peer: 'home:2AB', state: 'returned' }),
    messageRow({ ...of, peer: 'pa', state: 'awaiting-link' }),
    messageRow({ ...of, peer: 'home:2AB', state: 'accepted' }),
  ]
  const wait = { first_key: own.toLowerCase(), second_key: b.toLowerCase(), deadline_at: null, places: null }
  const linkWaits = rows.map(({ id }) => ({ ...wait, message: id, invite, is_wanted: true }))
  await bench.plane.write({ messages: rows, linkWaits })
  return received_at
}

t.test(
  'messages that wait are shown by home code with the oldest of them, and with their invitation',
  async (t) => {
    const bench = await startLinkBench(t)
    const invite = await bench.invite({})
    const oldest = await waiting(bench, invite.id)
    t.match((await bench.plane.ask(path)).json(), {
      waiting: {
        messages: [
          { home: '2AB', count: 2, oldestAt: oldest.toISOString() },
          { home: null, count: 1 },
        ],
      },
    })
    const card = await bench.plane.ask(`/admin/v1/invitations/${invite.id}`)
    t.match(card.json(), { waitingMessages: 3 })
  },
)

t.test('engineers see links of a participant, and one whole, without texts', async (t) => {
  const bench = await startLinkBench(t)
  await staged(bench)
  const run = async (...words: string[]) => {
    const line = ['links', ...words, '--address', bench.plane.address]
    return runLine(t.testdir(), line, { HUB_ADMIN_TOKEN: bench.plane.token })
  }
  const list = await run('list', '--participant', own.toUpperCase(), '--json')
  const { items } = JSON.parse(list.out) as { items: { id: string; cell: string }[] }
  t.match(items, [{ cell: /^asked/ }, { cell: /^asked/ }])
  t.match((await run('list', '--participant', own)).out, new RegExp(a))
  const linked = await run('list', '--participant', own, '--status', 'IsMyCounteragent')
  t.match(linked.out, /Связей нет/)
  const [{ id } = { id: '' }] = items
  const card = await run('show', id)
  t.match(card.out, /invited/)
  const whole = await run('show', id, '--json')
  t.match(JSON.parse(whole.out), {
    sayings: [{ type: 'ask' }],
    events: [{ news: 'invited' }],
    invitations: [],
  })
  const ofPair = items.map(async (one) => JSON.parse((await run('show', one.id, '--json')).out))
  const states = (await Promise.all(ofPair)).flatMap(({ invitations }) => invitations)
  t.equal(states.length, 3, 'those of our invitations that the two have')
  for (const { out } of [card, whole, list]) t.notMatch(out, /ООО|7707083893/)
  for (const wrong of [
    '',
    '?participant=x',
    `?participant=${own}&status=Nothing`,
    `?participant=${own}&own=1`,
  ]) {
    t.equal((await bench.plane.ask(`/admin/v1/links${wrong}`)).status, 400, wrong)
  }
  for (const none of ['nothing', '01890000-0000-7000-8000-000000000000']) {
    t.equal((await bench.plane.ask(`/admin/v1/links/${none}`)).status, 404)
  }
})

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

/** Counts again what is counted, from the entries of the journal alone. */
function recount(entries: readonly { kind: string; facts: Record<string, string | undefined> }[]) {
  const labels = entries.flatMap(({ kind, facts }) => {
    const { news, where, event, from, to, how, reason } = facts
    if (kind === 'link.moved') return `link ${news}:${where}`
    if (event === 'made') return `invite made:${to}`
    // What came too late moved nothing.
    if (from === to) return []
    const why = how ?? reason
    return `invite ${to}${why === undefined ? '' : `:${why}`}`
  })
  return Object.fromEntries(
    [...Map.groupBy(labels, (label) => label)].map(([label, all]) => [label, all.length]),
  )
}

t.test('the counters are what one counts from the journal', async (t) => {
  const { desk, claims, context, rows } = await startInvites(t)
  const byId = (id: string) => {
    return rightRequest({ counterparty: { by: 'id', id: id as ParticipantId, email: undefined } })
  }
  const asked = taken(await desk.invite(byId('2ZB-one')))
  await sayTo(context, '2ZA-transit', '2ZB-transit')
  await sayTo(context, '2ZB-two', sender)
  taken(await desk.invite(byId('2ZB-two')))
  const unknown = taken(await desk.invite(rightRequest({ counterparty: byInn })))
  const minted = await claims.mint(unknown.invite, new Date())
  await claims.choose(minted?.token ?? '', { is: 'decline' }, new Date())
  const of = { home: '2AB' as OperatorCode, invite: asked.invite, remote: '::1', apiKey: undefined }
  const withdrawn = taken(await withdraw(context, { ...of, at: new Date() }))
  const late = moveInvite(context, { invite: withdrawn, event: 'lapsed', at: new Date() })
  await context.committer.submit(late.change)
  const counted = await rows<{ label: string; count: number }>(
    "select measure || ' ' || label as label, count::int as count from link_measure",
  )
  const entries = await rows<{ entry: string }>(
    "select entry from journal where kind in ('link.moved', 'invite.moved')",
  )
  const expected = recount(entries.map(({ entry }) => JSON.parse(entry)))
  t.same(Object.fromEntries(counted.map(({ label, count }) => [label, count])), expected)
  t.match(expected, { 'invite made:asked': 1, 'invite made:linked': 1, 'invite refused': 1 })
})

t.test('the metrics show what opened, by whose hand, and what waits', async (t) => {
  const bench = await startLinkBench(t)
  await staged(bench)
  await waiting(bench)
  showLinks(bench.plane.metrics, bench.store)
  const text = await bench.plane.metrics.text()
  for (const line of [
    'hub_links_events{news="accepted",where="transit"} 1',
    'hub_links_by_invitation{how="manual"} 1',
    'hub_links_waiting{what="requests"} 2',
    'hub_links_waiting{what="messages"} 3',
  ]) {
    t.ok(text.includes(line), line)
  }
})
