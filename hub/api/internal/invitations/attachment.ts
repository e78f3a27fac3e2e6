// The document of an invitation: read as those of messages are, for the Запрос or for a message that follows it.

import { dayOf } from '../../../../routing/periods.ts'
import { homePeerOf } from '../../../../schemas/ids.ts'
import type { InvitationRequest } from '../../../../schemas/invites/api.ts'
import type { InviteRequest } from '../../../../schemas/invites/invite.ts'
import { limits } from '../../../../schemas/limits.ts'
import type { InvitingSubmission } from '../../../home/invite-and-submit.ts'
import { submissionDigest } from '../../../home/submission-digest.ts'
import type { PipelineContext } from '../../../pipeline/context.ts'
import { readInviteByKey } from '../../../store/links/invites.ts'
import { refused } from '../checks.ts'
import { makeSubmission, needsDay } from '../submission.ts'

/**
 * The request with its attachment, and the message that brings it if the Запрос does not; undefined without documents.
 * The key of the message is that of the invitation with a word and a space before it, which no key of a service has.
 * Throws invite.attachment for more than Приглашение holds, and what a message with these documents would be refused with.
 */
export async function readAttachment(
  context: PipelineContext,
  { sender, counterparty, documents = [] }: InvitationRequest,
  request: InviteRequest,
): Promise<InvitingSubmission | undefined> {
  if (documents.length === 0) return undefined
  if (documents.length > limits.inviteDocumentsMax) {
    throw refused('invite.attachment', `документов (documents): ${documents.length}`, 'body/documents')
  }
  const signatures = documents.flatMap((one) => one.signatures ?? []).length
  if (signatures > limits.inviteSignaturesMax) {
    throw refused('invite.attachment', `подписей (signatures): ${signatures}`, 'body/documents/0/signatures')
  }
  const { home, key, remote, apiKey = '', at } = request
  // Whom the message is for, the desk of invitations says; the sender holds the place.
  const message = { sender: sender.id, recipient: counterparty.id ?? sender.id, documents }
  const own = { home, key: `invitation ${key}`, remote, apiKey, at }
  const { submission } = await makeSubmission({
    ...own,
    request: message,
    files: new Map(),
    day: needsDay(message) ? await firstDay(context, request, own.key) : dayOf(at),
    isDryRun: false,
  })
  const digest = await submissionDigest(submission)
  const attachment = { documents: submission.documents, signatures: submission.signatures, digest }
  return { request: { ...request, attachment }, submission }
}

/** The day on which this very request came first. */
async function firstDay(
  context: PipelineContext,
  { home, key, at }: InviteRequest,
  messageKey: string,
): Promise<string> {
  const invite = await readInviteByKey(context.store, home, key)
  if (invite !== undefined) return dayOf(invite.made_at)
  const seen = await context.intake.readEarlier({ peer: homePeerOf(home), name_key: messageKey })
  return dayOf(seen?.seen_at ?? at)
}
