// What a message means that came before (RULES 2, 12).

import t from 'tap'
import { judgeDuplicate, type Sighting, seenElsewhere } from '../../routing/duplicate.ts'
import { type MessageState, messageMachine } from '../../routing/machines/message.ts'

const own = { message: 'new', contentSha256: 'aa' }
const earlier = (state: MessageState, contentSha256 = 'aa'): Sighting => ({
  peer: 'a',
  message: 'old',
  contentSha256,
  state,
})

t.test('a message never seen is new, and so is one whose own sighting is met again', async (t) => {
  t.same(judgeDuplicate(own, undefined), { means: 'new' })
  t.same(judgeDuplicate(own, { ...earlier('accepted'), message: 'new' }), { means: 'new' })
})

t.test('RULES 12: the same message again means by state', async (t) => {
  const meanings: Record<MessageState, string> = {
    accepted: 'repeat-in-progress',
    waiting: 'repeat-in-progress',
    'awaiting-link': 'repeat-in-progress',
    returned: 'repeat-in-progress',
    ready: 'repeat-in-progress',
    sending: 'repeat-in-progress',
    sent: 'repeat-in-progress',
    overdue: 'repeat-in-progress',
    held: 'repeat-in-progress',
    delivered: 'repeat-of-success',
    refused: 'again',
    ignored: 'repeat-in-progress',
    repeated: 'repeat-of-success',
    replaced: 'again',
  }
  for (const [state, means] of Object.entries(meanings)) {
    t.equal(judgeDuplicate(own, earlier(state as MessageState)).means, means, state)
  }
})

t.test('RULES 12 and 17: a refused message whose sender was not told yet is still in progress', async (t) => {
  const untold = { ...earlier('refused'), telling: 'owed' as const }
  t.same(judgeDuplicate(own, untold), { means: 'repeat-in-progress' })
  t.same(judgeDuplicate({ ...own, contentSha256: 'bb' }, untold), { means: 'differs' })
})

t.test('RULES 12 and 17: while the error is leaving nobody knows why its message comes again', async (t) => {
  const leaving = { ...earlier('refused'), telling: 'leaving' as const }
  t.same(judgeDuplicate(own, leaving), { means: 'again-later' })
  t.same(judgeDuplicate({ ...own, contentSha256: 'bb' }, leaving), { means: 'again-later' })
  t.same(judgeDuplicate(own, { ...leaving, telling: 'told' }), { means: 'again' })
  t.same(judgeDuplicate(own, { ...earlier('delivered'), telling: 'leaving' }), { means: 'repeat-of-success' })
})

t.test(
  'RULES 12: other content under the same id differs, unless the first one was refused or replaced',
  async (t) => {
    for (const state of Object.keys(messageMachine.states) as MessageState[]) {
      const expected = state === 'refused' || state === 'replaced' ? 'again' : 'differs'
      t.equal(judgeDuplicate(own, earlier(state, 'bb')).means, expected, state)
    }
  },
)

t.test('RULES 2: only the very same message from another peer closes a loop', async (t) => {
  const sightings: Sighting[] = [
    earlier('sent'),
    { ...earlier('sent'), peer: 'b' },
    { ...earlier('sent', 'bb'), peer: 'c' },
    { ...earlier('delivered'), peer: 'd' },
  ]
  const late = { message: '\uffff', peer: 'a', contentSha256: 'aa' }
  t.same(seenElsewhere(late, sightings), ['b', 'd'])
  t.same(seenElsewhere(late, []), [])
})

t.test('RULES 2: a refused sighting closes no loop, for it never left', async (t) => {
  const late = { message: '\uffff', peer: 'a', contentSha256: 'aa' }
  t.same(seenElsewhere(late, [{ ...earlier('refused'), peer: 'b' }]), [])
})

t.test('RULES 2: of the same message from two peers at once the first one goes on', async (t) => {
  const one = { message: '1', peer: 'a', contentSha256: 'aa' }
  const two = { message: '2', peer: 'b', contentSha256: 'aa' }
  t.same(seenElsewhere(one, [{ ...earlier('accepted'), ...two }]), [])
  t.same(seenElsewhere(two, [{ ...earlier('accepted'), ...one }]), ['a'])
})
