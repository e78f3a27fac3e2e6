// The partner registry against a real PostgreSQL: changes, history, activation, and news to other nodes.

import t from 'tap'
import {
  type Applied,
  openPartnerRegistry,
  type PartnerRegistry,
  type Rejected,
} from '../../hub/partners/book.ts'
import { isRefused } from '../../hub/partners/partner-file.ts'
import { loadSeed } from '../../hub/partners/seed.ts'
import { openStore, type Store } from '../../hub/store/orm.ts'
import type { OperatorCode, ParticipantId, PeerId } from '../../schemas/ids.ts'
import { peerCertificates } from '../fixtures/peer-certificates.ts'
import { freshDatabase } from '../support/database.ts'
import { migrated } from '../support/fresh-store.ts'

const clock = () => new Date('2026-06-15T12:00:00Z')
const author = { actor: 'инженер', reason: 'проверка' }

const operators = [
  { id: 'a', name: 'Оператор А', active: true, codes: [{ code: '2za' }] },
  { id: 'b', name: 'Оператор Б', active: true, codes: [{ code: '2ZB' }] },
]
const peerA = {
  id: 'pa',
  name: 'Узел А',
  state: 'active',
  address: 'https://a.example/packages',
  certificates: [{ pem: peerCertificates.one }],
}
const grantA = { peer: 'pa', operator: 'a', basis: 'договор 1' }

type Node = { store: Store; registry: PartnerRegistry; faults: unknown[] }

async function startNode(t: { teardown(run: () => Promise<void>): void }, url: string): Promise<Node> {
  const faults: unknown[] = []
  const onFault = (place: string, error: unknown) => void faults.push([place, error])
  const store = await openStore({ url, connectionsMax: 4, onFault })
  const homeCodes = ['2ZH' as OperatorCode]
  const registry = await openPartnerRegistry({ store, clock, homeCodes, dialects: ['roseu'], onFault })
  t.teardown(async () => {
    await registry.close()
    await store.close()
  })
  return { store, registry, faults }
}

const startOnly = async (t: { teardown(run: () => Promise<void>): void }) =>
  startNode(t, await freshDatabase(t, migrated))

/** Resolves when a node has reached an edition; the test's time-out bounds the wait. */
function reaches({ registry }: Node, edition: number): Promise<void> {
  return new Promise((resolve) => {
    const stop = registry.onChange((book) => book.edition >= edition && done())
    const done = () => {
      stop()
      resolve()
    }
    if (registry.book().edition >= edition) done()
  })
}

function codesOf(result: Applied | Rejected): string[] {
  return 'refusals' in result ? result.refusals.map(({ code }) => code) : []
}

t.test('a partner file becomes a book, with a history of what was and what became', async (t) => {
  const { registry, store } = await startOnly(t)
  t.equal(registry.book().edition, 0)
  const content = { operators, peers: [peerA], grants: [grantA] }
  const applied = await registry.apply(content, author)
  t.strictSame(applied, {
    edition: 1,
    changes: [
      { kind: 'operator', key: 'a' },
      { kind: 'operator', key: 'b' },
      { kind: 'peer', key: 'pa' },
      { kind: 'grant', key: 'pa/a/' },
    ],
  })
  const book = registry.book()
  t.equal(book.edition, 1)
  t.match(book.peers.get('pa'), {
    state: 'active',
    dialect: 'roseu',
    policy: { relay: 'repack', gatherMs: 20 },
  })
  t.strictSame(book.codes.get('2ZA'), [{ operator: 'a' }])
  t.strictSame([...book.thumbprints.values()], [{ peer: 'pa' }])
  t.match([...book.thumbprints.keys()][0], /^[0-9a-f]{64}$/)

  const off = { operators: [{ ...operators[0], active: false }] }
  t.strictSame(await registry.apply(off, author), { edition: 2, changes: [{ kind: 'operator', key: 'a' }] })
  t.strictSame(await registry.apply(off, author), { edition: 2, changes: [] }, 'nothing new, nothing written')

  const [change] = await registry.history({ kind: 'operator', key: 'a' })
  t.match(change, {
    edition: 2,
    actor: 'инженер',
    reason: 'проверка',
    before: { active: true },
    after: { active: false },
  })
  t.same(change?.at, clock())
  const first = (await registry.history({ kind: 'peer', key: 'pa' }))[0]
  t.equal(first?.before, null)
  const { rows } = await store.query(
    'select count(*) n from partner_change where before is null and edition = 1',
  )
  t.strictSame(rows, [{ n: 4 }], 'a new row has no before, not a JSON null')
  const { rows: entries } = await store.query('select kind, entry from journal order by id')
  t.same(
    entries.map(({ kind, entry }) => [kind, JSON.parse(String(entry)).facts.keys]),
    [
      ['partners.changed', ['operator a', 'operator b', 'peer pa', 'grant pa/a/']],
      ['partners.changed', ['operator a']],
    ],
    'each edition is journalled in its own transaction',
  )
  await t.rejects(store.query('update partner_change set actor = $1', ['другой']), /append-only/)
})

t.test('besides its grant a peer needs a certificate, an address and an activation', async (t) => {
  const { registry } = await startOnly(t)
  const bare = { id: 'pa', name: 'Узел А', state: 'inactive' }
  const off = operators.map((row) => ({ ...row, active: false }))
  await registry.apply({ operators: off, peers: [bare] }, author)
  const activate = () => registry.setPeerState('pa' as PeerId, 'active', author)

  const refused = await activate()
  t.strictSame(codesOf(refused), ['partner.incomplete'])
  const seen = 'refusals' in refused ? refused.refusals[0]?.seen : ''
  for (const what of [/адрес/, /сертификат/, /право/]) t.match(seen, what)
  t.strictSame(registry.check('2ZA-1' as ParticipantId).missing, [
    'включение оператора a',
    'партнёр с действующим правом за a',
  ])

  const old = { ...bare, address: peerA.address, certificates: [{ pem: peerCertificates.old }] }
  await registry.apply({ peers: [old], grants: [{ ...grantA, to: '2026-06-14' }] }, author)
  t.match(
    await activate(),
    { refusals: [{ seen: /сертификат.*право/ }] },
    'an expired certificate, an ended grant',
  )

  await registry.apply({ peers: [{ ...peerA, state: 'inactive' }], grants: [grantA] }, author)
  t.match(await activate(), {
    changes: [
      { kind: 'operator', key: 'a' },
      { kind: 'peer', key: 'pa' },
    ],
  })
  t.equal(registry.book().operators.get('a')?.active, true, 'its operator is switched on with it')
  t.match(registry.check('2ZA-1' as ParticipantId), { exchange: 'ready', peer: 'pa', missing: [] })

  await registry.setPeerState('pa' as PeerId, 'suspended', author)
  t.match(registry.check('2za-1' as ParticipantId), { exchange: 'waiting', peer: 'pa' })
  await registry.setPeerState('pa' as PeerId, 'inactive', author)
  t.match(registry.check('2za-1' as ParticipantId), {
    exchange: 'none',
    refusal: { code: 'route.no-peer' },
    missing: ['pa: включение обмена'],
    text: /Оператор А \(a\)/,
  })
  t.match(registry.check('9XX' as ParticipantId), {
    exchange: 'none',
    refusal: { code: 'route.unknown-operator' },
  })
  t.match(registry.check('2ZH' as ParticipantId), { exchange: 'home', missing: [] })
  t.strictSame(codesOf(await registry.setPeerState('nobody' as PeerId, 'active', author)), [
    'admin.not-found',
  ])
})

const code = (row: object, active = true) => ({ operators: [{ id: 'x', name: 'X', active, codes: [row] }] })
const pb = { ...peerA, id: 'pb', certificates: [{ pem: peerCertificates.two }] }
const faulty: [string, object, string][] = [
  ['a code of another active operator', code({ code: '2ZA', from: '2030-01-01' }), 'partner.conflict'],
  ['a day of no calendar', code({ code: '2ZX', from: '2026-02-30' }), 'partner.invalid'],
  [
    'a code twice',
    { operators: [{ id: 'x', name: 'X', active: false, codes: [{ code: '2ZX' }, { code: '2zx' }] }] },
    'partner.conflict',
  ],
  ['an operator twice', { operators: [operators[1], operators[1]] }, 'partner.conflict'],
  ['a grant to no peer', { grants: [{ ...grantA, peer: 'nobody' }] }, 'partner.conflict'],
  ['a grant for no operator', { grants: [{ ...grantA, operator: 'nobody' }] }, 'partner.conflict'],
  [
    'an override to no operator',
    { overrides: [{ participant: '2ZA-1', operator: 'x', reason: 'r' }] },
    'partner.conflict',
  ],
  [
    'a participant with a control character',
    { overrides: [{ participant: '2ZA\u0001', operator: 'a', reason: 'r' }] },
    'partner.invalid',
  ],
  ...['A-B-1', '@2Z-1', '2ZА-1', 'ßAB-1'].map((participant): (typeof faulty)[number] => [
    `an override for ${participant}, to whose operator no receipts can be written`,
    { overrides: [{ participant, operator: 'a', reason: 'r' }] },
    'partner.invalid',
  ]),
  [
    'the certificate of another peer',
    { peers: [{ ...pb, state: 'inactive', certificates: [{ pem: peerCertificates.one }] }] },
    'partner.conflict',
  ],
  ['no certificate', { peers: [{ ...pb, certificates: [{ pem: 'AAAA' }] }] }, 'partner.invalid'],
  [
    'two certificates in one',
    { peers: [{ ...pb, certificates: [{ pem: peerCertificates.two + peerCertificates.three }] }] },
    'partner.invalid',
  ],
  [
    'an address with a password',
    { peers: [{ ...peerA, address: 'https://me:secret@a.example/' }] },
    'partner.invalid',
  ],
  [
    'an address of another protocol',
    { peers: [{ ...peerA, address: 'file:///etc/passwd' }] },
    'partner.invalid',
  ],
  ['a dialect nobody speaks', { peers: [{ ...peerA, dialect: 'other' }] }, 'partner.invalid'],
  ['an unknown field', { peers: [{ ...peerA, adress: 'x' }] }, 'partner.invalid'],
  ['an activation without a grant', { peers: [pb] }, 'partner.incomplete'],
]

t.test('a change with any fault is refused as a whole, every fault named', async (t) => {
  const { registry } = await startOnly(t)
  await registry.apply({ operators, peers: [peerA], grants: [grantA] }, author)
  const before = registry.book()
  for (const [name, content, expected] of faulty) {
    const result = await registry.apply(content, author)
    t.ok(codesOf(result).includes(expected), name, { result })
  }
  const several = await registry.apply(
    {
      grants: [
        { ...grantA, peer: 'n1' },
        { ...grantA, peer: 'n2' },
      ],
    },
    author,
  )
  t.equal(codesOf(several).length, 2)
  t.equal(registry.book(), before, 'the book is still the same')
  t.equal((await registry.history()).length, 4)
})

t.test('a code changes hands when the old row ends before the new one begins', async (t) => {
  const { registry } = await startOnly(t)
  const owner = (id: string, period: object) => ({
    id,
    name: id,
    active: true,
    codes: [{ code: '2ZX', ...period }],
  })
  await registry.apply({ operators: [owner('old', {})] }, author)
  t.strictSame(codesOf(await registry.apply({ operators: [owner('new', { from: '2026-07-01' })] }, author)), [
    'partner.conflict',
  ])
  const handover = [owner('old', { to: '2026-06-30' }), owner('new', { from: '2026-07-01' })]
  t.match(await registry.apply({ operators: handover }, author), { edition: 2 })
  t.equal(registry.check('2ZX-1' as ParticipantId).resolution.operator?.id, 'old')
})

t.test('keys are rotated: a certificate is added, and moves to another peer in one change', async (t) => {
  const { registry } = await startOnly(t)
  const { one, two, three } = peerCertificates
  const der = one.replace(/-----[^-]+-----|\s/g, '')
  await registry.apply({ operators, peers: [peerA], grants: [grantA] }, author)
  const both = {
    ...peerA,
    certificates: [
      { pem: der, to: '2026-12-31' },
      { pem: two, from: '2026-06-01' },
    ],
  }
  await registry.apply({ peers: [both] }, author)
  const periods = [...registry.book().thumbprints.values()]
  t.strictSame(periods, [
    { peer: 'pa', to: '2026-12-31' },
    { peer: 'pa', from: '2026-06-01' },
  ])
  t.match(
    await registry.apply(
      { peers: [{ ...both, certificates: [{ pem: one, to: '2026-12-31' }, both.certificates[1]] }] },
      author,
    ),
    {
      changes: [],
    },
    'PEM and base64 of one certificate are the same',
  )

  const moved = [
    { ...peerA, id: 'pb', state: 'inactive', certificates: [{ pem: two }] },
    { ...peerA, certificates: [{ pem: one }, { pem: three }] },
  ]
  t.match(await registry.apply({ peers: moved }, author), { changes: [{ key: 'pa' }, { key: 'pb' }] })
  t.strictSame([...registry.book().thumbprints.values()].map(({ peer }) => peer).sort(), ['pa', 'pa', 'pb'])
})

t.test('an override sends a participant elsewhere and can be taken back', async (t) => {
  const { registry } = await startOnly(t)
  const who = '2ZA-Moved' as ParticipantId
  await registry.apply(
    { operators, overrides: [{ participant: who, operator: 'b', reason: 'перешёл' }] },
    author,
  )
  t.match(registry.check('2za-mOVED' as ParticipantId).resolution, {
    operator: { id: 'b' },
    reason: { rule: 'override' },
  })
  await registry.removeOverride('2zA-MOVED' as ParticipantId, author)
  t.equal(registry.check(who).resolution.operator?.id, 'a')
  t.match((await registry.history())[0], { kind: 'override', before: { operator: 'b' }, after: null })
  t.strictSame(codesOf(await registry.removeOverride(who, author)), ['admin.not-found'])
})

t.test('a seed adds what is not there yet and never undoes a change made at run time', async (t) => {
  const { registry } = await startOnly(t)
  const seed = await loadSeed()
  if (isRefused(seed)) return t.fail('faults', { seed })
  const first = await registry.seed(seed)
  t.match(first, { edition: 1 })
  t.strictSame(await registry.seed(seed), { edition: 1, changes: [] })
  t.match(registry.check('2BM-7700' as ParticipantId), {
    resolution: { operator: { id: 'kontur', name: /Контур/ } },
    exchange: 'none',
    refusal: { code: 'route.no-peer' },
  })
  await registry.apply(
    { peers: [{ ...peerA, id: 'diadoc' }], grants: [{ ...grantA, peer: 'diadoc', operator: 'kontur' }] },
    author,
  )
  t.match(registry.check('2BM-7700' as ParticipantId), { exchange: 'ready', peer: 'diadoc' })
  t.match(await registry.seed(seed), { edition: 2, changes: [] })
  t.equal(registry.book().operators.get('kontur')?.active, true)
})

t.test('every node hears of a change without a restart, and simultaneous changes all count', async (t) => {
  const url = await freshDatabase(t, migrated)
  const [one, two] = [await startNode(t, url), await startNode(t, url)]
  await one.registry.apply({ operators }, author)
  await reaches(two, 1)
  t.equal(two.registry.book().operators.size, 2)

  const named = (i: number) => ({
    operators: [{ id: `n${i}`, name: `n${i}`, active: true, codes: [{ code: `1A${i}` }] }],
  })
  const nodes = [one, two]
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, i) => (nodes[i % 2] ?? one).registry.apply(named(i), author)),
  )
  t.strictSame(
    results.map((result) => ('edition' in result ? result.edition : 0)).sort((a, b) => a - b),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  )
  await Promise.all(nodes.map((node) => reaches(node, 11)))
  t.ok(nodes.every(({ registry }) => registry.book().operators.size === 12))
  t.strictSame([...one.faults, ...two.faults], [])
})

t.test('a node that lost its connection reads what it missed when it is back', async (t) => {
  const url = await freshDatabase(t, migrated)
  const [one, two] = [await startNode(t, url), await startNode(t, url)]
  // Both listeners are cut, so the only news of the change is the reading after the reconnection.
  await one.store.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and application_name like 'hub listen%'`,
  )
  await one.registry.apply({ operators }, author)
  await reaches(two, 1)
  t.equal(two.registry.book().operators.size, 2)
  t.ok(two.faults.length > 0, 'the loss was reported')
})
