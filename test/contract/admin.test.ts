// The admin plane on a real PostgreSQL: searches and their plans, pages, decisions about what is held, overview.

import t from 'tap'
import { reasonDigest } from '../../hub/pipeline/run/control.ts'
import type { DecisionRow, MessageRow } from '../../hub/store/hot/rows.ts'
import { newRowId } from '../../hub/store/ids.ts'
import {
  edgeStatement,
  findMessages,
  type MessageFilter,
  planSearch,
  windowStatement,
} from '../../hub/store/views/search.ts'
import type { AdminMessage, AdminMessageDetails, AdminOverview, AdminPage } from '../../schemas/admin.ts'
import { limits } from '../../schemas/limits.ts'
import {
  frozenWork,
  messageRow,
  packageInRow,
  packageOutRow,
  startTestPlane,
  type TestPlane,
  twoPartners,
  wireId,
} from '../support/admin-plane.ts'

const author = { actor: 'tests', reason: 'tests' }
const highest = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
const lowest = '00000000-0000-0000-0000-000000000000'

async function startWithPartners(t: Parameters<typeof startTestPlane>[0]): Promise<TestPlane> {
  const plane = await startTestPlane(t)
  await plane.registry.apply(twoPartners, author)
  return plane
}

async function listIds(plane: TestPlane, query: string): Promise<string[]> {
  const told = await plane.ask(`/admin/v1/messages?${query}`)
  if (told.status !== 200) throw new Error(`${query}: ${told.text}`)
  return (told.json() as unknown as AdminPage<AdminMessage>).items.map(({ id }) => id)
}

async function statusOf(plane: TestPlane, path: string, body: unknown): Promise<[number, string]> {
  const told = await plane.ask(path, { body })
  const { code, state } = told.json() as { code?: string; state?: string }
  return [told.status, String(state ?? code)]
}

/** Many rows of the past hours, one statement for a thousand; of ten one is held and one is with the next operator. */
async function seedMany(plane: TestPlane, count: number): Promise<MessageRow[]> {
  const rows = Array.from({ length: count }, (_, i) => {
    const at = new Date(Date.now() - (count - i) * 10)
    return messageRow({
      received_at: at,
      state: i % 10 === 0 ? 'held' : i % 10 === 1 ? 'sent' : 'delivered',
      sender: `2ZA-sender-${i % 100}`,
      recipient: `2ZB-Recipient-${i % 77}`,
    })
  })
  for (let start = 0; start < count; start += 1000) {
    const messages = rows.slice(start, start + 1000)
    const work = messages.filter(({ state }) => state !== 'delivered').map(frozenWork)
    await plane.write({ messages, work })
  }
  return rows
}

t.test('a message is found by each thing an engineer may know of it, and by several at once', async (t) => {
  const plane = await startWithPartners(t)
  const early = messageRow({ received_at: new Date(Date.now() - 3_600_000), sender: '2ZA-Иванов' })
  const held = messageRow({ state: 'held', reason: 'deliver.rejected', recipient: '2ZA-иванов', peer: 'pb' })
  const other = messageRow({ state: 'delivered', next_peer: 'pc' })
  const out = packageOutRow([held], { name: 'Our-Name.cms' })
  const { sender, recipient } = other
  const document = {
    wire_id: wireId('d'),
    message: other.id,
    peer: 'pa',
    sender,
    recipient,
    type: 'Акт',
    encrypted: false,
    parents: [],
  }
  const seen = { sha256: '', status: 200, code: 'accepted', answer: '', seen_at: new Date() }
  await plane.write({
    messages: [early, held, other],
    packagesIn: [packageInRow(early, 'Their-Name.cms')],
    packagesOut: [out],
    documents: [{ ...document, size: 5, sha256: 'aa', streebog256: 'bb', blob: null }],
  })
  await plane.store.query(
    `insert into package_seen select 'pa', 'their-name.cms', $1, x.sha256, x.status, x.code, x.answer, x.seen_at
     from jsonb_to_record($2::jsonb) as x(sha256 text, status smallint, code text, answer text, seen_at timestamptz)`,
    [early.package, JSON.stringify(seen)],
  )
  const all = [other.id, held.id, early.id]
  const when = new Date(Date.now() - 60_000).toISOString()
  const cases: [string, string[]][] = [
    ['', all],
    ['state=held', [held.id]],
    ['state=delivered', [other.id]],
    ['peer=pb', [held.id, early.id]],
    ['peer=pc&state=delivered', [other.id]],
    ['peer=none', []],
    [`participant=${encodeURIComponent('2za-ИВАНОВ')}`, [held.id, early.id]],
    [`participant=${encodeURIComponent('2za-ИВАНОВ')}&state=held`, [held.id]],
    [`document=${document.wire_id}`, [other.id]],
    [`document=${document.wire_id}&state=held`, []],
    [`message=${held.wire_id}`, [held.id]],
    [`message=${held.wire_id}&peer=pc`, []],
    ['package=THEIR-name.cms', [early.id]],
    ['package=our-name.cms', [held.id]],
    [`from=${when}`, [other.id, held.id]],
    [`to=${when}`, [early.id]],
    ['limit=1', [other.id]],
  ]
  for (const [query, ids] of cases) t.same(await listIds(plane, query), ids, query)
  const [row] = ((await plane.ask(`/admin/v1/messages?to=${when}`)).json() as { items: AdminMessage[] }).items
  t.match(row, {
    message: early.wire_id,
    package: 'Their-Name.cms',
    fromPeer: 'pa',
    toPeer: 'pb',
    code: null,
  })
})

type PlanNode = { 'Node Type': string; 'Relation Name'?: string; 'Index Name'?: string; Plans?: PlanNode[] }

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

t.test('no filter reads a table of messages from end to end', async (t) => {
  const plane = await startWithPartners(t)
  const rows = await seedMany(plane, 20_000)
  const documents = rows.map((row, i) => {
    const wire_id = wireId(`d${i % 2}`)
    return {
      wire_id,
      message: row.id,
      peer: 'pa',
      sender: row.sender,
      recipient: row.recipient,
      type: 'x',
      encrypted: false,
      parents: [],
      size: 1,
      sha256: null,
      streebog256: null,
      blob: null,
    }
  })
  for (let start = 0; start < documents.length; start += 5000)
    await plane.write({ documents: documents.slice(start, start + 5000) })
  await plane.store.query('analyze')
  const large = await plane.store.query(
    'select relname from pg_class where relkind = $1 and reltuples > 1000 and relnamespace = $2::regnamespace',
    ['r', 'public'],
  )
  const filled = new Set(large.rows.map(({ relname }) => relname as string))
  t.match([...filled].sort(), ['document', /^message_2/, 'message_set_aside', 'work'])
  const row = rows[1234]
  const filters: MessageFilter[] = [
    {},
    { state: 'held' },
    { state: 'delivered' },
    { state: 'sent' },
    { peer: 'pa' },
    { peer: 'pb', state: 'held' },
    { participant: '2ZA-sender-5' },
    { participant: '2ZA-sender-5', state: 'held' },
    { participant: 'nobody', peer: 'pa' },
    { document: String(documents[77]?.wire_id) },
    { document: 'none', participant: '2ZA-sender-5' },
    { message: String(row?.wire_id) },
    { package: 'none.cms' },
    { package: 'none.cms', state: 'held' },
  ]
  for (const filter of filters) {
    const search = await planSearch(plane.store, { filter, peers: ['pa', 'pb'] })
    const range = { low: lowest, before: highest }
    for (const statement of [
      windowStatement(search, { ...range, countMax: 51 }),
      edgeStatement(search, range),
    ]) {
      const { rows: explained } = await plane.store.query({
        ...statement,
        text: `explain (format json) ${statement.text}`,
      })
      const [plan] = (explained[0]?.['QUERY PLAN'] ?? []) as { Plan: PlanNode }[]
      if (plan === undefined) throw new Error('no plan')
      const whole = nodesOf(plan.Plan).filter(
        (node) => node['Node Type'] === 'Seq Scan' && filled.has(node['Relation Name'] ?? ''),
      )
      t.same(whole, [], `${JSON.stringify(filter)} by ${search.indexes}`)
    }
  }
  for (const state of ['held', 'sent', 'ready'] as const) {
    const sought = { filter: { state }, peers: [], countMax: 3000 }
    const page = await findMessages(plane.store, sought)
    const ids = rows.filter((one) => one.state === state).map(({ id }) => id)
    t.same(page, { rows: page.rows, nextBefore: undefined }, `${state}: all of them are found`)
    t.same(page.rows.map(({ id }) => id).reverse(), ids)
  }
  t.test('and a rare row is found behind any number of others, in windows', async (t) => {
    const rare = messageRow({ received_at: new Date(Date.now() - 86_400_000), peer: 'rare' })
    await plane.write({ messages: [rare] })
    const search = { filter: { peer: 'rare' }, peers: [], countMax: 10 }
    const page = await findMessages(plane.store, search)
    t.same(
      page.rows.map(({ id }) => id),
      [rare.id],
    )
    t.equal(page.nextBefore, undefined)
    t.ok(rows.length > limits.searchWindowRows, 'one window would not have done')
  })
})

t.test('pages give each of 10 000 rows once while others are added', async (t) => {
  const plane = await startWithPartners(t)
  const rows = await seedMany(plane, 10_000)
  const seen: string[] = []
  let after = ''
  for (let page = 0; page <= 60; page++) {
    const told = await plane.ask(`/admin/v1/messages?limit=200${after}`)
    const { items, next } = told.json() as unknown as AdminPage<AdminMessage>
    seen.push(...items.map(({ id }) => id))
    await plane.write({ messages: [messageRow(), messageRow()] })
    if (next === null) break
    after = `&after=${next}`
  }
  t.same(seen, rows.map(({ id }) => id).reverse())
})

t.test('a held message is released: it goes on, and waits for nobody', async (t) => {
  const plane = await startWithPartners(t)
  const held = messageRow({ state: 'held', reason: 'deliver.rejected', answer_ids: ['x'] })
  const out = packageOutRow([held])
  held.package_out = out.id
  const repeat = messageRow({ wire_id: held.wire_id, state: 'ignored' })
  await plane.write({ messages: [held, repeat], packagesOut: [out], work: [frozenWork(held)] })
  const path = `/admin/v1/messages/${held.wire_id}/release`
  t.strictSame(await statusOf(plane, path, { reason: 'поговорили' }), [200, 'accepted'])
  const { rows } = await plane.store.query(
    'select m.state, m.reason, m.package_out, m.version, w.hop, p.state as out from message m ' +
      'join work w on w.id = m.id join package_out p on p.id = m.package_out where m.id = $1',
    [held.id],
  )
  t.strictSame(rows, [
    {
      state: 'accepted',
      reason: 'person.released',
      package_out: out.id,
      version: 2,
      hop: 'process',
      out: 'abandoned',
    },
  ])
  t.strictSame(await statusOf(plane, path, { reason: 'ещё раз' }), [409, 'admin.not-now'])
  t.strictSame(await statusOf(plane, `/admin/v1/messages/${newRowId()}/release`, { reason: 'x' }), [
    404,
    'admin.not-found',
  ])
})

t.test('a held message is refused: its sender gets the words, the journal only their digest', async (t) => {
  const plane = await startWithPartners(t)
  const held = messageRow({ state: 'held', reason: 'receipt.overdue' })
  await plane.write({ messages: [held], work: [frozenWork(held)] })
  const headers = { 'x-hub-actor': 'petrov@noc' }
  const reason = 'Ответа нет\nнеделю \u0007'
  const told = await plane.ask(`/admin/v1/messages/${held.id}/refuse`, { body: { reason }, headers })
  t.match(told.json(), { id: held.id, state: 'refused', code: 'message.refused-by-person' })
  const shown = (await plane.ask(`/admin/v1/messages/${held.id}`)).json() as unknown as AdminMessageDetails
  t.match(shown.answer, { state: 'owed', code: 'error', text: /refused-by-person.*: Ответа нет неделю$/ })
  t.match(shown.decisions, [{ actor: 'petrov@noc', verb: 'refuse', reason: 'Ответа нет неделю' }])
  t.same(shown.steps.map(({ kind }) => kind).sort(), ['message.moved', 'person.decided'])
  const decided = shown.steps.find(({ kind }) => kind === 'person.decided')
  const { rows } = await plane.store.query('select * from decision')
  t.match(decided?.facts, { verb: 'refuse', from: 'held', actor: 'petrov@noc', decision: rows[0]?.['id'] })
  t.equal(decided?.facts['reasonSha256'], reasonDigest(rows[0] as DecisionRow))
  t.notMatch(JSON.stringify(shown.steps), 'Ответа')
  t.same((await plane.store.query('select hop, lane, batch_key from work')).rows, [
    { hop: 'settle', lane: 'pa', batch_key: '2ZA' },
  ])
})

t.test('of two engineers who decide at once one is told that it is decided', async (t) => {
  const plane = await startWithPartners(t)
  for (let round = 0; round < 10; round++) {
    const held = messageRow({ state: 'held' })
    await plane.write({ messages: [held], work: [frozenWork(held)] })
    const both = await Promise.all(
      ['release', 'refuse'].map((verb) =>
        statusOf(plane, `/admin/v1/messages/${held.id}/${verb}`, { reason: verb }),
      ),
    )
    t.same(both.map(([status]) => status).sort(), [200, 409])
  }
  t.same((await plane.store.query('select count(*)::integer as n from decision')).rows, [{ n: 10 }])
})

t.test('what a held package carried goes on under another name: messages, or answers once', async (t) => {
  const plane = await startWithPartners(t)
  const members = [
    messageRow({ state: 'held' }),
    messageRow({ state: 'held' }),
    messageRow({ state: 'delivered' }),
  ]
  const out = packageOutRow(members)
  for (const member of members) member.package_out = out.id
  const answered = messageRow({ state: 'delivered', answer: 'owed', answer_code: 'success' })
  const told = messageRow({ state: 'delivered', answer: 'told', answer_code: 'success' })
  const receipts = packageOutRow([answered, told], { kind: 'receipts', peer: 'pa' })
  const attempt = {
    id: newRowId(),
    package_out: receipts.id,
    number: 1,
    started_at: new Date(),
    ended_at: new Date(),
    class: 'rejected',
    status: 400,
    reason: 'answer.400',
    answer: 'Квитанция не принята',
  }
  await plane.write({
    messages: [...members, answered, told],
    packagesOut: [out, receipts],
    attempts: [attempt],
    work: [...members.slice(0, 2), answered].map(frozenWork),
  })
  const list = (await plane.ask('/admin/v1/packages-out')).json() as { items: { id: string }[] }
  t.match(list.items, [
    { id: receipts.id, contents: 'receipts', peer: 'pa', messages: 2, lastOutcome: 'rejected answer.400' },
    { id: out.id, contents: 'messages', peer: 'pb', messages: 3, lastOutcome: null },
  ])
  t.match((await plane.ask('/admin/v1/packages-out?state=held&peer=pb')).json(), { items: [{ id: out.id }] })
  const shown = (
    await plane.ask(`/admin/v1/messages/${answered.id}`)
  ).json() as unknown as AdminMessageDetails
  t.match(shown.out, [{ contents: 'receipts', tries: [{ status: 400, answer: 'Квитанция не принята' }] }])

  const releases = await Promise.all(
    [1, 2, 3].map(() =>
      plane.ask(`/admin/v1/packages-out/${receipts.id}/release`, { body: { reason: 'снова' } }),
    ),
  )
  t.same(releases.map(({ status }) => status).sort(), [200, 409, 409])
  t.match(releases.find(({ status }) => status === 200)?.json(), { state: 'abandoned', released: 1 })
  const release = await plane.ask(`/admin/v1/packages-out/${out.id}/release`, { body: { reason: 'снова' } })
  t.match(release.json(), { id: out.id, state: 'abandoned', released: 2 })
  const { rows } = await plane.store.query('select id, hop, lane from work order by hop')
  t.same(
    rows.map(({ hop }) => hop),
    ['process', 'process', 'settle'],
  )
  t.match(rows[2], { id: answered.id, lane: 'pa' })
  t.same((await plane.ask('/admin/v1/packages-out')).json(), { items: [], next: null })
})

t.test('the overview counts what is under way by state, hop and lane', async (t) => {
  const plane = await startWithPartners(t)
  const rows = [
    messageRow({ state: 'held' }),
    messageRow({ state: 'ready' }),
    messageRow({ state: 'delivered' }),
  ]
  const due = new Date(Date.now() - 60_000)
  const [held, ready, done] = rows.map(frozenWork)
  if (held === undefined || ready === undefined || done === undefined) throw new Error('three rows')
  const work = [
    held,
    { ...ready, hop: 'deliver' as const, lane: 'pb', due_at: due },
    { ...done, hop: 'settle' as const, lane: 'pa', owner: '1' },
  ]
  await plane.write({ messages: rows, work, packagesOut: [packageOutRow(rows)] })
  const told = (await plane.ask('/admin/v1/overview')).json() as unknown as AdminOverview
  const countOf = (name: string) => told.states.find(({ state }) => state === name)?.count
  t.equal(countOf('held'), 1)
  t.equal(countOf('ready'), 1)
  t.equal(countOf('delivered'), undefined, 'final states grow for ever and are not counted')
  t.match(
    told.hops.find(({ hop }) => hop === 'deliver'),
    { count: 1, more: false, oldestDueAt: due.toISOString() },
  )
  t.strictSame(told.claimed, { count: 1, more: false })
  t.strictSame(told.lanes, [
    { hop: 'deliver', lane: 'pb', oldestDueAt: due.toISOString(), count: 1, more: false },
  ])
  t.strictSame(told.heldPackages, { count: 1, more: false })

  t.test('and says where a count has ended at its bound', async (t) => {
    const at = new Date(Date.now() - 3_600_000)
    const many = Array.from({ length: limits.countedRowsMax + 1 }, () =>
      messageRow({ received_at: at, state: 'overdue' }),
    )
    await plane.write({
      messages: many,
      work: many.map((row) => ({ ...frozenWork(row), hop: 'watch' as const })),
    })
    const { states } = (await plane.ask('/admin/v1/overview')).json() as unknown as AdminOverview
    const stateOf = (name: string) => states.find(({ state }) => state === name)
    t.match(stateOf('overdue'), { count: limits.countedRowsMax, more: true })
    t.match(stateOf('sent'), { count: 0, more: true }, 'there may be some behind the others')
    t.match(stateOf('held'), { count: 1, more: false })
    t.match(stateOf('ready'), { count: 1, more: false })
  })
})
