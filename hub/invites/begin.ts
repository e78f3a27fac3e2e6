// What every request of an invitation goes through first: its faults, its key, and what is known of its sender.

import { hash } from 'node:crypto'
import { participantKey } from '../../schemas/ids.ts'
import type { InviteRequest } from '../../schemas/invites/invite.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { isOwnSender } from '../home/submit.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { readSubscriber } from '../store/links/claims.ts'
import { readInviteByKey } from '../store/links/invites.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { faultOfRequest } from './checks.ts'
import type { KnownSender, Making } from './making.ts'

/** The invitation made under this key before, or what a new one is made of. */
export async function begin(
  context: PipelineContext,
  request: InviteRequest,
): Promise<{ earlier: InviteRow } | Making | Refusal> {
  const { home, key, at } = request
  const fault = faultOfRequest(request)
  if (fault !== undefined) return fault
  if (!isOwnSender(context, { home, sender: request.sender.id, at })) {
    return refuse('home.sender', `код (code) ${home}`)
  }
  const digest = inviteDigest(request)
  const earlier = await readInviteByKey(context.store, home, key)
  if (earlier !== undefined && earlier.digest !== digest) {
    return refuse('invite.key-reused', `${earlier.id}: ${earlier.made_at.toISOString()}`)
  }
  if (earlier !== undefined) return { earlier }
  const sender = await knownSender(context, request)
  return isRefusal(sender) ? sender : { request, sender, digest }
}

/** What was asked for, without who asked and when: the same request has the same digest, SHA-256 in hex. */
export function inviteDigest({
  sender,
  counterparty,
  message,
  comment,
  attachment,
}: Omit<InviteRequest, 'key' | 'at'>): string {
  const other =
    counterparty.by === 'id'
      ? [participantKey(counterparty.id)]
      : [counterparty.inn, counterparty.kpp, counterparty.name]
  const parts = [
    [participantKey(sender.id), sender.inn, sender.kpp, sender.name],
    [counterparty.by, ...other, counterparty.email],
    [message, comment],
    ...(attachment === undefined ? [] : [[attachment.digest]]),
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
