// The nodes of the hub: each keeps a row alive while it runs, and work of dead ones is given back.

import { limits } from '../../schemas/limits.ts'
import { type Lease, withHeld } from './lease.ts'
import type { Sql, SqlStore } from './sql.ts'

/** This process as a node. */
export type Node = {
  /** Never given twice; work rows carry it while they are claimed. */
  readonly id: string
  /** Ends the row and frees what is still claimed under it. */
  stop(): Promise<void>
}

/** How a node is registered and kept alive. */
export type NodeOptions = {
  store: SqlStore
  /** For people: host and process. */
  name: string
  /** The node was taken for dead and its work given to others: the process must end and start anew. */
  onLost(): void
  onError(place: string, error: unknown): void
  leaseMs?: number
  renewMs?: number
}

/**
 * Registers this process and renews its row. A node that did not renew in time is still itself until another
 * reclaims its work, which removes the row; that is how it learns, and why it must not go on under the same
 * id: it could not tell the rows it claims from now on from those it still works on.
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  const { store, onError } = options
  const leaseMs = options.leaseMs ?? limits.leaseMs
  const id = await register(store, options.name, leaseMs)
  let isStopped = false
  const renewer = setInterval(async () => {
    try {
      if ((await renew(store, id, leaseMs)) || isStopped) return
      isStopped = true
      clearInterval(renewer)
      options.onLost()
    } catch (error) {
      onError('node.renew', error)
    }
  }, options.renewMs ?? limits.leaseRenewMs)
  return {
    id,
    async stop() {
      isStopped = true
      clearInterval(renewer)
      await store.transaction(async (sql) => {
        await sql.query('delete from node where id = $1::bigint', [id])
        await freeWork(sql, { owners: [id], faults: 0 })
      })
    },
  }
}

/**
 * Frees the work and the leases of nodes that are not alive and returns how many rows of work became free. With
 * `only`, every node but that one is taken for dead: for the start of an embedded hub, whose data folder admits
 * one process. `self` is who asks: after a sleep, or a database that was away, it comes here before it renewed
 * its own row, and is not dead for that. With `fence` all of it is done only while that lease is held (RULES 29). May run
 * on several nodes at once and any number of times.
 */
export async function reclaim(
  store: SqlStore,
  options: { only?: string; self?: string; fence?: Lease } = {},
): Promise<number> {
  return withHeld(store, options.fence, async (sql) => {
    await sql.query({
      name: 'remove_dead_nodes',
      text:
        'delete from node where (alive_until <= clock_timestamp() or id <> coalesce($1::bigint, id)) ' +
        'and id is distinct from $2::bigint',
      values: [options.only ?? null, options.only ?? options.self ?? null],
    })
    await sql.query({
      name: 'end_dead_leases',
      text:
        'update lease set token = token + 1, expires_at = clock_timestamp() ' +
        'where expires_at > clock_timestamp() and not exists (select from node where node.id = lease.owner)',
    })
    // Owners are listed first and freed by number: ids are never given twice, so a node that registers and
    // claims meanwhile cannot be among them.
    const { rows } = await sql.query({
      name: 'read_dead_owners',
      text:
        'select distinct owner::text from work where owner <> 0 ' +
        'and not exists (select from node where node.id = work.owner)',
    })
    return freeWork(sql, { owners: rows.map((row) => String(row['owner'])), faults: 1 })
  })
}

async function register(sql: Sql, name: string, leaseMs: number): Promise<string> {
  const { rows } = await sql.query(
    'insert into node (name, started_at, alive_until) values ' +
      "($1, clock_timestamp(), clock_timestamp() + $2::float8 * interval '1 ms') returning id::text",
    [name, leaseMs],
  )
  return String(rows[0]?.['id'])
}

async function renew(sql: Sql, id: string, leaseMs: number): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'renew_node',
    text:
      "update node set alive_until = clock_timestamp() + $2::float8 * interval '1 ms' " +
      'where id = $1::bigint',
    values: [id, leaseMs],
  })
  return rowCount === 1
}

/** Work may have been what killed its node, so that counts as a fault where faults are counted. */
async function freeWork(sql: Sql, of: { owners: readonly string[]; faults: 0 | 1 }): Promise<number> {
  const { owners, faults } = of
  if (owners.length === 0) return 0
  const { rowCount } = await sql.query({
    name: 'free_work',
    text:
      'update work set owner = 0, ' +
      "attempt = attempt + case when hop in ('process', 'deliver') then $2::integer else 0 end " +
      'where owner = any($1::bigint[])',
    values: [owners, faults],
  })
  return rowCount ?? 0
}
