// Leases, nodes and repeated tasks against a real PostgreSQL (RULES 29).

import t from 'tap'
import { claimWork } from '../../hub/store/hot/claim.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { acquireLease, assertHeld, type Lease, releaseLease, renewLease } from '../../hub/store/lease.ts'
import { type LeasedTask, runWithLease } from '../../hub/store/lease-loop.ts'
import { reclaim, startNode } from '../../hub/store/node.ts'
import type { Sql } from '../../hub/store/sql.ts'
import { openFreshStore } from '../support/fresh-store.ts'

const seal = (owner: number) => ({ name: 'seal', owner: String(owner) })
const expire = (sql: Sql) => sql.query("update lease set expires_at = now() - interval '1 ms'")

async function acquired(sql: Sql, owner = 1): Promise<Lease> {
  const lease = await acquireLease(sql, seal(owner))
  if (lease === undefined) throw new Error('the lease is not free')
  return lease
}

/** Resolves once a statement waits for a lock of another transaction. */
async function someoneWaits(sql: Sql): Promise<void> {
  for (;;) {
    const { rows } = await sql.query('select count(*)::integer as n from pg_locks where not granted')
    if (rows[0]?.['n'] !== 0) return
  }
}

t.test('one of many takes a lease, and the others get none until it ends', async (t) => {
  const store = await openFreshStore(t)
  const tries = await Promise.all(Array.from({ length: 8 }, (_, n) => acquireLease(store, seal(n + 1))))
  const [lease, ...others] = tries.filter((tried) => tried !== undefined)
  t.equal(lease?.token, 1)
  t.same(others, [])
  t.equal(await acquireLease(store, seal(9)), undefined)
  t.ok(await acquireLease(store, { name: 'sweep', owner: '9' }), 'another name is another lease')

  await expire(store)
  const again = await Promise.all(Array.from({ length: 8 }, (_, n) => acquireLease(store, seal(n + 1))))
  t.same(
    again.filter((tried) => tried !== undefined),
    [{ name: 'seal', token: 2 }],
  )
})

t.test('RULES 29: a token only grows, and an old one commits nothing', async (t) => {
  const store = await openFreshStore(t)
  const first = await acquired(store, 1)
  t.ok(await renewLease(store, first))
  await expire(store)
  t.ok(await renewLease(store, first), 'nobody had it in between')
  await releaseLease(store, first)
  t.notOk(await renewLease(store, first), 'a late renewal does not bring it back')
  const second = await acquired(store, 2)
  t.ok(second.token > first.token)

  t.notOk(await renewLease(store, first))
  await releaseLease(store, first)
  t.equal(await acquireLease(store, seal(3)), undefined, 'an old owner cannot give it away')
  const mark = (lease: Lease) =>
    store.transaction(async (sql) => {
      await sql.query("insert into node (name, started_at, alive_until) values ('mark', now(), now())")
      await assertHeld(sql, lease)
    })
  await t.rejects(mark(first), { message: 'the lease seal was lost with token 1' })
  t.same((await store.query('select name from node')).rows, [])
  await mark(second)
  t.same((await store.query('select name from node')).rows, [{ name: 'mark' }])
})

t.test('a lease does not change hands between the check and the commit', async (t) => {
  const store = await openFreshStore(t)
  const first = await acquired(store)
  await expire(store)
  const order: string[] = []
  let taking: Promise<unknown> = Promise.resolve()
  await store.transaction(async (sql) => {
    await assertHeld(sql, first)
    taking = acquireLease(store, seal(2)).then((lease) => order.push(`taken with ${lease?.token}`))
    await someoneWaits(store)
    order.push('committed')
  })
  await taking
  t.same(order, ['committed', 'taken with 2'])
})

t.test(
  'RULES 29: a process that stops after the check is put out, and cannot commit when it wakes',
  async (t) => {
    const store = await openFreshStore(t)
    const first = await acquired(store)
    await expire(store)
    const stopped = store.transaction(async (sql) => {
      await sql.query("insert into node (name, started_at, alive_until) values ('late', now(), now())")
      await assertHeld(sql, first, 50)
      // It stands still here until another owner has the lease.
      await acquired(store, 2)
    })
    await t.rejects(stopped)
    t.same((await store.query('select name from node')).rows, [])
    t.equal((await store.query<{ owner: number }>('select owner from lease')).rows[0]?.owner, 2)
  },
)

t.test('a seeker is not kept waiting by a holder who is committing', async (t) => {
  const store = await openFreshStore(t)
  const first = await acquired(store)
  await store.transaction(async (sql) => {
    await assertHeld(sql, first)
    t.equal(await acquireLease(store, seal(2)), undefined)
  })
})

type Turn = { owner: string; lease: Lease; signal: AbortSignal; end: () => void }

/** Loops over one lease whose runs wait to be ended by the test. */
function makeLoops(store: LeasedTask['store']) {
  const turns: Turn[] = []
  const errors: unknown[] = []
  let arrived = (): void => undefined
  const start = (owner: string, more: Partial<LeasedTask> = {}) =>
    runWithLease({
      store,
      name: 'seal',
      owner,
      everyMs: 1,
      leaseMs: 60_000,
      renewMs: 5,
      onError: (_, error) => {
        errors.push(error)
        arrived()
      },
      run: (lease, signal) =>
        new Promise((resolve) => {
          turns.push({ owner, lease, signal, end: resolve })
          signal.addEventListener('abort', () => resolve())
          arrived()
        }),
      ...more,
    })
  const until = async (isMet: () => boolean) => {
    while (!isMet()) {
      await new Promise<void>((resolve) => {
        arrived = resolve
      })
    }
  }
  return { turns, errors, start, until }
}

t.test('a task is repeated on one node alone, and another takes over when that one stops', async (t) => {
  const store = await openFreshStore(t)
  const { turns, errors, start, until } = makeLoops(store)
  const one = start('1')
  await until(() => turns.length === 1)
  const two = start('2')
  for (let n = 1; n <= 5; n += 1) {
    turns[n - 1]?.end()
    await until(() => turns.length === n + 1)
  }
  t.same(new Set(turns.map((turn) => turn.owner)), new Set(['1']))
  t.ok(one.isOwner())
  t.notOk(two.isOwner())

  await one.stop()
  t.ok(turns[5]?.signal.aborted, 'a run under way is told to stop')
  await until(() => turns.length > 6)
  t.match(turns.at(-1), { owner: '2', lease: { token: 3 } })
  await two.stop()
  t.same(errors, [])
})

t.test('a node that loses its lease is told, and asks for it again', async (t) => {
  const store = await openFreshStore(t)
  const { turns, start, until } = makeLoops(store)
  const one = start('1')
  await until(() => turns.length === 1)
  await expire(store)
  // The renewal may come first: then the lease is simply kept, so it is taken by force.
  await store.query('update lease set token = token + 1, owner = 2, expires_at = now()')
  await new Promise<void>((resolve) => {
    const { signal } = turns[0] as Turn
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
  await until(() => turns.length === 2)
  t.equal(turns[1]?.lease.token, 3)
  await one.stop()
})

t.test('failures of a task are told and do not end its loop', async (t) => {
  const store = await openFreshStore(t)
  const { turns, errors, start, until } = makeLoops(store)
  let failures = 0
  const loop = start('1', {
    run: async () => {
      failures += 1
      throw new Error(`failure ${failures}`)
    },
  })
  await until(() => errors.length === 4)
  await loop.stop()
  t.match(errors[0], { message: 'failure 1' })
  t.equal(turns.length, 0)
  t.equal(await acquireLease(store, seal(2)).then((lease) => lease?.token), 3, 'released at the end')
})

t.test('a woken loop runs at once, and a stop does not wait for the pause', async (t) => {
  const store = await openFreshStore(t)
  const { turns, start, until } = makeLoops(store)
  const loop = start('1', { everyMs: 3_600_000 })
  await until(() => turns.length === 1)
  loop.wake()
  turns[0]?.end()
  await until(() => turns.length === 2)
  turns[1]?.end()
  await loop.stop()
  t.equal(turns.length, 2)
})

async function addWork(sql: Sql, owner: string): Promise<string> {
  const id = newRowId()
  await sql.query(
    'insert into work (id, hop, lane, due_at, owner, created_at) ' +
      "values ($1, 'process', 'messages', now(), $2, now())",
    [id, owner],
  )
  return id
}

const faultsOf = async (sql: Sql) => {
  const { rows } = await sql.query('select attempt from work order by id')
  return rows.map((row) => row['attempt'])
}

const ownersOf = async (sql: Sql) => {
  const { rows } = await sql.query('select owner::text from work order by id')
  return rows.map((row) => row['owner'])
}

const nodeOptions = (store: LeasedTask['store'], lost: string[] = []) => ({
  store,
  name: 'test',
  renewMs: 5,
  onLost: () => lost.push('lost'),
  onError: (_: string, error: unknown) => {
    throw error
  },
})

t.test('work of dead nodes is given back, that of living ones is not', async (t) => {
  const store = await openFreshStore(t)
  const living = await startNode(nodeOptions(store))
  const dying = await startNode({ ...nodeOptions(store), renewMs: 3_600_000 })
  for (const owner of [living.id, dying.id, '0', '999999']) await addWork(store, owner)
  await store.query('update node set alive_until = now() where id = $1', [dying.id])
  const counts = await Promise.all([reclaim(store), reclaim(store), reclaim(store)])
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    2,
  )
  t.same(await ownersOf(store), [living.id, '0', '0', '0'])
  t.equal(await reclaim(store), 0)
  t.same(await faultsOf(store), [0, 1, 0, 1], 'a death counts as a fault of what was worked on')
  await dying.stop()
  await living.stop()
  t.same(await faultsOf(store), [0, 1, 0, 1], 'an end in order does not')
  t.same(await ownersOf(store), ['0', '0', '0', '0'], 'a node that stops gives back what it holds')
  t.same((await store.query('select id from node')).rows, [])
})

t.test('a node whose work was given away learns it, one that was only late does not', async (t) => {
  const store = await openFreshStore(t)
  const lost: string[] = []
  let told = (): void => undefined
  const wasTold = new Promise<void>((resolve) => {
    told = resolve
  })
  const node = await startNode({ ...nodeOptions(store, lost), onLost: told })
  await store.query("update node set alive_until = now() - interval '1 minute'")
  let isAlive = false
  while (!isAlive) {
    const { rows } = await store.query<{ alive: boolean }>('select alive_until > now() as alive from node')
    isAlive = rows[0]?.alive === true
  }
  t.same(lost, [])
  await store.query('delete from node')
  await wasTold
  await node.stop()
})

t.test('a node that was taken for dead claims nothing, though it may not know it yet', async (t) => {
  const store = await openFreshStore(t)
  const dead = await startNode({ ...nodeOptions(store), renewMs: 3_600_000 })
  const living = await startNode({ ...nodeOptions(store), renewMs: 3_600_000 })
  await addWork(store, dead.id)
  await store.query('update node set alive_until = now() where id = $1', [dead.id])
  t.equal(await reclaim(store), 1)
  const soon = new Date(Date.now() + 60_000)
  const claim = (node: string, wholePackages: boolean) =>
    claimWork(store, { hop: 'process', lane: 'messages', countMax: 10, node, now: soon, wholePackages })
  t.same(await claim(dead.id, false), [])
  t.same(await claim(dead.id, true), [])
  t.equal((await claim(living.id, false)).length, 1)
  await Promise.all([dead.stop(), living.stop()])
})

t.test('an embedded hub takes all other nodes for dead when it starts', async (t) => {
  const store = await openFreshStore(t)
  const before = await startNode(nodeOptions(store))
  const now = await startNode(nodeOptions(store))
  for (const owner of [before.id, now.id]) await addWork(store, owner)
  t.equal(await reclaim(store, { only: now.id }), 1)
  t.same(await ownersOf(store), ['0', now.id])
  t.not(before.id, now.id)
  await before.stop()
  await now.stop()
})

t.test('leases of dead nodes are free at once and their tokens are worth nothing any more', async (t) => {
  const store = await openFreshStore(t)
  const before = await startNode(nodeOptions(store))
  const now = await startNode(nodeOptions(store))
  const theirs = await acquireLease(store, { name: 'sealer', owner: before.id })
  const ours = await acquireLease(store, { name: 'keeper', owner: now.id })
  if (theirs === undefined || ours === undefined) return t.fail('nobody else wants these leases')
  await reclaim(store, { only: now.id })
  t.equal(await renewLease(store, theirs), false)
  t.equal(await renewLease(store, ours), true)
  const taken = await acquireLease(store, { name: 'sealer', owner: now.id })
  t.ok(taken !== undefined && taken.token > theirs.token)
  await before.stop()
  await now.stop()
})

t.test('a node that slept too long does not take itself for dead', async (t) => {
  const store = await openFreshStore(t)
  const node = await startNode({ ...nodeOptions(store), renewMs: 3_600_000 })
  const other = await startNode({ ...nodeOptions(store), renewMs: 3_600_000 })
  for (const owner of [node.id, other.id]) await addWork(store, owner)
  await store.query("update node set alive_until = now() - interval '1 minute'")
  t.equal(await reclaim(store, { self: node.id }), 1)
  t.same(await ownersOf(store), [node.id, '0'])
  await Promise.all([node.stop(), other.stop()])
})
