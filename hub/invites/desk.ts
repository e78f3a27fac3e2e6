// The desk of invitations: each is made once, whoever asks for it how often (RULES 11).

import type { ParticipantId, RowId } from '../../schemas/ids.ts'
import type { InviteDesk, InviteMade, InviteRequest } from '../../schemas/invites/invite.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { seenOf } from '../directory/seen.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { readHasDocument } from '../store/links/invites.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { begin } from './begin.ts'
import { inviteById } from './by-id.ts'
import { inviteByInn } from './by-inn.ts'
import type { KnownSender, Made, Making } from './making.ts'
import { decideAndCommit } from './rounds.ts'

/** Makes the desk. */
export function makeInviteDesk(context: PipelineContext): InviteDesk {
  return { invite: (request) => invite(context, request) }
}

async function invite(context: PipelineContext, request: InviteRequest): Promise<InviteMade | Refusal> {
  return decideAndCommit<InviteMade | Refusal>(context, async () => {
    const begun = await begin(context, request)
    if (isRefusal(begun)) return { result: begun }
    if ('earlier' in begun) return { result: await madeAgain(context, request, begun.earlier) }
    const made = await make(context, begun)
    if (isRefusal(made))
      return { result: made.code === 'invite.open' ? await openOne(context, request, made) : made }
    if (made.change === undefined)
      return { result: madeOf(made.invite, { isRepeated: true, isStanding: true }) }
    const learned = learnedOf(request, begun.sender)
    const subscribers = [...(made.change.subscribers ?? []), ...learned]
    const { isCarried = false } = made
    const result = madeOf(made.invite, { isRepeated: false, isCarried })
    return { result, change: { ...made.change, subscribers } }
  })
}

function make(context: PipelineContext, making: Making): Promise<Made | Refusal> {
  const { counterparty } = making.request
  return counterparty.by === 'id'
    ? inviteById(context, { ...making, counterparty })
    : inviteByInn(context, { ...making, counterparty })
}

/** The open one may be that of this very key: made between the two reads. */
async function openOne(
  context: PipelineContext,
  request: InviteRequest,
  refusal: Refusal,
): Promise<InviteMade | Refusal> {
  const begun = await begin(context, request)
  return !isRefusal(begun) && 'earlier' in begun ? madeAgain(context, request, begun.earlier) : refusal
}

/** Whether the attachment travelled with the Запрос is what the documents of its message tell. */
async function madeAgain(
  context: PipelineContext,
  { attachment }: InviteRequest,
  earlier: InviteRow,
): Promise<InviteMade> {
  const [document] = attachment?.documents ?? []
  const { said_message: message } = earlier
  const isCarried =
    document !== undefined &&
    message !== null &&
    (await readHasDocument(context.store, { message, document: document.id }))
  return madeOf(earlier, { isRepeated: true, isCarried })
}

function learnedOf({ sender, at }: InviteRequest, known: KnownSender) {
  const isNew = sender.inn !== undefined || sender.kpp !== undefined || sender.name !== undefined
  return isNew ? [seenOf(known, { state: 'active', source: 'invite', at })] : []
}

const outcomes: Readonly<Partial<Record<InviteRow['state'], InviteMade['outcome']>>> = {
  asked: 'asked',
  unclaimed: 'unclaimed',
  application: 'application',
  linked: 'linked',
}

/** The answer about an invitation, as it stands by now. */
export function madeOf(
  row: InviteRow,
  of: { isRepeated: boolean; isStanding?: boolean; isCarried?: boolean },
): InviteMade {
  return {
    invite: row.id as RowId,
    outcome: outcomes[row.state] ?? (row.kind === 'by-inn' ? 'unclaimed' : 'asked'),
    counterparty: row.counterparty as ParticipantId,
    standIn: (row.stand_in as ParticipantId | null) ?? undefined,
    isCarried: of.isCarried === true,
    isRepeated: of.isRepeated,
    isStanding: of.isStanding === true,
  }
}
