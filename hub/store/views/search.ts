// Finds messages by what an engineer knows of them, newest first, never reading more rows than is bounded.

import { finalStates, type MessageState } from '../../../routing/machines/message.ts'
import { limits } from '../../../schemas/limits.ts'
import type { MessageRow } from '../hot/rows.ts'
import { lowestIdAt } from '../ids.ts'
import { setAsideStates } from '../migrations/0011-waiting-for-links.ts'
import type { Sql, Statement } from '../sql.ts'

/** What is asked for; all that is given must hold. */
export type MessageFilter = {
  state?: MessageState
  /** The peer it came from or goes to. */
  peer?: string
  /** Sender or recipient, compared without case. */
  participant?: string
  /** ИдДокумента. */
  document?: string
  /** ИдЛС. */
  message?: string
  /** Name of a package it came in or went out in. */
  package?: string
  /** When the row was made, which is soon after the receipt: not before `from`, and before `to`. */
  from?: Date
  to?: Date
}

/** A question for one page. `peers`: all known ones, for names of packages are looked up by peer. */
export type MessageSearch = {
  filter: MessageFilter
  peers: readonly string[]
  /** Only rows made before this one. */
  before?: string
  /** Rows of the page at most. */
  countMax: number
}

/** A message with the name of the package it came in. */
export type FoundMessage = MessageRow & { package_name: string | null }

/**
 * One page; `nextBefore` continues it. A page may be short, even empty, and yet go on: then the bound on the rows
 * looked at was reached first.
 */
export type FoundPage = { rows: FoundMessage[]; nextBefore: string | undefined }

/** The text of a condition; `value` gives the place of a value in the statement. */
export type Condition = (value: (given: unknown) => string) => string

/**
 * What gives the rows of a search in the order of ids: a condition on messages (`m`), or on a table that names messages of
 * one kind (`d`).
 */
export type Driver = { condition: Condition; among?: 'work' | 'message_set_aside' }

/**
 * A search made ready. `drivers`: alternatives, each answered by an index of `indexes` or, where there is none, by the
 * order of ids. `rest`: conditions checked row by row within a window of so many rows.
 */
export type SearchPlan = { indexes: string; drivers: Driver[]; rest: Condition[] }

/** Finds one page. */
export async function findMessages(sql: Sql, search: MessageSearch): Promise<FoundPage> {
  const { filter, countMax, before } = search
  const { from, to } = filter
  return findByPlan(sql, await planSearch(sql, search), {
    countMax,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(before === undefined ? {} : { before }),
  })
}

/** The part of all messages a page is looked for in: made between two times, before a row of an earlier page. */
export type PageRange = Pick<MessageSearch, 'before' | 'countMax'> & Pick<MessageFilter, 'from' | 'to'>

/**
 * Finds one page by a plan. Every statement reads a range of ids: a page of rows when an index answers the whole
 * question, else at most searchWindowRows rows, searchRoundsMax times.
 */
export async function findByPlan(sql: Sql, plan: SearchPlan, range: PageRange): Promise<FoundPage> {
  const { countMax } = range
  const low = range.from === undefined ? lowestId : lowestIdAt(range.from)
  const top = range.to === undefined ? highestId : lowestIdAt(range.to)
  const rows: FoundMessage[] = []
  let before = range.before !== undefined && range.before < top ? range.before : top
  for (let round = 0; round < limits.searchRoundsMax; round++) {
    const edge = plan.rest.length === 0 ? undefined : await findEdge(sql, plan, { low, before })
    const wanted = countMax - rows.length
    const window = { low: edge ?? low, before, countMax: wanted + 1 }
    const found = (await sql.query(windowStatement(plan, window))).rows as FoundMessage[]
    rows.push(...found.slice(0, wanted))
    if (found.length > wanted) return { rows, nextBefore: rows.at(-1)?.id }
    if (edge === undefined) return { rows, nextBefore: undefined }
    before = edge
  }
  return { rows, nextBefore: before }
}

const lowestId = '00000000-0000-0000-0000-000000000000'
const highestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/**
 * What answers one filter: `rest` is its condition when another filter drives the search, and also when this one does but
 * its drivers give more than it asks for (`isRough`).
 */
type Source = { indexes: string; drivers: Driver[]; rest: Condition; isRough?: true }

/** Chooses what drives the search: the first filter given that has an index, in the order of selectivity. */
export async function planSearch(
  sql: Sql,
  { filter, peers }: Pick<MessageSearch, 'filter' | 'peers'>,
): Promise<SearchPlan> {
  const sources: Source[] = []
  if (filter.message !== undefined) sources.push(wireSource(filter.message))
  if (filter.document !== undefined) sources.push(await documentSource(sql, filter.document))
  if (filter.package !== undefined) sources.push(await packageSource(sql, filter.package, peers))
  if (filter.participant !== undefined) sources.push(participantSource(filter.participant))
  if (filter.state !== undefined) sources.push(stateSource(filter.state))
  if (filter.peer !== undefined) sources.push(peerSource(filter.peer))
  const driver = sources.find((source) => source.drivers.length > 0)
  return {
    indexes: driver?.indexes ?? 'message_pkey',
    drivers: driver?.drivers ?? [{ condition: always }],
    rest: sources.filter((source) => source !== driver || source.isRough).map((source) => source.rest),
  }
}

const always: Condition = () => 'true'

const either =
  (...conditions: Condition[]): Condition =>
  (value) =>
    `(${conditions.map((condition) => condition(value)).join(' or ')})`

function wireSource(wireId: string): Source {
  const condition: Condition = (value) => `m.wire_id = ${value(wireId)}`
  return { indexes: 'message_wire', drivers: [{ condition }], rest: condition }
}

async function documentSource(sql: Sql, wireId: string): Promise<Source> {
  const { rows } = await sql.query(
    'select d.message from document d where d.wire_id = $1 order by d.message desc limit $2',
    [wireId, limits.searchMatchesMax],
  )
  const ids = rows.map((row) => row['message'])
  const condition: Condition = (value) => `m.id = any(${value(ids)}::uuid[])`
  return { indexes: 'document_pkey, message_pkey', drivers: [{ condition }], rest: condition }
}

/** Packages of this name that came in, and members of those that went out under it. */
async function packageSource(sql: Sql, name: string, peers: readonly string[]): Promise<Source> {
  const key = name.toLowerCase()
  const seen = await sql.query(
    'select s.package from package_seen s where s.peer = any($1::text[]) and s.name_key = $2',
    [[...peers], key],
  )
  const sent = await sql.query(
    'select p.members from package_out p where lower(p.name) = $1 order by p.id desc limit $2',
    [key, limits.pageRowsMax],
  )
  const packages = seen.rows.map((row) => row['package'])
  const members = sent.rows.flatMap((row) => row['members'] as string[]).slice(0, limits.searchMatchesMax)
  const received: Condition = (value) => `m.package = any(${value(packages)}::uuid[])`
  const left: Condition = (value) => `m.id = any(${value(members)}::uuid[])`
  const indexes = 'package_seen_pkey, message_package; package_out_name, message_pkey'
  const drivers = [{ condition: received }, { condition: left }]
  return { indexes, drivers, rest: either(received, left) }
}

function participantSource(participant: string): Source {
  const key = participant.toLowerCase()
  const sent: Condition = (value) => `lower(m.sender) = ${value(key)}`
  const received: Condition = (value) => `lower(m.recipient) = ${value(key)}`
  return {
    indexes: 'message_sender, message_recipient',
    drivers: [{ condition: sent }, { condition: received }],
    rest: either(sent, received),
  }
}

/**
 * No index of messages holds their state, for it changes five times on the way. Those that wait for somebody stand in a
 * table of their own; whatever else is under way has a row in `work`; final ones are looked for in the order of ids.
 */
function stateSource(state: MessageState): Source {
  const rest: Condition = (value) => `m.state = ${value(state)}`
  if (finalStates.includes(state)) return { indexes: 'message_pkey', drivers: [], rest }
  if (setAsideStates.some((one) => one === state)) {
    const condition: Condition = (value) => `d.state = ${value(state)}`
    return { indexes: 'message_set_aside_pkey', drivers: [{ condition, among: 'message_set_aside' }], rest }
  }
  return { indexes: 'work_pkey', drivers: [{ condition: always, among: 'work' }], rest, isRough: true }
}

/** No index: too dear for the door. The order of ids drives, in windows. */
function peerSource(peer: string): Source {
  const rest: Condition = (value) => {
    const place = value(peer)
    return `(m.peer = ${place} or m.next_peer = ${place})`
  }
  return { indexes: 'message_pkey', drivers: [], rest }
}

type Range = { low: string; before: string }

/** The row at which the window ends, or undefined when it holds all that is left. */
async function findEdge(sql: Sql, plan: SearchPlan, range: Range): Promise<string | undefined> {
  const { rows } = await sql.query(edgeStatement(plan, range))
  return rows[0]?.['id'] as string | undefined
}

/** Of several drivers, the window of the one that is full first counts: up to its edge all have been looked at. */
export function edgeStatement(plan: SearchPlan, range: Range): Statement {
  return statement((value) => {
    const branches = plan.drivers.map(({ condition, among }) => {
      const [from, id] = among === undefined ? ['message m', 'm.id'] : [`${among} d`, 'd.id']
      return (
        `(select ${id} from ${from} where ${condition(value)} and ${within(id, range, value)} ` +
        `order by ${id} desc offset ${limits.searchWindowRows} limit 1)`
      )
    })
    return `select w.id from (${branches.join(' union all ')}) w order by w.id desc limit 1`
  })
}

/** Reads the rows of a window that answer the question. */
export function windowStatement(plan: SearchPlan, range: Range & { countMax: number }): Statement {
  return statement((value) => {
    const branches = plan.drivers.map(({ condition, among }) => {
      const where = [condition, ...plan.rest].map((one) => one(value)).join(' and ')
      const [from, id] =
        among === undefined ? ['message m', 'm.id'] : [`${among} d, ${messageOf('d.id')}`, 'd.id']
      return (
        `(select m.* from ${from} where ${where} and ${within(id, range, value)} ` +
        `order by ${id} desc limit ${range.countMax})`
      )
    })
    return (
      'select f.*, (select p.name from package_in p where p.id = f.package) as package_name from ' +
      `(select distinct on (u.id) u.* from (${branches.join(' union all ')}) u ` +
      `order by u.id desc limit ${range.countMax}) f order by f.id desc`
    )
  })
}

/** One look by the key for each id: never a join that could read the table from end to end. */
export const messageOf = (id: string) => `lateral (select * from message where id = ${id} limit 1) m`

function within(id: string, range: Range, value: (given: unknown) => string): string {
  return `${id} < ${value(range.before)}::uuid and ${id} >= ${value(range.low)}::uuid`
}

function statement(write: (value: (given: unknown) => string) => string): Statement {
  const values: unknown[] = []
  const text = write((given) => `$${values.push(given)}`)
  return { text, values }
}
