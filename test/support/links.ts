// A database with what follows links, without a relay: tests put invitations at the end of their way by hand.

import { passDeadlines } from '../../hub/links/deadlines.ts'
import { type Following, followBatch } from '../../hub/links/follow.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import { acquireLease } from '../../hub/store/lease.ts'
import type { InviteRow, LinkEventRow, LinkRow } from '../../hub/store/links/rows.ts'
import type { Store } from '../../hub/store/orm.ts'
import { messageRow, startTestPlane, twoPartners } from './admin-plane.ts'
import { inviteRow } from './invite-rows.ts'

/** Subscribers of two partners, and of the home code 2AB. */
export const parties = { a: '2ZA-7701-first', b: '2ZB-7702-second', own: '2AB-7703-own' } as const

/** An invitation at the end of its way. */
export type Ended = {
  from: string
  to: string
  type?: 'ask' | 'break'
  sentAt?: string
  outcome?: 'delivered' | 'refused'
  /** Name of the peer it came from: `pa` unless given, `home:2AB` for one of ours. */
  peer?: string
  reason?: string
  inn?: string
  /** Row id; a new one unless given. */
  id?: string
}

/** What tests do with it. */
export type LinkBench = {
  /** The admin plane over the same rows. */
  plane: Awaited<ReturnType<typeof startTestPlane>>
  store: Store
  context: PipelineContext
  /** Writes an invitation with its news and gives the row id of its message. */
  end(of: Ended): Promise<string>
  /** Follows what has ended, one batch; `over` replaces parts of what it works with. */
  follow(over?: Partial<Following>): Promise<boolean>
  passDeadlines(): Promise<boolean>
  link(one: string, other: string): Promise<LinkRow | undefined>
  events(): Promise<LinkEventRow[]>
  /** Writes an invitation of a home subscriber. */
  invite(over: Partial<InviteRow>): Promise<InviteRow>
  readInvite(id: string): Promise<InviteRow>
  faults: string[]
}

/** Starts it; it ends with the test. */
export async function startLinkBench(t: Parameters<typeof startTestPlane>[0]): Promise<LinkBench> {
  const plane = await startTestPlane(t)
  const { store, context } = plane
  const applied = await plane.registry.apply(twoPartners, { actor: 'tests', reason: 'tests' })
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
  Object.assign(context.settings, { homeCodes: ['2AB'], linkAnswerWithinMs: 3_600_000 })
  const lease = await acquireLease(store, { name: 'links', owner: '1', leaseMs: 3_600_000 })
  if (lease === undefined) throw new Error('the lease is not free')
  const faults: string[] = []
  const onFault = (place: string, error: unknown) => faults.push(`${place}: ${String(error)}`)
  const rows = async <Row>(text: string, values: unknown[] = []) =>
    (await store.query({ text, values })).rows as Row[]
  const readInvite = async (id: string) => {
    const [row] = await rows<InviteRow>('select * from invite where id = $1', [id])
    if (row === undefined) throw new Error(`no invitation ${id}`)
    return row
  }
  return {
    plane,
    store,
    context,
    faults,
    readInvite,
    async end({ from, to, type = 'ask', sentAt = '2026-10-01T09:00:00Z', ...of }) {
      const { outcome = 'delivered', peer = 'pa', reason = null, inn = null } = of
      const row = messageRow({
        peer,
        sender: from,
        recipient: to,
        kind: 'invitation',
        state: outcome,
        reason,
      })
      const id = of.id ?? row.id
      const invitation = { message: id, type, sent_at: sentAt, from_id: from, from_inn: inn, from_kpp: null }
      const others = {
        from_name: null,
        to_id: to,
        to_inn: '7799999999',
        to_kpp: null,
        to_name: 'ООО "Чужое"',
      }
      await plane.write({
        messages: [{ ...row, id }],
        invitations: [{ ...invitation, ...others }],
        linkNews: [{ message: id, outcome, at: new Date(Date.now() - 1000) }],
      })
      return id
    },
    follow: (over = {}) =>
      followBatch({
        context,
        lease,
        signal: new AbortController().signal,
        answerAsk: async () => undefined,
        onFault,
        ...over,
      }),
    passDeadlines: () => passDeadlines(context, { lease, onFault }),
    async link(one, other) {
      const [first, second] = [one, other].map((id) => id.toLowerCase()).sort()
      const found = await rows<LinkRow>('select * from link where first_key = $1 and second_key = $2', [
        first,
        second,
      ])
      return found[0]
    },
    events: () => rows<LinkEventRow>('select * from link_event order by id'),
    async invite(over) {
      const row = inviteRow({ sender: parties.own, counterparty: parties.a, ...over })
      await plane.write({ invites: [row] })
      return readInvite(row.id)
    },
  }
}
