// Messages that invite their recipient, over the internal API: shapes, rights, repeats, trials, hostile input.

import t from 'tap'
import { Compile } from 'typebox/compile'
import { MessageSubmitted } from '../../schemas/api.ts'
import { type ApiTold, newKey, rightMessage } from '../support/internal-plane.ts'
import { inns, recipient, sender, startInvites, type TestInvites } from '../support/invites.ts'

t.setTimeout(120_000)

let setup: TestInvites
t.before(async () => {
  setup = await startInvites(t)
})

const root = '/api/v1/messages'
const senderOrganisation = { inn: inns.sender, name: 'ООО «Отправитель»' }
const counterparty = { inn: inns.counterparty, email: 'buh@example.ru' }

const message = (over: Record<string, unknown>) => {
  const { recipient: _recipient, ...body } = rightMessage({ sender, senderOrganisation })
  return { ...body, ...over }
}

function post(body: unknown, of: { key?: string; query?: string; apiKey?: string } = {}): Promise<ApiTold> {
  const { key = newKey(), query = '', apiKey } = of
  const headers: Record<string, string> =
    body instanceof FormData ? {} : { 'content-type': 'application/json' }
  const asked = { body, headers: { ...headers, 'idempotency-key': key } }
  return setup.api.ask(`${root}${query}`, { ...asked, ...(apiKey === undefined ? {} : { key: apiKey }) })
}

const countOf = async (table: string) => (await setup.rows(`select from ${table}`)).length

t.test(
  'with ИНН and e-mail the recipient is invited, and the message is for the id that stands in',
  async (t) => {
    const body = message({
      counterparty: { ...counterparty, name: 'ООО «Покупатель»', message: 'Ждём', comment: 'своё' },
    })
    const key = newKey()
    const made = await post(body, { key })
    t.equal(made.status, 201, made.text)
    t.ok(Compile(MessageSubmitted).Check(made.json()), made.text)
    const { invitation } = made.json() as MessageSubmitted
    t.match(invitation, { outcome: 'unclaimed', counterparty: /^2AB-[0-9a-f]{32}$/, href: /invitations/ })
    t.match(setup.api.submissions.at(-1), {
      key,
      recipient: invitation?.counterparty,
      waitsForLink: true,
      isDryRun: false,
    })
    const card = (await setup.api.ask(String(invitation?.href))).json()
    t.match(card, { state: 'unclaimed', message: 'Ждём', comment: 'своё', letter: 'queued' })
    const again = await post(body, { key })
    t.match(
      [again.status, again.json()],
      [200, { id: made.json()['id'], invitation: { id: invitation?.id } }],
    )
    const other = await post(message({ counterparty: { ...counterparty, message: 'Другое' } }), { key })
    t.equal(other.status, 409, other.text)
    t.equal(await countOf('invite'), 1)

    const next = await post(message({ counterparty }))
    t.match(next.json(), { invitation: { id: invitation?.id } })
    t.equal(await countOf('invite'), 1, 'another message is sent with the invitation that stands')
    t.equal(await countOf('letter'), 1, 'and no letter goes twice')
  },
)

t.test('a form invites as JSON does', async (t) => {
  const form = new FormData()
  const documents = [{ type: 'Неформализованный', fileName: 'a.pdf', file: 'a', signatures: [{ file: 's' }] }]
  form.set('message', JSON.stringify(message({ counterparty, documents })))
  form.set('a', new Blob(['a document']), 'a')
  form.set('s', new Blob(['a signature']), 's')
  const key = newKey()
  const made = await setup.api.ask(root, { body: form, headers: { 'idempotency-key': key } })
  t.match([made.status, made.json()], [201, { invitation: { outcome: 'unclaimed' } }], made.text)
})

t.test('a trial says what the invitation would come to, and makes nothing', async (t) => {
  const counts = async () => [await countOf('invite'), await countOf('letter'), setup.formed.length]
  const before = await counts()
  const tried = async (body: object) => {
    const told = await post(body, { query: '?dryRun=true' })
    return [told.status, (told.json() as MessageSubmitted).invitation ?? told.json()['code']]
  }
  const nothing = { id: null, counterparty: null, href: null }
  t.match(await tried(message({ counterparty: { ...counterparty, email: 'new@example.ru' } })), [
    200,
    { ...nothing, outcome: 'unclaimed' },
  ])
  t.match(await tried(message({ counterparty })), [200, { outcome: 'unclaimed', id: String }])
  t.match(await tried(message({ recipient, invite: {} })), [200, { ...nothing, outcome: 'asked' }])
  await setup.setUp({ peer: { policy: { invitations: false } } })
  t.match(await tried(message({ recipient, invite: {} })), [200, { ...nothing, outcome: 'application' }])
  await setup.setUp({})
  t.strictSame(await tried(message({ counterparty: { ...counterparty, inn: '7736050004' } })), [
    422,
    'inn.check-digit',
  ])
  t.strictSame(await counts(), before)
})

t.test('what a message is refused for invites nobody', async (t) => {
  const before = await countOf('invite')
  const email = { ...counterparty, email: 'nobody@example.ru' }
  const unsigned = [{ type: 'Неформализованный', fileName: 'a.pdf', content: '%%%' }]
  t.equal((await post(message({ counterparty: email, documents: unsigned }))).status, 400)
  t.equal((await post(message({ counterparty: email, documents: [] }))).status, 400)
  t.equal(await countOf('invite'), before)
})

t.test('refuses what cannot be such a message, each fault by its name and place', async (t) => {
  const before = [await countOf('invite'), setup.api.submissions.filter((one) => !one.isDryRun).length]
  const told = async (over: Record<string, unknown>, apiKey?: string) => {
    const answer = await post(message(over), apiKey === undefined ? {} : { apiKey })
    return [answer.status, answer.json()['code'], answer.json()['at'] ?? null]
  }
  const invalid = (at: string) => [400, 'api.invalid', at]
  t.strictSame(await told({}), invalid('body'))
  t.strictSame(await told({ recipient, counterparty }), invalid('body'))
  t.strictSame(await told({ counterparty, invite: {} }), invalid('body/invite'))
  t.strictSame(await told({ recipient }), invalid('body/senderOrganisation'))
  const replaces = '0199c7a0-0000-7000-8000-000000000001'
  t.strictSame(await told({ counterparty, replaces }), invalid('body/replaces'))
  t.strictSame(await told({ counterparty: { inn: inns.counterparty } }), invalid('body/counterparty'))
  t.strictSame(await told({ counterparty: { ...counterparty, id: recipient } }), invalid('body/counterparty'))
  t.strictSame(await told({ recipient, invite: { inn: inns.counterparty } }), invalid('body/invite'))
  t.strictSame(await told({ recipient: 'ab', invite: {} }), invalid('body/recipient'))
  t.strictSame(await told({ counterparty: { ...counterparty, email: 'a@b.ru\r\nBcc: c@d.ru' } }), [
    422,
    'invite.email',
    'email',
  ])
  t.strictSame(await told({ counterparty: { ...counterparty, message: 'a\u0007b' } }), [
    422,
    'invite.text',
    'message',
  ])
  t.strictSame(await told({ recipient: sender, invite: {} }), [422, 'invite.own', 'counterparty'])
  t.strictSame(await told({ recipient: '9ZZ-1', invite: {} }), [422, 'route.unknown-operator', null])
  t.strictSame(await told({ sender: '2AB-nobody', senderOrganisation: undefined, counterparty }), [
    422,
    'invite.sender-unknown',
    'sender',
  ])
  t.strictSame(await told({ sender: '2CD-other', counterparty }), [422, 'api.sender', 'body/sender'])
  const submitsAlone = await setup.api.makeKey({ verbs: ['submit'] })
  t.strictSame(await told({ counterparty }, submitsAlone), [403, 'api.scope', null])
  const after = [await countOf('invite'), setup.api.submissions.filter((one) => !one.isDryRun).length]
  t.strictSame(after, before, 'nothing was made')
})

t.test('no key of a service is that of an invitation made for a message', async (t) => {
  const key = newKey()
  await post(message({ counterparty }), { key })
  const told = await setup.api.ask('/api/v1/invitations', {
    body: { sender: { id: sender }, counterparty: { id: recipient } },
    headers: { 'idempotency-key': `message ${key}` },
  })
  t.match([told.status, told.json()['code']], [400, 'api.idempotency-key'])
})
