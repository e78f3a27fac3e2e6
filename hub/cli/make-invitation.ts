// Builds the content of a package with one invitation from a person's words.

import { randomBytes } from 'node:crypto'
import { writeZip } from '../../operators/containers/zip/write.ts'
import type { Dialect } from '../../operators/ports.ts'
import { type MessageId, type ParticipantId, parseMessageId } from '../../schemas/ids.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'

/** An invitation to build. ИНН and name of the inviter must stand in it. */
export type InvitationRequest = {
  dialect: Dialect
  type: 'ask' | 'break'
  sender: ParticipantId
  recipient: ParticipantId
  senderInn: string | undefined
  senderName: string | undefined
  comment: string | undefined
  at: Date
}

/** Builds the ZIP of a package with one invitation. Refusals: those of the dialect's strict writer. */
export function makeInvitation(
  request: InvitationRequest,
): { zip: Uint8Array; message: MessageId } | Refusal {
  const { dialect, type, sender, recipient, senderInn, senderName, comment, at } = request
  const message = parseMessageId(randomBytes(16).toString('hex'))
  if (message === undefined) throw new TypeError('32 hex digits are an id')
  if (!dialect.profile.capabilities.invitations) return refuse('route.capability', 'invitations')
  const description = dialect.writeInvitation({
    type,
    from: { id: sender, inn: senderInn, kpp: undefined, name: senderName },
    to: { id: recipient, inn: undefined, kpp: undefined, name: undefined },
    sentAt: at.toISOString(),
    comment,
    documents: [],
    signatures: [],
  })
  if (isRefusal(description)) return description
  const name = dialect.entryNames.description(message)
  return { zip: writeZip([{ name, bytes: description, deflate: true }]), message }
}
