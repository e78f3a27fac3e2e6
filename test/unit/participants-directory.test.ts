// The adapter of the directory of participants against a stub over HTTP: what is no answer is always "try later".

import t, { type Test } from 'tap'
import { createHttpParticipantsDirectory } from '../../hub/adapters/participants-directory.ts'
import { guardParticipants } from '../../hub/adapters/participants-directory-guard.ts'
import type { ParticipantAnswer, ParticipantsDirectory } from '../../hub/directory/participants.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { type ParticipantsStub, startParticipantsStub } from '../support/participants-stub.ts'

const never = new AbortController().signal
const byInn = { inn: '7707083893', kpp: '770701001' }
const romashka = { FnsParticipantId: '2ZA-Box', Inn: byInn.inn, Kpp: byInn.kpp, FullName: ' ООО\n«Ромашка» ' }

async function open(
  t: Test,
  over: Partial<Parameters<typeof createHttpParticipantsDirectory>[0]> = {},
): Promise<{ stub: ParticipantsStub; directory: ParticipantsDirectory }> {
  const stub = await startParticipantsStub()
  t.teardown(() => stub.close())
  const options = { address: stub.address, allowPrivateAddresses: true, timeoutMs: 10_000, ...over }
  return { stub, directory: createHttpParticipantsDirectory(options) }
}

t.test('asks by ИНН and КПП or by id, with the token, and reads each answer', async (t) => {
  const { stub, directory } = await open(t, { token: 'secret' })
  stub.participants.push(romashka, { ...romashka, FnsParticipantId: '2ZB-Box' })
  const one = { id: '2ZA-Box', inn: byInn.inn, kpp: byInn.kpp, name: 'ООО «Ромашка»' }
  t.same(await directory.find(byInn, never), {
    outcome: 'ok',
    participants: [one, { ...one, id: '2ZB-Box' }],
  })
  t.same(await directory.find({ id: '2za-box' as ParticipantId }, never), {
    outcome: 'ok',
    participants: [one],
  })
  t.same(await directory.find({ inn: '500100732259', kpp: undefined }, never), { outcome: 'not-found' })
  stub.hidden.add(byInn.inn)
  t.same(await directory.find(byInn, never), { outcome: 'not-allowed' })
  t.same(
    stub.asked.map(({ url }) => url),
    [
      '/gateway/participants?inn=7707083893&kpp=770701001',
      '/gateway/participants?id=2za-box',
      '/gateway/participants?inn=500100732259',
      '/gateway/participants?inn=7707083893&kpp=770701001',
    ],
  )
  t.ok(stub.asked.every(({ authorization }) => authorization === 'Bearer secret'))
})

t.test('too many requests and a gateway that is away say when to ask again', async (t) => {
  const { stub, directory } = await open(t)
  for (const [status, retryAfter, retryAfterMs] of [
    [429, '7', 7000],
    [503, '1', 1000],
    [429, 'soon', undefined],
    [500, undefined, undefined],
  ] as const) {
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
    stub.behave({ is: 'answer', status, body: { status: 'NotFound' }, headers })
    const answer = await directory.find(byInn, never)
    t.match(answer, { outcome: 'try-later', reason: `answer.${status}` })
    t.equal('retryAfterMs' in answer ? answer.retryAfterMs : undefined, retryAfterMs)
  }
})

t.test('nonsense is no answer, and so is one about something else', async (t) => {
  const { stub, directory } = await open(t)
  const tooMany = Array.from({ length: limits.lookUpParticipantsMax + 1 }, () => romashka)
  const bodies: [string | object, string][] = [
    ['<html>', 'answer.garbage'],
    ['null', 'answer.garbage'],
    ['[]', 'answer.garbage'],
    [{}, 'answer.garbage'],
    [{ status: 'ok' }, 'answer.garbage'],
    [{ status: 'Ok' }, 'answer.garbage'],
    [{ status: 'Ok', participants: [] }, 'answer.garbage'],
    [{ status: 'Ok', participants: [null] }, 'answer.garbage'],
    [{ status: 'Ok', participants: [{ ...romashka, FnsParticipantId: 'x' }] }, 'answer.garbage'],
    [{ status: 'Ok', participants: [{ ...romashka, Inn: 7707083893 }] }, 'answer.garbage'],
    [{ status: 'Ok', participants: [{ ...romashka, Kpp: '1' }] }, 'answer.garbage'],
    [{ status: 'Ok', participants: [{ ...romashka, FullName: {} }] }, 'answer.garbage'],
    [{ status: 'Ok', participants: [romashka, { ...romashka, Inn: '7713076301' }] }, 'answer.other'],
    [{ status: 'Ok', participants: tooMany }, 'answer.too-many'],
  ]
  for (const [body, reason] of bodies) {
    stub.behave({ is: 'answer', status: 200, body })
    t.match(
      await directory.find(byInn, never),
      { outcome: 'try-later', reason },
      JSON.stringify(body).slice(0, 80),
    )
  }
  stub.behave({ is: 'answer', status: 200, body: { status: 'Ok', participants: tooMany.slice(1) } })
  t.match(await directory.find(byInn, never), { outcome: 'ok' }, 'as many as are taken')
  stub.behave({
    is: 'answer',
    status: 200,
    body: { status: 'NotFound' },
    headers: { 'content-type': 'text/html' },
  })
  t.match(await directory.find(byInn, never), { outcome: 'try-later', reason: 'answer.content-type' })
  stub.behave({ is: 'answer', status: 404, body: { status: 'NotFound' } })
  t.match(await directory.find(byInn, never), { outcome: 'try-later', reason: 'answer.404' })
  stub.behave({ is: 'answer', status: 302, body: {}, headers: { location: stub.address } })
  t.match(await directory.find(byInn, never), { outcome: 'try-later', reason: 'answer.302' })
})

t.test('an answer that is cut, too large, too slow or called off is no answer', async (t) => {
  const { stub, directory } = await open(t, { answerBytesMax: 1000 })
  stub.behave({ is: 'cut' })
  t.match(await directory.find(byInn, never), { outcome: 'try-later', reason: /answer.cut|ECONNRESET/ })
  stub.behave({ is: 'huge', bytes: 1000 })
  t.match(await directory.find(byInn, never), { outcome: 'try-later', reason: 'answer.too-large' })
  stub.behave({ is: 'huge', bytes: 900 })
  t.match(await directory.find(byInn, never), { outcome: 'not-found' })
  stub.behave({ is: 'silent' })
  const hasty = createHttpParticipantsDirectory({
    address: stub.address,
    allowPrivateAddresses: true,
    timeoutMs: 50,
  })
  t.match(await hasty.find(byInn, never), { outcome: 'try-later', reason: 'timeout' })
  const calling = new AbortController()
  const isAsked = stub.nextAsked()
  const answer = directory.find(byInn, calling.signal)
  await isAsked
  calling.abort()
  t.match(await answer, { outcome: 'try-later', reason: 'aborted' })
  t.match(await directory.find(byInn, calling.signal), { outcome: 'try-later', reason: 'aborted' })
})

t.test('a gateway that is not there, or stands where none may, is no answer', async (t) => {
  const { stub } = await open(t)
  const at = (address: string, allowPrivateAddresses: boolean) =>
    createHttpParticipantsDirectory({ address, allowPrivateAddresses, timeoutMs: 10_000 }).find(byInn, never)
  t.match(await at('http://127.0.0.1:1/', true), { outcome: 'try-later', reason: 'ECONNREFUSED' })
  t.match(await at(stub.address, false), { outcome: 'try-later' })
  t.equal(stub.asked.length, 0)
})

t.test('a directory that fails is left alone for a while, and every answer is counted', async (t) => {
  let asked = 0
  const counted: object[] = []
  const failing: ParticipantsDirectory = {
    async find() {
      asked += 1
      if (asked === 2) throw new TypeError('a fault')
      return { outcome: 'try-later', reason: 'timeout', retryAfterMs: 5 }
    },
  }
  const onAnswer = (answer: object) => void counted.push(answer)
  const guarded = guardParticipants(failing, { breakerFailures: 2, breakerOpenMs: 60_000, onAnswer })
  t.match(await guarded.find(byInn, never), { outcome: 'try-later', reason: 'timeout', retryAfterMs: 5 })
  t.match(await guarded.find(byInn, never), { outcome: 'try-later', reason: 'TypeError' })
  t.match(await guarded.find(byInn, never), { outcome: 'try-later', reason: 'breaker.open' })
  t.equal(asked, 2)
  t.same(counted, [
    { outcome: 'try-later', reason: 'timeout' },
    { outcome: 'try-later', reason: 'TypeError' },
    { outcome: 'try-later', reason: 'breaker.open' },
  ])
})

t.test('so many questions are under way, so many wait, and more are told to try later', async (t) => {
  let most = 0
  let now = 0
  const open: (() => void)[] = []
  const slow: ParticipantsDirectory = {
    async find() {
      now += 1
      most = Math.max(most, now)
      await new Promise<void>((resolve) => open.push(resolve))
      now -= 1
      return { outcome: 'not-found' }
    },
  }
  const guarded = guardParticipants(slow, {
    breakerFailures: 5,
    breakerOpenMs: 1000,
    onAnswer: () => undefined,
  })
  const room = limits.lookUpsAtOnceMax + limits.lookUpsWaitingMax
  const asked: Promise<ParticipantAnswer>[] = Array.from({ length: room + 1 }, () =>
    guarded.find(byInn, never),
  )
  t.match(await asked.at(-1), { outcome: 'try-later', reason: 'busy' })
  const rest = Promise.all(asked.slice(0, -1))
  let isDone = false
  void rest.then(() => {
    isDone = true
  })
  for (let turn = 0; turn < 10_000 && !isDone; turn += 1) {
    open.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.ok((await rest).every(({ outcome }) => outcome === 'not-found'))
  t.equal(most, limits.lookUpsAtOnceMax)
})
