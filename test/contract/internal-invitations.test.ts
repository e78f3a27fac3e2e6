// Invitations over the internal API: made once, seen by their own home code alone, hostile input refused by name.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { runLine } from '../support/cli.ts'
import type { ApiTold } from '../support/internal-plane.ts'
import { newKey } from '../support/internal-plane.ts'
import { inns, recipient, sender, startInvites, type TestInvites } from '../support/invites.ts'

t.setTimeout(120_000)

let setup: TestInvites
t.before(async () => {
  setup = await startInvites(t)
})

const root = '/api/v1/invitations'
const own = { id: sender, inn: inns.sender, name: 'ООО «Отправитель»' }

function post(body: unknown, key: string | undefined = newKey(), apiKey?: string): Promise<ApiTold> {
  const headers: Record<string, string> = key === '' ? {} : { 'idempotency-key': key }
  return setup.api.ask(root, { body, headers, ...(apiKey === undefined ? {} : { key: apiKey }) })
}

const control = (id: unknown, name: string, key?: string) =>
  setup.api.ask(`${root}/${String(id)}/${name}`, { method: 'POST', ...(key === undefined ? {} : { key }) })

t.test('makes an invitation by id, repeats it, and shows everything about it', async (t) => {
  const body = {
    sender: own,
    counterparty: { id: recipient },
    email: 'buh@example.ru',
    message: 'Здравствуйте!\n<b>Ждём</b>',
    comment: 'своё',
  }
  const key = newKey()
  const made = await post(body, key)
  t.equal(made.status, 201, made.text)
  t.match(made.json(), {
    outcome: 'asked',
    counterparty: recipient,
    isRepeated: false,
    attachments: 'follow',
  })
  const { id, href } = made.json()
  t.equal(made.headers.get('location'), href)
  const again = await post(body, key)
  t.equal(again.status, 200)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.match(again.json(), { id, isRepeated: true })
  const other = await post({ ...body, message: 'другое' }, key)
  t.match([other.status, other.json()['code']], [409, 'invite.key-reused'])
  const open = await post(body)
  t.match([open.status, open.json()['code'], open.json()['detail']], [409, 'invite.open', id])

  const card = await setup.api.ask(String(href))
  t.equal(card.status, 200, card.text)
  t.match(card.json(), {
    id,
    state: 'asked',
    isFinal: false,
    sender: { id: sender, inn: inns.sender },
    counterparty: { id: recipient },
    letter: 'queued',
    message: body.message,
    comment: 'своё',
    link: { status: 'IsInvitedByMe' },
    letters: [{ kind: 'asked', state: 'queued' }],
    claims: [],
    events: [{ news: 'made', state: 'asked' }],
    joined: null,
  })
})

t.test('tells the caller when an application is needed', async (t) => {
  await setup.setUp({ peer: { policy: { invitations: false } } })
  const made = await post({ sender: own, counterparty: { id: '2ZB-application' } })
  t.equal(made.status, 201)
  t.match(made.json(), { outcome: 'application', outcomeText: { ru: /заявка/, en: /application/ } })
  await setup.setUp({})
})

t.test('makes one by ИНН, and its claim links are shown without tokens', async (t) => {
  const body = { sender: own, counterparty: { inn: inns.person, name: 'ИП Иванов' }, email: 'ip@example.ru' }
  const made = await post(body)
  t.match(made.json(), { outcome: 'unclaimed', counterparty: /^2AB-/ })
  const { id } = made.json()
  const other = await post(body)
  t.match([other.status, other.json()], [200, { id, isStanding: true, isRepeated: true }])
  t.equal(other.headers.get('idempotency-replayed'), null, 'its key was never used before')
  const minted = await setup.claims.mint(String(id), new Date())
  const card = await setup.api.ask(`${root}/${id}`)
  t.match(card.json(), { claims: [{ usedAt: null, revokedAt: null }], standIn: /^2AB-/ })
  t.notOk(card.text.includes(minted?.token ?? ''))
  const soon = await control(id, 'resend')
  t.match([soon.status, soon.json()['code']], [429, 'invite.resend-too-soon'])
  t.match((await control(id, 'revoke')).json(), { claims: [{ revokedAt: /^20/ }], state: 'unclaimed' })
  const withdrawn = await control(id, 'withdraw')
  t.match(withdrawn.json(), { state: 'withdrawn', isFinal: true })
  t.equal((await control(id, 'withdraw')).status, 200)
  const ended = await control(id, 'revoke')
  t.match([ended.status, ended.json()['code']], [409, 'invite.not-open'])
})

const base64 = (text: string) => Buffer.from(text).toString('base64')
const document = (over: object = {}) => ({
  type: 'Неформализованный',
  fileName: 'договор.pdf',
  content: base64('a contract'),
  signatures: [{ content: base64('a signature') }],
  ...over,
})

t.test('one document with one signature is carried by those who take it, and told so again', async (t) => {
  await setup.setUp({ peer: { policy: { invitationDocuments: true } } })
  const body = { sender: own, counterparty: { id: '2ZB-carried' }, documents: [document()] }
  const key = newKey()
  const made = await post(body, key)
  t.match([made.status, made.json()], [201, { outcome: 'asked', attachments: 'carried', follows: null }])
  t.match(setup.formed.at(-1), { documents: [{ fileName: 'договор.pdf' }], signatures: [{ signer: sender }] })
  const before = setup.formed.length
  t.match((await post(body, key)).json(), { id: made.json()['id'], attachments: 'carried', isRepeated: true })
  const without = await post({ ...body, documents: [] }, key)
  t.match([without.status, without.json()['code']], [409, 'invite.key-reused'])
  t.equal(setup.formed.length, before)
  const none = await post({ sender: own, counterparty: { id: '2ZB-bare' }, documents: [] })
  t.match(none.json(), { outcome: 'asked', attachments: 'follow', follows: null })
  await setup.setUp({})
})

t.test('a document follows where an application is needed, and the caller is told', async (t) => {
  await setup.setUp({ peer: { policy: { invitations: false, invitationDocuments: true } } })
  const body = { sender: own, counterparty: { id: '2ZB-applied' }, documents: [document()] }
  const made = await post(body)
  t.match(made.json(), { outcome: 'application', attachments: 'follow', follows: { id: String } })
  t.match(setup.api.submissions.at(-1), {
    recipient: '2ZB-applied',
    waitsForLink: true,
    isDryRun: false,
    key: /^invitation key-/,
  })
  await setup.setUp({})
})

t.test('more documents or signatures than an invitation holds are refused, never dropped', async (t) => {
  const told = async (documents: object[], apiKey?: string) => {
    const answer = await post(
      { sender: own, counterparty: { id: '2ZB-attached' }, documents },
      newKey(),
      apiKey,
    )
    return [answer.status, answer.json()['code'], answer.json()['at'] ?? null]
  }
  const signature = { content: base64('a signature') }
  t.strictSame(await told([document(), document()]), [422, 'invite.attachment', 'body/documents'])
  t.strictSame(await told([document({ signatures: [signature, signature] })]), [
    422,
    'invite.attachment',
    'body/documents/0/signatures',
  ])
  t.strictSame(await told([document({ content: '%%%' })]), [400, 'api.base64', 'body/documents/0/content'])
  t.strictSame(await told([document({ content: undefined, file: 'a' })]), [
    400,
    'api.part',
    'body/documents/0/file',
  ])
  t.strictSame(await told([document({ signatures: [], type: 'УПД' })]), [
    400,
    'api.invalid',
    'body/documents/0/type',
  ])
  t.strictSame(await told([document({ sha256: '0'.repeat(64) })]), [
    422,
    'api.digest',
    'body/documents/0/sha256',
  ])
  t.strictSame(await told([{}]), [400, 'api.invalid', 'body/documents/0'])
  const invitesAlone = await setup.api.makeKey({ verbs: ['invite'] })
  t.strictSame(await told([document()], invitesAlone), [403, 'api.scope', null])
  const rows = await setup.rows("select from invite where counterparty = '2ZB-attached'")
  t.equal(rows.length, 0)
})

t.test('refuses what cannot be an invitation, each fault by its name and place', async (t) => {
  const right = { sender: own, counterparty: { id: '2ZB-wrong' } }
  const told = async (over: object) => {
    const { status, json } = await post({ ...right, ...over })
    return [status, json()['code'], json()['at'] ?? null]
  }
  t.strictSame(await told({ counterparty: {} }), [400, 'api.invalid', 'body/counterparty'])
  t.strictSame(await told({ counterparty: { id: '2ZB-1', inn: inns.person } }), [
    400,
    'api.invalid',
    'body/counterparty',
  ])
  t.strictSame(await told({ counterparty: { inn: inns.person } }), [400, 'api.invalid', 'body/email'])
  t.strictSame(await told({ counterparty: { inn: '7736050004' }, email: 'a@example.ru' }), [
    422,
    'inn.check-digit',
    'counterparty/inn',
  ])
  t.strictSame(await told({ counterparty: { id: 'ab' } }), [400, 'api.invalid', 'body/counterparty/id'])
  t.strictSame(await told({ unknown: 1 }), [400, 'api.invalid', 'body'])
  t.strictSame(await told({ sender: { id: '2CD-other' } }), [422, 'api.sender', null])
  t.strictSame(await told({ counterparty: { id: sender } }), [422, 'invite.own', 'counterparty'])
  t.strictSame(await told({ counterparty: { id: '9ZZ-1' } }), [422, 'route.unknown-operator', null])
  t.strictSame(await told({ email: 'a@b.ru\r\nBcc: c@d.ru' }), [422, 'invite.email', 'email'])
  t.strictSame(await told({ sender: { ...own, name: 'ООО\r\nBcc: a@b.ru' } }), [
    422,
    'invite.text',
    'sender/name',
  ])
  t.strictSame(await told({ message: 'я'.repeat(2001) }), [422, 'invite.text', 'message'])
  t.strictSame(await told({ message: 'a\u0007b' }), [422, 'invite.text', 'message'])
  t.strictSame(await told({ sender: { id: '2AB-nobody' } }), [422, 'invite.sender-unknown', 'sender'])
  const keyless = await post(right, '')
  t.match([keyless.status, keyless.json()['code']], [400, 'api.idempotency-key'])
  const rows = await setup.rows("select from invite where counterparty = '2ZB-wrong'")
  t.equal(rows.length, 0, 'nothing was made')
})

t.test('a key without the right, and another home code, see and move nothing', async (t) => {
  const made = await post({ sender: own, counterparty: { id: '2ZB-own' } })
  const { id } = made.json()
  const reader = await setup.api.makeKey({ verbs: ['read', 'submit'] })
  t.equal((await setup.api.ask(`${root}/${id}`, { key: reader })).json()['code'], 'api.scope')
  t.equal((await post({ sender: own, counterparty: { id: '2ZB-x' } }, newKey(), reader)).status, 403)
  const other = setup.api.keys['2CD']
  t.equal((await setup.api.ask(`${root}/${id}`, { key: other })).status, 404)
  for (const name of ['resend', 'revoke', 'withdraw']) {
    t.equal((await control(id, name, other)).status, 404, name)
  }
  t.equal((await setup.api.ask(root, { key: other })).text.includes(String(id)), false)
  t.equal((await setup.api.ask(`${root}/not-an-id`)).status, 404)
  t.equal((await control('01890000-0000-7000-8000-000000000000', 'withdraw')).status, 404)
})

t.test('lists pages, newest first, by state and sender', async (t) => {
  const pages: string[][] = []
  let after: string | null = null
  do {
    const query: string = after === null ? '' : `&after=${after}`
    const page = (await setup.api.ask(`${root}?limit=2${query}`)).json() as {
      items: { id: string }[]
      next: string | null
    }
    pages.push(page.items.map(({ id }) => id))
    after = page.next
  } while (after !== null && pages.length < 20)
  const ids = pages.flat()
  const all = await setup.rows<{ id: string }>("select id from invite where home = '2AB' order by id desc")
  t.strictSame(
    ids,
    all.map(({ id }) => id),
  )
  t.ok(pages.length > 1 && pages.slice(0, -1).every((page) => page.length === 2))
  const withdrawn = (await setup.api.ask(`${root}?state=withdrawn`)).json() as { items: { state: string }[] }
  t.ok(withdrawn.items.length > 0 && withdrawn.items.every(({ state }) => state === 'withdrawn'))
  const mine = (await setup.api.ask(`${root}?own=${sender.toLowerCase()}`)).json() as { items: unknown[] }
  t.ok(mine.items.length > 0)
  t.strictSame((await setup.api.ask(`${root}?own=2AB-none`)).json(), { items: [], next: null })
  t.equal((await setup.api.ask(`${root}?state=nonsense`)).status, 400)
  t.equal((await setup.api.ask(`${root}?after=AAAA`)).json()['code'], 'api.cursor')
})

t.test('engineers see invitations from the command line, without texts and addresses', async (t) => {
  const body = { sender: own, counterparty: { id: '2ZB-seen' }, email: 'seen@example.ru', message: 'тайна' }
  const { id } = (await post(body)).json()
  const { address, token } = setup.api.admin
  const folder = mkdtempSync(join(tmpdir(), 'hub invitations '))
  const hub = (words: readonly string[]) =>
    runLine(folder, [...words, '--address', address], { HUB_ADMIN_TOKEN: token, USER: 'petrov' })
  const list = await hub(['invitations', 'list', '--home', '2ab', '--state', 'asked'])
  t.match(list.out, new RegExp(String(id)))
  const card = await hub(['invitations', 'show', String(id)])
  t.match(card.out, /2ZB-seen/)
  t.match(card.out, /made/)
  const whole = await hub(['invitations', 'show', String(id), '--json'])
  t.match(JSON.parse(whole.out), { id, home: '2AB', link: { status: 'IsInvitedByMe' } })
  for (const { out } of [list, card, whole]) t.notMatch(out, /тайна|seen@example/)
  t.match((await hub(['invitations', 'list', '--home', '2CD'])).out, /Приглашений нет/)
  const none = await hub(['invitations', 'show', '01890000-0000-7000-8000-000000000000'])
  t.equal(none.exit, exitCodes.refused)
  t.equal((await hub(['invitations', 'list', '--state', 'nonsense'])).exit, exitCodes.refused)
})
