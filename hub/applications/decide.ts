// What a person does with an application: it was sent, the operator confirmed it, the operator refused it.

import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { moveInvite } from '../links/move-invite.ts'
import { counterpartyOf, inviterOf } from '../links/parties.ts'
import { speakBoth } from '../links/speak.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { readApplication, readApplicationRows } from '../store/applications/reads.ts'
import type { ApplicationRow, ApplicationRowView } from '../store/applications/rows.ts'
import { againWhenStale } from '../store/hot/again-when-stale.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import { readInvite } from '../store/links/reads.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { changedEntry } from './entries.ts'
import { settleApplication } from './gather.ts'

/** Who acts on which application. `actor` is an account. */
export type ApplicationOrder = { id: string; actor: string }

/**
 * The application went to the operator, who gave it a number, or will by letter; it takes no more rows. The same again
 * changes nothing, another number is a correction. Refusals: admin.not-found, application.state.
 */
export function markSent(
  context: PipelineContext,
  order: ApplicationOrder & { number: string | undefined },
): Promise<ApplicationRow | Refusal> {
  return againWhenStale(async () => {
    const application = await readApplication(context.store, order.id)
    if (application === undefined) return refuse('admin.not-found', `application ${order.id}`)
    const { state } = application
    if (state !== 'draft' && state !== 'sent') return refuse('application.state', state)
    const number = order.number ?? application.number
    if (state === 'sent' && number === application.number) return application
    const at = context.clock.now()
    const row: ApplicationRow = {
      ...application,
      state: 'sent',
      number,
      is_filling: false,
      sent_at: application.sent_at ?? at,
      sent_by: application.sent_by ?? order.actor,
      version: application.version + 1,
    }
    const of = { action: 'sent', rows: row.rows, actor: order.actor, at }
    await context.committer.submit({ applications: [row], journal: [changedEntry(context, row, of)] })
    return row
  })
}

/** Which counterparties; all that are open unless given. */
export type RowsOrder = ApplicationOrder & { positions: readonly number[] | undefined }

/**
 * The operator set these pairs up by hand: each link opens. Nothing is sent for it, for the counterparty's operator holds
 * the same already; what makes the link are two sayings without a message, one of each side, the counterparty's on the
 * word of its operator. Refusals: admin.not-found, application.state, application.rows.
 */
export function confirmRows(context: PipelineContext, order: RowsOrder): Promise<ApplicationRow | Refusal> {
  return decideRows(context, order, 'confirmed')
}

/** The operator refused these pairs. Refusals: as above. */
export function refuseRows(context: PipelineContext, order: RowsOrder): Promise<ApplicationRow | Refusal> {
  return decideRows(context, order, 'refused')
}

/**
 * Each counterparty in a change of its own, so that a second run goes on where one was killed. Only what was sent can be
 * answered.
 */
async function decideRows(
  context: PipelineContext,
  order: RowsOrder,
  to: 'confirmed' | 'refused',
): Promise<ApplicationRow | Refusal> {
  const application = await readApplication(context.store, order.id)
  if (application === undefined) return refuse('admin.not-found', `application ${order.id}`)
  const rows = await readApplicationRows(context.store, order.id)
  const named =
    order.positions === undefined ? rows : rows.filter(({ position }) => order.positions?.includes(position))
  const open = named.filter(({ state }) => state === 'open')
  const isDone =
    open.length === 0 && named.length > 0 && named.every(({ state }) => state === to || state === 'gone')
  if (isDone) return application
  if (application.state !== 'sent') return refuse('application.state', application.state)
  const strange = order.positions?.filter((one) => !open.some(({ position }) => position === one)) ?? []
  if (open.length === 0 || strange.length > 0) return refuse('application.rows', strange.join(', ') || '0')
  for (const row of open) {
    const refused = await againWhenStale(() => decideRow(context, { order, application, row, to }))
    if (isRefusal(refused)) return refused
  }
  return againWhenStale(async () => {
    const now = await readApplication(context.store, order.id)
    if (now === undefined) return refuse('admin.not-found', `application ${order.id}`)
    return now.state === 'sent' ? settleApplication(context, now, order.actor) : now
  })
}

type RowDecision = {
  order: RowsOrder
  application: ApplicationRow
  row: ApplicationRowView
  to: 'confirmed' | 'refused'
}

/** An invitation that ended meanwhile has nothing to be decided; its row is settled as gone. */
async function decideRow(context: PipelineContext, of: RowDecision): Promise<{ isDone: boolean } | Refusal> {
  const { order, application, row, to } = of
  const at = context.clock.now()
  const invite = await readInvite(context.store, row.invite)
  if (invite === undefined || invite.state !== 'application') return { isDone: false }
  const { application: id, position } = row
  const entry = changedEntry(context, application, {
    action: to,
    rows: 1,
    actor: order.actor,
    invites: [invite.id],
    at,
  })
  const decided: Change = {
    applicationRows: [{ invite: invite.id, application: id, position, state: to, at, by: order.actor }],
    journal: [entry],
  }
  const outcome = to === 'confirmed' ? await linked(context, invite, at) : refusedInvite(context, invite, at)
  await context.committer.submit(joinChanges([decided, outcome]))
  return { isDone: true }
}

function refusedInvite(context: PipelineContext, invite: InviteRow, at: Date): Change {
  return moveInvite(context, { invite, event: 'refused', reason: 'application.refused', at }).change
}

/** Other invitations between the two end with the link. */
async function linked(context: PipelineContext, invite: InviteRow, at: Date): Promise<Change> {
  const from = inviterOf(invite)
  const to = counterpartyOf(invite)
  const { link, change } = await speakBoth(context, { from, to, at, except: invite.id })
  const patch = { is_automatic: false, link: link.id }
  const moved = moveInvite(context, { invite, event: 'linked', patch, at })
  return joinChanges([change, moved.change])
}
