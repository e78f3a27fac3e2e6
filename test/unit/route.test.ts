// The route of one message: next hops by preference, home, loops, and refusals that name the operator.

import t from 'tap'
import { makeBook } from '../../routing/book.ts'
import { chooseRoute, type RouteQuestion } from '../../routing/route.ts'
import type { OperatorCode, ParticipantId, PeerId } from '../../schemas/ids.ts'
import type { Grant, Operator, Override, Peer } from '../../schemas/partner.ts'
import { isRefusal } from '../../schemas/refusals.ts'

const at = new Date('2026-06-15T12:00:00Z')

const operators: Operator[] = [
  { id: 'a', name: 'Оператор А', active: true, codes: [{ code: '2ZA' }] },
  { id: 'b', name: 'Оператор Б', active: true, codes: [{ code: '2ZB' }] },
  { id: 'bare', name: 'Без обмена', active: true, codes: [{ code: '2ZC' }] },
  { id: 'off', name: 'Выключенный', active: false, codes: [{ code: '2ZO' }] },
  { id: 'past', name: 'Прежний', active: true, codes: [{ code: '2ZP', to: '2020-01-01' }] },
  { id: 'home', name: 'Свой', active: true, codes: [{ code: '2ZH' }] },
]
const overrides: Override[] = [
  { participant: '2ZH-left', operator: 'b', reason: 'ушёл' },
  { participant: '2ZB-came', operator: 'home', reason: 'пришёл' },
]

function peer(id: string, state: Peer['state'], policy: Peer['policy'] = {}): Peer {
  return { id, name: id, state, dialect: 'roseu', receiptAddresses: [], certificates: [], policy }
}

function grant(peerId: string, operator: string, preference = 0): Grant {
  return { peer: peerId, operator, basis: 'договор', preference }
}

const pair = {
  peers: [peer('pa', 'active'), peer('pb', 'active')],
  grants: [grant('pa', 'a'), grant('pb', 'b')],
}

function ask(
  rows: { peers: Peer[]; grants: Grant[] },
  question: Partial<RouteQuestion> & { to: string; from?: string },
) {
  const { to, from, ...rest } = question
  const book = makeBook({ edition: 3, operators, overrides, thumbprints: new Map(), ...rows })
  return chooseRoute({
    book,
    recipient: to as ParticipantId,
    ingressPeer: from as PeerId | undefined,
    homeCodes: ['2ZH' as OperatorCode],
    kind: 'message',
    at,
    ...rest,
  })
}

function brief(route: ReturnType<typeof ask>): string {
  if (isRefusal(route)) return route.code
  return 'plan' in route ? `to ${route.plan.peer}` : `home ${route.home}`
}

t.test('RULES 2: a message goes from one peer to the peer of the recipient, with the reason', async (t) => {
  const route = ask(pair, { to: '2ZB-1', from: 'pa' })
  if (isRefusal(route) || !('plan' in route)) return t.fail('no plan', { route })
  t.match(route.plan, {
    peer: 'pb',
    operator: 'b',
    dialect: 'roseu',
    state: 'active',
    grant: { basis: 'договор' },
  })
  t.equal(
    route.plan.reason,
    'код 2ZB принадлежит Оператор Б (b) бессрочно, редакция 3; через pb, предпочтение 0',
  )
})

t.test(
  'the most preferred peer that exchanges is next; fallbacks take over from inactive ones only',
  async (t) => {
    const grants = [grant('pa', 'a'), grant('pb', 'b', 1), grant('hub', 'b', 2)]
    const withState = (state: Peer['state']) => ({
      peers: [peer('pa', 'active'), peer('pb', state), peer('hub', 'active')],
      grants,
    })
    t.equal(brief(ask(withState('active'), { to: '2ZB-1', from: 'pa' })), 'to pb')
    t.equal(brief(ask(withState('inactive'), { to: '2ZB-1', from: 'pa' })), 'to hub')
    const waiting = ask(withState('suspended'), { to: '2ZB-1', from: 'pa' })
    t.equal(brief(waiting), 'to pb', 'a suspended peer keeps its messages waiting')
    t.match(waiting, { plan: { state: 'suspended' } })
  },
)

t.test('RULES 2: a next hop that is the peer it came from is a loop, fallback or not', async (t) => {
  t.equal(brief(ask(pair, { to: '2ZB-1', from: 'pb' })), 'route.loop')
  const around = {
    peers: [peer('pb', 'active'), peer('hub', 'active')],
    grants: [grant('pb', 'b'), grant('hub', 'b', 5)],
  }
  t.equal(brief(ask(around, { to: '2ZB-1', from: 'pb' })), 'route.loop')
  t.equal(brief(ask(around, { to: '2ZB-1', from: 'hub' })), 'to pb')
})

t.test('RULES 2: a message already seen from another peer is a loop, even on its way home', async (t) => {
  t.equal(brief(ask(pair, { to: '2ZB-1', from: 'pa', seenFrom: ['hub' as PeerId] })), 'route.loop')
  t.equal(brief(ask(pair, { to: '2ZH-1', from: 'pa', seenFrom: ['hub' as PeerId] })), 'route.loop')
  t.equal(
    brief(ask(pair, { to: '2ZB-1', from: 'pa', seenFrom: ['pa' as PeerId] })),
    'to pb',
    'the same peer again',
  )
})

t.test('a refusal to route names the operator it is about', async (t) => {
  const cases: [string, string, string][] = [
    ['2ZC-1', 'route.no-peer', 'Без обмена (bare)'],
    ['2ZO-1', 'route.no-peer', 'Выключенный (off)'],
    ['2ZP-1', 'route.no-peer', 'Прежний (past)'],
    ['9XX-1', 'route.unknown-operator', '9XX'],
  ]
  for (const [to, code, seen] of cases) {
    const route = ask(pair, { to, from: 'pa' })
    if (!isRefusal(route)) return t.fail('routed', { to })
    t.equal(route.code, code, to)
    t.ok(route.seen.includes(seen), route.seen)
  }
  const inactive = ask({ ...pair, peers: [peer('pb', 'inactive')] }, { to: '2ZB-1' })
  t.match(inactive, { code: 'route.no-peer', seen: /Оператор Б \(b\).*pb/ })
})

t.test('an invitation goes only to a peer that takes invitations', async (t) => {
  const rows = { peers: [peer('pb', 'active', { invitations: false })], grants: [grant('pb', 'b')] }
  t.equal(brief(ask(rows, { to: '2ZB-1', kind: 'invitation' })), 'route.capability')
  t.equal(brief(ask(rows, { to: '2ZB-1', kind: 'message' })), 'to pb')
  t.equal(brief(ask(pair, { to: '2ZB-1', kind: 'invitation' })), 'to pb')
})

t.test('RULES 4: home codes lead home, unless an override leads the participant away', async (t) => {
  t.equal(brief(ask(pair, { to: '2zh-1', from: 'pa' })), 'home 2ZH')
  t.equal(brief(ask(pair, { to: '2ZH', from: 'pa' })), 'home 2ZH', 'the operator itself')
  t.equal(brief(ask(pair, { to: '2ZH-LEFT', from: 'pa' })), 'to pb')
  t.equal(brief(ask(pair, { to: '2ZB-came', from: 'pa' })), 'home 2ZH')
  t.equal(brief(ask(pair, { to: '9XX-1', homeCodes: ['9XX' as OperatorCode] })), 'home 9XX', 'needs no row')
})

t.test(
  'RULES 2: no route leads back to the peer it came from or to an inactive one, for random books',
  async (t) => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
    t.comment(`seed ${seed}`)
    let state = seed % 2147483647 || 1
    const random = (below: number) => {
      state = (state * 48271) % 2147483647
      return state % below
    }
    const states = ['active', 'suspended', 'inactive'] as const
    const names = ['p0', 'p1', 'p2', 'p3']
    for (let round = 0; round < 500; round++) {
      const peers = names.map((name) =>
        peer(name, states[random(3)] ?? 'active', { invitations: random(2) === 0 }),
      )
      const grants = names.flatMap((name) =>
        ['a', 'b', 'off'].filter(() => random(2) === 0).map((o) => grant(name, o, random(3))),
      )
      const to = ['2ZA-1', '2ZB-1', '2ZO-1', '2ZH-1', '2ZC-1'][random(5)] ?? '2ZA-1'
      const kind = random(2) === 0 ? 'message' : 'invitation'
      const from = names[random(4)] ?? 'p0'
      const route = ask({ peers, grants }, { to, from, kind })
      const again = ask({ peers: [...peers].reverse(), grants: [...grants].reverse() }, { to, from, kind })
      t.equal(brief(route), brief(again), 'the order of rows decides nothing', { seed, round })
      if (isRefusal(route) || !('plan' in route)) continue
      const { plan } = route
      const chosen = peers.find(({ id }) => id === plan.peer)
      t.not(plan.peer, from, 'never back', { seed, round })
      t.not(chosen?.state, 'inactive', 'never to an inactive peer', { seed, round })
      const better = grants.filter(
        (row) => row.operator === plan.operator && row.preference < plan.grant.preference,
      )
      t.ok(
        better.every((row) => peers.find(({ id }) => id === row.peer)?.state === 'inactive'),
        'none is preferred',
        { seed, round },
      )
    }
  },
)
