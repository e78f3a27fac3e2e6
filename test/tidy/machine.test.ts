// The message machine is sound, and what derives from it agrees: database, lists of states, settings, page.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { messageMachinePage } from '../../docs/generators/machine.ts'
import { lintMachine, stateNames } from '../../routing/machine.ts'
import { finalStates, messageMachine, onItsWayStates } from '../../routing/machines/message.ts'
import { PeerPolicy } from '../../schemas/partner.ts'
import { settingNames } from '../../schemas/settings.ts'
import { openFreshStore } from '../support/fresh-store.ts'

const states = stateNames(messageMachine)

t.test('the message machine has no faults', async (t) => {
  t.same(lintMachine(messageMachine), [])
})

t.test('the names of the states are those stored in databases: a change needs a migration', async (t) => {
  t.same(states, [
    ...['accepted', 'waiting', 'awaiting-link', 'returned', 'ready', 'sending', 'sent', 'overdue', 'held'],
    ...['delivered', 'refused', 'ignored', 'repeated', 'replaced'],
  ])
})

t.test('the lists of states are those of the table', async (t) => {
  const final = Object.entries(messageMachine.states).filter(([, state]) => 'final' in state)
  t.same(
    [...finalStates],
    final.map(([name]) => name),
  )
  for (const state of onItsWayStates) t.ok(states.includes(state), state)
})

t.test('every deadline is a setting or a policy of peers', async (t) => {
  const policies = Object.keys(PeerPolicy.properties).map((name) => `policy.${name}`)
  for (const [name, state] of Object.entries(messageMachine.states)) {
    if (!('deadline' in state)) continue
    const { after } = state.deadline
    t.ok(policies.includes(after) || settingNames.some((setting) => setting === after), `${name}: ${after}`)
  }
})

t.test('the database admits exactly the states of the table', async (t) => {
  const store = await openFreshStore(t, 2)
  const { rows } = await store.query(
    'select pg_get_constraintdef(oid) as definition from pg_constraint ' +
      "where conrelid = 'message'::regclass and conname = 'message_state_check'",
  )
  const admitted = [...String(rows[0]?.['definition']).matchAll(/'([^']+)'/g)].map(([, name]) => name)
  t.same(admitted.sort(), [...states].sort())
})

t.test('the page of the message machine is fresh', async (t) => {
  const page = join(import.meta.dirname, '../../docs/generated/message-machine.md')
  t.equal(readFileSync(page, 'utf8'), messageMachinePage())
})
