// Sends the letters that are due: each is made from its invitation as that stands now, and what became of it is recorded.

import { resolve } from '../../routing/directory.ts'
import type { InviteState } from '../../routing/machines/invite.ts'
import { nextAttemptAt } from '../../routing/retry.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import type { ClaimDesk } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import { type EmailAddress, parseEmail } from '../../schemas/mail/email.ts'
import type { LetterReason } from '../../schemas/mail/refusals.ts'
import { inviteNews } from '../links/move-invite.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { StaleChange } from '../store/hot/batcher.ts'
import type { Change } from '../store/hot/change.ts'
import type { Lease } from '../store/lease.ts'
import { type KeptLetter, readDueLetters } from '../store/links/letters.ts'
import { readInvite } from '../store/links/reads.ts'
import type { InviteRow, LetterKind } from '../store/links/rows.ts'
import { composeLetter } from './compose.ts'
import { oneLine } from './plain-text.ts'
import type { Mailer, ReadyLetter } from './ports.ts'

/** What sending letters needs. */
export type PostOffice = {
  context: Pick<PipelineContext, 'store' | 'committer' | 'clock' | 'book'>
  mailer: Mailer
  /** Makes the tokens of claim links; without it letters with a link wait. */
  claims: Pick<ClaimDesk, 'mint'> | undefined
  /** Our operator, for people. */
  home: string
  from: EmailAddress
  /** Where the pages of claim links are, with a slash at the end. */
  portalAddress: string
  retryMs: readonly number[]
  retryForMs: number
  connectionsMax: number
  onTried(kind: LetterKind, outcome: Outcome): void
  onFault(place: string, error: unknown): void
}

/** How an attempt may end. */
export type Outcome = 'sent' | 'retry' | 'bounced' | 'dropped'

/** The state in which an invitation still needs a letter of a kind. */
const needs: Readonly<Record<LetterKind, InviteState>> = {
  asked: 'asked',
  claim: 'unclaimed',
  readdressed: 'asked',
  linked: 'linked',
  refused: 'refused',
}
/** Kinds whose bounce means that the invited organisation knows nothing. */
const inviting: ReadonlySet<LetterKind> = new Set(['asked', 'claim', 'readdressed'])

/** Kinds that may go now. */
function kindsOf({ claims }: Pick<PostOffice, 'claims'>): LetterKind[] {
  const kinds = Object.keys(needs) as LetterKind[]
  return kinds.filter((kind) => kind !== 'claim' || claims !== undefined)
}

/**
 * Sends limits.lettersPerRunMax letters at most and says how many were due. At least once: a process that ends between
 * the server's acceptance and the commit sends the letter again, under the same Message-ID. Attempts that end because
 * the lease is lost or the hub stops are not counted.
 */
export async function deliverLetters(office: PostOffice, lease: Lease, signal: AbortSignal): Promise<number> {
  const { context, connectionsMax } = office
  const letters = await readDueLetters(context.store, {
    now: context.clock.now(),
    kinds: kindsOf(office),
    countMax: limits.lettersPerRunMax,
  })
  const waiting = [...letters]
  const work = async () => {
    for (let letter = waiting.shift(); letter !== undefined; letter = waiting.shift()) {
      if (signal.aborted) return
      try {
        await deliverOne(office, { letter, lease, signal })
      } catch (error) {
        office.onFault('mail.deliver', error)
      }
    }
  }
  await Promise.all(Array.from({ length: connectionsMax }, work))
  return letters.length
}

/** What came of one attempt. */
type Tried = { outcome: Outcome; reason?: LetterReason; dueAt?: Date; file?: string; messageId?: string }

type Going = { letter: KeptLetter; lease: Lease; signal: AbortSignal }

async function deliverOne(office: PostOffice, going: Going): Promise<void> {
  const { letter, signal } = going
  const invite = await readInvite(office.context.store, letter.invite)
  const ready = await makeReady(office, letter, invite)
  const tried = 'outcome' in ready ? ready : await post(office, { ready, letter, signal })
  if (tried !== undefined) await record(office, going, tried)
}

/** The letter with its words; or why it does not go. */
async function makeReady(
  office: PostOffice,
  letter: KeptLetter,
  invite: InviteRow | undefined,
): Promise<ReadyLetter | Tried> {
  const { context } = office
  const dropped: Tried = { outcome: 'dropped', reason: 'mail.not-needed' }
  if (invite === undefined || invite.state !== needs[letter.kind]) return dropped
  const to = parseEmail(letter.recipient)
  if (to === undefined) return { outcome: 'bounced', reason: 'mail.address' }
  const at = context.clock.now()
  const link = letter.kind === 'claim' ? await mintLink(office, invite.id, at) : undefined
  if (letter.kind === 'claim' && link === undefined) return dropped
  const words = composeLetter({
    letter,
    invite,
    operator: operatorOf(office, invite, at),
    home: office.home,
    link,
  })
  return {
    ...words,
    id: letter.id,
    from: { name: oneLine(office.home, limits.letterNameLengthMax), address: office.from },
    to,
    messageId: `<${letter.id}@${office.from.slice(office.from.lastIndexOf('@') + 1)}>`,
    at,
  }
}

/** The token goes into the letter and nowhere else. */
async function mintLink({ claims, portalAddress }: PostOffice, invite: string, at: Date) {
  const minted = await claims?.mint(invite, at)
  if (minted === undefined) return undefined
  return { url: new URL(`claim/${minted.token}`, portalAddress).href, expiresAt: minted.expiresAt }
}

/** The operator whose subscriber is invited, as the book names it. */
function operatorOf({ context, home }: PostOffice, invite: InviteRow, at: Date): string {
  if (invite.counterparty === invite.stand_in) return home
  const { operator, code } = resolve(context.book(), invite.counterparty as ParticipantId, at)
  return operator?.name ?? code
}

async function post(
  office: PostOffice,
  { ready, letter, signal }: { ready: ReadyLetter; letter: KeptLetter; signal: AbortSignal },
): Promise<Tried | undefined> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(limits.letterSendMs)])
  const posted = await office.mailer.post(ready, inTime)
  const { messageId } = ready
  if (posted.is === 'sent') {
    return { outcome: 'sent', messageId, ...(posted.file === undefined ? {} : { file: posted.file }) }
  }
  if (signal.aborted) return undefined
  if (posted.is === 'refused') return { outcome: 'bounced', messageId, reason: posted.reason }
  const { clock } = office.context
  const dueAt = nextAttemptAt({
    attempt: letter.attempts + 1,
    firstAt: letter.made_at,
    now: clock.now(),
    retryMs: office.retryMs,
    retryForMs: office.retryForMs,
    random: clock.random(),
  })
  if (dueAt === undefined) return { outcome: 'bounced', messageId, reason: 'mail.expired' }
  return { outcome: 'retry', messageId, reason: posted.reason, dueAt }
}

/** Commits what came of it. Somebody else's change of the invitation that came first is read and put up with. */
async function record(office: PostOffice, { letter, lease }: Going, tried: Tried): Promise<void> {
  const { context } = office
  for (let round = 1; ; round += 1) {
    const invite = await readInvite(context.store, letter.invite)
    try {
      await context.committer.submit({ leases: [lease], ...changeOf(office, { letter, invite, tried }) })
      break
    } catch (error) {
      if (!(error instanceof StaleChange) || round >= limits.letterCommitRoundsMax) throw error
    }
  }
  office.onTried(letter.kind, tried.outcome)
}

function changeOf(
  { context }: PostOffice,
  { letter, invite, tried }: { letter: KeptLetter; invite: InviteRow | undefined; tried: Tried },
): Change {
  const { outcome, reason = null, dueAt, file = null, messageId = letter.message_id } = tried
  const { clock } = context
  const at = clock.now()
  const attempts = letter.attempts + 1
  const isOver = outcome !== 'retry'
  const move = {
    id: letter.id,
    state: outcome === 'retry' ? ('queued' as const) : outcome,
    attempts,
    due_at: dueAt ?? letter.due_at,
    ended_at: isOver ? at : null,
    message_id: messageId,
    reason,
    file,
  }
  const facts = { letter: letter.kind, invite: letter.invite, outcome, reason, attempt: attempts }
  const entry = { id: clock.newId(), at, kind: 'letter.tried' as const, subject: letter.id, facts }
  return { letterMoves: [move], journal: [entry], ...inviteChange(context, { letter, invite, outcome, at }) }
}

/** The invitation says what became of its letter; its service hears of a bounce. */
function inviteChange(
  context: PostOffice['context'],
  of: { letter: KeptLetter; invite: InviteRow | undefined; outcome: Outcome; at: Date },
): Change {
  const { letter, invite, outcome, at } = of
  if (invite === undefined || !inviting.has(letter.kind)) return {}
  if ((outcome !== 'sent' && outcome !== 'bounced') || outcome === invite.mail) return {}
  const row = { ...invite, mail: outcome, version: invite.version + 1 }
  return outcome === 'sent'
    ? { invites: [row] }
    : { invites: [row], ...inviteNews(context, { invite: row, news: 'bounced', at }) }
}
