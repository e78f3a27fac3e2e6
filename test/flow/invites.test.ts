// Invitations of home subscribers between a hub and partners over sockets: asked, claimed, accepted, refused, withdrawn.

import t from 'tap'
import { makeClaimDesk } from '../../hub/invites/claims.ts'
import { withdraw } from '../../hub/invites/control.ts'
import { makeInviteDesk } from '../../hub/invites/desk.ts'
import { composeInvitation } from '../../hub/simulate/messages.ts'
import type { RecordedMessage } from '../../hub/simulate/record.ts'
import type { SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import type { InviteRow } from '../../hub/store/links/rows.ts'
import { homeParty } from '../support/home-party.ts'
import { byInn, inns, rightRequest, taken } from '../support/invites.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

t.setTimeout(120_000)

const us = homeParty('2AB').subscriber

let relay: Relay
let [a, b]: RelayPartner[] = []
t.before(async () => {
  const settings = ['home.codes=2AB,2AC']
  relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }], settings })
  ;[a, b] = relay.partners
})

const request = (over: Parameters<typeof rightRequest>[0]) =>
  rightRequest({ sender: { id: us.id, inn: inns.sender, kpp: undefined, name: us.name }, ...over })

const toId = ({ id }: Pick<SimulatedSubscriber, 'id'>) =>
  request({ counterparty: { by: 'id', id, email: undefined } })

/** The next invitation of ours that reaches a partner. */
function waitForSaying(partner: RelayPartner, type: 'ask' | 'break'): Promise<RecordedMessage> {
  const find = () => partner.record.messages.find((one) => one.invitation === type && one.sender === us.id)
  return partner.record.waitFor(find, `an invitation: ${type}`)
}

async function say(partner: RelayPartner, type: 'ask' | 'break'): Promise<void> {
  const message = composeInvitation({ type, from: partner.subscriber, to: us, at: new Date() })
  await partner.deliver(partner.pack([message]))
}

function waitForInvite(id: string, state: InviteRow['state']): Promise<InviteRow> {
  const ask = async () =>
    (await relay.rows<InviteRow>('select * from invite where id = $1 and state = $2', [id, state]))[0]
  return relay.until(ask, `invitation ${id} in ${state}`)
}

t.test('a Запрос by id arrives with its message, and the partner who asks back is linked', async (t) => {
  if (a === undefined) throw new Error('no partner')
  const made = taken(await makeInviteDesk(relay.hub.context).invite(toId(a.subscriber)))
  t.equal(made.outcome, 'asked')
  const got = await waitForSaying(a, 'ask')
  t.match(got, { recipient: a.subscriber.id, comment: 'Давайте обмениваться' })
  await relay.waitForState(got.id, 'delivered')
  await say(a, 'ask')
  const invite = await waitForInvite(made.invite, 'linked')
  t.match(await relay.rows('select cell from link where id = $1', [invite.link]), [{ cell: 'linked' }])
  const news = await relay.rows<{ news: string }>(
    'select news from link_event where invite = $1 order by id',
    [invite.id],
  )
  t.strictSame(
    news.map((one) => one.news),
    ['made', 'linked'],
  )
})

t.test('an id entered behind a claim link is asked at its operator, which may refuse', async (t) => {
  if (b === undefined) throw new Error('no partner')
  const { context } = relay.hub
  const made = taken(await makeInviteDesk(context).invite(request({ counterparty: byInn })))
  const claims = makeClaimDesk(context)
  const minted = await claims.mint(made.invite, new Date())
  const choice = { is: 'id', id: b.subscriber.id } as const
  const outcome = await claims.choose(minted?.token ?? '', choice, new Date())
  t.match(outcome, { is: 'asked', id: b.subscriber.id })
  const got = await waitForSaying(b, 'ask')
  t.match(got, { recipient: b.subscriber.id, comment: 'Давайте обмениваться' })
  await relay.waitForState(got.id, 'delivered')
  await say(b, 'break')
  await waitForInvite(made.invite, 'refused')
})

t.test('withdrawing a Запрос that stands brings its Разрыв to the partner', async (t) => {
  if (b === undefined) throw new Error('no partner')
  const { context } = relay.hub
  const made = taken(await makeInviteDesk(context).invite(toId(b.subscriber)))
  const of = { home: request({}).home, invite: made.invite, remote: '::1', apiKey: undefined, at: new Date() }
  t.match(taken(await withdraw(context, of)), { state: 'withdrawn' })
  const got = await waitForSaying(b, 'break')
  t.equal(got.recipient, b.subscriber.id)
})

t.test('a Запрос to another home code of ours arrives in its inbox', async (t) => {
  const other = homeParty('2AC').subscriber
  const made = taken(await makeInviteDesk(relay.hub.context).invite(toId(other)))
  const { said_message: message } = await waitForInvite(made.invite, 'asked')
  const arrived = await relay.until(
    async () =>
      (
        await relay.rows<{ kind: string }>(
          "select kind from home_arrival where home = '2AC' and message = $1",
          [message],
        )
      )[0],
    'the Запрос in the inbox',
  )
  t.equal(arrived.kind, 'message')
  await relay.idle()
})
