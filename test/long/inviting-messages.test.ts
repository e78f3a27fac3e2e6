// Messages that invite their recipient: one request of a service, a claim, and a document delivered once.

import { createHash } from 'node:crypto'
import t from 'tap'
import { makeClaimDesk } from '../../hub/invites/claims.ts'
import { makeInviteDesk } from '../../hub/invites/desk.ts'
import { composeInvitation } from '../../hub/simulate/messages.ts'
import type { OperatorCode } from '../../schemas/ids.ts'
import { documentBody, type HomeCall, homeCaller, newCallKey } from '../support/home-calls.ts'
import { inns, taken } from '../support/invites.ts'
import type { Relay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'
import { home, invoice, sender, start } from '../support/waiting.ts'
import { linkTwo } from '../support/waiting-invites.ts'

t.setTimeout(120_000)

const us = home.subscriber
const senderOrganisation = { inn: inns.sender, name: us.name }
const counterparty = { inn: inns.counterparty, email: 'buh@example.ru', message: 'Направляем письмо' }

/** Somebody with the letter of an invitation enters an id. */
async function claim(relay: Relay, invite: unknown, id: RelayPartner['subscriber']['id']): Promise<void> {
  const claims = makeClaimDesk(relay.hub.context)
  const minted = await claims.mint(String(invite), new Date())
  t.match(await claims.choose(minted?.token ?? '', { is: 'id', id }, new Date()), { is: 'asked', id })
}

/** The partner gets our Запрос and says its own. */
async function accept(partner: RelayPartner): Promise<void> {
  const find = () => partner.record.messages.find((one) => one.invitation === 'ask')
  await partner.record.waitFor(find, 'a Запрос')
  const asks = composeInvitation({ type: 'ask', from: partner.subscriber, to: us, at: new Date() })
  await partner.deliver(partner.pack([asks]))
}

const readMessage = async (service: HomeCall, id: unknown) => (await service(`/messages/${id}`)).body
const invitationOf = ({ body }: { body: Record<string, unknown> }) =>
  body['invitation'] as { id: string; counterparty: string }

t.test(
  'one request with ИНН and e-mail: the document is delivered once, to the id that was entered',
  async (t) => {
    const relay = await start(t)
    const [a] = relay.partners
    const service = await homeCaller(relay, home.code)
    const signed = home.document()
    const body = { sender, senderOrganisation, counterparty, documents: [documentBody(signed)] }
    const key = newCallKey()
    const made = await service('/messages', body, key)
    t.equal(made.status, 201, JSON.stringify(made.body))
    t.match(made.body, {
      isRepeated: false,
      invitation: { outcome: 'unclaimed', outcomeText: { ru: /письмо/ }, counterparty: /^2AB-[0-9a-f]{32}$/ },
    })
    const wireId = String(made.body['wireId'])
    await relay.waitForState(wireId, 'awaiting-link')
    const { id: invite } = invitationOf(made)
    t.match(await readMessage(service, made.body['id']), {
      state: 'awaiting-link',
      waitsFor: { invite, linkStatus: 'NotInCounteragentList', deadlineAt: /^20/ },
      needsVersion: [],
    })
    const again = await service('/messages', body, key)
    t.match(again, {
      status: 200,
      body: { id: made.body['id'], isRepeated: true, invitation: { id: invite } },
    })

    await claim(relay, invite, a.subscriber.id)
    await accept(a)
    await relay.waitForState(wireId, 'delivered')
    const got = a.record.messages.filter(({ kind }) => kind === 'message')
    t.equal(got.length, 1)
    t.match(got[0], { id: wireId, recipient: a.subscriber.id })
    const sha256 = createHash('sha256').update(signed.document.body).digest('hex')
    t.match(got[0]?.documents, [{ id: signed.document.id, sha256 }])

    const late = await service('/messages', body, key)
    t.match(late, {
      status: 200,
      body: {
        id: made.body['id'],
        invitation: { id: invite, outcome: 'linked', counterparty: a.subscriber.id },
      },
    })
    t.equal((await relay.rows('select from invite')).length, 1, 'nobody was invited twice')
    t.equal((await relay.rows("select from letter where kind = 'claim'")).length, 1)

    const next = await service('/messages', { ...body, documents: [documentBody(home.document())] })
    t.match(next, { status: 201, body: { invitation: { id: invite, outcome: 'linked' } } })
    await relay.waitForState(String(next.body['wireId']), 'delivered')
    t.equal(
      a.record.messages.filter(({ kind }) => kind === 'message').length,
      2,
      'linked by now: it simply goes',
    )
    await relay.idle()
  },
)

t.test('a stop between the invitation and its message: the same request goes on with both', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  const service = await homeCaller(relay, home.code)
  const key = newCallKey()
  const invite = taken(
    await makeInviteDesk(relay.hub.context).invite({
      home: home.code as OperatorCode,
      key: `message ${key}`,
      sender: { id: sender, ...senderOrganisation, kpp: undefined },
      counterparty: {
        by: 'inn',
        kpp: undefined,
        name: undefined,
        inn: counterparty.inn,
        email: counterparty.email,
      },
      message: counterparty.message,
      comment: undefined,
      bulk: undefined,
      takesStanding: true,
      remote: 'test',
      apiKey: undefined,
      at: new Date(),
    }),
  )
  await claim(relay, invite.invite, a.subscriber.id)
  const body = { sender, senderOrganisation, counterparty, documents: [documentBody(home.document())] }
  const made = await service('/messages', body, key)
  t.match(made, { status: 201, body: { invitation: { id: invite.invite, outcome: 'asked' } } })
  await accept(a)
  await relay.waitForState(String(made.body['wireId']), 'delivered')
  t.match(await service('/messages', body, key), { status: 200, body: { id: made.body['id'] } })
  t.equal((await relay.rows('select from invite')).length, 1)
  t.equal(a.record.messages.filter(({ kind }) => kind === 'message').length, 1)
})

t.test('an id with an invitation: asked when they are not linked, sent at once when they are', async (t) => {
  const relay = await start(t)
  const [a, b] = relay.partners
  const service = await homeCaller(relay, home.code)
  const to = (recipient: string) => ({
    sender,
    senderOrganisation,
    recipient,
    invite: { message: 'Здравствуйте' },
    documents: [documentBody(home.document())],
  })
  await linkTwo(relay.hub.context, sender, b.subscriber.id)
  const linked = await service('/messages', to(b.subscriber.id))
  t.match(linked, { status: 201, body: { invitation: { outcome: 'linked', counterparty: b.subscriber.id } } })
  await relay.waitForState(String(linked.body['wireId']), 'delivered')
  t.equal(b.record.messages.filter(({ kind }) => kind === 'invitation').length, 0)

  const first = await service('/messages', to(a.subscriber.id))
  t.match(first, { status: 201, body: { invitation: { outcome: 'asked' } } })
  const second = await service('/messages', to(a.subscriber.id))
  t.match(second, { status: 201, body: { invitation: { id: invitationOf(first).id, outcome: 'asked' } } })
  await accept(a)
  await relay.waitForState(String(first.body['wireId']), 'delivered')
  await relay.waitForState(String(second.body['wireId']), 'delivered')
  t.equal(a.record.messages.filter(({ invitation }) => invitation === 'ask').length, 1, 'asked once')
})

t.test('a message that waits for a link shows what for, and goes when it opens', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  const service = await homeCaller(relay, home.code)
  const body = { sender, recipient: a.subscriber.id, waitForLink: true }
  const made = await service('/messages', { ...body, documents: [documentBody(home.document())] })
  const wireId = String(made.body['wireId'])
  await relay.waitForState(wireId, 'awaiting-link')
  t.match(await readMessage(service, made.body['id']), {
    state: 'awaiting-link',
    waitsFor: { invite: null, linkStatus: 'NotInCounteragentList', deadlineAt: /^20/ },
    needsVersion: [],
  })
  await linkTwo(relay.hub.context, sender, a.subscriber.id)
  await relay.waitForState(wireId, 'delivered')
  t.match(await readMessage(service, made.body['id']), { waitsFor: null, needsVersion: [] })
})

t.test('a message that went back shows every place, and is replaced over HTTP', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  const service = await homeCaller(relay, home.code)
  const invited = await service('/invitations', {
    sender: { id: sender, ...senderOrganisation },
    counterparty: { inn: counterparty.inn },
    email: counterparty.email,
  })
  const standIn = String(invited.body['counterparty'])
  const first = await service('/messages', {
    sender,
    recipient: standIn,
    documents: [documentBody(invoice(standIn))],
  })
  await relay.waitForState(String(first.body['wireId']), 'awaiting-link')
  await claim(relay, invited.body['id'], a.subscriber.id)
  await relay.waitForState(String(first.body['wireId']), 'returned')
  const returned = await readMessage(service, first.body['id'])
  t.match(returned, {
    state: 'returned',
    waitsFor: { invite: invited.body['id'], linkStatus: 'IsInvitedByMe' },
  })
  const places = returned['needsVersion'] as { place: string; old: string; new: string }[]
  t.same(places.map(({ place }) => place).sort(), ['file-name', 'СвУчДокОбор/@ИдПол', 'Файл/@ИдФайл'].sort())
  t.ok(places.every((one) => one.old === standIn && one.new === a.subscriber.id))

  const version = (recipient: string) => ({
    sender,
    recipient,
    replaces: first.body['id'],
    documents: [documentBody(invoice(recipient))],
  })
  t.match(await service('/messages', version(standIn)), { status: 422, body: { code: 'home.replaces' } })
  const inviting = { ...version(a.subscriber.id), invite: {} }
  t.match(await service('/messages', inviting), {
    status: 400,
    body: { code: 'api.invalid', at: 'body/replaces' },
  })
  const second = await service('/messages', version(a.subscriber.id))
  t.equal(second.status, 201, JSON.stringify(second.body))
  t.match(await readMessage(service, first.body['id']), {
    state: 'replaced',
    waitsFor: null,
    needsVersion: [],
  })
  t.match(await readMessage(service, second.body['id']), { state: /accepted|awaiting-link/ })
  await accept(a)
  await relay.waitForState(String(second.body['wireId']), 'delivered')
  t.equal(a.record.messages.filter(({ kind }) => kind === 'message').length, 1)
})
