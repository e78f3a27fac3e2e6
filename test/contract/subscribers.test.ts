// The directory of subscribers: search by ИНН, id and name, who sees what, and what may be done about each.

import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { makeDirectory } from '../../hub/directory/directory.ts'
import { seenOf } from '../../hub/directory/seen.ts'
import { wordsOfName } from '../../hub/directory/words.ts'
import { say } from '../../hub/links/say.ts'
import { readSubscribersOfInns } from '../../hub/store/directory/subscribers.ts'
import type { SubscriberSeen } from '../../hub/store/links/rows.ts'
import type { Store } from '../../hub/store/orm.ts'
import type { DirectoryHit } from '../../schemas/directory/directory.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { startTestPlane, twoPartners } from '../support/admin-plane.ts'

const inn = '7707083893'
const viewer = '2AB-viewer' as ParticipantId
const at = new Date('2026-11-20T10:00:00.000Z')

/** Operator А takes invitations, Б does not, В has no exchange; 2AB and 2CD are ours. */
async function openDirectory(t: Test) {
  const plane = await startTestPlane(t)
  const [pa, pb] = twoPartners.peers
  const file = {
    ...twoPartners,
    operators: [
      ...twoPartners.operators,
      { id: 'c', name: 'Оператор В', active: true, codes: [{ code: '2ZC' }] },
    ],
    peers: [pa, { ...pb, policy: { invitations: false } }],
  }
  const applied = await plane.registry.apply(file, { actor: 'tests', reason: 'tests' })
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
  Object.assign(plane.context.settings, { homeCodes: ['2AB', '2CD'], linkAnswerWithinMs: 86_400_000 })
  return plane
}

function seen(id: string, over: Partial<SubscriberSeen> = {}): SubscriberSeen {
  return { ...seenOf({ id: id as ParticipantId }, { state: 'known', source: 'import', at }), ...over }
}

const idsOf = (hits: readonly DirectoryHit[]) => hits.map(({ id }) => id)

t.test('one ИНН may have several boxes, and each row says what may be done about it', async (t) => {
  const { directory, write, context } = await openDirectory(t)
  const rows = ['2ZA-box', '2ZB-box', '2ZC-box', '2ZD-box', '2ZA-linked', '2CD-own', '2AB-own']
  await write({ subscribers: rows.map((id) => seen(id, { inn, kpp: '770701001' })) })
  for (const [by, to] of [
    [viewer, '2ZA-linked'],
    ['2ZA-linked', viewer],
  ] as [ParticipantId, ParticipantId][]) {
    await write((await say(context, { by, to, type: 'ask', sentAt: at.toISOString(), at })).change)
  }
  const hits = await directory.byInn({ inn, kpp: undefined, viewer, at })
  const told = hits.map(({ id, reach, reason }) => [id, reach, reason])
  t.same(told, [
    ['2ZA-linked', 'linked', undefined],
    ['2CD-own', 'invitable', undefined],
    ['2ZA-box', 'invitable', undefined],
    ['2ZB-box', 'application', 'route.capability'],
    ['2AB-own', 'unreachable', 'route.loop'],
    ['2ZC-box', 'unreachable', 'route.no-peer'],
    ['2ZD-box', 'unreachable', 'route.unknown-operator'],
  ])
  t.equal(hits.find(({ id }) => id === '2ZB-box')?.operator?.name, 'Оператор Б')
  t.equal(hits.find(({ id }) => id === '2ZD-box')?.operator, undefined)
  const strangers = await directory.byInn({ inn, kpp: undefined, viewer: undefined, at })
  t.notOk(strangers.some(({ reach }) => reach === 'linked'))
})

t.test('among equals the box that works best is first', async (t) => {
  const { directory, write, store } = await openDirectory(t)
  await write({ subscribers: ['2ZA-1', '2ZA-2', '2ZA-3', '2ZA-4'].map((id) => seen(id, { inn })) })
  const count = (id: string, delivered: number, failed: number, days: number) =>
    store.query(
      "update subscriber set delivered = $2, failed = $3, last_traffic_at = $4::timestamptz - $5 * interval '1 day' " +
        'where id = $1',
      [id, delivered, failed, at, days],
    )
  await count('2ZA-1', 1, 9, 1)
  await count('2ZA-2', 9, 1, 3)
  await count('2ZA-3', 1000, 0, 400)
  const hits = await directory.byInn({ inn, kpp: undefined, viewer, at })
  t.same(idsOf(hits), ['2ZA-2', '2ZA-1', '2ZA-3', '2ZA-4'])
  t.same(
    hits.map(({ deliveredShare }) => deliveredShare),
    [0.9, 0.1, 1, undefined],
  )
})

t.test('with a КПП come that and those without one, and no other', async (t) => {
  const { directory, write } = await openDirectory(t)
  const kpps = { '2ZA-1': null, '2ZA-2': '770701001', '2ZA-3': '997950001' }
  await write({ subscribers: Object.entries(kpps).map(([id, kpp]) => seen(id, { inn, kpp })) })
  t.same(idsOf(await directory.byInn({ inn, kpp: '770701001', viewer, at })), ['2ZA-2', '2ZA-1'])
  t.equal((await directory.byInn({ inn, kpp: undefined, viewer, at })).length, 3)
  t.same(await directory.byInn({ inn: '7713076301', kpp: undefined, viewer, at }), [])
})

t.test('many ИНН at once get the answers of one at a time, in the order of the questions', async (t) => {
  const { directory, write, context } = await openDirectory(t)
  const other = '7713076301'
  const ids = ['2ZA-1', '2ZB-1', '2ZC-1', '2ZA-linked', '2AB-own']
  const boxes = ids.map((id, n) => seen(id, { inn, kpp: n % 2 === 0 ? '770701001' : null }))
  await write({ subscribers: [...boxes, seen('2ZA-of-other', { inn: other })] })
  for (const [by, to] of [
    [viewer, '2ZA-linked'],
    ['2ZA-linked', viewer],
  ] as [ParticipantId, ParticipantId][]) {
    await write((await say(context, { by, to, type: 'ask', sentAt: at.toISOString(), at })).change)
  }
  const asked = [
    { inn: other, kpp: undefined },
    { inn, kpp: undefined },
    { inn, kpp: '770701001' },
    { inn: '5000000014', kpp: undefined },
    { inn, kpp: '997950001' },
    { inn: other, kpp: '770701001' },
    { inn, kpp: undefined },
  ]
  const together = await directory.byInns({ asked, viewer, at })
  t.same(together.map(idsOf), [
    ['2ZA-of-other'],
    ['2ZA-linked', '2ZA-1', '2ZB-1', '2AB-own', '2ZC-1'],
    ['2ZA-linked', '2ZA-1', '2ZB-1', '2AB-own', '2ZC-1'],
    [],
    ['2ZA-linked', '2ZB-1'],
    ['2ZA-of-other'],
    ['2ZA-linked', '2ZA-1', '2ZB-1', '2AB-own', '2ZC-1'],
  ])
  const apart = await Promise.all(asked.map((one) => directory.byInn({ ...one, viewer, at })))
  t.same(together, apart)
  t.same(await directory.byInns({ asked: [], viewer, at }), [])
})

t.test('others have their turn while what many questions found is ranked', async (t) => {
  const { store, write, context } = await openDirectory(t)
  const many = Array.from({ length: limits.directoryCandidatesMax }, (_, n) => seen(`2ZA-${n}`, { inn }))
  await write({ subscribers: many })
  const asked = Array.from({ length: 3 }, () => ({ inn, kpp: undefined }))
  const query: Store['query'] = async <Row>(...statement: Parameters<Store['query']>) => {
    const result = await store.query<Row>(...statement)
    // From here on nothing but the ranking gives turns away.
    turns = 0
    return result
  }
  let turns = 0
  let isOver = false
  const others = (async () => {
    for (; !isOver; turns += 1) await turn()
  })()
  const lookUp = () => Promise.reject(new Error('not asked'))
  const parts = {
    context: { ...context, store: { ...store, query } },
    cachedForMs: 0,
    activeForMs: 0,
    lookUp,
  }
  const found = await makeDirectory(parts).byInns({ asked, viewer, at })
  const given = turns
  isOver = true
  await others
  t.same(
    found.map((hits) => hits.length),
    asked.map(() => limits.directoryHitsMax),
  )
  t.ok(given >= asked.length, `${given} turns`)
})

t.test(
  'an id is found whatever its case, also from memory, and what is written later is seen in time',
  async (t) => {
    const { directory, write, store } = await openDirectory(t)
    const id = '2ZA-Box' as ParticipantId
    t.equal(await directory.byId({ id, viewer, at }), undefined)
    await write({ subscribers: [seen(id, { inn })] })
    t.equal(await directory.byId({ id, viewer, at }), undefined, 'what was not there is kept as well')
    directory.forget('2za-box')
    const upper = '2ZA-BOX' as ParticipantId
    t.match(await directory.byId({ id: upper, viewer, at }), {
      id,
      inn,
      reach: 'invitable',
      sources: ['import'],
    })
    await store.query('delete from subscriber')
    t.match(await directory.byId({ id: upper, viewer, at }), { id })
    directory.forget()
    t.equal(await directory.byId({ id, viewer, at }), undefined)
  },
)

t.test(
  'an own stand-in that nobody claimed is seen by its home code alone, and a retired one says where it went',
  async (t) => {
    const { directory, write, store } = await openDirectory(t)
    const standIn = seen('2AB-inactive', { inn, state: 'inactive' })
    await write({ subscribers: [standIn, seen('2AB-retired', { inn, state: 'retired' })] })
    await store.query("update subscriber set moved_to = '2ZA-box' where key = '2ab-retired'")
    const own = await directory.byInn({ inn, kpp: undefined, viewer, at })
    t.match(own, [
      { id: '2AB-inactive', reach: 'unreachable', reason: 'directory.inactive' },
      { id: '2AB-retired', reach: 'unreachable', reason: 'directory.retired', movedTo: '2ZA-box' },
    ])
    const others = await directory.byInn({ inn, kpp: undefined, viewer: '2CD-viewer' as ParticipantId, at })
    t.same(idsOf(others), ['2AB-retired'])
    t.equal(others[0]?.movedTo, undefined)
  },
)

t.test('a name is found by the beginnings of its words, in any order and case, with е for ё', async (t) => {
  const { directory, write } = await openDirectory(t)
  const names = {
    '2ZA-1': 'ООО «Весёлая Ромашка-2»',
    '2ZA-2': 'АО "РОМАШКОВОЕ ПОЛЕ"',
    '2ZA-3': `ИП О'Нил\\Петров ${'длинное '.repeat(120)}`,
    '2ZA-4': null,
  }
  await write({ subscribers: Object.entries(names).map(([id, name]) => seen(id, { name })) })
  const find = async (name: string) => idsOf(await directory.byName({ name, viewer, at })).sort()
  t.same(await find('ромаш'), ['2ZA-1', '2ZA-2'])
  t.same(await find('ООО РОМАШКА, веселая'), ['2ZA-1'])
  t.same(await find('ромаш весел'), ['2ZA-1'], 'beginnings, too, where nobody has the words whole')
  t.same(await find('ромашка 3'), [])
  t.same(await find("о'нил\\пет"), ['2ZA-3'])
  t.same(await find("x' | 'y:* & ! <-> \\"), [])
  await write({ subscribers: [seen('2ZZ-unreachable', { name: 'Ромаш' })] })
  const [first] = await directory.byName({ name: 'ромаш', viewer, at })
  t.equal(first?.id, '2ZZ-unreachable', 'the very word first')
  t.same(await find('ООО ип'), [], 'a legal form alone finds nobody')
  t.same(wordsOfName('АО'), [])
  t.equal(
    wordsOfName(Array.from({ length: 30 }, (_, n) => `слово${n}`).join(' ')).length,
    limits.directoryNameWordsMax,
  )
})

t.test('no search gives more than its limit', async (t) => {
  const { directory, write } = await openDirectory(t)
  const many = Array.from({ length: limits.directoryHitsMax + 1 }, (_, n) =>
    seen(`2ZA-${n}`, { inn, name: 'Много' }),
  )
  await write({ subscribers: many })
  t.equal((await directory.byInn({ inn, kpp: undefined, viewer, at })).length, limits.directoryHitsMax)
  t.equal((await directory.byName({ name: 'много', viewer, at })).length, limits.directoryHitsMax)
})

t.test('of more candidates than are read those of the last traffic come, and no more', async (t) => {
  const { store, write } = await openDirectory(t)
  const max = limits.directoryCandidatesMax
  const other = '7713076301'
  const read = () =>
    readSubscribersOfInns(
      store,
      [other, inn, inn].map((inn) => ({ inn, kpp: undefined })),
    )
  const many = Array.from({ length: max }, (_, n) => seen(`2ZA-${n}`, { inn }))
  await write({ subscribers: [...many, seen('2ZB-other', { inn: other })] })
  const counts = (await read()).map((rows) => rows.length)
  t.same(counts, [1, max, max], 'of each question so many')
  await write({ subscribers: [seen('2ZA-last', { inn })] })
  await store.query("update subscriber set last_traffic_at = now() where key = '2za-last'")
  const [, first = []] = await read()
  t.equal(first.length, max)
  t.equal(first[0]?.id, '2ZA-last')
  t.same(await readSubscribersOfInns(store, []), [])
})
