// The engine of state machines, and the sense of the message machine.

import t from 'tap'
import { lintMachine, type MachineTable, mermaid, rowName, step } from '../../routing/machine.ts'
import {
  finalStates,
  type MessageEffect,
  type MessageGuard,
  type MessageState,
  messageMachine,
  neverLeftStates,
  onItsWayStates,
} from '../../routing/machines/message.ts'

const door: MachineTable = {
  name: 'door',
  about: 'A door.',
  states: {
    shut: { ru: 'Закрыта', en: 'Shut', waitsOn: 'person' },
    open: { ru: 'Открыта', en: 'Open', waitsOn: 'next-operator', deadline: { on: 'cold', after: 'x' } },
    gone: { ru: 'Снята', en: 'Gone', waitsOn: 'nobody', final: true },
  },
  rows: [
    { from: 'shut', on: 'push', when: 'unlocked', to: 'open', why: 'It gives way.' },
    { from: 'shut', on: 'push', when: 'rotten', to: 'gone', why: 'It falls.' },
    { from: 'open', on: 'cold', to: 'shut', why: 'Somebody shuts it.' },
    { from: 'open', on: 'push', to: 'open', why: 'It is open already.' },
  ],
  late: ['cold'],
}
const changed = (change: Partial<MachineTable>) => lintMachine({ ...door, ...change })
const withRow = (row: MachineTable['rows'][number]) => changed({ rows: [...door.rows, row] })
const withOpen = (open: MachineTable['states'][string]) => changed({ states: { ...door.states, open } })

t.test('the first row whose guard holds is taken, in the order of the table', async (t) => {
  const all = step(door, 'shut', 'push', () => true)
  t.match(all, { means: 'transition', row: { to: 'open' } })
  t.match(
    step(door, 'shut', 'push', (guard) => guard === 'rotten'),
    { means: 'transition', row: { to: 'gone' } },
  )
  t.same(
    step(door, 'shut', 'push', () => false),
    { means: 'impossible' },
  )
})

t.test('an event without a row is late or impossible, never an exception', async (t) => {
  const never = () => t.fail('no guard is asked')
  t.same(step(door, 'gone', 'cold', never as never), { means: 'late' })
  t.same(step(door, 'gone', 'push', never as never), { means: 'impossible' })
  t.same(step(door, 'nowhere', 'push', never as never), { means: 'impossible' })
  t.same(step(door, 'open', 'toString', never as never), { means: 'impossible' })
})

t.test('a sound table has no faults', async (t) => {
  t.same(lintMachine(door), [])
})

t.test('names every fault of a table', async (t) => {
  const [push] = door.rows
  t.same(changed({ rows: door.rows.filter((row) => row.to !== 'gone') }), ['gone cannot be reached'])
  const island: MachineTable['states'] = { ...door.states, self: { ru: '', en: '', waitsOn: 'hub' } }
  const loop = { from: 'self', on: 'push', to: 'self', why: 'A loop.' }
  t.same(changed({ states: island, rows: [...door.rows, loop] }), ['self cannot be reached'])
  t.same(withRow({ from: 'gone', on: 'push', to: 'open', why: 'Magic.' }), ['gone is final but has rows'])
  t.same(withRow({ from: 'open', on: 'push', to: 'gone', why: 'Twice.' }), ['two rows for open/push/'])
  t.same(withRow({ from: 'open', on: 'push', when: 'old', to: 'gone', why: 'Never met.' }), [
    'open/push/old stands behind its own default',
  ])
  t.same(withRow({ from: 'open', on: 'kick', to: 'constructor', why: 'No such state.' }), [
    'constructor is no state',
  ])
  t.same(withRow({ from: 'shut', on: 'kick', to: 'gone', why: '' }), ['shut --kick--> gone has no reason'])
  t.same(withOpen({ ru: '', en: '', waitsOn: 'parent' }), ['open waits on others without a deadline'])
  t.same(withOpen({ ru: '', en: '', waitsOn: 'parent', deadline: { on: 'hot', after: 'x' } }), [
    'open has no row for its deadline',
  ])
  const guarded = door.rows.map((row) => (row.on === 'cold' ? { ...row, when: 'winter' } : row))
  t.same(changed({ rows: guarded }), ['open has no row for its deadline'], 'a guard could leave it for ever')
  t.same(changed({ late: ['cold', 'warm'] }), ['warm is late but no event'])
  t.same(changed({ rows: push === undefined ? [] : [push, ...door.rows.slice(2)] }), [
    'gone cannot be reached',
  ])
})

t.test('draws every row, the beginning and the ends', async (t) => {
  const drawing = mermaid(door).split('\n')
  t.same(drawing, [
    'stateDiagram-v2',
    '  [*] --> shut',
    '  shut --> open: push [unlocked]',
    '  shut --> gone: push [rotten]',
    '  open --> shut: cold',
    '  open --> open: push',
    '  gone --> [*]',
  ])
  t.equal(rowName({ from: 'a', on: 'b', when: 'c', to: 'd', why: '' }), 'a --b[c]--> d')
})

t.test('every row of the message machine is taken when its guard alone holds', async (t) => {
  for (const row of messageMachine.rows) {
    const guard = 'when' in row ? row.when : undefined
    t.same(
      step(messageMachine, row.from, row.on, (asked) => asked === guard),
      { means: 'transition', row },
    )
  }
})

t.test('RULES 17: the origin is answered exactly once on the way into each final state', async (t) => {
  for (const row of messageMachine.rows) {
    const effects: readonly MessageEffect[] = row.effects
    const told = effects.filter((effect) => effect.startsWith('tell-'))
    const isFinal = (finalStates as readonly string[]).includes(row.to)
    // The one in progress is answered when the first one is, and of two versions the new one.
    const isAnsweredElsewhere = row.to === 'ignored' || row.to === 'replaced'
    t.equal(told.length, isFinal && !isAnsweredElsewhere ? 1 : 0, rowName(row))
    if (row.to === 'delivered' || row.to === 'repeated') t.ok(told.includes('tell-success'), rowName(row))
    if (row.to === 'refused') t.notOk(told.includes('tell-success'), rowName(row))
  }
})

t.test('RULES 15: children are woken whenever their parent stops being on its way', async (t) => {
  const onItsWay = (state: MessageState) => onItsWayStates.includes(state)
  for (const row of messageMachine.rows) {
    const effects: readonly MessageEffect[] = row.effects
    const isRepeat = row.to === 'ignored' || row.to === 'repeated'
    if (onItsWay(row.from) && !onItsWay(row.to) && !isRepeat)
      t.ok(effects.includes('wake-children'), rowName(row))
  }
})

t.test('a receipt moves a message in every state that an earlier sending may have left it in', async (t) => {
  for (const state of Object.keys(messageMachine.states) as MessageState[]) {
    const isOver = finalStates.includes(state) || neverLeftStates.includes(state)
    const means = isOver ? 'late' : 'transition'
    for (const event of ['receipt-success', 'receipt-error'] as const) {
      t.equal(step(messageMachine, state, event, () => false).means, means, `${state} on ${event}`)
    }
  }
})

t.test('RULES 18: an unknown id waits for a parent on its way, else it is told on', async (t) => {
  const holds = (wanted: MessageGuard) => (guard: string) => guard === wanted
  for (const state of ['sending', 'sent']) {
    const waits = step(messageMachine, state, 'receipt-unknown-id', holds('parent-on-its-way'))
    t.match(waits, { row: { to: 'waiting' } }, state)
    t.match(
      step(messageMachine, state, 'receipt-unknown-id', () => false),
      { row: { to: 'refused' } },
      state,
    )
  }
})

t.test('whatever is not final has a row of work, by which it is counted and found', async (t) => {
  const statesOf: { readonly [effect in MessageEffect]?: readonly MessageState[] } = {
    'queue-process': ['accepted'],
    'queue-recheck': ['waiting'],
    'queue-link-wait': ['awaiting-link'],
    'return-to-sender': ['returned'],
    'queue-deliver': ['ready'],
    freeze: ['sending'],
    'watch-receipt': ['sent'],
    'watch-longer': ['overdue'],
    'call-person': ['held'],
  }
  for (const row of messageMachine.rows) {
    if (finalStates.includes(row.to)) continue
    const leads = row.effects.filter((effect) => statesOf[effect]?.includes(row.to))
    t.equal(leads.length, 1, rowName(row))
  }
})
