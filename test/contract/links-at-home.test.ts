// Links of two subscribers of one home code: what they say needs no package, and rules, answers and withdrawals work alike.

import t from 'tap'
import { withdraw } from '../../hub/invites/control.ts'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import { inns, rightRequest, sender, startInvites, type TestInvites, taken } from '../support/invites.ts'
import { sayTo } from '../support/waiting-invites.ts'

t.setTimeout(120_000)

const organisation = { inn: inns.person, name: 'ИП Другой' }
let setup: TestInvites
let count = 0
t.before(async () => {
  setup = await startInvites(t)
})

const nextOther = () => {
  count += 1
  return `2AB-other-${count}` as ParticipantId
}
const post = (answer: string, own: string, counterparty: string, key = `${answer}-${own}-${counterparty}`) =>
  setup.api.ask('/api/v1/links/answer', {
    body: { own, counterparty, answer, organisation },
    headers: { 'idempotency-key': key },
  })
const byId = (id: ParticipantId) => rightRequest({ counterparty: { by: 'id', id, email: undefined } })

t.test('an answer between two of one code is said at once, once, and ends what waits', async (t) => {
  const other = nextOther()
  const made = taken(await setup.desk.invite(byId(other)))
  t.equal(made.outcome, 'asked')
  const accepted = await post('accept', other, sender)
  t.match(accepted, { status: 201 })
  t.match(accepted.json(), { message: null, isRepeated: false, link: { status: 'IsMyCounteragent' } })
  t.match(await setup.invite(made.invite), { state: 'linked' })
  const again = await post('accept', other, sender)
  t.match(again, { status: 200 })
  t.match(again.json(), { message: null, isRepeated: true })
  t.match((await post('break', other, sender, `accept-${other}-${sender}`)).json(), {
    code: 'home.key-reused',
  })
  const broken = await post('break', sender, other)
  t.match(broken.json(), { message: null, link: { status: 'IsRejectedByMe' } })
  const { sayings } = (await setup.link((await setup.invite(made.invite)).link)) ?? {}
  t.match(sayings, [{ type: 'ask' }, { type: 'ask' }, { type: 'break' }])
  t.equal(setup.formed.length, 0, 'nothing has to travel')
})

t.test('two answers at once under different keys say it once', async (t) => {
  const other = nextOther()
  await sayTo(setup.context, sender, other)
  const both = await Promise.all([1, 2].map((n) => post('accept', other, sender, `at-once-${other}-${n}`)))
  t.strictSame(both.map(({ status }) => status).sort(), [200, 201])
  t.equal((await linkOf(other))?.sayings.length, 2)
})

const linkOf = async (other: string) => {
  const text = 'select sayings from link where lower($1) in (first_key, second_key)'
  return (await setup.rows<{ sayings: object[] }>(text, [other]))[0]
}

t.test('a request between two of one code is withdrawn by its answer and by its invitation', async (t) => {
  const [one, two] = [nextOther(), nextOther()]
  const first = taken(await setup.desk.invite(byId(one)))
  t.match((await post('withdraw', sender, one)).json(), { link: { status: 'NotInCounteragentList' } })
  t.match(await setup.invite(first.invite), { state: 'withdrawn' })
  const second = taken(await setup.desk.invite(byId(two)))
  const of = { home: '2AB' as OperatorCode, remote: '::1', apiKey: undefined, at: new Date() }
  taken(await withdraw(setup.context, { ...of, invite: second.invite }))
  t.match(await setup.link((await setup.invite(second.invite)).link), { cell: 'none' })
})

t.test('a rule accepts whom it names, also within a code', async (t) => {
  const [listed, closed] = [nextOther(), nextOther()]
  const rule = { accepts: 'listed', inns: [inns.sender], operators: [], organisation }
  for (const [own, body] of [
    [listed, rule],
    [closed, { ...rule, inns: [inns.counterparty] }],
  ] as const) {
    const put = await setup.api.ask(`/api/v1/links/rules/${own}`, { method: 'PUT', body })
    t.equal(put.status, 200, put.text)
  }
  const made = taken(await setup.desk.invite(byId(listed)))
  t.equal(made.outcome, 'linked')
  const { link } = await setup.invite(made.invite)
  t.match(await setup.link(link), { cell: 'linked', version: 1, sayings: { length: 2 } })
  const entries = await setup.rows<{ entry: string }>(
    "select entry from journal where kind = 'link.rule-applied'",
  )
  t.match(
    entries.map(({ entry }) => JSON.parse(entry)),
    [{ subject: link, facts: { own: listed, counterparty: sender } }],
  )
  t.equal(taken(await setup.desk.invite(byId(closed))).outcome, 'asked')
})
