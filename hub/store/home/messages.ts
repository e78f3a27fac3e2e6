// Messages of one home code: found by what its service knows of them, never reading more rows than is bounded (RULES 4).

import type { MessageState } from '../../../routing/machines/message.ts'
import { homePeerOf, type OperatorCode, type RowId } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import type { MessageRow } from '../hot/rows.ts'
import type { Sql } from '../sql.ts'
import {
  type Condition,
  type FoundMessage,
  type FoundPage,
  findByPlan,
  type SearchPlan,
} from '../views/search.ts'

/** What is asked for; all that is given must hold. */
export type HomeFilter = {
  state?: MessageState
  /** `out`: submitted by a service of the home code; `in`: received for it. */
  direction?: 'in' | 'out'
  /** The participant on the other side, compared without case. */
  counterparty?: string
  /** Number of a document, compared without case. */
  number?: string
  /** ИдДокумента. */
  document?: string
  from?: Date
  to?: Date
}

/** A question for one page. */
export type HomeSearch = { home: OperatorCode; filter: HomeFilter; before?: string; countMax: number }

/** The header of a document as a home service looks for it. */
export type HomeDocument = {
  message: string
  document: string
  type: string
  file_name: string
  number: string | null
  date: string | null
}

/** Finds one page, newest first. */
export async function findHomeMessages(sql: Sql, search: HomeSearch): Promise<FoundPage> {
  const { filter, countMax, before } = search
  return findByPlan(sql, await planOf(sql, search), {
    countMax,
    ...(filter.from === undefined ? {} : { from: filter.from }),
    ...(filter.to === undefined ? {} : { to: filter.to }),
    ...(before === undefined ? {} : { before }),
  })
}

/** Headers drive where they are asked for, else the messages of the home code; the rest is looked at row by row. */
async function planOf(sql: Sql, { home, filter }: HomeSearch): Promise<SearchPlan> {
  const own = ownConditions(home, filter.direction)
  const rest: Condition[] = []
  if (filter.state !== undefined) rest.push(stateCondition(filter.state))
  if (filter.counterparty !== undefined) rest.push(counterpartyCondition(home, filter.counterparty))
  if (filter.number === undefined && filter.document === undefined) {
    const drivers = own.map((condition) => ({ condition }))
    return { indexes: 'message_from_home, message_to_home', drivers, rest }
  }
  const ids = await readByHeader(sql, { home, number: filter.number, document: filter.document })
  const among: Condition = (value) => `m.id = any(${value(ids)}::uuid[])`
  const isOwn: Condition = (value) => `(${own.map((condition) => condition(value)).join(' or ')})`
  return { indexes: 'home_document, message_pkey', drivers: [{ condition: among }], rest: [...rest, isOwn] }
}

/** The literal is what lets the planner see that the partial indexes serve. */
function ownConditions(home: OperatorCode, direction: HomeFilter['direction']): Condition[] {
  const sent: Condition = (value) => `(m.peer = ${value(homePeerOf(home))} and m.peer like 'home:%')`
  const received: Condition = (value) =>
    `(m.next_peer = ${value(homePeerOf(home))} and m.next_peer like 'home:%')`
  if (direction === 'out') return [sent]
  return direction === 'in' ? [received] : [sent, received]
}

const stateCondition =
  (state: MessageState): Condition =>
  (value) =>
    `m.state = ${value(state)}`

/** The other side of what was sent is the recipient, of what came the sender. */
function counterpartyCondition(home: OperatorCode, counterparty: string): Condition {
  return (value) => {
    const [key, peer] = [value(counterparty.toLowerCase()), value(homePeerOf(home))]
    const sent = `m.peer = ${peer} and lower(m.recipient) = ${key}`
    return `((${sent}) or (m.next_peer = ${peer} and lower(m.sender) = ${key}))`
  }
}

/** Ids of the newest messages with such a document, at most limits.searchMatchesMax. */
async function readByHeader(
  sql: Sql,
  of: { home: string; number: string | undefined; document: string | undefined },
): Promise<string[]> {
  const { rows } = await sql.query(
    'select distinct message from home_document where home = $1 and ($2::text is null or lower(number) = $2) ' +
      'and ($3::text is null or document = $3) order by message desc limit $4',
    [of.home, of.number?.toLowerCase() ?? null, of.document ?? null, limits.searchMatchesMax],
  )
  return rows.map((row) => row['message'] as string)
}

/** Whether a message is one of a home code, and on which side it stands there (RULES 4). */
export function directionOf(
  row: Pick<MessageRow, 'peer' | 'next_peer'>,
  home: OperatorCode,
): 'in' | 'out' | undefined {
  if (row.peer === homePeerOf(home)) return 'out'
  return row.next_peer === homePeerOf(home) ? 'in' : undefined
}

/** A message of a home code; undefined for one of another, as for one that never was. */
export async function readHomeMessage(
  sql: Sql,
  of: { home: OperatorCode; id: RowId },
): Promise<FoundMessage | undefined> {
  const [found] = await readHomeMessages(sql, { home: of.home, ids: [of.id] })
  return found
}

/** Those of the messages that are of a home code. */
export async function readHomeMessages(
  sql: Sql,
  of: { home: OperatorCode; ids: readonly string[] },
): Promise<FoundMessage[]> {
  if (of.ids.length === 0) return []
  const { rows } = await sql.query({
    name: 'home_messages_read',
    text:
      'select m.*, (select p.name from package_in p where p.id = m.package) as package_name from message m ' +
      'where m.id = any($1::uuid[])',
    values: [[...of.ids]],
  })
  return (rows as FoundMessage[]).filter((row) => directionOf(row, of.home) !== undefined)
}

/** Headers of the documents of messages, at most `countMax` of each. */
export async function readHomeDocuments(
  sql: Sql,
  of: { home: OperatorCode; messages: readonly string[]; countMax: number },
): Promise<HomeDocument[]> {
  if (of.messages.length === 0) return []
  const { rows } = await sql.query({
    name: 'home_documents_read',
    text:
      'select d.* from unnest($2::uuid[]) as k(message), lateral (select message, document, type, file_name, ' +
      'number, date from home_document where home = $1 and message = k.message order by document limit $3) d',
    values: [of.home, [...of.messages], of.countMax],
  })
  return rows as HomeDocument[]
}
