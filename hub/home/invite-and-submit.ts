// An invitation and a message for whom it invites, from one request: both are made once, and a crash between them is no end.

import type { Submission, Submitted } from '../../schemas/home.ts'
import { homePeerOf } from '../../schemas/ids.ts'
import type { InviteMade, InviteRequest } from '../../schemas/invites/invite.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { inviteDigest } from '../invites/begin.ts'
import { madeOf, makeInviteDesk } from '../invites/desk.ts'
import { foreseeInvite, type InviteForeseen } from '../invites/foresee.ts'
import { newStandIn } from '../invites/stand-in.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { readInviteByKey, readInviteOfMessage } from '../store/links/invites.ts'
import type { HomeDesk } from './desk.ts'

/** The recipient of the submission is put in here; the keys of the two must differ in what no service can give. */
export type InvitingSubmission = { request: InviteRequest; submission: Submission }

/** `submitted` is undefined where the invitation itself carries the documents. */
export type InvitedAndSubmitted = { invited: InviteForeseen; submitted: Submitted | undefined }

/**
 * Makes or takes the invitation, then submits the message, which waits for the link. The message is tried first: what
 * would be refused invites nobody. The same request again finds what the first one made, and makes what it could not.
 * Refusals: those of either desk; after a refusal of the message the invitation may stand.
 */
export async function inviteAndSubmit(
  { context, desk }: { context: PipelineContext; desk: HomeDesk },
  { request, submission }: InvitingSubmission,
): Promise<InvitedAndSubmitted | Refusal> {
  const { counterparty, home } = request
  const whole: Submission = {
    ...submission,
    recipient: counterparty.by === 'id' ? counterparty.id : newStandIn(home),
    waitsForLink: true,
    inviting: { by: counterparty.by, digest: inviteDigest(request) },
  }
  const seen = { peer: homePeerOf(home), name_key: submission.key }
  const isRepeated = (await context.intake.readEarlier(seen)) !== undefined
  const tried = await desk.submit({ ...whole, isDryRun: true })
  if (isRefusal(tried)) return tried
  if (isRepeated) return { invited: await earlierInvite(context, request, tried), submitted: tried }
  if (submission.isDryRun) {
    const foreseen = await foreseeInvite(context, request)
    return isRefusal(foreseen) ? foreseen : { invited: foreseen, submitted: tried }
  }
  const invited = await makeInviteDesk(context).invite(request)
  if (isRefusal(invited)) return invited
  if (invited.isCarried) return { invited, submitted: undefined }
  const recipient = counterparty.by === 'id' ? counterparty.id : (invited.standIn ?? invited.counterparty)
  const submitted = await desk.submit({ ...whole, recipient })
  return isRefusal(submitted) ? submitted : { invited, submitted }
}

/** The invitation under the key of the request, or the one that was taken in its place. */
async function earlierInvite(
  context: PipelineContext,
  { home, key }: InviteRequest,
  { message }: Submitted,
): Promise<InviteMade> {
  const row =
    (await readInviteByKey(context.store, home, key)) ??
    (message === undefined ? undefined : await readInviteOfMessage(context.store, message))
  if (row === undefined) throw new Error('a message went with an invitation that is not there')
  return madeOf(row, { isRepeated: true })
}
