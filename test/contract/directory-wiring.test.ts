// The directory as the hub starts it: the gateway with its token and its counts, and the learning in the background.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startDirectory } from '../../hub/directory/wiring.ts'
import { journalMaker } from '../../hub/pipeline/context.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { Settings } from '../../schemas/settings.ts'
import { messageRow, startTestPlane } from '../support/admin-plane.ts'
import { directoryDefaults } from '../support/directory-defaults.ts'
import { untilBehindAll } from '../support/horizon.ts'
import { startParticipantsStub } from '../support/participants-stub.ts'

async function open(t: Test, over: Partial<Settings['directory']>) {
  const plane = await startTestPlane(t)
  // Each run of the learning ends with a look at the clock.
  let looked = Promise.withResolvers<void>()
  const clock = {
    ...plane.context.clock,
    now: () => {
      looked.resolve()
      return new Date()
    },
  }
  const settings = { directory: { ...directoryDefaults, learnEveryMs: 60_000, ...over } } as Settings
  const faults: string[] = []
  const { metrics } = plane
  const context = { ...plane.context, clock }
  const start = () => startDirectory({ settings, context, metrics, onFault: (place) => faults.push(place) })
  const learned = () => {
    looked = Promise.withResolvers<void>()
    return looked.promise
  }
  return { ...plane, start, learned, faults }
}

t.test('the learning begins with the hub and ends with it', async (t) => {
  const { write, store, context, start, learned, faults } = await open(t, {})
  const message = messageRow({ state: 'delivered' })
  const entry = journalMaker(context, new Date())('message.moved', message.id, { to: 'delivered' })
  await write({ messages: [message], journal: [entry] })
  await untilBehindAll(store)
  const isLearned = learned()
  const known = await start()
  t.teardown(() => known.stop())
  await isLearned
  const id = message.recipient as ParticipantId
  const hit = await known.directory.byId({ id, viewer: undefined, at: new Date() })
  t.match(hit, { id, sources: ['traffic'], deliveredShare: 1 })
  t.same(faults, [])
})

t.test('a cursor ahead of the server is told as a fault', async (t) => {
  const { store, start, learned, faults } = await open(t, {})
  await store.query("update directory_cursor set to_xid = '999999999999'")
  const isLearned = learned()
  const known = await start()
  await isLearned
  await known.stop()
  t.same(faults, ['directory.learn'])
})

t.test('the gateway of the settings is asked with its token, and its answers are counted', async (t) => {
  const stub = await startParticipantsStub()
  t.teardown(() => stub.close())
  const participantsTokenFile = join(t.testdir({ token: 'secret-token\n' }), 'token')
  const { start, metrics } = await open(t, { participantsUrl: stub.address, participantsTokenFile })
  const known = await start()
  t.teardown(() => known.stop())
  t.match(await known.directory.lookUp({ inn: '500100732259', kpp: undefined }), { status: 'not-found' })
  t.match(stub.asked, [{ authorization: 'Bearer secret-token' }])
  t.match(await metrics.text(), 'hub_participant_answers_total{outcome="not-found",reason="none"} 1')
})

t.test('a token of no use stops the start', async (t) => {
  const file = join(t.testdir(), 'token')
  const { start } = await open(t, { participantsUrl: 'http://127.0.0.1:1', participantsTokenFile: file })
  await t.rejects(start(), { message: /directory.participantsTokenFile/ })
  for (const token of ['', 'два слова', 'x'.repeat(limits.tokenBytesMax + 1)]) {
    writeFileSync(file, token)
    await t.rejects(start(), { message: /directory.participantsTokenFile/ }, token.slice(0, 10))
  }
  writeFileSync(file, 'x'.repeat(limits.tokenBytesMax))
  await (await start()).stop()
})
