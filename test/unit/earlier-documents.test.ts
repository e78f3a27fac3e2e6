// Documents of earlier messages for a batch: messages side by side, bytes in memory bounded, failures their own.

import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import type { Passage } from '../../hub/pipeline/passage.ts'
import type { EarlierRead, EarlierSigned } from '../../hub/pipeline/ports.ts'
import { readEarlier } from '../../hub/pipeline/verdict/earlier-documents.ts'
import { makeRoom } from '../../hub/pipeline/waves.ts'
import { allowanceOfMessage, type SignatureAllowance } from '../../hub/trust/cms/allowance.ts'
import { limits } from '../../schemas/limits.ts'

const passageOf = (id: string, documents: readonly string[], bytes = 10, left?: SignatureAllowance) =>
  ({
    message: { id, sender: 'A', recipient: 'B', wire_id: id },
    packageIn: { id: `package of ${id}`, blob: `own ${id}`, bytes },
    examined: {
      documents: [],
      signatures: documents.map((document) => ({ id: `${id} ${document}`, document })),
      left: left ?? allowanceOfMessage(),
    },
  }) as unknown as Passage

type Answer = (job: EarlierSigned) => Promise<Partial<EarlierRead>>

/** Every document asked for is kept, exchanged by B and A. */
function contextOf(answer: Answer) {
  const faults: unknown[] = []
  const read: string[] = []
  const context = {
    store: {
      query: async ({ values }: { values: [string[]] }) => ({
        rows: values[0].map((wire_id) => ({
          wire_id,
          sender: 'b',
          recipient: 'a',
          blob: `earlier ${wire_id}`,
        })),
      }),
    },
    blobs: {
      get: async (ref: string) => {
        read.push(ref)
        return Buffer.from(ref)
      },
    },
    workers: {
      examineEarlier: async (job: EarlierSigned) => ({
        signatures: [],
        left: job.allowance,
        ...(await answer(job)),
      }),
    },
    watcher: { fault: (_: string, error: unknown) => void faults.push(error) },
  }
  return { context: context as unknown as PipelineContext, faults, read }
}

t.test('messages are looked at side by side, each one’s documents one after the other', async (t) => {
  const running = new Set<string>()
  let most = 0
  const { context, faults } = contextOf(async ({ wireId }) => {
    t.notOk(running.has(wireId), 'one document of a message at a time')
    running.add(wireId)
    most = Math.max(most, running.size)
    for (let turn = 0; turn < 20; turn += 1) await nextTurn()
    running.delete(wireId)
    if (wireId === 'm2') throw new Error('a damaged package')
    return {}
  })
  const passages = ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'].map((id) => passageOf(id, [`${id}a`, `${id}b`]))
  const found = await readEarlier(context, passages)
  t.equal(most, passages.length)
  t.strictSame([...found.keys()].sort(), ['m0', 'm1', 'm3', 'm4', 'm5'])
  t.strictSame(
    passages.map(({ fault }) => fault !== undefined),
    [false, false, true, false, false, false],
  )
  t.equal(faults.length, 1)
})

t.test('packages of messages are read in waves of openBytesMax', async (t) => {
  const running = new Set<string>()
  let most = 0
  const { context } = contextOf(async ({ wireId }) => {
    running.add(wireId)
    most = Math.max(most, running.size)
    for (let turn = 0; turn < 20; turn += 1) await nextTurn()
    running.delete(wireId)
    return {}
  })
  const half = limits.openBytesMax / 2
  const passages = ['m0', 'm1', 'm2', 'm3', 'm4'].map((id) => passageOf(id, [id], half))
  t.equal((await readEarlier(context, passages)).size, passages.length)
  t.equal(most, 2)
})

t.test('what is left for signatures goes from one document to the next', async (t) => {
  const given: number[] = []
  const { context } = contextOf(async ({ allowance }) => {
    given.push(allowance.signers)
    return { left: { ...allowance, signers: allowance.signers - 3 } }
  })
  await readEarlier(context, [passageOf('m', ['a', 'b'], 10, { signers: 7, timestamps: 1, bytes: 1 })])
  t.strictSame(given, [7, 4])
})

t.test('a room takes in no more while what is in it is too much, and lets go of what failed', async (t) => {
  const room = makeRoom(10)
  let held = 0
  let most = 0
  const use = (size: number) =>
    room(
      async () => {
        t.ok(held < 10, 'nothing is read into a full room')
        held += size
        most = Math.max(most, held)
        return Buffer.alloc(size)
      },
      async () => {
        for (let turn = 0; turn < 5; turn += 1) await nextTurn()
        held -= size
        if (size === 9) throw new Error('failed')
        return size
      },
    )
  const settled = await Promise.allSettled([4, 9, 4, 4, 20, 1, 9, 2].map(use))
  t.strictSame(
    settled.map((one) => (one.status === 'fulfilled' ? one.value : 'failed')),
    [4, 'failed', 4, 4, 20, 1, 'failed', 2],
  )
  t.equal(held, 0)
  t.ok(most > 9, 'several at once')
  await t.rejects(
    room(
      () => Promise.reject(new Error('gone')),
      async () => undefined,
    ),
    { message: 'gone' },
  )
  t.equal(await use(3), 3)
})
