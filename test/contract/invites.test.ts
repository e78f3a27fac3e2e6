// The desk of invitations on a real PostgreSQL: what each request makes, once, and what it refuses.

import t from 'tap'
import { makeInviteDesk } from '../../hub/invites/desk.ts'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import {
  byInn,
  codeOf,
  inns,
  rightRequest,
  sender,
  startInvites,
  type TestInvites,
  taken,
} from '../support/invites.ts'

t.setTimeout(120_000)

let setup: TestInvites
t.before(async () => {
  setup = await startInvites(t)
})

let counterparties = 0
/** A counterparty nobody invited before. */
function newCounterparty(code = '2ZB'): ParticipantId {
  counterparties += 1
  return `${code}-new-${counterparties}` as ParticipantId
}

const toId = (id: ParticipantId, email?: string) => rightRequest({ counterparty: { by: 'id', id, email } })

t.test('an invitation by id makes a Запрос, a link, a letter and news, all at once', async (t) => {
  const { desk, formed, rows } = setup
  const id = newCounterparty()
  const made = taken(await desk.invite(toId(id, 'buh@Example.RU')))
  t.match(made, { outcome: 'asked', counterparty: id, isRepeated: false })
  t.match(formed.at(-1), {
    type: 'ask',
    from: { id: sender, inn: inns.sender, name: 'ООО «Отправитель»' },
    to: { id },
    comment: 'Давайте обмениваться',
  })
  t.notMatch(JSON.stringify(formed.at(-1)), /пятницу/, 'the comment is for own eyes')
  const invite = await setup.invite(made.invite)
  t.match(invite, { state: 'asked', email: 'buh@example.ru', mail: 'queued', version: 1 })
  t.match(await setup.link(invite.link), { cell: 'asked-by-us', second_id: id })
  const [message] = await rows<{ kind: string; peer: string }>('select * from message where id = $1', [
    invite.said_message,
  ])
  t.match(message, { kind: 'invitation', peer: 'home:2AB', recipient: id })
  t.match(await rows('select kind, recipient, state from letter where invite = $1', [invite.id]), [
    { kind: 'asked', recipient: 'buh@example.ru', state: 'queued' },
  ])
  const events = await rows('select news from link_event where invite = $1', [invite.id])
  t.strictSame(events, [{ news: 'made' }])
  const [arrival] = await rows<{ count: number }>(
    "select count(*)::int from home_arrival a join link_event e on e.id = a.message where e.invite = $1 and home = '2AB'",
    [invite.id],
  )
  t.equal(arrival?.count, 1)
})

t.test('the same request under its key is one invitation, another one is refused', async (t) => {
  const { desk, formed } = setup
  const request = toId(newCounterparty())
  const [one, two] = await Promise.all([desk.invite(request), desk.invite(request)])
  t.equal(taken(one).invite, taken(two).invite)
  t.strictSame([taken(one).isRepeated, taken(two).isRepeated].sort(), [false, true])
  const again = taken(await desk.invite({ ...request, at: new Date(), remote: '::1' }))
  t.ok(again.isRepeated)
  const count = formed.length
  t.equal(codeOf(await desk.invite({ ...request, message: 'другое' })), 'invite.key-reused')
  t.equal(codeOf(await desk.invite({ ...request, comment: undefined })), 'invite.key-reused')
  t.equal(formed.length, count)
})

t.test('a second invitation of the same two names the open one and sends nothing', async (t) => {
  const { desk, rows } = setup
  const id = newCounterparty()
  const first = taken(await desk.invite(toId(id)))
  const spelled = id.toUpperCase() as ParticipantId
  const second = await desk.invite(toId(spelled))
  t.match(second, { code: 'invite.open', seen: first.invite })
  const [count] = await rows<{ count: number }>('select count(*)::int from message where recipient = $1', [
    id,
  ])
  t.equal(count?.count, 1)
})

t.test('two invitations of the same two at once make one Запрос', async (t) => {
  const { desk, rows } = setup
  const id = newCounterparty()
  const made = await Promise.all([desk.invite(toId(id)), desk.invite(toId(id)), desk.invite(toId(id))])
  t.equal(made.filter((one) => codeOf(one) === undefined).length, 1)
  t.equal(made.filter((one) => codeOf(one) === 'invite.open').length, 2)
  const [count] = await rows<{ count: number }>('select count(*)::int from message where recipient = $1', [
    id,
  ])
  t.equal(count?.count, 1)
})

t.test('an invitation made by another between any two reads of one makes no second Запрос', async (t) => {
  const { context, desk, rows } = setup
  const made = (id: ParticipantId) =>
    rows<{ id: string }>('select id from message where recipient = $1', [id])
  for (let place = 0, isPast = false; !isPast; place += 1) {
    const id = newCounterparty()
    let reads = 0
    const query: typeof context.store.query = async (statement, values) => {
      const found = await context.store.query(statement, values)
      if (reads++ === place) taken(await desk.invite(toId(id)))
      return found
    }
    const slower = makeInviteDesk({ ...context, store: { ...context.store, query } })
    const code = codeOf(await slower.invite(toId(id)))
    isPast = reads <= place
    t.equal(code, isPast ? undefined : 'invite.open', `after ${place + 1} reads`)
    t.equal((await made(id)).length, 1)
  }
})

t.test('accepts at once when the other side asked, and does nothing when they are linked', async (t) => {
  const { desk, formed } = setup
  const other = '2CD-other' as ParticipantId
  const home = '2CD' as OperatorCode
  const asksUs = { id: other, inn: inns.counterparty, kpp: undefined, name: 'ООО «Другой»' }
  const asked = await desk.invite(
    rightRequest({ home, sender: asksUs, counterparty: { by: 'id', id: sender, email: undefined } }),
  )
  t.equal(taken(asked).outcome, 'asked')
  const accepted = taken(await desk.invite(toId(other, 'buh@example.ru')))
  t.equal(accepted.outcome, 'linked')
  const invite = await setup.invite(accepted.invite)
  t.match(invite, { state: 'linked', mail: 'none', deadline_at: null })
  t.match(await setup.link(invite.link), { cell: 'linked' })
  t.match(await setup.invite(taken(asked).invite), { state: 'linked' }, 'theirs ends with it')
  const count = formed.length
  const again = taken(await desk.invite(toId(other)))
  t.match(again, { outcome: 'linked', isRepeated: false })
  t.equal(formed.length, count, 'nothing was sent')
})

t.test('subscribers of one home code need no package to be linked', async (t) => {
  const { desk, formed, link, invite } = setup
  const id = '2AB-neighbour' as ParticipantId
  const count = formed.length
  const made = taken(await desk.invite(toId(id)))
  t.match(await invite(made.invite), { state: 'asked', said_message: null })
  const back = rightRequest({
    sender: { id, inn: inns.counterparty, kpp: undefined, name: 'Сосед' },
    counterparty: { by: 'id', id: sender, email: undefined },
  })
  const accepted = taken(await desk.invite(back))
  t.equal(accepted.outcome, 'linked')
  t.match(await link((await invite(accepted.invite)).link), { cell: 'linked' })
  t.equal(formed.length, count)
})

t.test('a sender is known once it was told, and refused while it is not', async (t) => {
  const { desk } = setup
  const stranger = { id: '2AB-stranger' as ParticipantId, inn: undefined, kpp: undefined, name: undefined }
  const request = () => ({ ...toId(newCounterparty()), sender: stranger })
  t.match(await desk.invite(request()), { code: 'invite.sender-unknown', seen: 'inn, name' })
  const told = { ...stranger, inn: inns.person, name: 'ИП Иванов' }
  t.equal(taken(await desk.invite({ ...request(), sender: told })).outcome, 'asked')
  const known = taken(await desk.invite(request()))
  t.match(await setup.invite(known.invite), { sender_inn: inns.person, sender_name: 'ИП Иванов' })
})

t.test('refuses foreign senders, own ids, unknown and inactive operators', async (t) => {
  const { desk } = setup
  const foreign = { id: '2CD-foreign' as ParticipantId, inn: inns.sender, kpp: undefined, name: 'Чужой' }
  t.equal(codeOf(await desk.invite(rightRequest({ sender: foreign }))), 'home.sender')
  t.equal(codeOf(await desk.invite(toId(sender.toUpperCase() as ParticipantId))), 'invite.own')
  t.equal(codeOf(await desk.invite(toId('9ZZ-nobody' as ParticipantId))), 'route.unknown-operator')
  await setup.setUp({ operatorActive: false })
  t.equal(codeOf(await desk.invite(toId(newCounterparty()))), 'route.no-peer')
  await setup.setUp({})
})

t.test('an operator that takes no invitations needs an application, and no letter goes', async (t) => {
  const { desk, formed } = setup
  await setup.setUp({ peer: { policy: { invitations: false } } })
  const count = formed.length
  const id = newCounterparty()
  const made = taken(await desk.invite(toId(id, 'buh@example.ru')))
  t.equal(made.outcome, 'application')
  t.match(await setup.invite(made.invite), {
    state: 'application',
    reason: 'route.capability',
    is_automatic: false,
    mail: 'none',
    deadline_at: null,
  })
  t.equal(formed.length, count)
  t.equal(codeOf(await desk.invite(toId(id))), 'invite.open')
  await setup.setUp({})
})

t.test('of two requests at once to an operator that takes none one waits for a person', async (t) => {
  const { desk, rows } = setup
  await setup.setUp({ peer: { policy: { invitations: false } } })
  const id = '2ZB-applied-at-once' as ParticipantId
  const counterparty = { by: 'id', id, email: undefined } as const
  const both = await Promise.all([1, 2].map(() => desk.invite(rightRequest({ counterparty }))))
  await setup.setUp({})
  t.strictSame(both.map(codeOf).sort(), ['invite.open', undefined])
  t.match(await rows('select state from invite where counterparty = $1', [id]), { length: 1 })
})

t.test('an invitation by ИНН makes an inactive subscriber and a letter, and sends no message', async (t) => {
  const { desk, formed, rows } = setup
  const count = formed.length
  const made = taken(await desk.invite(rightRequest({ counterparty: byInn })))
  t.equal(made.outcome, 'unclaimed')
  t.match(made.counterparty, /^2AB-[0-9a-f]{32}$/)
  t.match(await setup.invite(made.invite), {
    state: 'unclaimed',
    stand_in: made.counterparty,
    mail: 'queued',
  })
  t.match(await rows('select state, inn, sources from subscriber where id = $1', [made.counterparty]), [
    { state: 'inactive', inn: byInn.inn, sources: ['invite'] },
  ])
  t.match(await rows('select kind, recipient from letter where invite = $1', [made.invite]), [
    { kind: 'claim', recipient: byInn.email },
  ])
  t.equal(formed.length, count)
  const again = taken(
    await desk.invite(rightRequest({ counterparty: { ...byInn, email: 'BUH@example.ru'.toLowerCase() } })),
  )
  t.match(again, { invite: made.invite, isRepeated: true, isStanding: true, counterparty: made.counterparty })
  t.equal(codeOf(await desk.invite(toId(made.counterparty))), 'invite.retired', 'nobody is there yet')
})

t.test('two invitations to one ИНН and e-mail at once make one stand-in', async (t) => {
  const { desk, rows } = setup
  const counterparty = { ...byInn, email: 'at-once@example.ru' }
  const made = await Promise.all([1, 2, 3].map(() => desk.invite(rightRequest({ counterparty }))))
  t.equal(new Set(made.map((one) => taken(one).invite)).size, 1)
  t.equal(made.filter((one) => taken(one).isRepeated).length, 2)
  const letters = await rows("select from letter where recipient = 'at-once@example.ru'")
  t.equal(letters.length, 1)
})

t.test('organisations of one ИНН and e-mail are told apart by КПП, where both name it', async (t) => {
  const { desk, rows } = setup
  const to = (kpp?: string) => rightRequest({ counterparty: { ...byInn, email: 'branches@example.ru', kpp } })
  const [head, branch] = ['770101001', '780101001']
  const first = taken(await desk.invite(to(head)))
  const atOnce = await Promise.all([1, 2].map(() => desk.invite(to(branch))))
  const second = taken(atOnce[0])
  t.not(second.invite, first.invite)
  t.equal(taken(atOnce[1]).invite, second.invite)
  t.match(taken(await desk.invite(to(head))), { invite: first.invite, isStanding: true })
  t.match(taken(await desk.invite(to(branch))), { invite: second.invite, isStanding: true })
  t.match(taken(await desk.invite(to())), { invite: second.invite }, 'without КПП the newest serves')
  t.equal((await rows("select from letter where recipient = 'branches@example.ru'")).length, 2)
  const unknown = { ...byInn, email: 'head@example.ru' }
  const open = taken(await desk.invite(rightRequest({ counterparty: unknown })))
  const named = rightRequest({ counterparty: { ...unknown, kpp: head } })
  t.match(taken(await desk.invite(named)), { invite: open.invite, isStanding: true })
})

t.test('a stand-in invites nobody', async (t) => {
  const { desk } = setup
  const other = { ...byInn, email: 'other@example.ru' }
  const made = taken(await desk.invite(rightRequest({ counterparty: other })))
  const standIn = { id: made.counterparty, inn: inns.sender, kpp: undefined, name: 'Никто' }
  t.equal(codeOf(await desk.invite(rightRequest({ sender: standIn }))), 'invite.retired')
})

t.test('refuses wrong numbers and addresses', async (t) => {
  const { desk } = setup
  const refusedWith = async (over: object) =>
    codeOf(await desk.invite(rightRequest({ counterparty: { ...byInn, ...over } })))
  t.equal(await refusedWith({ inn: '7736050004' }), 'inn.check-digit')
  t.equal(await refusedWith({ inn: '0036050003' }), 'inn.form')
  t.equal(await refusedWith({ kpp: '77360500' }), 'kpp.form')
  t.equal(await refusedWith({ inn: inns.person, kpp: '770101001' }), 'kpp.of-a-person')
  for (const email of ['a', 'a@b', 'a@b.ru\r\nBcc: c@d.ru', 'a@b.ru,c@d.ru', '<a@b.ru>', 'a b@c.ru']) {
    t.equal(await refusedWith({ email }), 'invite.email', JSON.stringify(email))
  }
  const wrong = { id: sender, inn: '7707083894', kpp: undefined, name: 'ООО' }
  t.match(await desk.invite(rightRequest({ sender: wrong })), { code: 'inn.check-digit', at: 'sender/inn' })
})

t.test('texts are bounded, hold no controls, and HTML is text', async (t) => {
  const { desk, formed } = setup
  const refusedWith = async (over: object) =>
    codeOf(await desk.invite({ ...toId(newCounterparty()), ...over }))
  const { inviteMessageLengthMax: messageMax, inviteCommentLengthMax: commentMax } = limits
  t.equal(await refusedWith({ message: 'я'.repeat(messageMax) }), undefined)
  t.equal(await refusedWith({ message: 'я'.repeat(messageMax + 1) }), 'invite.text')
  t.equal(await refusedWith({ comment: '😀'.repeat(commentMax) }), undefined)
  t.equal(await refusedWith({ comment: '😀'.repeat(commentMax + 1) }), 'invite.text')
  t.equal(await refusedWith({ message: 'строка\nстрока\r\nстрока' }), undefined)
  for (const message of ['a\u0000b', 'a\u001bb', 'a\tb', 'a\rb', 'a\u2028b', 'a\u202eb', 'a\ud800b']) {
    t.equal(await refusedWith({ message }), 'invite.text', message.charCodeAt(1).toString(16))
  }
  const named = (name: string) => ({ sender: { id: sender, inn: inns.sender, kpp: undefined, name } })
  t.equal(await refusedWith(named('я'.repeat(limits.inviteNameLengthMax))), undefined)
  for (const name of ['ООО\r\nBcc: a@b.ru', 'ООО\n', ' ', 'я'.repeat(limits.inviteNameLengthMax + 1)]) {
    t.equal(await refusedWith(named(name)), 'invite.text', JSON.stringify(name.slice(0, 20)))
  }
  const html = '<script>alert(1)</script> &amp; ]]>'
  t.equal(await refusedWith({ message: html }), undefined)
  t.equal(formed.at(-1)?.comment, html)
})

t.test('a link that moves while the Запрос is formed is read again', async (t) => {
  const { desk, onForm } = setup
  const other = '2CD-meanwhile' as ParticipantId
  const asksUs = { id: other, inn: inns.counterparty, kpp: undefined, name: 'ООО «Другой»' }
  let isOver = false
  onForm.call = async () => {
    if (isOver) return
    isOver = true
    const asked = await desk.invite(
      rightRequest({
        home: '2CD' as OperatorCode,
        sender: asksUs,
        counterparty: { by: 'id', id: sender, email: undefined },
      }),
    )
    t.equal(taken(asked).outcome, 'asked')
  }
  const made = taken(await desk.invite(toId(other)))
  delete onForm.call
  t.equal(made.outcome, 'linked', 'theirs came first, so ours accepts')
  t.match(await setup.link((await setup.invite(made.invite)).link), { cell: 'linked' })
})
