// What stands behind claim links: tokens made for letters, the view of a page, and the choice of its reader.

import { hash, randomBytes } from 'node:crypto'
import type { OperatorCode } from '../../schemas/ids.ts'
import type { ClaimChoice, ClaimDesk, ClaimOutcome, ClaimView } from '../../schemas/invites/invite.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { claimEntry } from '../links/claim-entry.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import { type KeptClaim, readClaim, readClaims } from '../store/links/claims.ts'
import { readInvite } from '../store/links/reads.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { type Chosen, type ClaimContext, faultOfChoice, outcomeAgain, settle } from './choice.ts'
import { decideAndCommit } from './rounds.ts'

const tokenBytes = 32
/** A token is 32 random bytes in base64url; nothing else is looked up. */
const tokenForm = /^[A-Za-z0-9_-]{43}$/

/**
 * Makes the desk. Links of one invitation stay good until one is used, all are taken back, or their time is over: letters
 * may come in any order. `directory` is asked for an id, when given.
 */
export function makeClaimDesk(context: ClaimContext): ClaimDesk {
  return {
    mint: (invite, at) => mint(context, invite, at),
    look: (token, at) => look(context, token, at),
    choose: (token, choice, at) => choose(context, { token, choice, at }),
  }
}

async function mint(
  context: PipelineContext,
  id: string,
  at: Date,
): Promise<{ token: string; expiresAt: Date } | undefined> {
  const invite = await readInvite(context.store, id)
  if (invite?.state !== 'unclaimed') return undefined
  const token = randomBytes(tokenBytes).toString('base64url')
  const expiresAt = new Date(at)
  expiresAt.setUTCDate(expiresAt.getUTCDate() + context.settings.claimValidDays)
  const digest = digestOf(token)
  await context.committer.submit({
    claims: [{ digest, invite: id, made_at: at, expires_at: expiresAt }],
    journal: [claimEntry(context, { invite, event: 'made', at })],
  })
  return { token, expiresAt }
}

async function look(context: ClaimContext, token: string, at: Date): Promise<ClaimView | Refusal> {
  const found = await find(context, token)
  if (isRefusal(found)) return found
  const refusal = faultOfClaim(found, at)
  if (refusal !== undefined) return refusal
  const { claim, invite } = found
  return {
    inviter: { name: invite.sender_name, inn: invite.sender_inn },
    inn: invite.inn ?? '',
    message: invite.message ?? undefined,
    operator: context.operatorName ?? homeName(context, invite.home as OperatorCode),
    expiresAt: claim.expires_at,
  }
}

/**
 * One transaction decides: it takes the free claim and writes over the version of the invitation that was read. Who comes
 * second reads again and finds the choice made: the same one gets the same answer.
 */
async function choose(
  context: ClaimContext,
  { token, choice, at }: { token: string; choice: ClaimChoice; at: Date },
): Promise<ClaimOutcome | Refusal> {
  return decideAndCommit<ClaimOutcome | Refusal>(context, async () => {
    const found = await find(context, token)
    if (isRefusal(found)) return { result: found }
    const { claim, invite } = found
    const mark = hash('sha256', JSON.stringify(markedParts(choice)), 'hex')
    const refusal = faultOfClaim(found, at)
    if (refusal !== undefined) {
      const isSame = refusal.code === 'claim.used' && (await wasChosen(context, invite, mark))
      return { result: isSame ? outcomeAgain(context, { invite, choice, at }) : refusal }
    }
    const fault = await faultOfChoice(context, { invite, choice, at })
    if (fault !== undefined) return { result: fault }
    const settled = await settle(context, { invite, choice, at })
    if (isRefusal(settled)) return { result: settled }
    return { result: settled.outcome, change: wholeChange(context, { claim, choice, mark, at, settled }) }
  })
}

function wholeChange(
  context: PipelineContext,
  of: { claim: KeptClaim; choice: ClaimChoice; mark: string; at: Date; settled: Chosen },
): Change {
  const { claim, choice, mark, at, settled } = of
  const contact = choice.is === 'join' ? choice.contact.trim() : null
  const used: Change = {
    claimsUsed: [{ digest: claim.digest, used_at: at, choice: mark, contact }],
    journal: [claimEntry(context, { invite: settled.invite, event: 'used', at })],
  }
  return joinChanges([settled.change, used])
}

/** What makes two choices the same. */
function markedParts(choice: ClaimChoice): string[] {
  if (choice.is === 'join') return ['join', choice.name.trim(), choice.kpp ?? '', choice.contact.trim()]
  return choice.is === 'id' ? ['id', choice.id.toLowerCase()] : ['decline']
}

type Found = { claim: KeptClaim; invite: InviteRow }

async function find({ store }: PipelineContext, token: string): Promise<Found | Refusal> {
  if (!tokenForm.test(token)) return refuse('claim.unknown', 'форма (form)')
  const claim = await readClaim(store, digestOf(token))
  const invite = claim === undefined ? undefined : await readInvite(store, claim.invite)
  if (claim === undefined || invite === undefined) return refuse('claim.unknown', 'нет такой (none such)')
  return { claim, invite }
}

/** Why a link is good no more: used, taken back, too old, or its invitation has ended on another way. */
function faultOfClaim({ claim, invite }: Found, at: Date): Refusal | undefined {
  if (claim.used_at !== null) return refuse('claim.used', claim.used_at.toISOString())
  // With its end all links of an invitation were taken back, but people are told what ended it.
  if (invite.state === 'lapsed') return refuse('claim.expired', invite.state_at.toISOString())
  const isTakenBack =
    claim.revoked_at !== null && (invite.state === 'unclaimed' || invite.state === 'withdrawn')
  if (isTakenBack) return refuse('claim.unknown', 'отозвана (taken back)')
  if (invite.state !== 'unclaimed') return refuse('claim.used', invite.state_at.toISOString())
  return claim.expires_at <= at ? refuse('claim.expired', claim.expires_at.toISOString()) : undefined
}

/** Whether this very choice was made by a link of the invitation. */
async function wasChosen({ store }: PipelineContext, invite: InviteRow, mark: string): Promise<boolean> {
  const claims = await readClaims(store, invite.id)
  return claims.some(({ used_at, choice }) => used_at !== null && choice === mark)
}

function digestOf(token: string): string {
  return hash('sha256', token, 'hex')
}

/** Who a home code is to people, where no name is set. */
function homeName(context: Pick<PipelineContext, 'book'>, home: OperatorCode): string {
  const operators = [...context.book().operators.values()]
  return operators.find(({ codes }) => codes.some(({ code }) => code.toUpperCase() === home))?.name ?? home
}
