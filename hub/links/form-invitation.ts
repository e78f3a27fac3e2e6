// A Запрос or Разрыв of a home subscriber: formed as its services' messages are, and said to the link in the same change.

import { randomBytes } from 'node:crypto'
import { chooseRoute, type Route } from '../../routing/route.ts'
import { homePeerOf, type OperatorCode, type PackageName, type ParticipantId } from '../../schemas/ids.ts'
import type { InviteAttachment } from '../../schemas/invites/invite.ts'
import type { InvitedOrganisation } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { filesOf, headersOf } from '../home/formed-parts.ts'
import { hubIdentityName } from '../own-identity.ts'
import { arrivalRows } from '../pipeline/arrival-rows.ts'
import { homeDialect, type PipelineContext, policyOf } from '../pipeline/context.ts'
import { homeDocumentRows } from '../pipeline/home-documents.ts'
import { newPackageName } from '../pipeline/run/outgoing.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import type { MessageRow } from '../store/hot/rows.ts'
import { type Said, say } from './say.ts'

const wireIdBytes = 16

/** What a home subscriber says to a counterparty. ИНН and name of the sender must be known. */
export type OutgoingInvitation = {
  home: OperatorCode
  type: 'ask' | 'break'
  from: InvitedOrganisation
  to: InvitedOrganisation
  /** For the counterparty. */
  comment: string | undefined
  /** It is in the message only if policy.invitationDocuments of the next operator is on. */
  attachment?: InviteAttachment | undefined
  /** Address of the caller and id of its key, for the records; both say who inside the hub did it otherwise. */
  remote: string
  apiKey: string | undefined
  at: Date
}

/** Formed and durable as bytes; `change` makes it travel and be said, once it is committed. */
export type FormedInvitation = {
  message: MessageRow
  package: string
  packageName: PackageName
  said: Said
  /** The attachment is in it. */
  isCarried: boolean
  change: Change
}

/** Where an invitation would go. Refusals: those of the route, route.capability for an operator that takes none. */
export function invitationRoute(
  context: Pick<PipelineContext, 'book' | 'settings'>,
  { home, to, at }: { home: OperatorCode; to: ParticipantId; at: Date },
): Route | Refusal {
  return chooseRoute({
    book: context.book(),
    recipient: to,
    ingressPeer: homePeerOf(home),
    homeCodes: context.settings.homeCodes as OperatorCode[],
    kind: 'invitation',
    at,
  })
}

/**
 * Forms it and puts its bytes into the store; rows are left to the caller, who commits the change whole, with what else
 * belongs to it. A StaleChange at the commit means to do it all again: the bytes without rows are swept. Refusals: those
 * of the route and of the writer.
 */
export async function formInvitation(
  context: PipelineContext,
  invitation: OutgoingInvitation,
): Promise<FormedInvitation | Refusal> {
  const { home, type, from, to, comment, remote, apiKey, at } = invitation
  const route = invitationRoute(context, { home, to: to.id, at })
  if (isRefusal(route)) return route
  const sentAt = at.toISOString()
  const carried = carriedBy(context, route, invitation)
  const headers = headersOf(carried)
  const formed = await context.workers.formMessage({
    wireId: randomBytes(wireIdBytes).toString('hex'),
    description: { type, from, to, sentAt, comment, ...headers },
    files: filesOf(carried),
    dialect: homeDialect,
    signAs: context.settings.homeIdentities.includes(home) ? home : hubIdentityName,
    at,
  })
  if (isRefusal(formed)) return formed
  const { ref, sha256 } = await context.blobs.put(formed.bytes)
  const name = newPackageName()
  const arrived = arrivalRows(context, {
    arrival: { transport: 'api', name, bytes: formed.bytes, receiptAddress: undefined, remote, at },
    sha256,
    peer: homePeerOf(home),
    content: formed.content,
    blob: ref,
    ...(apiKey === undefined ? {} : { apiKey }),
  })
  const [message] = arrived.change.messages ?? []
  if (message === undefined) throw new TypeError('a formed package has its message')
  const said = await say(context, { by: from.id, to: to.id, type, sentAt, message: message.id, at })
  const homeDocuments = homeDocumentRows(home, message.id, headers.documents)
  const change = joinChanges([arrived.change, { homeDocuments }, said.change])
  const isCarried = carried.documents.length > 0
  return { message, package: arrived.packageId, packageName: name, said, isCarried, change }
}

const nothing = { documents: [], signatures: [] }

/** Приглашение may hold a Документ, but not every operator looks for one there: only who says so gets it. */
function carriedBy(
  context: PipelineContext,
  route: Route,
  { attachment = { ...nothing, digest: '' } }: OutgoingInvitation,
): Pick<InviteAttachment, 'documents' | 'signatures'> {
  const takesIt = 'plan' in route && policyOf(context, route.plan.peer)?.invitationDocuments === true
  return takesIt ? attachment : nothing
}
