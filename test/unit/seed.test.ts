// The seed of partners: every known operator is in it, and faults of a seed are all named by file and path.

import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { isRefused, readPartnerFile } from '../../hub/partners/partner-file.ts'
import { planChange } from '../../hub/partners/plan.ts'
import { faultsOfPlan } from '../../hub/partners/rules.ts'
import { loadSeed, readSeed } from '../../hub/partners/seed.ts'
import { makeBook } from '../../routing/book.ts'
import { resolve } from '../../routing/directory.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { beside } from '../support/beside.ts'

const none = { operators: new Map(), peers: new Map(), grants: new Map(), overrides: new Map() }

t.test('the seed is free of faults, opens no exchange and names every operator', async (t) => {
  const file = await loadSeed()
  if (isRefused(file)) return t.fail('faults', { file })
  t.strictSame(file.peers, [])
  t.strictSame(file.grants, [])
  t.ok(file.operators?.every(({ active }) => !active))
  const plan = planChange(none, { file, rows: 'missing' })
  if (isRefused(plan)) return t.fail('faults', { plan })
  t.strictSame(faultsOfPlan(plan, { at: new Date(), dialects: ['roseu'] }), [])
  t.equal(plan.changes.length, file.operators?.length)
})

t.test('ids of the known operators resolve to their names', async (t) => {
  const file = await loadSeed()
  if (isRefused(file)) return t.fail('faults', { file })
  const rows = {
    operators: file.operators ?? [],
    peers: [],
    grants: [],
    overrides: [],
    thumbprints: new Map(),
  }
  const book = makeBook({ edition: 1, ...rows })
  const operatorOf = (text: string) => resolve(book, text as ParticipantId, new Date()).operator
  t.match(operatorOf('2bm-7750370234-001'), { id: 'kontur', name: /Контур/, active: false })
  t.equal(operatorOf('2BE0123456789abcdef')?.id, 'tensor')
  t.equal(operatorOf('2IH-1')?.id, 'e-com', 'an old code')
  t.match(operatorOf('2ZK-1'), { id: 'code-2zk', name: /2ZK/ }, 'an owner that is not established')
  t.equal(operatorOf('9QQ-1'), undefined)
})

const notesFile = beside('domain.md')

t.test('every code of the notes on operators is in the seed', { skip: notesFile.absent }, async (t) => {
  const notes = readFileSync(notesFile.path, 'utf8')
  const table = notes.slice(notes.indexOf('### 1.3'), notes.indexOf('### 1.4'))
  const known = new Set(table.match(/\b[12][A-Z]{2}\b/g))
  const file = await loadSeed()
  if (isRefused(file)) return t.fail('faults', { file })
  const codes = file.operators?.flatMap((operator) => operator.codes.map(({ code }) => code)) ?? []
  t.strictSame(codes.sort(), [...known].sort())
})

t.test('all faults of all files of a folder are named by file and path', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hub-seed-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  await write('a.yaml', 'operators:\n  - {id: UPPER, name: x, active: 1, codes: []}\n')
  await write('b.yml', 'operators:\n  - id: ok\n   name: bad indent\n')
  await write('c.yaml', 'operaters: []\n')
  await write('notes.txt', 'not a seed')
  const faults = await loadSeed(folder)
  if (!isRefused(faults)) return t.fail('no faults')
  const places = faults.map(({ at }) => at ?? '')
  t.ok(faults.every(({ code }) => code === 'partner.invalid'))
  for (const place of [
    'a.yaml/operators/0/id',
    'a.yaml/operators/0/active',
    'a.yaml/operators/0/codes',
    'c.yaml/',
  ]) {
    t.ok(places.includes(place), place, { places })
  }
  t.ok(
    places.some((place) => /^b\.yml:[23]$/.test(place)),
    'a fault of YAML has its line',
    { places },
  )
  t.match(faults.find(({ at }) => at === 'c.yaml/')?.seen, /operaters/)
})

t.test('more faults than the checker gives by itself are named', async (t) => {
  const operators = Array.from({ length: 30 }, (_, i) => ({
    id: `x${i}`,
    name: '',
    active: true,
    codes: [{ code: '2AA' }],
  }))
  const faults = readPartnerFile({ operators })
  t.equal(isRefused(faults) && faults.length, 30)
})

t.test('YAML with doubled keys, aliases or too much text is refused', async (t) => {
  t.match(readSeed('d.yaml', 'operators: []\noperators: []\n'), [{ code: 'partner.invalid', at: 'd.yaml:2' }])
  t.match(readSeed('e.yaml', 'peers: &a []\ngrants: *a\n'), [{ code: 'partner.invalid', at: 'e.yaml' }])
  t.match(readSeed('f.yaml', ' '.repeat(1_048_577)), [{ code: 'partner.invalid', at: 'f.yaml' }])
  t.strictSame(readSeed('g.yaml', '# nothing yet\n'), {})
})

t.test('a partner file is completed from the defaults, but a policy stays as given', async (t) => {
  const content = { peers: [{ id: 'p', name: 'P', state: 'inactive', policy: { gatherMs: 1 } }] }
  t.strictSame(readPartnerFile(content), {
    peers: [
      {
        id: 'p',
        name: 'P',
        state: 'inactive',
        dialect: 'roseu',
        receiptAddresses: [],
        certificates: [],
        policy: { gatherMs: 1 },
      },
    ],
  })
  t.match(readPartnerFile({ peers: [{ ...content.peers[0], policy: { gatherMs: -1 } }] }), [
    { at: '/peers/0/policy/gatherMs' },
  ])
  for (const odd of [null, 5, 'text', [], { peers: 'x' }, { peers: [null] }])
    t.ok(isRefused(readPartnerFile(odd)), String(odd))
})
