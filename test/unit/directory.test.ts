// The directory: owners of codes through time, overrides, peers by preference, and who may speak for whom.

import t from 'tap'
import { makeBook, policyOf } from '../../routing/book.ts'
import { maySpeak, peersFor, resolve } from '../../routing/directory.ts'
import { faultOfPeriod, isInForce, periodsOverlap } from '../../routing/periods.ts'
import { type OperatorId, type ParticipantId, type PeerId, participantKey } from '../../schemas/ids.ts'
import type { Grant, Operator, Override, PartnerBook, Peer } from '../../schemas/partner.ts'
import { isRefusal } from '../../schemas/refusals.ts'

const at = new Date('2026-06-15T12:00:00Z')
const id = (text: string) => text as ParticipantId

function operator(name: string, codes: Operator['codes'], active = true): Operator {
  return { id: name, name: `ООО ${name}`, active, codes }
}

function peer(name: string, state: Peer['state'] = 'active'): Peer {
  return { id: name, name, state, dialect: 'roseu', receiptAddresses: [], certificates: [], policy: {} }
}

function grant(peerId: string, operatorId: string, more: Partial<Grant> = {}): Grant {
  return { peer: peerId, operator: operatorId, basis: 'договор', preference: 0, ...more }
}

type Rows = { operators?: Operator[]; peers?: Peer[]; grants?: Grant[]; overrides?: Override[] }

function bookOf({ operators = [], peers = [], grants = [], overrides = [] }: Rows): PartnerBook {
  return makeBook({ edition: 7, operators, peers, grants, overrides, thumbprints: new Map() })
}

t.test('a code belongs to one operator up to its last day and to the next from the day after', async (t) => {
  const book = bookOf({
    operators: [
      operator('old', [{ code: '2XX', to: '2026-06-15' }]),
      operator('new', [{ code: '2xx', from: '2026-06-16' }]),
    ],
  })
  const ownerAt = (moment: string) => resolve(book, id('2Xx-1'), new Date(moment)).operator?.id
  t.equal(ownerAt('2026-06-15T23:59:59.999Z'), 'old')
  t.equal(ownerAt('2026-06-16T00:00:00Z'), 'new')
})

t.test('a resolution says which rule and row of which edition it rests on', async (t) => {
  const book = bookOf({ operators: [operator('kontur', [{ code: '2BM', from: '2020-01-01' }])] })
  const { operator: found, code, reason } = resolve(book, id('2bm-7700'), at)
  t.match(found, { id: 'kontur', name: 'ООО kontur', active: true })
  t.equal(code, '2BM')
  t.match(reason, { rule: 'code', row: { operator: 'kontur', from: '2020-01-01' }, edition: 7 })
  t.equal(reason.text, 'код 2BM принадлежит ООО kontur (kontur) с 2020-01-01, редакция 7')
})

t.test('an override goes before the code, whatever the spelling of the id', async (t) => {
  const override = { participant: '2BM-AbC', operator: 'tensor', reason: 'перешёл' }
  const book = bookOf({
    operators: [operator('kontur', [{ code: '2BM' }]), operator('tensor', [{ code: '2BE' }])],
    overrides: [override],
  })
  const moved = resolve(book, id('2bm-aBc'), at)
  t.equal(moved.operator?.id, 'tensor')
  t.match(moved.reason, { rule: 'override', row: override, edition: 7 })
  t.equal(resolve(book, id('2BM-AbCd'), at).operator?.id, 'kontur')
})

t.test('an inactive operator still gives its name, and a bare code is a participant too', async (t) => {
  const book = bookOf({ operators: [operator('gone', [{ code: '2GS' }], false)] })
  t.match(resolve(book, id('2GS'), at), { operator: { id: 'gone', active: false }, reason: { rule: 'code' } })
})

t.test('a code nobody owns now names who owned it last, else who will own it', async (t) => {
  const past = [
    operator('first', [{ code: '2XX', to: '2020-12-31' }]),
    operator('second', [{ code: '2XX', from: '2021-01-01', to: '2022-12-31' }]),
  ]
  const future = operator('third', [{ code: '2XX', from: '2027-01-01' }])
  t.match(resolve(bookOf({ operators: [...past, future] }), id('2XX1'), at), {
    operator: { id: 'second' },
    reason: { rule: 'former-code' },
  })
  t.match(resolve(bookOf({ operators: [future] }), id('2XX1'), at), {
    operator: { id: 'third' },
    reason: { rule: 'future-code' },
  })
  t.match(resolve(bookOf({}), id('2XX1'), at), { operator: undefined, reason: { rule: 'unknown-code' } })
})

t.test('where inactive rows overlap, an active owner goes first, then the later beginning', async (t) => {
  const rows = [
    operator('closed', [{ code: '2XX', from: '2025-01-01' }], false),
    operator('working', [{ code: '2XX', from: '2010-01-01' }]),
  ]
  t.equal(resolve(bookOf({ operators: rows }), id('2XX'), at).operator?.id, 'working')
  const closed = rows.map((row) => ({ ...row, active: false }))
  t.equal(resolve(bookOf({ operators: closed }), id('2XX'), at).operator?.id, 'closed')
})

t.test('peers of an operator come by preference, then by name, with grants in force only', async (t) => {
  const book = bookOf({
    peers: [peer('direct'), peer('hub-b', 'suspended'), peer('hub-a'), peer('late'), peer('ended')],
    grants: [
      grant('hub-b', 'x', { preference: 10 }),
      grant('hub-a', 'x', { preference: 10 }),
      grant('direct', 'x', { preference: 1, from: '2026-06-15', to: '2026-06-15' }),
      grant('late', 'x', { from: '2026-06-16' }),
      grant('ended', 'x', { to: '2026-06-14' }),
      grant('direct', 'y'),
    ],
  })
  const found = peersFor(book, 'x' as OperatorId, at)
  t.strictSame(
    found.map(({ peer }) => peer.id),
    ['direct', 'hub-a', 'hub-b'],
  )
  t.equal(found[2]?.peer.state, 'suspended')
})

t.test(
  'RULES 1: a peer speaks for the participants of operators it holds a grant for, and for no others',
  async (t) => {
    const book = bookOf({
      operators: [
        operator('a', [{ code: '2AA' }]),
        operator('b', [{ code: '2BB' }]),
        operator('off', [{ code: '2OF' }], false),
        operator('past', [{ code: '2PS', to: '2020-01-01' }]),
      ],
      peers: [peer('pa'), peer('hub')],
      grants: [
        grant('pa', 'a', { basis: 'договор 1' }),
        grant('hub', 'a', { to: '2026-06-14' }),
        grant('hub', 'b'),
        grant('hub', 'off'),
        grant('hub', 'past'),
      ],
      overrides: [{ participant: '2AA-moved', operator: 'b', reason: 'перешёл' }],
    })
    const answer = (who: string, participant: string) => {
      const result = maySpeak(book, who as PeerId, id(participant), at)
      return isRefusal(result) ? result.code : result.basis
    }
    t.equal(answer('pa', '2aa-1'), 'договор 1')
    t.equal(answer('pa', '2BB-1'), 'grant.missing', 'the grant of another operator')
    t.equal(answer('hub', '2AA-1'), 'grant.missing', 'a grant that ended')
    t.equal(answer('hub', '2BB-1'), 'договор')
    t.equal(answer('hub', '2AA-moved'), 'договор', 'an override moves the right to speak too')
    t.equal(answer('pa', '2AA-MOVED'), 'grant.missing')
    t.equal(answer('hub', '2OF-1'), 'grant.missing', 'an operator that is switched off')
    t.equal(answer('hub', '2PS-1'), 'grant.missing', 'a code that is no longer owned')
    t.equal(answer('hub', '9ZZ-1'), 'grant.missing', 'an unknown code')
    t.equal(answer('nobody', '2AA-1'), 'grant.missing')
  },
)

t.test('a policy is completed from the defaults and what was given is not touched', async (t) => {
  const given = { policy: { gatherMs: 5 } }
  const policy = policyOf(given)
  t.match(policy, { gatherMs: 5, relay: 'repack', signAs: 'hub', idempotentByName: true, invitations: true })
  t.strictSame(given, { policy: { gatherMs: 5 } })
  policyOf({ policy: {} }).retryMs.push(1)
  t.not(policyOf({ policy: {} }).retryMs.at(-1), 1, 'defaults are not shared between peers')
})

t.test('a period with a day of no calendar or a late beginning is a fault', async (t) => {
  t.match(faultOfPeriod({ from: '2026-02-30' }), /2026-02-30/)
  t.match(faultOfPeriod({ to: '2026-13-01' }), /2026-13-01/)
  t.match(faultOfPeriod({ from: '2026-02-02', to: '2026-02-01' }), /раньше/)
  t.equal(faultOfPeriod({ from: '2024-02-29', to: '2024-02-29' }), undefined)
})

t.test('properties of resolutions hold for random books', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  t.comment(`seed ${seed}`)
  const random = mulberry(seed)
  for (let round = 0; round < 300; round++) {
    const book = randomBook(random)
    const participant = id(`2${'ABC'[random(3)]}${'ab'[random(2)]}-${random(4)}`)
    const moment = new Date(Date.UTC(2026, random(12), 1 + random(28), random(24)))
    const day = moment.toISOString().slice(0, 10)
    const found = resolve(book, participant, moment)
    const context = { seed, round, participant, day }
    const flipped = id(
      participant.replace(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())),
    )
    t.equal(resolve(book, flipped, moment).operator?.id, found.operator?.id, 'case changes nothing', context)
    const owners = [...book.operators.values()].filter((row) =>
      row.codes.some((code) => code.code.toUpperCase() === found.code && isInForce(code, day)),
    )
    const override = book.overrides.get(participantKey(participant))
    if (override !== undefined) t.equal(found.operator?.id, override.operator, 'an override decides', context)
    else if (owners.length === 0) t.not(found.reason.rule, 'code', 'nobody owns it now', context)
    else {
      t.equal(found.reason.rule, 'code', 'somebody owns it now', context)
      t.ok(
        owners.some((row) => row.id === found.operator?.id),
        'an owner of that day',
        context,
      )
      if (owners.some((row) => row.active))
        t.equal(found.operator?.active, true, 'active goes first', context)
    }
  }
})

t.test('two periods overlap exactly when some day lies in both, for random periods', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  t.comment(`seed ${seed}`)
  const random = mulberry(seed)
  const days = Array.from({ length: 9 }, (_, i) => `2026-01-0${i + 1}`)
  for (let round = 0; round < 500; round++) {
    const [one, other] = [randomPeriod(random), randomPeriod(random)]
    const shared = days.some((day) => isInForce(one, day) && isInForce(other, day))
    if (periodsOverlap(one, other) !== shared) t.fail('overlap differs', { seed, one, other })
  }
  t.pass()
})

function randomPeriod(random: (below: number) => number): { from?: string; to?: string } {
  const from = 1 + random(9)
  const to = from + random(10 - from)
  return {
    ...(random(3) === 0 ? {} : { from: `2026-01-0${from}` }),
    ...(random(3) === 0 ? {} : { to: `2026-01-0${to}` }),
  }
}

function randomBook(random: (below: number) => number): PartnerBook {
  const month = (n: number) => `2026-${String(n).padStart(2, '0')}-01`
  const operators = Array.from({ length: 1 + random(5) }, (_, index) => {
    const codes = Array.from({ length: 1 + random(3) }, () => {
      const from = 1 + random(6)
      return {
        code: `2${'ABC'[random(3)]}${'AbB'[random(3)]}`,
        ...(random(2) === 0 ? {} : { from: month(from) }),
        ...(random(2) === 0 ? {} : { to: month(from + random(6)) }),
      }
    })
    return operator(`o${index}`, codes, random(2) === 0)
  })
  const overrides = random(3) > 0 ? [] : [{ participant: `2Ab-${random(4)}`, operator: 'o0', reason: 'r' }]
  return bookOf({ operators, overrides })
}

function mulberry(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
