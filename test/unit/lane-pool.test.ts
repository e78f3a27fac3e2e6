// The lanes of a node when it stops: claims under way are waited for, and what they bring is freed and not run.

import t from 'tap'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import { LanePool, type Runner } from '../../hub/pipeline/run/lane-pool.ts'
import type { ClaimedWork } from '../../hub/store/hot/rows.ts'
import type { Statement } from '../../hub/store/sql.ts'
import { limits } from '../../schemas/limits.ts'

const now = new Date('2026-11-22T10:00:00Z')
const row = {
  id: 'w1',
  hop: 'process',
  lane: 'messages',
  due_at: now,
  attempt: 0,
  package: null,
} as ClaimedWork

/** A pool over a database whose claims are answered by the test; tells what was asked of it and run. */
function makePool(answerClaim: () => Promise<ClaimedWork[]>) {
  const told: string[] = []
  const query = async (statement: Statement | string) => {
    const { name = '', values = [] } = typeof statement === 'string' ? {} : statement
    told.push(name === 'free_owned_work' ? `${name} ${String(values[0])}` : name)
    return { rows: name === 'claim_work' ? await answerClaim() : [], rowCount: 0 }
  }
  const context = {
    store: { query },
    node: '1',
    clock: { now: () => now },
    watcher: { fault: (place: string) => void told.push(`fault ${place}`) },
    settings: { pollMs: 1000 },
  } as unknown as PipelineContext
  const runner: Runner = {
    countMax: () => 10,
    parallelMax: () => 1,
    run: async () => void told.push('run'),
  }
  const runners = { process: runner, deliver: runner, send: runner, watch: runner, settle: runner }
  return { pool: new LanePool(context, runners), told }
}

t.test('a claim that returns while the node stops is waited for, freed, and not run', async (t) => {
  const claim = Promise.withResolvers<ClaimedWork[]>()
  const { pool, told } = makePool(() => claim.promise)
  pool.wake('process', 'messages', now)
  let isDrained = false
  const drained = pool.drain().then(() => {
    isDrained = true
  })
  await new Promise(setImmediate)
  t.notOk(isDrained, 'the claim is still under way')
  claim.resolve([row])
  await drained
  t.strictSame(told, ['claim_work', 'free_owned_work w1'])
  pool.wake('process', 'messages', now)
  await pool.drain()
  t.equal(told.length, 2, 'and no lane claims any more')
})

t.test('a message at which nodes ended again and again is set aside, its neighbours are run', async (t) => {
  const worn = { ...row, id: 'w2', attempt: limits.faultsMax }
  const receipts = { ...worn, id: 'w3', lane: 'receipts' }
  for (const [rows, expected] of [
    [[worn], ['fault lanes.worn-out', 'read_messages', 'put_off_work']],
    [
      [worn, row],
      ['fault lanes.worn-out', 'read_messages', 'put_off_work', 'run'],
    ],
    [[receipts], ['run']],
    [[{ ...row, attempt: limits.faultsMax - 1 }], ['run']],
  ] as const) {
    const claims = [[...rows]]
    const { pool, told } = makePool(async () => claims.pop() ?? [])
    pool.wake('process', rows[0].lane, now)
    await new Promise(setImmediate)
    await pool.drain()
    t.strictSame(
      told.filter((one) => one !== 'claim_work'),
      expected,
    )
  }
})

t.test('what a claim brought before the stop is run to its end', async (t) => {
  const rows = [[row]]
  const { pool, told } = makePool(async () => rows.pop() ?? [])
  pool.wake('process', 'messages', now)
  await new Promise(setImmediate)
  await pool.drain()
  t.ok(told.includes('run'))
  t.notOk(told.some((line) => line.startsWith('free')))
})

t.test('a claim that fails does not keep the node from stopping', async (t) => {
  const claim = Promise.withResolvers<ClaimedWork[]>()
  const { pool, told } = makePool(() => claim.promise)
  pool.wake('process', 'messages', now)
  const drained = pool.drain()
  claim.reject(new Error('the database is away'))
  await drained
  t.strictSame(told, ['claim_work', 'fault lanes.claim.process'])
})
