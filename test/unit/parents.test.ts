// Whose parent a document is, and what waiting for it comes to (RULES 15, 18).

import t from 'tap'
import { bringersOf, isRelated, judgeAwaited, judgeParents, stillToCome } from '../../hub/pipeline/parents.ts'
import { afterLyingParent, afterRelease, afterUnknownId } from '../../hub/pipeline/reasons.ts'
import type { AwaitedRow, ParentRow } from '../../hub/store/hot/reads.ts'
import {
  finalStates,
  type MessageState,
  messageMachine,
  onItsWayStates,
} from '../../routing/machines/message.ts'

const parties = { sender: '2ZA-seller', recipient: '2ZB-buyer' }
const child = { ...parties, id: 'child', reason: null }
const parent = (state: MessageState, more: Partial<ParentRow> = {}): ParentRow => ({
  wire_id: 'd',
  message: 'parent',
  state,
  answer_code: null,
  reason: null,
  not_taken: false,
  ...parties,
  ...more,
})
const judge = (found: ParentRow[], of: { reason?: string; companions?: string[] } = {}) =>
  judgeParents({
    message: { ...child, reason: of.reason ?? null },
    references: ['d'],
    bringers: bringersOf(found),
    companions: new Set(of.companions),
  })
const awaited = (state: MessageState, more: Partial<AwaitedRow> = {}): AwaitedRow => ({
  child: 'child',
  parent: 'parent',
  document: 'd',
  state,
  answer_code: null,
  reason: null,
  not_taken: false,
  ...more,
})
const now = new Date('2026-10-01T09:00:00Z')
const wait = (rows: AwaitedRow[], of: { reason?: string; deadlineAt?: Date } = {}) =>
  judgeAwaited({ reason: of.reason ?? null, deadlineAt: of.deadlineAt ?? null, awaited: rows, now })

t.test(
  'RULES 15: a document is a parent among its own parties, for whom their operators stand',
  async (t) => {
    const seen: [string, string, boolean][] = [
      ['2ZA-seller', '2ZB-buyer', true],
      ['2ZB-buyer', '2ZA-seller', true],
      ['2za-SELLER', '2zb-BUYER', true],
      ['2ZA', '2ZB-buyer', true],
      ['2zb', '2ZA-seller', true],
      ['2ZA', '2ZB', true],
      ['2ZC', '2ZB-buyer', false],
      ['2ZA-another', '2ZB-buyer', false],
      ['2ZA-seller', '2ZC-third', false],
    ]
    for (const [sender, recipient, expected] of seen) {
      t.equal(isRelated({ sender, recipient }, parties), expected, `${sender} ${recipient}`)
    }
    t.ok(isRelated(parties, { sender: '2ZA', recipient: '2ZB-buyer' }), 'an answer to what an operator said')
  },
)

t.test('RULES 15: every state of a parent lets go, parks or refuses', async (t) => {
  for (const state of Object.keys(messageMachine.states) as MessageState[]) {
    const event = judge([parent(state)]).named?.event
    const isDead = state === 'refused' || state === 'replaced'
    const expected = isDead ? 'refused' : onItsWayStates.includes(state) ? 'parked' : undefined
    t.equal(event, expected, state)
    const waiting = wait([awaited(state)])?.event
    const then =
      state === 'refused' ? 'parent-refused' : onItsWayStates.includes(state) ? undefined : 'parent-ready'
    t.equal(waiting, then, `waiting, ${state}`)
    const final = wait([awaited(state)], { reason: afterUnknownId })?.event
    const last =
      state === 'refused' ? 'parent-refused' : finalStates.includes(state) ? 'parent-ready' : undefined
    t.equal(final, last, `after an unknown id, ${state}`)
  }
})

t.test(
  'RULES 15, 24: what lies at the server of a peer is waited for by what goes the same way',
  async (t) => {
    const lies = { not_taken: true }
    t.match(judge([parent('sent', lies)]).named, { event: 'parked' })
    t.match(judge([parent('overdue', lies)]).named, { event: 'parked' })
    t.same(judge([parent('sent', lies), parent('delivered', { message: 'other' })]), { unknown: [] })
    const backwards = { sender: parties.recipient, recipient: parties.sender }
    t.same(judge([parent('sent', { ...lies, ...backwards })]), { unknown: [] }, 'who speaks about it has it')
    t.equal(wait([awaited('sent', lies)]), undefined)
    t.match(wait([awaited('sent')]), { event: 'parent-ready' })
  },
)

t.test('RULES 15: a parent that lies for too long holds nothing up, and calls nobody', async (t) => {
  const lies = { not_taken: true }
  const late = { deadlineAt: now }
  t.strictSame(wait([awaited('sent', lies)], late), {
    event: 'parent-ready',
    patch: { reason: afterLyingParent },
  })
  t.same(judge([parent('sent', lies)], { reason: afterLyingParent }), { unknown: [] }, 'once is enough')
  t.match(judge([parent('held')], { reason: afterLyingParent }).named, { event: 'parked' })
  t.match(wait([awaited('sent', lies), awaited('held')], late), { event: 'overdue' })
  t.match(wait([awaited('sent', lies)], { ...late, reason: afterUnknownId }), { event: 'overdue' })
})

t.test('RULES 15: the refusal is shared in the words its parent was told', async (t) => {
  const told = { answer_code: 'unknown-id', reason: 'message.parent-unknown' } as const
  t.match(judge([parent('refused', told)]).named, { event: 'unknown-id', ids: ['d'] })
  t.match(wait([awaited('refused', told)]), { event: 'parent-unknown', ids: ['d'] })
  t.match(wait([awaited('refused', { reason: 'cms.digest' })]), {
    event: 'parent-refused',
    text: /d \(cms\.digest\)/,
  })
})

t.test('RULES 15: a circle does not wait for itself; a released message waits for nobody', async (t) => {
  t.same(judge([parent('accepted')], { companions: ['parent', 'child'] }), { unknown: [] })
  t.match(judge([parent('accepted')], { companions: ['another'] }), { named: { event: 'parked' } })
  t.same(judge([parent('refused')], { reason: afterRelease }), { unknown: [] })
})

t.test('RULES 15: what strangers brought under the id neither counts nor makes it unknown', async (t) => {
  const stranger = { sender: '2ZX-1', recipient: '2ZB-buyer' }
  t.same(judge([parent('refused', stranger), parent('held', stranger)]), { unknown: [] })
  t.same(judge([]), { unknown: ['d'] })
})

t.test('waiting ends at its deadline', async (t) => {
  t.match(wait([awaited('held')], { deadlineAt: now }), { event: 'overdue', reason: 'parent.overdue' })
  t.equal(wait([awaited('held')], { deadlineAt: new Date(now.getTime() + 1) }), undefined)
})

t.test(
  'RULES 18: only what is still to come, and did not get through another time, is waited for',
  async (t) => {
    const of = (...found: ParentRow[]) => stillToCome(child, ['d'], bringersOf(found))
    t.same(of(parent('sent')), [{ parent: 'parent', document: 'd' }])
    t.same(of(parent('overdue'), parent('delivered', { message: 'other' })), [])
    t.same(of(parent('refused'), parent('held', { message: 'other' })), [{ parent: 'other', document: 'd' }])
    t.same(of(parent('sent', { message: 'child' })), [], 'not for itself')
    t.same(of(), [])
  },
)
