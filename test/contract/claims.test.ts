// Claim links on a real PostgreSQL: forged, old, used and taken back; two people at once; what each choice makes.

import t from 'tap'
import { resend, revoke, withdraw } from '../../hub/invites/control.ts'
import { readClaims } from '../../hub/store/links/claims.ts'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import type { ClaimChoice, InviteMade } from '../../schemas/invites/invite.ts'
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

const home = '2AB' as OperatorCode
let setup: TestInvites
t.before(async () => {
  setup = await startInvites(t)
})

let made = 0
const nextNumber = () => {
  made += 1
  return made
}
const newId = (code = '2ZB') => `${code}-claimed-${nextNumber()}` as ParticipantId
const toId = (id: string): ClaimChoice => ({ is: 'id', id: id as ParticipantId })
const join: ClaimChoice = { is: 'join', name: 'ООО «Новый»', kpp: '770101001', contact: '+7 495 000-00-00' }

/** An unclaimed invitation with a claim link. */
async function unclaimed(at = new Date()): Promise<{ invite: InviteMade; token: string; at: Date }> {
  const counterparty = { ...byInn, email: `n${nextNumber()}@example.ru` }
  const invite = taken(await setup.desk.invite(rightRequest({ counterparty, at })))
  return { invite, token: await mint(invite.invite, at), at }
}

async function mint(invite: string, at = new Date()): Promise<string> {
  const minted = await setup.claims.mint(invite, at)
  if (minted === undefined) throw new Error('no token')
  return minted.token
}

const of = (invite: string, at = new Date()) => {
  return { home, invite, remote: '::1', apiKey: undefined, at }
}
const later = (at: Date, ms: number) => new Date(at.getTime() + ms)
const day = 86_400_000

t.test('a token is random, kept as its digest alone, and shows no more than the letter', async (t) => {
  const { claims, rows } = setup
  const { invite, token, at } = await unclaimed()
  const other = await mint(invite.invite)
  t.match(token, /^[A-Za-z0-9_-]{43}$/)
  t.not(token, other)
  const view = taken(await claims.look(token, at))
  t.strictSame(view, {
    inviter: { name: 'ООО «Отправитель»', inn: inns.sender },
    inn: byInn.inn,
    message: 'Давайте обмениваться',
    operator: '2AB',
    expiresAt: later(at, 14 * day),
  })
  const kept = await rows<{ text: string }>(
    'select c::text as text from invite_claim c union all select entry from journal union all ' +
      'select i::text from invite i union all select l::text from letter l',
  )
  const hex = Buffer.from(token).toString('hex')
  t.notOk(kept.some(({ text }) => text.includes(token) || text.includes(hex)))
})

t.test('an id at another operator moves the invitation there', async (t) => {
  const { claims, formed, rows } = setup
  const { invite, token, at } = await unclaimed()
  const id = newId()
  const outcome = await claims.choose(token, toId(id), at)
  t.strictSame(outcome, { is: 'asked', id, operator: 'Оператор Б' })
  t.match(formed.at(-1), { type: 'ask', from: { id: sender }, to: { id, inn: byInn.inn } })
  const row = await setup.invite(invite.invite)
  t.match(row, {
    state: 'asked',
    counterparty: id,
    stand_in: invite.counterparty,
    mail: 'queued',
    version: 2,
  })
  t.match(await setup.link(row.link), { cell: 'asked-by-us', second_id: id })
  const known = 'select state, moved_to from subscriber where id = $1'
  t.match(await rows(known, [invite.counterparty]), [{ state: 'retired', moved_to: id }])
  t.match(await rows(known, [id]), [{ state: 'known', moved_to: null }])
  const letters = await rows('select kind from letter where invite = $1 order by id', [row.id])
  t.strictSame(letters, [{ kind: 'claim' }, { kind: 'asked' }])
  const news = await rows('select news from link_event where invite = $1 order by id', [row.id])
  t.strictSame(news, [{ news: 'made' }, { news: 'claimed' }])
  t.match(
    await setup.desk.invite(
      rightRequest({ counterparty: { by: 'id', id: invite.counterparty, email: undefined } }),
    ),
    {
      code: 'invite.retired',
      seen: id,
    },
  )
})

t.test(
  'who invites by ИНН again is given the invitation that was claimed, or that linked them',
  async (t) => {
    const { claims, desk, formed, rows } = setup
    const again = async (email: string) =>
      taken(await desk.invite(rightRequest({ counterparty: { ...byInn, email } })))
    const first = await unclaimed()
    const { email } = await setup.invite(first.invite.invite)
    const id = newId()
    await claims.choose(first.token, toId(id), first.at)
    const count = formed.length
    const asked = { invite: first.invite.invite, outcome: 'asked', counterparty: id, isStanding: true }
    t.match(await again(String(email)), asked)

    const second = await unclaimed()
    const joined = await setup.invite(second.invite.invite)
    await claims.choose(second.token, join, second.at)
    const linked = {
      invite: second.invite.invite,
      outcome: 'linked',
      counterparty: second.invite.counterparty,
    }
    t.match(await again(String(joined.email)), { ...linked, isStanding: true })
    t.equal(formed.length, count, 'nobody is asked again')
    const invites = await rows('select from invite where email = any($1)', [[email, joined.email]])
    t.equal(invites.length, 2)
  },
)

t.test('the same choice again gets the same answer, another one is told that it came too late', async (t) => {
  const { claims, formed } = setup
  const { invite, token, at } = await unclaimed()
  const second = await mint(invite.invite)
  const id = newId()
  const [one, two] = await Promise.all([
    claims.choose(token, toId(id), at),
    claims.choose(token, toId(id.toUpperCase()), at),
  ])
  t.strictSame(one, two)
  const count = formed.length
  t.strictSame(await claims.choose(token, toId(id), later(at, 100 * day)), one)
  t.strictSame(await claims.choose(second, toId(id), at), one, 'by the link of another letter too')
  t.equal(codeOf(await claims.choose(token, toId(newId()), at)), 'claim.used')
  t.equal(codeOf(await claims.choose(token, join, at)), 'claim.used')
  t.equal(codeOf(await claims.choose(second, { is: 'decline' }, at)), 'claim.used')
  t.equal(codeOf(await claims.look(token, at)), 'claim.used')
  t.equal(codeOf(await claims.look(second, at)), 'claim.used')
  t.equal(formed.length, count, 'nothing more was sent')
})

t.test('of two people at once one wins and the other is told', async (t) => {
  const { claims, rows } = setup
  for (const choices of [
    [toId(newId()), toId(newId())],
    [join, toId(newId())],
    [join, { ...join, name: 'ООО «Второй»' }],
    [{ is: 'decline' } as const, join],
  ]) {
    const { invite, token, at } = await unclaimed()
    const second = await mint(invite.invite)
    const outcomes = await Promise.all(
      choices.map((choice, index) => claims.choose(index === 0 ? token : second, choice, at)),
    )
    t.strictSame(outcomes.map(codeOf).sort(), ['claim.used', undefined])
    const [used] = await rows<{ count: number }>(
      'select count(*)::int from invite_claim where invite = $1 and used_at is not null',
      [invite.invite],
    )
    t.equal(used?.count, 1)
  }
})

t.test('who joins becomes an active subscriber, is linked, and the service is told', async (t) => {
  const { claims, formed, rows } = setup
  const { invite, token, at } = await unclaimed()
  const count = formed.length
  t.strictSame(await claims.choose(token, join, at), { is: 'joined', id: invite.counterparty })
  const row = await setup.invite(invite.invite)
  t.match(row, {
    state: 'linked',
    name: 'ООО «Новый»',
    kpp: '770101001',
    counterparty: invite.counterparty,
    version: 2,
  })
  t.match(await setup.link(row.link), { cell: 'linked', version: 1 })
  const known = 'select state, name, kpp, inn from subscriber where id = $1'
  t.match(await rows(known, [invite.counterparty]), [
    { state: 'active', name: 'ООО «Новый»', kpp: '770101001', inn: byInn.inn },
  ])
  t.equal(formed.length, count, 'both are of one operator: nothing has to travel')
  const told = await rows<{ news: string }>(
    "select e.news from home_arrival a join link_event e on e.id = a.message where a.home = '2AB' " +
      'and (e.invite = $1 or e.link = $2)',
    [row.id, row.link],
  )
  t.strictSame(told.map(({ news }) => news).sort(), ['accepted', 'invited', 'joined', 'linked', 'made'])
  t.strictSame(await claims.choose(token, join, at), { is: 'joined', id: invite.counterparty })
  const card = await setup.api.ask(`/api/v1/invitations/${row.id}`)
  t.match(card.json(), { joined: { name: 'ООО «Новый»', contact: '+7 495 000-00-00', inn: byInn.inn } })
})

t.test('who joins ends other invitations of the two as well', async (t) => {
  const { claims, context } = setup
  const { invite, token, at } = await unclaimed()
  const row = await setup.invite(invite.invite)
  const other = { ...row, id: context.clock.newId(), key: 'another', kind: 'by-id' as const, version: 1 }
  await context.committer.submit({ invites: [{ ...other, state: 'asked', stand_in: null }] })
  t.match(await claims.choose(token, join, at), { is: 'joined' })
  t.match(await setup.invite(other.id), { state: 'linked' })
})

t.test('who declines ends it', async (t) => {
  const { claims, rows } = setup
  const { invite, token, at } = await unclaimed()
  t.strictSame(await claims.choose(token, { is: 'decline' }, at), { is: 'declined' })
  t.strictSame(await claims.choose(token, { is: 'decline' }, at), { is: 'declined' })
  t.match(await setup.invite(invite.invite), { state: 'refused' })
  const known = 'select state, moved_to from subscriber where id = $1'
  t.match(await rows(known, [invite.counterparty]), [{ state: 'retired', moved_to: null }])
  t.equal(await claims.mint(invite.invite, at), undefined, 'no more letters')
})

t.test('forged, old and taken back links open nothing', async (t) => {
  const { claims, context } = setup
  const { invite, token, at } = await unclaimed()
  const forged = [
    '',
    'x',
    'A'.repeat(43),
    `${token}A`,
    token.slice(1),
    `${token.slice(0, 42)}=`,
    '\u0000'.repeat(43),
  ]
  for (const text of forged) {
    t.equal(codeOf(await claims.look(text, at)), 'claim.unknown')
    t.equal(codeOf(await claims.choose(text, join, at)), 'claim.unknown')
  }
  t.equal(codeOf(await claims.look(token, later(at, 14 * day - 1))), undefined)
  t.equal(codeOf(await claims.look(token, later(at, 14 * day))), 'claim.expired')
  t.equal(codeOf(await claims.choose(token, join, later(at, 14 * day))), 'claim.expired')
  taken(await revoke(context, of(invite.invite)))
  taken(await revoke(context, of(invite.invite)))
  t.equal(codeOf(await claims.look(token, at)), 'claim.unknown')
  t.equal(codeOf(await claims.choose(token, toId(newId()), at)), 'claim.unknown')
  const fresh = await mint(invite.invite)
  t.equal(codeOf(await claims.look(fresh, at)), undefined, 'the invitation still waits')
  taken(await withdraw(context, of(invite.invite)))
  t.equal(codeOf(await claims.choose(fresh, join, at)), 'claim.unknown')
})

t.test('an invitation that ended without a claim tells that its time is over', async (t) => {
  const { claims, rows } = setup
  const { invite, token, at } = await unclaimed()
  await rows("update invite set state = 'lapsed', version = version + 1 where id = $1", [invite.invite])
  t.equal(codeOf(await claims.look(token, at)), 'claim.expired')
  t.equal(codeOf(await claims.choose(token, join, at)), 'claim.expired')
})

t.test(
  'ids that are none, of unknown or own operators, or of the inviter are refused, and may be corrected',
  async (t) => {
    const { claims } = setup
    const { token, at } = await unclaimed()
    const refusedWith = async (choice: ClaimChoice) => codeOf(await claims.choose(token, choice, at))
    const wrong = ['2ZB', '2ZB_1', '2ZБ-1', '2ZB 1', '2ZB-1\r\nBcc: x', '<b>2ZB</b>', `2ZB${'1'.repeat(44)}`]
    for (const id of wrong) t.equal(await refusedWith(toId(id)), 'claim.id', JSON.stringify(id))
    t.equal(await refusedWith(toId('9ZZ-nobody')), 'claim.operator')
    t.equal(await refusedWith(toId('2ab-somebody')), 'claim.home-id')
    t.equal(await refusedWith(toId('2CD-somebody')), 'claim.home-id')
    t.equal(await refusedWith(toId(sender.toLowerCase())), 'claim.own')
    const contactMax = limits.inviteContactLengthMax
    if (join.is === 'join') {
      t.equal(await refusedWith({ ...join, name: 'ООО\r\nBcc: a@b.ru' }), 'claim.text')
      t.equal(await refusedWith({ ...join, name: '' }), 'claim.text')
      t.equal(await refusedWith({ ...join, contact: 'я'.repeat(contactMax + 1) }), 'claim.text')
      t.equal(await refusedWith({ ...join, kpp: '77' }), 'claim.text')
      t.equal(await refusedWith({ ...join, contact: 'я'.repeat(contactMax) }), undefined)
    }
  },
)

t.test('the directory of participants refuses by "not found" alone', async (t) => {
  for (const status of ['not-found', 'try-later', 'not-allowed', 'ok'] as const) {
    const { token, at } = await unclaimed()
    const desk = setup.claimsWith({ lookUp: async () => ({ status, ids: [], askedAt: at }) })
    const code = codeOf(await desk.choose(token, toId(newId()), at))
    t.equal(code, status === 'not-found' ? 'claim.not-in-directory' : undefined, status)
  }
})

t.test('an operator that was switched off in the middle is told, and the link stays good', async (t) => {
  const { claims, onForm } = setup
  const { invite, token, at } = await unclaimed()
  await setup.setUp({ operatorActive: false })
  t.equal(codeOf(await claims.choose(token, toId(newId()), at)), 'claim.operator')
  await setup.setUp({})
  t.match(await setup.invite(invite.invite), { state: 'unclaimed', version: 1 })
  // The invitation moves on while the Запрос is formed: the choice is read again, and told.
  onForm.call = async () => {
    delete onForm.call
    taken(await withdraw(setup.context, of(invite.invite)))
  }
  t.equal(codeOf(await claims.choose(token, toId(newId()), at)), 'claim.unknown')
  t.match(await setup.invite(invite.invite), { state: 'withdrawn' })
})

t.test('an operator that takes no invitations needs an application', async (t) => {
  const { claims } = setup
  const { invite, token, at } = await unclaimed()
  await setup.setUp({ peer: { policy: { invitations: false } } })
  const id = newId()
  const outcome = await claims.choose(token, toId(id), at)
  t.strictSame(outcome, { is: 'application', id, operator: 'Оператор Б' })
  t.strictSame(await claims.choose(token, toId(id), at), outcome)
  t.match(await setup.invite(invite.invite), { state: 'application', counterparty: id, link: null })
  const known = await setup.rows('select inn, name, state from subscriber where id = $1', [id])
  t.match(
    known,
    [{ inn: null, name: null, state: 'known' }],
    'nobody says of an id whose it is but its owner',
  )
  await setup.setUp({})
})

t.test('a letter is sent again after its pause, not too often, and never after the end', async (t) => {
  const { context, rows } = setup
  const { invite, token, at } = await unclaimed()
  const pause = context.settings.claimResendAfterMs
  t.equal(codeOf(await resend(context, of(invite.invite, later(at, pause - 1)))), 'invite.resend-too-soon')
  const due = later(at, pause)
  const both = await Promise.all([1, 2].map(() => resend(context, of(invite.invite, due))))
  t.strictSame(both.map(codeOf).sort(), ['invite.resend-too-soon', undefined])
  t.equal(codeOf(await setup.claims.look(token, at)), undefined, 'the link of the first letter is still good')
  let last = due
  for (let count = 2; count < limits.inviteLettersMax; count += 1) {
    last = later(last, pause)
    taken(await resend(context, of(invite.invite, last)))
  }
  t.equal(codeOf(await resend(context, of(invite.invite, later(last, day)))), 'invite.resend-too-soon')
  const [letters] = await rows<{ count: number }>('select count(*)::int from letter where invite = $1', [
    invite.invite,
  ])
  t.equal(letters?.count, limits.inviteLettersMax)
  taken(await withdraw(context, of(invite.invite)))
  t.equal(codeOf(await resend(context, of(invite.invite, later(last, 2 * day)))), 'invite.not-open')
  t.equal(codeOf(await revoke(context, of(invite.invite))), 'invite.not-open')
})

t.test('withdrawing says Разрыв where a Запрос stands, once', async (t) => {
  const { context, desk, formed } = setup
  const id = newId()
  const counterparty = { by: 'id', id, email: undefined } as const
  const asked = taken(await desk.invite(rightRequest({ counterparty })))
  t.equal(codeOf(await resend(context, of(asked.invite))), 'invite.no-letter')
  taken(await withdraw(context, of(asked.invite)))
  t.match(formed.at(-1), { type: 'break', to: { id } })
  const count = formed.length
  t.match(taken(await withdraw(context, of(asked.invite))), { state: 'withdrawn' })
  t.equal(formed.length, count)
  const row = await setup.invite(asked.invite)
  t.match(await setup.link(row.link), { cell: 'none' })
  t.equal(await withdraw(context, { ...of(asked.invite), home: '2CD' as OperatorCode }), undefined)
  const again = taken(await desk.invite(rightRequest({ counterparty })))
  t.equal(again.outcome, 'asked', 'a new one may follow')
})

t.test('what is linked by now is not withdrawn', async (t) => {
  const { context, desk } = setup
  const other = '2CD-accepts' as ParticipantId
  const counterparty = { by: 'id', id: other, email: undefined } as const
  const asked = taken(await desk.invite(rightRequest({ counterparty })))
  const back = rightRequest({
    home: '2CD' as OperatorCode,
    sender: { id: other, inn: inns.counterparty, kpp: undefined, name: 'ООО «Другой»' },
    counterparty: { by: 'id', id: sender, email: undefined },
  })
  t.equal(taken(await desk.invite(back)).outcome, 'linked')
  t.equal(codeOf(await withdraw(context, of(asked.invite))), 'invite.not-open')
})

t.test('of many claim links of an invitation the newest are shown', async (t) => {
  const { invite, at } = await unclaimed()
  const max = limits.inviteClaimsShownMax
  for (let n = 1; n < max; n += 1) await mint(invite.invite, later(at, n))
  t.equal((await readClaims(setup.context.store, invite.invite)).length, max)
  await mint(invite.invite, later(at, max))
  const shown = await readClaims(setup.context.store, invite.invite)
  t.equal(shown.length, max)
  t.same(shown[0]?.made_at, later(at, max))
})
