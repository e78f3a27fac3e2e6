// Waiting messages whose recipient gets another id: formed anew, returned with the places, replaced by a new version.

import { createHash } from 'node:crypto'
import t from 'tap'
import { readLinkWait } from '../../hub/store/links/waits.ts'
import { signDetached } from '../../hub/trust/sign.ts'
import type { Submission } from '../../schemas/home.ts'
import type { RowId } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { homeParty } from '../support/home-party.ts'
import { home, invoice, sender, standIn, start, submit, to } from '../support/waiting.ts'
import { inviteUnknown, linkTwo, moveInviteTo, settleStandIn } from '../support/waiting-invites.ts'

t.test(
  'children of what went back wait, and are refused when it was replaced by other documents',
  async (t) => {
    const relay = await start(t)
    const [a] = relay.partners
    const { context } = relay.hub
    const invite = await inviteUnknown(context, { home: home.code, sender, standIn })
    const named = invoice(standIn)
    const parent = await submit(relay, home.submission(to(standIn), { signed: [named] }))
    const child = home.document({ parents: [named.document.id] })
    const later = await submit(relay, home.submission(to(standIn), { signed: [child] }))
    await relay.waitForState(parent.wireId, 'awaiting-link')
    await relay.waitForState(later.wireId, 'awaiting-link')
    await moveInviteTo(context, invite, { state: 'asked', counterparty: a.subscriber.id })
    await relay.waitForState(parent.wireId, 'returned')
    await linkTwo(context, sender, a.subscriber.id)
    await relay.waitForState(later.wireId, 'waiting')
    const right = home.submission(a, { signed: [invoice(a.subscriber.id)], replaces: parent.id })
    const version = await submit(relay, right)
    await relay.waitForState(version.wireId, 'delivered')
    t.match(await relay.waitForState(later.wireId, 'refused'), { reason: 'message.parent-refused' })
  },
)

t.test('a document of the tax service that names the stand-in and cannot be read is refused', async (t) => {
  const relay = await start(t)
  const { context } = relay.hub
  const invite = await inviteUnknown(context, { home: home.code, sender, standIn })
  const signed = home.document()
  const body = Buffer.from(`<!DOCTYPE x><Файл ИдФайл="${standIn}"/>`)
  const bytes = signDetached({ ...home.subscriber.identity, content: body, at: new Date() })
  const hostile = {
    document: { ...signed.document, body },
    signature: { ...signed.signature, bytes },
  }
  const { wireId } = await submit(relay, home.submission(to(standIn), { signed: [hostile] }))
  await relay.waitForState(wireId, 'awaiting-link')
  await moveInviteTo(context, invite, { state: 'asked', counterparty: relay.partners[0].subscriber.id })
  t.match(await relay.waitForState(wireId, 'refused'), { reason: 'xml.doctype' })
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
