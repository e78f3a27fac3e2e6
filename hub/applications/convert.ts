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
 * What came of a page: how many became invitations now, how many of those looked at wait still, why some could not; `next`
 * is the invitation to go on after, undefined when there is nothing behind.
 */
export type Converted = {
  converted: number
  left: number
  refused: Record<string, number>
  next: string | undefined
}

/**
 * Under this name the keys of conversions stand beside those of partners' packages and services' messages: no peer and no
 * home code can have it, so that no service can take a key away.
 */
const conversionPeer = 'hub:application'

/**
 * Converts a page of what waits: limits.applicationsGatherRows are looked at, of all operators, and at most
 * limits.applicationsConvertedMax converted. Whoever goes on at `next` comes past what could not be converted; from the
 * start again, what could is not there any more. Of each invitation the Запрос, its saying, the
 * end of its waiting and its key are one change: twice, at once from two nodes, or after a crash in between, it is sent
 * once. Refusals: admin.not-found, application.no-autoroaming.
 */
export async function convertApplications(
  context: PipelineContext,
  order: { operator: string; after?: string | undefined; actor: string; signal: AbortSignal },
): Promise<Converted | Refusal> {
  const operator = order.operator as OperatorId
  const book = context.book()
  if (!book.operators.has(operator)) return refuse('admin.not-found', `operator ${operator}`)
  const peers = peersFor(book, operator, context.clock.now())
  const takes = peers.some(({ peer }) => peer.state !== 'inactive' && peer.policy.invitations)
  if (!takes) return refuse('application.no-autoroaming', operator)
  const { signal, actor, after } = order
  const { ids, next } = await waitingFor(context, operator, after)
  const outcomes = await inParallel(ids, { signal, atOnceMax: limits.bulkInvitesAtOnceMax }, (id) =>
    againWhenStale(() => convertOne(context, id, actor)),
  )
  const converted = outcomes.filter((outcome) => outcome === 'converted').length
  const refused: Record<string, number> = {}
  for (const outcome of outcomes) {
    if (typeof outcome === 'object') refused[outcome.code] = (refused[outcome.code] ?? 0) + 1
  }
  const gone = outcomes.filter((outcome) => outcome === 'gone').length
  return { converted, left: ids.length - converted - gone, refused, next }
}

/** The invitations to an operator in a page of what waits, oldest first. */
async function waitingFor(
  { store, book, clock }: PipelineContext,
  operator: OperatorId,
  after: string | undefined,
): Promise<{ ids: string[]; next: string | undefined }> {
  const countMax = limits.applicationsGatherRows
  const page = await invitesWaiting(store, { after, countMax })
  const isTheirs = ({ counterparty }: InviteRow) =>
    resolve(book(), counterparty as ParticipantId, clock.now()).operator?.id === operator
  const theirs = page.filter(isTheirs).map(({ id }) => id)
  const ids = theirs.slice(0, limits.applicationsConvertedMax)
  if (ids.length < theirs.length) return { ids, next: ids.at(-1) }
  return { ids, next: page.length < countMax ? undefined : page.at(-1)?.id }
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
