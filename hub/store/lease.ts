// Named leases: one owner at a time, with an expiry and a fencing token that only grows (RULES 29).

import { limits } from '../../schemas/limits.ts'
import type { Sql, SqlStore } from './sql.ts'

/** A lease this process was given. The token is higher than that of every owner before. */
export type Lease = { readonly name: string; readonly token: number }

/** Thrown inside a transaction whose lease has gone to another owner: nothing of it may be committed. */
export class LeaseLost extends Error {
  readonly lease: Lease

  constructor(lease: Lease) {
    super(`the lease ${lease.name} was lost with token ${lease.token}`)
    this.lease = lease
  }
}

/**
 * Takes a free or expired lease; undefined while another holds it. Times are those of the database alone, so
 * clocks of nodes need not agree. A held lease costs its seekers no lock: its owner is never kept waiting by
 * them.
 */
export async function acquireLease(
  sql: Sql,
  wanted: { name: string; owner: string; leaseMs?: number },
): Promise<Lease | undefined> {
  const { rows } = await sql.query({
    name: 'acquire_lease',
    text:
      'insert into lease (name, owner, token, expires_at) select $1::text, $2::bigint, 1, ' +
      "clock_timestamp() + $3::float8 * interval '1 ms' " +
      'where not exists (select from lease where name = $1 and expires_at > clock_timestamp()) ' +
      'on conflict (name) do update set owner = excluded.owner, token = lease.token + 1, ' +
      'expires_at = excluded.expires_at where lease.expires_at <= clock_timestamp() returning token::text',
    values: [wanted.name, wanted.owner, wanted.leaseMs ?? limits.leaseMs],
  })
  const [row] = rows
  return row === undefined ? undefined : { name: wanted.name, token: Number(row['token']) }
}

/**
 * Prolongs a lease; false when another owner has it. One that expired unnoticed is prolonged too: the token
 * proves that nobody had it in between.
 */
export async function renewLease(sql: Sql, lease: Lease, leaseMs: number = limits.leaseMs): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'renew_lease',
    text:
      "update lease set expires_at = clock_timestamp() + $3::float8 * interval '1 ms' " +
      'where name = $1 and token = $2::bigint',
    values: [lease.name, lease.token, leaseMs],
  })
  return rowCount === 1
}

/**
 * Gives a lease up. The row stays, for tokens must go on growing, and this one ends here: a renewal still
 * under way on another connection must not bring it back. Harmless when the lease is another's by now.
 */
export async function releaseLease(sql: Sql, lease: Lease): Promise<void> {
  await sql.query({
    name: 'release_lease',
    text:
      'update lease set token = token + 1, expires_at = clock_timestamp() ' +
      'where name = $1 and token = $2::bigint',
    values: [lease.name, lease.token],
  })
}

/**
 * To be called inside each transaction that needs the lease; throws LeaseLost when it went to another owner.
 * The lock it takes keeps the lease from changing hands until the commit. A process that stops in between
 * would keep the others waiting, so the server ends its transaction after `leaseMs` without a statement; when
 * it wakes, its commit fails.
 */
export async function assertHeld(sql: Sql, lease: Lease, leaseMs: number = limits.leaseMs): Promise<void> {
  const { rows } = await sql.query({
    name: 'assert_lease',
    text:
      "select set_config('idle_in_transaction_session_timeout', $3, true) from lease " +
      'where name = $1 and token = $2::bigint for share',
    values: [lease.name, lease.token, `${leaseMs}ms`],
  })
  if (rows.length === 0) throw new LeaseLost(lease)
}

/**
 * Runs a transaction that commits only while the lease is held; throws LeaseLost otherwise. Without a lease it is a
 * plain one: for what a hub does at its start, when it must not wait for another node's lease, and may be done by several.
 */
export async function withHeld<Result>(
  store: SqlStore,
  lease: Lease | undefined,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  return store.transaction(async (sql) => {
    if (lease !== undefined) await assertHeld(sql, lease)
    return work(sql)
  })
}
