// The desk of invitations: each is made once, whoever asks for it how often (RULES 11).

import { hash } from 'node:crypto'
import { type ParticipantId, participantKey, type RowId } from '../../schemas/ids.ts'
import type { InviteDesk, InviteMade, InviteRequest } from '../../schemas/invites/invite.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { isOwnSender } from '../home/submit.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { readSubscriber } from '../store/links/claims.ts'
import { readInviteByKey } from '../store/links/invites.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { seenOf } from './ask.ts'
import { inviteById } from './by-id.ts'
import { inviteByInn } from './by-inn.ts'
import { faultOfRequest } from './checks.ts'
import type { KnownSender, Made, Making } from './making.ts'
import { decideAndCommit } from './rounds.ts'

/** Makes the desk. */
export function makeInviteDesk(context: PipelineContext): InviteDesk {
  return { invite: (request) => invite(context, request) }
}

async function invite(context: PipelineContext, request: InviteRequest): Promise<InviteMade | Refusal> {
  const { home, key, at } = request
  const fault = faultOfRequest(request)
  if (fault !== undefined) return fault
  if (!isOwnSender(context, { home, sender: request.sender.id, at })) {
    return refuse('home.sender', `код (code) ${home}`)
  }
  const digest = digestOf(request)
  return decideAndCommit<InviteMade | Refusal>(context, async () => {
    const earlier = await readInviteByKey(context.store, home, key)
    if (earlier !== undefined && earlier.digest !== digest) {
      return { result: refuse('invite.key-reused', `${earlier.id}: ${earlier.made_at.toISOString()}`) }
    }
    if (earlier !== undefined) return { result: madeOf(earlier, true) }
    const sender = await knownSender(context, request)
    if (isRefusal(sender)) return { result: sender }
    const made = await make(context, { request, sender, digest })
    if (isRefusal(made)) return { result: made }
    if (made.change === undefined) return { result: madeOf(made.invite, true) }
    const learned = learnedOf(request, sender)
    const subscribers = [...(made.change.subscribers ?? []), ...learned]
    return { result: madeOf(made.invite, false), change: { ...made.change, subscribers } }
  })
}

function make(context: PipelineContext, making: Making): Promise<Made | Refusal> {
  const { counterparty } = making.request
  return counterparty.by === 'id'
    ? inviteById(context, { ...making, counterparty })
    : inviteByInn(context, { ...making, counterparty })
}

/** What was asked for, without who asked and when: the same request has the same digest. */
function digestOf({ sender, counterparty, message, comment }: InviteRequest): string {
  const other =
    counterparty.by === 'id'
      ? [participantKey(counterparty.id)]
      : [counterparty.inn, counterparty.kpp, counterparty.name]
  const parts = [
    [participantKey(sender.id), sender.inn, sender.kpp, sender.name],
    [counterparty.by, ...other, counterparty.email],
    [message, comment],
  ]
  return hash('sha256', JSON.stringify(parts.map((list) => list.map((one) => one ?? null))), 'hex')
}

/** The request says it, or it is known. An inactive or retired subscriber invites nobody. */
async function knownSender(
  context: PipelineContext,
  { sender }: InviteRequest,
): Promise<KnownSender | Refusal> {
  const known = await readSubscriber(context.store, participantKey(sender.id))
  if (known?.state === 'inactive' || known?.state === 'retired') {
    return refuse('invite.retired', known.moved_to ?? known.state, 'sender')
  }
  const inn = sender.inn ?? known?.inn ?? undefined
  const name = sender.name ?? known?.name ?? undefined
  if (inn === undefined || name === undefined) {
    const missing = [...(inn === undefined ? ['inn'] : []), ...(name === undefined ? ['name'] : [])]
    return refuse('invite.sender-unknown', missing.join(', '), 'sender')
  }
  return { id: sender.id, inn, kpp: sender.kpp ?? known?.kpp ?? undefined, name }
}

function learnedOf({ sender, at }: InviteRequest, known: KnownSender) {
  const isNew = sender.inn !== undefined || sender.kpp !== undefined || sender.name !== undefined
  return isNew ? [seenOf(known, 'active', at)] : []
}

const outcomes: Readonly<Partial<Record<InviteRow['state'], InviteMade['outcome']>>> = {
  asked: 'asked',
  unclaimed: 'unclaimed',
  application: 'application',
  linked: 'linked',
}

function madeOf(row: InviteRow, isRepeated: boolean): InviteMade {
  return {
    invite: row.id as RowId,
    outcome: outcomes[row.state] ?? (row.kind === 'by-inn' ? 'unclaimed' : 'asked'),
    counterparty: row.counterparty as ParticipantId,
    isRepeated,
  }
}
