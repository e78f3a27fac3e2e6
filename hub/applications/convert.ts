// When an operator takes invitations at last: what waited for a person there becomes invitations, each sent once.

import { peersFor, resolve } from '../../routing/directory.ts'
import type { OperatorCode, OperatorId, ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { inParallel } from '../bulk/parallel.ts'
import { moveInvite } from '../links/move-invite.ts'
import { counterpartyOf, inviterOf } from '../links/parties.ts'
import { speak } from '../links/speak.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { invitesWaiting, readApplication, readApplicationRows } from '../store/applications/reads.ts'
import { againWhenStale } from '../store/hot/again-when-stale.ts'
import { joinChanges } from '../store/hot/change.ts'
import { readInvite } from '../store/links/reads.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { changedEntry } from './entries.ts'

/**
 * What came of it: how many became invitations now, how many wait still, why some could not. `next` is the last one that
 * was tried when there are others behind it.
 */
export type Converted = {
  converted: number
  left: number
  refused: Record<string, number>
  next: string | null
}

/**
 * Under this name the keys of conversions stand beside those of partners' packages and services' messages: no peer and no
 * home code can have it, so that no service can take a key away.
 */
const conversionPeer = 'hub:application'

/**
 * Tries limits.applicationsConvertedMax at most, the oldest first, behind the invitation `after`; again from `next` on for
 * the others: those that cannot be sent stay waiting and must not stand before them. Of each invitation the Запрос, its
 * saying, the end of its waiting and its key are one change: twice, at once from two nodes, or after a crash in between, it
 * is sent once. Refusals: admin.not-found, application.no-autoroaming.
 */
export async function convertApplications(
  context: PipelineContext,
  order: { operator: string; actor: string; after?: string | undefined; signal: AbortSignal },
): Promise<Converted | Refusal> {
  const operator = order.operator as OperatorId
  const book = context.book()
  if (!book.operators.has(operator)) return refuse('admin.not-found', `operator ${operator}`)
  const peers = peersFor(book, operator, context.clock.now())
  const takes = peers.some(({ peer }) => peer.state !== 'inactive' && peer.policy.invitations)
  if (!takes) return refuse('application.no-autoroaming', operator)
  const waiting = await waitingFor(context, operator)
  const { signal, actor, after = '' } = order
  const untried = waiting.filter((id) => id > after)
  const now = untried.slice(0, limits.applicationsConvertedMax)
  const outcomes = await inParallel(now, { signal, atOnceMax: limits.bulkInvitesAtOnceMax }, (id) =>
    againWhenStale(() => convertOne(context, id, actor)),
  )
  const converted = outcomes.filter((outcome) => outcome === 'converted').length
  const refused: Record<string, number> = {}
  for (const outcome of outcomes) {
    if (typeof outcome === 'object') refused[outcome.code] = (refused[outcome.code] ?? 0) + 1
  }
  const gone = outcomes.filter((outcome) => outcome === 'gone').length
  const next = now.length < untried.length ? (now.at(-1) ?? null) : null
  return { converted, left: waiting.length - converted - gone, refused, next }
}

/** Ids of waiting invitations to an operator, oldest first. */
async function waitingFor({ store, book, clock }: PipelineContext, operator: OperatorId): Promise<string[]> {
  const found: string[] = []
  let after: string | undefined
  for (;;) {
    const page = await invitesWaiting(store, { after, countMax: limits.applicationsGatherRows })
    const last = page.at(-1)
    if (last === undefined) return found
    after = last.id
    const isTheirs = ({ counterparty }: InviteRow) =>
      resolve(book(), counterparty as ParticipantId, clock.now()).operator?.id === operator
    found.push(...page.filter(isTheirs).map(({ id }) => id))
  }
}

async function convertOne(
  context: PipelineContext,
  id: string,
  actor: string,
): Promise<'converted' | 'gone' | Refusal> {
  const invite = await readInvite(context.store, id)
  if (invite?.state !== 'application') return 'gone'
  const at = context.clock.now()
  const spoken = await speak(context, {
    home: invite.home as OperatorCode,
    type: 'ask',
    from: inviterOf(invite),
    to: counterpartyOf(invite),
    except: invite.id,
    comment: invite.message ?? undefined,
    remote: 'hub applications convert',
    apiKey: undefined,
    at,
  })
  if (isRefusal(spoken)) return spoken
  const { said, message = null, change } = spoken
  // The other side may have asked in the meantime: then both have.
  const event = said.to === 'linked' ? 'linked' : 'converted'
  const patch = { link: said.link.id, said_message: message }
  const moved = moveInvite(context, { invite, event, patch, at })
  const rows = await rowsOf(context, { invite, actor, at })
  const result = await context.intake.submit({
    seen: {
      peer: conversionPeer,
      name_key: `application:${invite.id}`,
      package: spoken.package ?? context.clock.newId(),
      sha256: '',
      status: 201,
      code: 'accepted',
      answer: '',
      seen_at: at,
    },
    change: joinChanges([change, moved.change, rows]),
  })
  if (!result.won) return 'gone'
  context.watcher.moved('accepted', 1)
  return 'converted'
}

/** The row of its application ends with it; an invitation that was not gathered yet has none. */
async function rowsOf(
  context: PipelineContext,
  { invite, actor, at }: { invite: InviteRow; actor: string; at: Date },
): Promise<Parameters<typeof joinChanges>[0][number]> {
  if (invite.application === null) return {}
  const application = await readApplication(context.store, invite.application)
  const rows = await readApplicationRows(context.store, invite.application)
  const row = rows.find((one) => one.invite === invite.id)
  if (application === undefined || row === undefined) return {}
  const { position } = row
  const of = { action: 'converted', rows: 1, actor, invites: [invite.id], at }
  return {
    applicationRows: [
      { invite: invite.id, application: application.id, position, state: 'converted', at, by: actor },
    ],
    journal: [changedEntry(context, application, of)],
  }
}
