// Messages between subscribers without a link: held, refused, passed, re-addressed, returned, between real hub and partners.

import { createHash } from 'node:crypto'
import t from 'tap'
import { transferDocument } from '../../hub/simulate/documents.ts'
import type { SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import { readLinkWait } from '../../hub/store/links/waits.ts'
import { signDetached } from '../../hub/trust/sign.ts'
import type { Submission, Submitted } from '../../schemas/home.ts'
import type { ParticipantId, RowId } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { homeParty } from '../support/home-party.ts'
import { type Relay, type RelayOptions, startRelay } from '../support/relay.ts'
import { inviteUnknown, linkTwo, moveInviteTo, sayTo, settleStandIn } from '../support/waiting-invites.ts'

type Test = Parameters<typeof startRelay>[0]

const home = homeParty('2AB')
const sender = home.subscriber.id
const standIn = '2AB-stand-in-0001'

function start(t: Test, options: Partial<RelayOptions> = {}): Promise<Relay> {
  const settings = ['home.codes=2AB,2AC', ...(options.settings ?? [])]
  return startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }], ...options, settings })
}

async function submit(relay: Relay, submission: Submission): Promise<{ id: RowId; wireId: string }> {
  const answer: Submitted | { code: string; seen: string } = await relay.hub.desk.submit(submission)
  if ('code' in answer) throw new Error(`${answer.code}: ${answer.seen}`)
  const { message, wireId } = answer
  if (message === undefined || wireId === undefined) throw new Error('nothing was kept')
  return { id: message, wireId }
}

const to = (id: string) => ({ subscriber: { id: id as ParticipantId } })

/** A УПД 5.01 of our subscriber, as a document of a submission. */
function invoice(buyer: string) {
  const at = new Date()
  const made = transferDocument({
    seller: home.subscriber,
    buyer: { ...home.subscriber, id: buyer as ParticipantId } as SimulatedSubscriber,
    operator: { code: home.code, name: 'Оператор', inn: '7700000000', identity: home.subscriber.identity },
    number: '17',
    at,
  })
  const signed = home.document()
  const bytes = signDetached({ ...home.subscriber.identity, content: made.bytes, at })
  return {
    signature: { ...signed.signature, bytes },
    document: { ...signed.document, type: made.type, fileName: made.fileName, body: made.bytes },
  }
}

t.test('a held message goes once when the link opens, and its children wait with it', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  const { context } = relay.hub
  await sayTo(context, sender, a.subscriber.id)
  const parent = home.document()
  const message = await submit(relay, home.submission(a, { signed: [parent], waitsForLink: true }))
  const parked = await relay.waitForState(message.wireId, 'awaiting-link')
  t.ok(parked.deadline_at && parked.deadline_at > new Date(), 'it has a deadline')
  t.equal(parked.reason, 'link.awaited')
  const child = home.document({ parents: [parent.document.id] })
  const later = await submit(relay, home.submission(a, { signed: [child] }))
  await relay.waitForState(later.wireId, 'waiting')
  t.equal(a.record.messages.length, 0)

  await sayTo(context, a.subscriber.id, sender)
  await relay.waitForState(message.wireId, 'delivered')
  await relay.waitForState(later.wireId, 'delivered')
  await relay.idle()
  t.equal(a.record.messages.length, 2)
  t.strictSame(await relay.rows('select * from link_wait'), [], 'nothing waits any more')
})

t.test('a message that wants to wait and finds the link goes at once', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  await linkTwo(relay.hub.context, sender, a.subscriber.id)
  const { wireId } = await submit(relay, home.submission(a, { waitsForLink: true }))
  await relay.waitForState(wireId, 'delivered')
  t.strictSame(await relay.rows('select * from link_wait'), [])
})

t.test(
  'a message that waits is refused when the counterparty says Разрыв, and the sender reads why',
  async (t) => {
    const relay = await start(t)
    const [a] = relay.partners
    await sayTo(relay.hub.context, sender, a.subscriber.id)
    const { wireId } = await submit(relay, home.submission(a, { waitsForLink: true }))
    await relay.waitForState(wireId, 'awaiting-link')
    await sayTo(relay.hub.context, a.subscriber.id, sender, 'break')
    const refused = await relay.waitForState(wireId, 'refused')
    t.match(refused, { answer: 'told', answer_code: 'error', reason: 'link.refused' })
    t.match(refused.answer_text, /Контрагент отказал в связи.*refused the link/)
    t.equal(a.record.messages.length, 0)
    t.strictSame(await relay.rows('select * from link_wait'), [])
  },
)

t.test('a message that waits for nothing that comes goes back when its time is over', async (t) => {
  const relay = await start(t, { settings: ['links.messageWaitMs=1000'] })
  const [a] = relay.partners
  const { wireId } = await submit(relay, home.submission(a, { waitsForLink: true }))
  t.match(await relay.waitForState(wireId, 'refused'), { reason: 'link.overdue', answer_code: 'error' })
})

t.test('the policy of a partner refuses messages without a link in words a person understands', async (t) => {
  const relay = await start(t, {
    partners: [{ code: '2ZA', policy: { linkless: 'refuse' } }, { code: '2ZB' }],
  })
  const [a, b] = relay.partners
  const sent = await relay.send(a, b)
  const { item } = await a.record.waitForReceipt(sent.message.id)
  t.equal(item.outcome, 'error')
  t.match('text' in item ? item.text : '', /^link\.none: Связи с контрагентом нет.*There is no link/)
  const back = await relay.send(b, a)
  await relay.waitForState(back.message.id, 'delivered')
  await linkTwo(relay.hub.context, a.subscriber.id, b.subscriber.id)
  const linked = await relay.send(a, b)
  await relay.waitForState(linked.message.id, 'delivered')
  const outbound = await submit(relay, home.submission(a))
  t.match(await relay.waitForState(outbound.wireId, 'refused'), { reason: 'link.none' })
})

t.test('under a policy that holds, what answers a delivered document goes on after a Разрыв', async (t) => {
  const relay = await start(t, { policy: { linkless: 'hold' } })
  const [a, b] = relay.partners
  const { context } = relay.hub
  await linkTwo(context, a.subscriber.id, b.subscriber.id)
  const first = await relay.send(a, b)
  await relay.waitForState(first.message.id, 'delivered')
  await sayTo(context, b.subscriber.id, a.subscriber.id, 'break')
  const [document] = first.message.documents
  const answer = b.message(a, { parents: [document?.id ?? ''] })
  await b.deliver(b.pack([answer]))
  await relay.waitForState(answer.id, 'delivered')
  const fresh = await relay.send(a, b)
  t.match(await relay.waitForState(fresh.message.id, 'refused'), { reason: 'link.refused' })
  const other = await relay.send(b, a)
  t.match(await relay.waitForState(other.message.id, 'refused'), { reason: 'link.broken' })
})

t.test('a Разрыв after the message left changes nothing for it', async (t) => {
  const relay = await start(t, { policy: { linkless: 'hold' } })
  const [a, b] = relay.partners
  const { context } = relay.hub
  await linkTwo(context, a.subscriber.id, b.subscriber.id)
  b.behave('answer-500', { forMs: 700 })
  const sent = await relay.send(a, b)
  await relay.waitForState(sent.message.id, 'sending')
  await sayTo(context, b.subscriber.id, a.subscriber.id, 'break')
  await relay.waitForState(sent.message.id, 'delivered')
  t.equal(b.record.messages.length, 1)
})

t.test('a free-form document for a stand-in is re-addressed and delivered byte for byte', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  const { context } = relay.hub
  const invite = await inviteUnknown(context, { home: home.code, sender, standIn })
  const signed = home.document()
  const submission = home.submission(to(standIn), { signed: [signed] })
  const message = await submit(relay, submission)
  await relay.waitForState(message.wireId, 'awaiting-link')

  await moveInviteTo(context, invite, { state: 'asked', counterparty: a.subscriber.id })
  await settleStandIn(context, standIn, { state: 'retired', movedTo: a.subscriber.id })
  const { facts } = await relay.waitForEntry('message.readdressed')
  t.match(facts, { from: standIn, to: a.subscriber.id, wireId: message.wireId })
  t.equal((await relay.message(message.wireId)).recipient, a.subscriber.id)
  t.equal(a.record.messages.length, 0, 'it waits for the link with the new id')
  t.match(await submit(relay, submission), message, 'the same submission is still the same message')

  await linkTwo(context, sender, a.subscriber.id)
  const got = await a.record.waitForMessage(message.wireId)
  t.equal(got.recipient, a.subscriber.id)
  t.equal(got.documents[0]?.id, signed.document.id)
  const sha256 = createHash('sha256').update(signed.document.body).digest('hex')
  t.equal(got.documents[0]?.sha256, sha256)
  t.strictSame(Buffer.from(got.signatures[0]?.bytes ?? []), Buffer.from(signed.signature.bytes))
  t.equal(got.signatures[0]?.isRight, true)
  await relay.waitForState(message.wireId, 'delivered')
  t.equal(a.record.messages.length, 1)
  const [document] = await relay.rows<{ recipient: string }>(
    'select recipient from document where message = $1',
    [message.id],
  )
  t.equal(document?.recipient, a.subscriber.id)
  await relay.idle()
})

t.test(
  'a УПД 5.01 that names the stand-in goes back with the places, and its new version is delivered',
  async (t) => {
    const relay = await start(t)
    const [a] = relay.partners
    const { context } = relay.hub
    const invite = await inviteUnknown(context, { home: home.code, sender, standIn })
    const first = await submit(relay, home.submission(to(standIn), { signed: [invoice(standIn)] }))
    await relay.waitForState(first.wireId, 'awaiting-link')
    await moveInviteTo(context, invite, { state: 'asked', counterparty: a.subscriber.id })

    const returned = await relay.waitForState(first.wireId, 'returned')
    t.match(returned, { reason: 'link.needs-version', answer: 'none', recipient: standIn })
    const wait = await readLinkWait(context.store, first.id)
    t.same(
      wait?.places?.map(({ place }) => place).sort(),
      ['file-name', 'СвУчДокОбор/@ИдПол', 'Файл/@ИдФайл'].sort(),
    )
    t.match(wait?.places?.[0], { old: standIn, new: a.subscriber.id })
    const [event] = await relay.rows<{ news: string; message: string; places: unknown[] }>(
      "select e.* from link_event e join home_arrival h on h.message = e.id where e.news = 'needs-version'",
    )
    t.match(event, { message: first.id, places: wait?.places })

    const version = (recipient: string, replaces: RowId = first.id) =>
      home.submission(to(recipient), { signed: [invoice(recipient)], replaces })
    const codeOf = async (submission: Submission) => {
      const answer = await relay.hub.desk.submit(submission)
      return isRefusal(answer) ? answer.code : 'none'
    }
    t.equal(await codeOf(version(standIn)), 'home.replaces', 'for the new id only')
    const other = homeParty('2AC')
    t.equal(
      await codeOf({ ...other.submission(a), replaces: first.id }),
      'home.replaces',
      'by its own sender only',
    )
    const right = version(a.subscriber.id)
    const second = await submit(relay, right)
    t.same(await submit(relay, right), second, 'the same version again is the same message')
    t.equal(await codeOf(version(a.subscriber.id)), 'home.replaces', 'once only')
    t.match(await relay.waitForState(first.wireId, 'replaced'), { answer: 'none' })
    await relay.waitForState(second.wireId, 'awaiting-link')
    await linkTwo(context, sender, a.subscriber.id)
    await relay.waitForState(second.wireId, 'delivered')
    t.equal(a.record.messages.length, 1)
    t.strictSame(await relay.rows('select * from link_wait'), [])
    await relay.idle()
  },
)

t.test('of two new versions at once one is taken', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  const { context } = relay.hub
  const invite = await inviteUnknown(context, { home: home.code, sender, standIn })
  const first = await submit(relay, home.submission(to(standIn), { signed: [invoice(standIn)] }))
  await relay.waitForState(first.wireId, 'awaiting-link')
  await moveInviteTo(context, invite, { state: 'asked', counterparty: a.subscriber.id })
  await relay.waitForState(first.wireId, 'returned')
  const version = () => relay.hub.desk.submit(home.submission(a, { replaces: first.id }))
  const answers = await Promise.all([version(), version()])
  t.same(answers.map((answer) => ('code' in answer ? answer.code : 'taken')).sort(), [
    'home.replaces',
    'taken',
  ])
})

t.test('no new version in time: the message is refused', async (t) => {
  const relay = await start(t, { settings: ['links.versionWaitMs=1000'] })
  const [a] = relay.partners
  const { context } = relay.hub
  const invite = await inviteUnknown(context, { home: home.code, sender, standIn })
  const { wireId } = await submit(relay, home.submission(to(standIn), { signed: [invoice(standIn)] }))
  await relay.waitForState(wireId, 'awaiting-link')
  await moveInviteTo(context, invite, { state: 'asked', counterparty: a.subscriber.id })
  t.match(await relay.waitForState(wireId, 'refused'), {
    reason: 'link.version-overdue',
    answer_code: 'error',
  })
  t.strictSame(await relay.rows('select * from link_wait'), [])
})

t.test('who joined us under the id that stood in gets what waited, also of the same home code', async (t) => {
  const relay = await start(t)
  const { context } = relay.hub
  const invite = await inviteUnknown(context, { home: home.code, sender, standIn })
  const { wireId } = await submit(relay, home.submission(to(standIn)))
  await relay.waitForState(wireId, 'awaiting-link')
  await settleStandIn(context, standIn, { state: 'active' })
  await moveInviteTo(context, invite, { state: 'asked' })
  await linkTwo(context, sender, standIn)
  await relay.waitForState(wireId, 'delivered')
  await relay.idle()
})

t.test('a stranger learns nothing from an id that stood in for somebody', async (t) => {
  const relay = await start(t)
  const { context } = relay.hub
  const foreign = homeParty('2AC')
  await inviteUnknown(context, { home: home.code, sender, standIn })
  const early = await submit(relay, foreign.submission(to(standIn)))
  t.match(await relay.waitForState(early.wireId, 'refused'), { reason: 'link.not-invited' })
  await settleStandIn(context, standIn, { state: 'retired', movedTo: '2ZA-secret' })
  const late = await submit(relay, foreign.submission(to(standIn)))
  const refused = await relay.waitForState(late.wireId, 'refused')
  t.equal(refused.reason, 'link.retired')
  t.notMatch(refused.answer_text, /secret/)
})

t.test('how an invitation ends decides what its messages are told', async (t) => {
  const relay = await start(t)
  const { context } = relay.hub
  const ends = ['refused', 'lapsed', 'withdrawn', 'undelivered'] as const
  for (const state of ends) {
    const id = `2AB-stand-in-${state}`
    const invite = await inviteUnknown(context, { home: home.code, sender, standIn: id })
    const { wireId } = await submit(relay, home.submission(to(id)))
    await relay.waitForState(wireId, 'awaiting-link')
    await moveInviteTo(context, invite, { state })
    t.match(await relay.waitForState(wireId, 'refused'), { reason: `link.${state}`, answer: 'told' }, state)
  }
})
