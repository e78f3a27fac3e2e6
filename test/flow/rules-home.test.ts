// RULES 4 and 19 between a hub, partners over sockets and the desk of the home operator.

import t from 'tap'
import { homeRows } from '../../routing/machines/message-home.ts'
import type { Submission, Submitted } from '../../schemas/home.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { type HomeParty, homeParty } from '../support/home-party.ts'
import { type Relay, type RelayOptions, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

type Test = Parameters<typeof startRelay>[0]

const home = homeParty('2AB')
const other = homeParty('2AC')

function startHome(t: Test, options: Partial<RelayOptions> = {}): Promise<Relay> {
  const settings = ['home.codes=2AB,2AC', ...(options.settings ?? [])]
  return startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }], ...options, settings })
}

async function submit(
  relay: Relay,
  submission: Submission,
): Promise<Submitted & { message: string; wireId: string }> {
  const answer = await relay.hub.desk.submit(submission)
  if (isRefusal(answer)) throw new Error(`${answer.code}: ${answer.seen}`)
  const { message, wireId } = answer
  if (message === undefined || wireId === undefined) throw new Error('nothing was kept')
  return { ...answer, message, wireId }
}

const codeOf = (answer: object | Refusal) => (isRefusal(answer) ? answer.code : 'none')

/** What lies in the inbox of a home code, numbered or not. */
async function arrivals(relay: Relay, code: string) {
  const rows = await relay.rows<{ kind: string; message: string }>(
    'select kind, message from home_arrival where home = $1 order by id',
    [code],
  )
  return rows
}

async function receive(relay: Relay, from: RelayPartner, to: HomeParty) {
  const { message } = await relay.send(from, to as unknown as RelayPartner)
  const row = await relay.until(
    async () => (await relay.messages(message.id)).find(({ next_peer }) => next_peer !== null),
    'a message in the inbox',
  )
  return { message, row }
}

t.test(
  'RULES 4: a message of a home service goes to a partner byte for byte, and its answer comes back',
  async (t) => {
    const relay = await startHome(t)
    const [a] = relay.partners
    const signed = home.document()
    const { wireId, message, route } = await submit(relay, home.submission(a, { signed: [signed] }))
    t.equal(route.peer, a.peer)
    const got = await a.record.waitForMessage(wireId)
    t.equal(got.sender, home.subscriber.id)
    t.same(
      got.documents.map(({ id }) => id),
      [signed.document.id],
    )
    t.equal(got.signatures[0]?.isRight, true)
    t.strictSame(Buffer.from(got.signatures[0]?.bytes ?? []), Buffer.from(signed.signature.bytes))
    const row = await relay.waitForState(wireId, 'delivered')
    t.match(row, { answer: 'told', answer_code: 'success', peer: 'home:2AB' })
    t.strictSame(await arrivals(relay, '2AB'), [{ kind: 'answer', message }])
    t.strictSame(await arrivals(relay, '2AC'), [])
    await relay.idle()
  },
)

t.test('RULES 11: the same submission under its key makes one message, another one is refused', async (t) => {
  const relay = await startHome(t)
  const [a] = relay.partners
  const submission = home.submission(a)
  const [one, two] = await Promise.all([submit(relay, submission), submit(relay, submission)])
  t.equal(one.message, two.message)
  t.same([one.isRepeated, two.isRepeated].sort(), [false, true])
  const again = await submit(relay, { ...submission, at: new Date(Date.now() + 5000) })
  t.match(again, { message: one.message, isRepeated: true })
  t.equal(
    codeOf(await relay.hub.desk.submit({ ...home.submission(a), key: submission.key })),
    'home.key-reused',
  )
  // The key belongs to the home code: another code may use the same one.
  await submit(relay, { ...other.submission(a), key: submission.key })
  await relay.idle()
  t.equal(a.record.messages.length, 2)
})

t.test('RULES 19: success is told when the message is in the inbox', async (t) => {
  const relay = await startHome(t)
  const [a] = relay.partners
  const { message, row } = await receive(relay, a, home)
  t.match(row, { state: 'delivered', next_peer: 'home:2AB' })
  t.strictSame(await arrivals(relay, '2AB'), [{ kind: 'message', message: row.id }])
  t.equal((await a.record.waitForReceipt(message.id)).item.outcome, 'success')
  const given = { home: home.code, message: row.id as never, apiKey: 'test', at: new Date() }
  const { desk } = relay.hub
  t.equal(codeOf(await desk.acknowledge({ ...given, outcome: { is: 'success' } })), 'none')
  const late = await desk.acknowledge({ ...given, outcome: { is: 'error', text: 'поздно' } })
  t.equal(codeOf(late), 'home.already-answered')
  const stranger = await desk.acknowledge({ ...given, home: other.code, outcome: { is: 'success' } })
  t.equal(codeOf(stranger), 'home.not-found')
  await relay.idle()
  t.equal(a.record.receipts.length, 1)
})

t.test('RULES 19: a service that answers itself tells success, an error or unknown ids', async (t) => {
  const relay = await startHome(t, { settings: ['home.answeringCodes=2AB'] })
  const [a] = relay.partners
  const said = [
    { outcome: { is: 'success' as const }, told: { outcome: 'success' } },
    {
      outcome: { is: 'error' as const, text: 'нет такого отдела' },
      told: { outcome: 'error', text: /отдела/ },
    },
    {
      outcome: { is: 'unknown-id' as const, ids: ['f'.repeat(32)], text: 'не знаем' },
      told: { outcome: 'unknown-id', ids: ['f'.repeat(32)] },
    },
  ]
  for (const { outcome, told } of said) {
    const { message, row } = await receive(relay, a, home)
    t.match(row, { state: 'sent', answer: 'none' })
    const given = { home: home.code, message: row.id as never, apiKey: 'test', at: new Date(), outcome }
    const answered = await relay.hub.desk.acknowledge(given)
    t.equal(codeOf(answered), 'none')
    t.match((await a.record.waitForReceipt(message.id)).item, told)
    t.equal(codeOf(await relay.hub.desk.acknowledge(given)), 'none', 'the same again changes nothing')
    const other = await relay.hub.desk.acknowledge({ ...given, outcome: { is: 'error', text: 'иначе' } })
    t.equal(codeOf(other), 'home.already-answered')
    if (outcome.is !== 'unknown-id') continue
    const others = { ...given, outcome: { ...outcome, ids: ['e'.repeat(32)] } }
    t.equal(codeOf(await relay.hub.desk.acknowledge(others)), 'home.already-answered', 'other ids')
  }
  await relay.idle()
  t.equal(a.record.receipts.length, said.length)
})

t.test(
  'RULES 18, 19: unknown ids said twice change nothing while their document is on its way',
  async (t) => {
    const relay = await startHome(t, { settings: ['home.answeringCodes=2AB'] })
    const [a] = relay.partners
    const bringer = await receive(relay, a, home)
    await relay.rows("update message set state = 'held' where id = $1", [bringer.row.id])
    const { message, row } = await receive(relay, a, home)
    const ids = bringer.message.documents.map(({ id }) => id)
    const outcome = { is: 'unknown-id' as const, ids, text: 'не знаем' }
    const given = { home: home.code, message: row.id as never, apiKey: 'key7', at: new Date(), outcome }
    t.match(await relay.hub.desk.acknowledge(given), { state: 'waiting' })
    t.match(await relay.hub.desk.acknowledge(given), { state: 'waiting' }, 'the same again changes nothing')
    const noted = await relay.waitForEntry('message.noted', ({ facts }) => facts['from'] === 'waiting')
    t.match(noted.facts, { event: 'receipt-unknown-id', apiKey: 'key7' })
    const moved = await relay.waitForEntry('message.moved', ({ facts }) => facts['to'] === 'waiting')
    t.match(moved.facts, { apiKey: 'key7' }, 'the journal knows which key said it')
    t.match(await relay.hub.desk.acknowledge({ ...given, outcome: { is: 'success' } }), {
      state: 'delivered',
    })
    await a.record.waitForReceipt(message.id)
  },
)

t.test(
  'RULES 4: home codes know nothing of each other, and write to each other through the hub',
  async (t) => {
    const relay = await startHome(t)
    const [a] = relay.partners
    const { row, message } = await receive(relay, a, home)
    t.equal(row.next_peer, 'home:2AB')
    const parents = message.documents.map(({ id }) => id)
    const answering = home.submission(a, { signed: [home.document({ parents })] })
    await submit(relay, answering)
    const foreign = other.submission(a, { signed: [other.document({ parents })] })
    t.equal(codeOf(await relay.hub.desk.submit(foreign)), 'home.unknown-reference')
    await submit(relay, { ...foreign, allowsUnknownReferences: true })
    t.equal(codeOf(await relay.hub.desk.submit({ ...home.submission(a), home: other.code })), 'home.sender')
    t.equal(codeOf(await relay.hub.desk.submit(home.submission(home))), 'route.loop')

    const { wireId, message: id } = await submit(relay, home.submission(other))
    await relay.waitForState(wireId, 'delivered')
    // The answer to its own message above may come before or after.
    const came = (await arrivals(relay, '2AC')).filter(({ kind }) => kind === 'message')
    t.strictSame(came, [{ kind: 'message', message: id }])
    await relay.idle()
  },
)

t.test('a dry run checks everything and keeps nothing', async (t) => {
  const relay = await startHome(t)
  const [a] = relay.partners
  const submission = home.submission(a, { isDryRun: true })
  const answer = await relay.hub.desk.submit(submission)
  t.match(answer, { message: undefined, isRepeated: false, route: { peer: a.peer } })
  const nowhere = home.submission({ subscriber: { id: '9ZZ-nobody' as never } })
  t.equal(codeOf(await relay.hub.desk.submit({ ...nowhere, isDryRun: true })), 'route.unknown-operator')
  t.strictSame(await relay.rows('select id from package_in'), [])
  t.strictSame(await relay.rows('select name_key from package_seen'), [])
  await submit(relay, { ...submission, isDryRun: false })
})

t.test('every row of the message machine for messages that come home was taken', async (t) => {
  const taken = new Set<string>()
  for (const settings of [[], ['home.answeringCodes=2AB']]) {
    const relay = await startHome(t, { settings })
    await receive(relay, relay.partners[0], home)
    for (const { facts } of await relay.entries('message.moved'))
      taken.add(`${facts['from']} ${facts['event']} ${facts['to']}`)
  }
  t.strictSame(
    homeRows.filter(({ from, on, to }) => !taken.has(`${from} ${on} ${to}`)),
    [],
  )
})
