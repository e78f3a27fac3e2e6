// Checks what a request of an invitation says before anything is read or written.

import { participantKey } from '../../schemas/ids.ts'
import { innKppRefusal } from '../../schemas/inn.ts'
import type { InviteRequest } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import { parseEmail } from '../../schemas/mail/email.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import { isMessage, isName } from './texts.ts'

/** The first fault. Refusals: invite.text, invite.own, invite.email, inn.*, kpp.*; none repeats what was given. */
export function faultOfRequest(request: InviteRequest): Refusal | undefined {
  const { sender, counterparty, message, comment } = request
  return (
    faultOfNumbers(sender, 'sender') ??
    faultOfName(sender.name, 'sender/name') ??
    faultOfCounterparty(request) ??
    faultOfEmail(counterparty.email) ??
    faultOfMessage(message, limits.inviteMessageLengthMax, 'message') ??
    faultOfMessage(comment, limits.inviteCommentLengthMax, 'comment')
  )
}

function faultOfCounterparty({ sender, counterparty }: InviteRequest): Refusal | undefined {
  if (counterparty.by === 'id') {
    const isOwn = participantKey(counterparty.id) === participantKey(sender.id)
    return isOwn ? refuse('invite.own', sender.id, 'counterparty') : undefined
  }
  return faultOfNumbers(counterparty, 'counterparty') ?? faultOfName(counterparty.name, 'counterparty/name')
}

function faultOfNumbers(
  { inn, kpp }: { inn: string | undefined; kpp: string | undefined },
  at: string,
): Refusal | undefined {
  if (inn === undefined) {
    return kpp === undefined ? undefined : refuse('inn.form', 'КПП дан без ИНН (КПП without ИНН)', at)
  }
  const refusal = innKppRefusal({ inn, kpp })
  return refusal === undefined ? undefined : { ...refusal, at: `${at}/${refusal.at ?? 'inn'}` }
}

function faultOfName(name: string | undefined, at: string): Refusal | undefined {
  if (name === undefined || isName(name)) return undefined
  return refuse('invite.text', `одна строка до (one line up to) ${limits.inviteNameLengthMax}`, at)
}

function faultOfEmail(email: string | undefined): Refusal | undefined {
  if (email === undefined || parseEmail(email) !== undefined) return undefined
  return refuse('invite.email', `знаков (characters): ${email.length}`, 'email')
}

function faultOfMessage(text: string | undefined, lengthMax: number, at: string): Refusal | undefined {
  if (text === undefined || isMessage(text, lengthMax)) return undefined
  return refuse('invite.text', `до (up to) ${lengthMax}, без управляющих знаков (no controls)`, at)
}
