// Documents that go with invitations: carried where the next operator takes them there, else sent as messages that follow.

import { createHash } from 'node:crypto'
import t from 'tap'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeInvitation } from '../../hub/simulate/messages.ts'
import { documentBody, type HomeCall, homeCaller, newCallKey } from '../support/home-calls.ts'
import { inns } from '../support/invites.ts'
import type { Relay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'
import { home, sender, start } from '../support/waiting.ts'

t.setTimeout(120_000)

const us = home.subscriber
const own = { id: sender, inn: inns.sender, name: us.name }

let relay: Relay
let service: HomeCall
let takes: RelayPartner
let takesNot: RelayPartner
t.before(async () => {
  const partners = [{ code: '2ZA', policy: { invitationDocuments: true } }, { code: '2ZB' }]
  relay = await start(t, { partners })
  ;[takes, takesNot] = relay.partners
  service = await homeCaller(relay, home.code)
})

function waitForAsk(partner: RelayPartner) {
  const find = () => partner.record.messages.find((one) => one.invitation === 'ask' && one.sender === sender)
  return partner.record.waitFor(find, 'a Запрос')
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

t.test('an operator that takes documents inside invitations gets it there, and gets it once', async (t) => {
  const signed = home.document({ number: 'В-17' })
  const body = {
    sender: own,
    counterparty: { id: takes.subscriber.id },
    message: 'Договор приложен',
    documents: [documentBody(signed)],
  }
  const key = newCallKey()
  const made = await service('/invitations', body, key)
  t.match(made, { status: 201, body: { outcome: 'asked', attachments: 'carried', follows: null } })
  const got = await waitForAsk(takes)
  t.equal(got.comment, 'Договор приложен')
  t.match(got.documents, [{ id: signed.document.id, sha256: sha256(signed.document.body) }])
  t.match(got.signatures, [{ id: signed.signature.id, document: signed.document.id, isRight: true }])
  await relay.waitForState(got.id, 'delivered')
  const again = await service('/invitations', body, key)
  t.match(again, { status: 200, body: { id: made.body['id'], attachments: 'carried', follows: null } })
  const other = { ...body, documents: [documentBody(home.document())] }
  t.match(await service('/invitations', other, key), { status: 409, body: { code: 'invite.key-reused' } })
  await relay.idle()
  t.equal(takes.record.messages.length, 1)
  const { saidBy } = (await service(`/invitations/${made.body['id']}`)).body
  const found = (await service(`/messages?number=${encodeURIComponent('В-17')}`)).body
  t.match(found, { items: [{ id: saidBy }] }, 'found by the number of its document')
  const [verdict] = await relay.rows<{ verdict: string }>('select verdict from message where id = $1', [
    saidBy,
  ])
  t.not(verdict?.verdict, 'not-judged', 'its signature was judged as every other')
})

t.test('where an operator does not, the document follows as a message once the link opens', async (t) => {
  const signed = home.document()
  const body = {
    sender: own,
    counterparty: { id: takesNot.subscriber.id },
    documents: [documentBody(signed)],
  }
  const key = newCallKey()
  const made = await service('/invitations', body, key)
  const follows = made.body['follows'] as { id: string; href: string }
  t.match(made, { status: 201, body: { outcome: 'asked', attachments: 'follow', follows: { id: String } } })
  t.match(await service('/invitations', body, key), { status: 200, body: { attachments: 'follow', follows } })
  const message = (await service(`/messages/${follows.id}`)).body
  t.match(message, { recipient: takesNot.subscriber.id })
  const wireId = String(message['wireId'])
  await relay.waitForState(wireId, 'awaiting-link')
  t.match(await waitForAsk(takesNot), { documents: [], signatures: [] })
  const asks = composeInvitation({ type: 'ask', from: takesNot.subscriber, to: us, at: new Date() })
  await takesNot.deliver(takesNot.pack([asks]))
  await relay.waitForState(wireId, 'delivered')
  const got = takesNot.record.messages.filter(({ kind }) => kind === 'message')
  t.match(got, [
    { id: wireId, documents: [{ id: signed.document.id, sha256: sha256(signed.document.body) }] },
  ])
  t.equal(got.length, 1)

  const linked = await service('/invitations', { ...body, documents: [documentBody(home.document())] })
  t.match(linked, {
    status: 201,
    body: { outcome: 'linked', attachments: 'follow', follows: { id: String } },
  })
  const next = linked.body['follows'] as { id: string }
  await relay.waitForState(String((await service(`/messages/${next.id}`)).body['wireId']), 'delivered')
})

t.test('by ИНН the document waits under the id that stands in, whatever an operator takes', async (t) => {
  const made = await service('/invitations', {
    sender: own,
    counterparty: { inn: inns.counterparty },
    email: 'buh@example.ru',
    documents: [documentBody(home.document())],
  })
  t.match(made, { status: 201, body: { outcome: 'unclaimed', attachments: 'follow' } })
  const { id } = made.body['follows'] as { id: string }
  const [row] = await relay.rows<{ recipient: string }>('select recipient from message where id = $1', [id])
  t.equal(row?.recipient, made.body['counterparty'])
})

t.test(
  'a Запрос of a partner with a document is in the inbox with it, and in transit goes on as it is',
  async (t) => {
    const at = new Date()
    const document = () => freeDocument({ at, size: 1000, parents: [] })
    const asks = composeInvitation({
      type: 'ask',
      from: takes.subscriber,
      to: us,
      at,
      documents: [document()],
    })
    await takes.deliver(takes.pack([asks]))
    await takes.record.waitForReceipt(asks.id)
    const { id } = await relay.message(asks.id)
    const [sent] = asks.documents
    t.match((await service(`/messages/${id}`)).body, { kind: 'invitation', documents: [{ id: sent?.id }] })
    const inbox = (await service('/inbox')).body['items'] as {
      kind: string
      message: { id: string } | null
    }[]
    t.ok(inbox.some((entry) => entry.kind === 'message' && entry.message?.id === id))

    const onward = composeInvitation({
      type: 'ask',
      from: takes.subscriber,
      to: takesNot.subscriber,
      at,
      documents: [document()],
    })
    await takes.deliver(takes.pack([onward]))
    const got = await takesNot.record.waitForContent(onward.contentSha256)
    t.match(got, { invitation: 'ask', documents: [{ sha256: onward.documents[0]?.sha256 }] })
    await takes.record.waitForReceipt(onward.id)
  },
)

t.test(
  'what a partner sends to an id that stands in for somebody is refused, under any policy',
  async (t) => {
    const made = await service('/invitations', {
      sender: own,
      counterparty: { inn: inns.person },
      email: 'ip@example.ru',
    })
    const standIn = { ...us, id: String(made.body['counterparty']) as typeof us.id }
    const told = async (message: { id: string }, code: RegExp) => {
      const { item } = await takes.record.waitForReceipt(message.id)
      t.match('text' in item ? item.text : '', code)
    }
    const message = takes.message({ subscriber: standIn })
    const asks = composeInvitation({ type: 'ask', from: takes.subscriber, to: standIn, at: new Date() })
    await takes.deliver(takes.pack([message, asks]))
    await told(message, /^link\.not-invited: Получатель ещё не подключён/)
    await told(asks, /^link\.not-invited: /)
    await service(`/invitations/${made.body['id']}/withdraw`, {})
    const late = takes.message({ subscriber: standIn })
    await takes.deliver(takes.pack([late]))
    await told(late, /^link\.retired: Этот идентификатор получателя больше не действует/)
    const form = { ...us, id: `2AB-${'0'.repeat(32)}` as typeof us.id }
    const right = takes.message({ subscriber: form })
    await takes.deliver(takes.pack([right]))
    await relay.waitForState(right.id, 'delivered')
    const ids = [message.id, asks.id, late.id]
    t.strictSame(
      await relay.rows(
        'select from home_arrival h join message m on m.id = h.message where m.wire_id = any($1)',
        [ids],
      ),
      [],
    )
    t.strictSame(
      await relay.rows('select from link where $1 in (first_key, second_key)', [standIn.id.toLowerCase()]),
      [],
    )
  },
)
