// What becomes of a message by the link of its subscribers: policies, stand-ins, what was said, how invitations end.

import t from 'tap'
import { judgeLinkless, type LinklessQuestion, mayHaveLink } from '../../routing/linkless.ts'
import { type InviteState, inviteMachine } from '../../routing/machines/invite.ts'
import { type LinkCell, linkMachine } from '../../routing/machines/link.ts'

const plain: LinklessQuestion = {
  policy: 'pass',
  isWanted: false,
  sender: '2AB-seller',
  recipient: '2ZB-buyer',
  recipientState: undefined,
  cell: 'none',
  isUnderWay: false,
  invite: undefined,
  isAnswer: false,
}
const judge = (changes: Partial<LinklessQuestion>) => judgeLinkless({ ...plain, ...changes })
const invite = (state: InviteState, counterparty = plain.recipient) => ({ id: 'i', state, counterparty })
const cells = Object.keys(linkMachine.states) as LinkCell[]

t.test('what is linked goes under every policy', async (t) => {
  for (const policy of ['refuse', 'hold', 'pass'] as const) {
    t.same(judge({ policy, cell: 'linked' }), { is: 'goes' })
    t.same(judge({ policy, cell: 'linked', isWanted: true, invite: invite('lapsed') }), { is: 'goes' })
  }
})

t.test('the policy decides what is not linked, and a sender who wants to wait waits', async (t) => {
  t.same(judge({ policy: 'pass' }), { is: 'goes' })
  t.same(judge({ policy: 'hold' }), { is: 'waits', invite: undefined })
  t.same(judge({ policy: 'refuse' }), { is: 'refused', code: 'link.none' })
  for (const policy of ['refuse', 'hold', 'pass'] as const)
    t.same(judge({ policy, isWanted: true, invite: invite('asked') }), { is: 'waits', invite: 'i' })
})

t.test('of the nine cells those refuse in which the last word was a no', async (t) => {
  const noes: Partial<Record<LinkCell, string>> = {
    'broken-by-them': 'link.refused',
    'broken-by-us': 'link.broken',
    'broken-by-both': 'link.broken',
  }
  for (const cell of cells) {
    const code = noes[cell]
    const expected =
      code === undefined ? (cell === 'linked' ? { is: 'goes' } : { is: 'waits' }) : { is: 'refused', code }
    t.match(judge({ policy: 'hold', cell }), expected, cell)
    t.same(judge({ policy: 'pass', cell }), { is: 'goes' }, `${cell}, passed`)
  }
})

t.test('an invitation under way is waited for, even by what would be refused', async (t) => {
  t.same(judge({ policy: 'refuse', isUnderWay: true }), { is: 'waits', invite: undefined })
  t.match(judge({ policy: 'refuse', cell: 'broken-by-them', isUnderWay: true }), { is: 'waits' })
})

t.test('what only answers what got through is no new traffic, unless it wants to wait', async (t) => {
  t.same(judge({ policy: 'refuse', cell: 'broken-by-us', isAnswer: true }), { is: 'goes' })
  t.match(judge({ policy: 'refuse', isAnswer: true, isWanted: true }), { is: 'waits' })
})

t.test('every state of an invitation lets its messages wait, or refuses them by its own code', async (t) => {
  const codes: Partial<Record<InviteState, string>> = {
    refused: 'link.refused',
    undelivered: 'link.undelivered',
    withdrawn: 'link.withdrawn',
    lapsed: 'link.lapsed',
  }
  for (const state of Object.keys(inviteMachine.states) as InviteState[]) {
    const code = codes[state]
    const wanted = code === undefined ? { is: 'waits', invite: 'i' } : { is: 'refused', code }
    t.same(judge({ isWanted: true, invite: invite(state) }), wanted, state)
    t.same(judge({ recipientState: 'inactive', invite: invite(state) }), wanted, `stand-in, ${state}`)
    const moved = code === undefined ? { is: 'readdressed', to: '2ZC-new', invite: 'i' } : wanted
    for (const recipientState of ['inactive', 'retired', undefined])
      t.same(judge({ recipientState, invite: invite(state, '2ZC-new') }), moved, `claimed, ${state}`)
  }
})

t.test('a stand-in is nobody to whom its inviter is not the sender', async (t) => {
  t.same(judge({ recipientState: 'inactive' }), { is: 'refused', code: 'link.not-invited' })
  t.same(judge({ recipientState: 'retired' }), { is: 'refused', code: 'link.retired' })
  t.same(judge({ recipientState: 'retired', invite: invite('asked') }), {
    is: 'refused',
    code: 'link.retired',
  })
  t.same(judge({ recipientState: 'active' }), { is: 'goes' }, 'one of ours like any other')
  t.same(judge({ invite: invite('linked', '2zb-BUYER') }), { is: 'goes' }, 'ids are compared without case')
})

t.test('operators and one and the same subscriber have no link', async (t) => {
  t.ok(mayHaveLink('2AB-seller', '2ZB-buyer'))
  t.notOk(mayHaveLink('2AB', '2ZB-buyer'))
  t.notOk(mayHaveLink('2AB-seller', '2ZB'))
  t.notOk(mayHaveLink('2AB-seller', '2ab-SELLER'))
})
