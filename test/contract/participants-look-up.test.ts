// Looking participants up: answers kept with their age, found ids known from then on, failures never kept.

import t, { type Test } from 'tap'
import { createHttpParticipantsDirectory } from '../../hub/adapters/participants-directory.ts'
import { assembleDirectory } from '../../hub/directory/wiring.ts'
import { forgetLookUps } from '../../hub/store/directory/look-ups.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { startTestPlane, twoPartners } from '../support/admin-plane.ts'
import { directoryDefaults } from '../support/directory-defaults.ts'
import { startParticipantsStub } from '../support/participants-stub.ts'

const byInn = { inn: '7707083893', kpp: '770701001' }
const minute = 60_000

async function open(t: Test) {
  const stub = await startParticipantsStub()
  t.teardown(() => stub.close())
  const plane = await startTestPlane(t)
  await plane.registry.apply(twoPartners, { actor: 'tests', reason: 'tests' })
  const clock = { nowMs: Date.now() }
  const context = {
    ...plane.context,
    clock: { ...plane.context.clock, now: () => new Date(clock.nowMs) },
  }
  Object.assign(context.settings, { homeCodes: ['2AB'] })
  const make = (
    participants = createHttpParticipantsDirectory({
      address: stub.address,
      allowPrivateAddresses: true,
      timeoutMs: 10_000,
    }),
  ) => assembleDirectory({ context, settings: directoryDefaults, participants })
  return { ...plane, stub, clock, context, make, directory: make() }
}

t.test(
  'an answer is kept with its age, also for another node, and asked for again when it is old',
  async (t) => {
    const { stub, clock, directory, make } = await open(t)
    stub.participants.push({
      FnsParticipantId: '2ZA-Box',
      Inn: byInn.inn,
      Kpp: byInn.kpp,
      FullName: 'Ромашка',
    })
    const first = await directory.lookUp(byInn)
    t.match(first, { status: 'ok', ids: ['2ZA-Box'] })
    const askedMs = clock.nowMs
    clock.nowMs += directoryDefaults.foundForMs - 1
    t.match(await make().lookUp(byInn), { status: 'ok', ids: ['2ZA-Box'], askedAt: new Date(askedMs) })
    t.equal(stub.asked.length, 1)
    clock.nowMs += 1
    stub.hidden.add(byInn.inn)
    t.match(await directory.lookUp(byInn), { status: 'not-allowed', reason: 'directory.not-allowed' })
    t.equal(stub.asked.length, 2)
    clock.nowMs += directoryDefaults.notAllowedForMs
    stub.hidden.clear()
    stub.participants.length = 0
    t.match(await directory.lookUp(byInn), { status: 'not-found', ids: [] })
    clock.nowMs += directoryDefaults.notFoundForMs - 1
    await directory.lookUp(byInn)
    t.equal(stub.asked.length, 3)
  },
)

t.test('who was found is in the directory of subscribers, though it was known not to be there', async (t) => {
  const { stub, directory, clock } = await open(t)
  const id = '2ZA-Box' as ParticipantId
  const at = new Date(clock.nowMs)
  t.equal(await directory.byId({ id, viewer: undefined, at }), undefined)
  stub.participants.push(
    { FnsParticipantId: '2ZA-Box', Inn: byInn.inn, Kpp: byInn.kpp, FullName: 'Ромашка' },
    { FnsParticipantId: '2AB-own', Inn: byInn.inn, Kpp: byInn.kpp },
  )
  t.match(await directory.lookUp(byInn), { status: 'ok', ids: ['2ZA-Box'] }, 'our own are known better here')
  t.match(await directory.byId({ id, viewer: undefined, at }), {
    ...byInn,
    name: 'Ромашка',
    sources: ['look-up'],
  })
  t.equal((await directory.byInn({ ...byInn, viewer: undefined, at })).length, 1)
  stub.participants.shift()
  t.match(await directory.lookUp({ id: '2ZA-none' as ParticipantId }), { status: 'not-found' })
})

t.test('a failed look-up is to be tried later, is not kept, and is never "not found"', async (t) => {
  const { stub, directory, store } = await open(t)
  for (const manner of [
    { is: 'answer', status: 500, body: { status: 'NotFound' } },
    { is: 'answer', status: 200, body: 'nonsense' },
    { is: 'cut' },
  ] as const) {
    stub.behave(manner)
    t.match(await directory.lookUp(byInn), { status: 'try-later', ids: [], reason: 'directory.silent' })
  }
  t.same((await store.query('select * from participant_look_up')).rows, [])
  stub.behave({ is: 'known' })
  t.match(await directory.lookUp(byInn), { status: 'not-found' })
})

t.test('after too many requests nobody is asked before the time that was named', async (t) => {
  const { stub, clock, directory } = await open(t)
  stub.behave({ is: 'answer', status: 429, body: {}, headers: { 'retry-after': '60' } })
  t.match(await directory.lookUp(byInn), { status: 'try-later', retryAfterMs: minute })
  stub.behave({ is: 'known' })
  clock.nowMs += minute - 1
  t.match(await directory.lookUp({ inn: '500100732259', kpp: undefined }), {
    status: 'try-later',
    retryAfterMs: 1,
  })
  t.equal(stub.asked.length, 1)
  clock.nowMs += 1
  t.match(await directory.lookUp(byInn), { status: 'not-found' })
})

t.test('the same question asked at once is put once', async (t) => {
  const { stub, directory } = await open(t)
  const answers = await Promise.all([1, 2, 3].map(() => directory.lookUp(byInn)))
  t.ok(answers.every(({ status }) => status === 'not-found'))
  t.equal(stub.asked.length, 1)
})

t.test(
  'nobody is asked about our own, about an organisation without its КПП, or without an address',
  async (t) => {
    const { stub, directory, context } = await open(t)
    const lookUps = [
      await directory.lookUp({ id: '2ab-own' as ParticipantId }),
      await directory.lookUp({ inn: byInn.inn, kpp: undefined }),
      await assembleDirectory({ context, settings: directoryDefaults, participants: undefined }).lookUp(
        byInn,
      ),
    ]
    t.match(lookUps, [
      { status: 'not-allowed', reason: 'directory.own-id' },
      { status: 'not-allowed', reason: 'directory.kpp-needed' },
      { status: 'not-allowed', reason: 'directory.not-set-up' },
    ])
    t.equal(stub.asked.length, 0)
  },
)

t.test('old answers are forgotten', async (t) => {
  const { store, clock, directory } = await open(t)
  await directory.lookUp(byInn)
  t.equal(await forgetLookUps(store, new Date(clock.nowMs)), 0)
  t.equal(await forgetLookUps(store, new Date(clock.nowMs + 1)), 1)
})
