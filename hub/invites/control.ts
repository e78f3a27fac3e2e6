// What a service does with an invitation it made: send the letter again, take claim links back, withdraw it.

import { cellFor } from '../../routing/link.ts'
import { type OperatorCode, type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { claimEntry } from '../links/claim-entry.ts'
import { moveInvite } from '../links/move-invite.ts'
import { counterpartyOf, inviterOf } from '../links/parties.ts'
import { sidesOf } from '../links/say.ts'
import { speak } from '../links/speak.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import { readLetters } from '../store/links/invites.ts'
import { readInvite, readLink } from '../store/links/reads.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { lettersTo } from './letter.ts'
import { decideAndCommit } from './rounds.ts'

/** Which invitation, and who asks. */
export type Controlling = {
  home: OperatorCode
  invite: string
  remote: string
  apiKey: string | undefined
  at: Date
}

type Decided = { result: InviteRow | Refusal | undefined; change?: Change }

/**
 * Queues the letter once more: with a new claim link while the invitation waits for a claim, else with where to accept it.
 * Undefined for what is not there (RULES 4). Refusals: invite.not-open, invite.no-letter, invite.resend-too-soon.
 */
export function resend(context: PipelineContext, of: Controlling): Promise<InviteRow | Refusal | undefined> {
  return onInvite(context, of, async (invite) => {
    const { at } = of
    if (invite.state !== 'unclaimed' && invite.state !== 'asked') {
      return { result: refuse('invite.not-open', invite.state) }
    }
    if (invite.email === null) return { result: refuse('invite.no-letter', invite.kind) }
    const letters = await readLetters(context.store, invite.id)
    const last = letters.at(0)?.made_at ?? invite.made_at
    const freeAt = new Date(last.getTime() + context.settings.claimResendAfterMs)
    if (freeAt > at) return { result: refuse('invite.resend-too-soon', freeAt.toISOString()) }
    if (letters.length >= limits.inviteLettersMax) {
      return { result: refuse('invite.resend-too-soon', `писем (letters): ${letters.length}`) }
    }
    const kind = invite.state === 'unclaimed' ? 'claim' : 'asked'
    // The version makes one of two callers wait for the letter of the other.
    const row: InviteRow = { ...invite, mail: 'queued', version: invite.version + 1 }
    return { result: row, change: { invites: [row], letters: lettersTo(context, { invite, kind, at }) } }
  })
}

/** Takes all unused claim links back; the invitation still waits, and its letter may be sent again. May run twice. */
export function revoke(context: PipelineContext, of: Controlling): Promise<InviteRow | Refusal | undefined> {
  return onInvite(context, of, async (invite) => {
    if (invite.state !== 'unclaimed') return { result: refuse('invite.not-open', invite.state) }
    const { at } = of
    const journal = [claimEntry(context, { invite, event: 'revoked', at })]
    return { result: invite, change: { claimsRevoked: [{ invite: invite.id, at }], journal } }
  })
}

/**
 * Withdraws it: a Разрыв follows a Запрос that stands, claim links are good no more, the stand-in retires. One that was
 * withdrawn stays so. Refusals: invite.not-open for one that ended otherwise, and those of the route while the Разрыв
 * cannot go out: the Запрос still stands then, and so does the invitation.
 */
export function withdraw(
  context: PipelineContext,
  of: Controlling,
): Promise<InviteRow | Refusal | undefined> {
  return onInvite(context, of, async (invite) => {
    if (invite.state === 'withdrawn') return { result: invite }
    const { at } = of
    const broken = await breakOff(context, invite, of)
    if (isRefusal(broken)) return { result: broken }
    const moved = moveInvite(context, { invite, event: 'withdrawn', at })
    if (moved.means !== 'transition') return { result: refuse('invite.not-open', invite.state) }
    return { result: moved.invite, change: joinChanges([moved.change, broken]) }
  })
}

/** The Разрыв of a request that stands; nothing where none does. */
async function breakOff(
  context: PipelineContext,
  invite: InviteRow,
  { remote, apiKey, at }: Controlling,
): Promise<Change | Refusal> {
  if (invite.state !== 'asked') return {}
  const [by, to] = [invite.sender as ParticipantId, invite.counterparty as ParticipantId]
  const { first, second, side } = sidesOf({ by, to })
  const link = await readLink(context.store, participantKey(first), participantKey(second))
  const cell = link === undefined ? 'none' : cellFor(side, link.cell)
  if (cell === 'linked') return refuse('invite.not-open', cell)
  if (cell !== 'asked-by-us' && cell !== 'asked-again-by-us') return {}
  const said = await speak(context, {
    home: invite.home as OperatorCode,
    type: 'break',
    from: inviterOf(invite),
    to: counterpartyOf(invite),
    comment: undefined,
    except: invite.id,
    remote,
    apiKey,
    at,
  })
  return isRefusal(said) ? said : said.change
}

function onInvite(
  context: PipelineContext,
  { home, invite: id }: Controlling,
  decide: (invite: InviteRow) => Promise<Decided>,
): Promise<InviteRow | Refusal | undefined> {
  return decideAndCommit(context, async (): Promise<Decided> => {
    const invite = await readInvite(context.store, id)
    if (invite === undefined || invite.home !== home) return { result: undefined }
    return decide(invite)
  })
}
