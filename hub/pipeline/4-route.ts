// Stage 4, hop PROCESS: repeats, parents, and the next hop of each message (RULES 2, 9, 12, 15).

import { companionsOf } from '../../routing/companions.ts'
import { judgeDuplicate, seenElsewhere } from '../../routing/duplicate.ts'
import { chooseRoute } from '../../routing/route.ts'
import {
  homeCodeOf,
  homePeerOf,
  type OperatorCode,
  type ParticipantId,
  type PeerId,
} from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, refusalText, refuse } from '../../schemas/refusals.ts'
import { readParents, readSightings, type SeenRow } from '../store/hot/reads.ts'
import type { LinkFacts } from '../store/links/waits.ts'
import { type PipelineContext, policyOf } from './context.ts'
import { homeDocumentRows } from './home-documents.ts'
import { judgeLink, type KnownLinks, namedOf, readLinks } from './linkless/judge.ts'
import { type NewRecipient, readdressPassage } from './linkless/readdress.ts'
import { lookAgainAt } from './look-again.ts'
import { answersWhatGotThrough, type Bringers, bringersOf, judgeParents } from './parents.ts'
import { onTheWay, type Passage, type ProcessStage } from './passage.ts'
import { routeText } from './reasons.ts'
import { refusedBy } from './run/named.ts'
import { lacksDataAlone, verdictSays } from './verdict/says.ts'

/** Decides for each message: planned, parked, refused, repeated. Only reads; the same rows give the same answer. */
export const route: ProcessStage = {
  name: 'route',
  async run(context, batch, now) {
    const passages = onTheWay(batch)
    if (passages.length === 0) return
    const references = passages.flatMap((passage) => passage.examined?.references ?? [])
    const [sightings, parents, links] = await Promise.all([
      readSightings(
        context.store,
        passages.map(({ message }) => message.wire_id),
      ),
      readParents(context.store, references),
      readLinks(
        context,
        passages.map(({ message }) => message),
        now,
      ),
    ])
    const bringers = bringersOf(parents)
    const companions = companionsIn(passages, bringers)
    for (const passage of passages) {
      const deciding = { context, passage, sightings, bringers, companions, links, now }
      const target = decide(deciding)
      if (target !== undefined) await readdressOrFail(context, passage, { target, now })
    }
  },
}

type Deciding = {
  context: PipelineContext
  passage: Passage
  sightings: readonly SeenRow[]
  bringers: Bringers
  companions: ReadonlyMap<string, ReadonlySet<string>>
  links: KnownLinks
  now: Date
}

/** Messages of one batch that refer to each other, by message; those of a package are always in one batch. */
function companionsIn(passages: readonly Passage[], bringers: Bringers): Map<string, ReadonlySet<string>> {
  const ids = new Set(passages.map(({ message }) => message.id))
  const edges = passages.map(({ message, examined }): [string, string[]] => [
    message.id,
    (examined?.references ?? []).flatMap((document) =>
      (bringers.get(document) ?? []).map((parent) => parent.message).filter((id) => ids.has(id)),
    ),
  ])
  return companionsOf(new Map(edges))
}

/** Says what becomes of a message; gives the new recipient of one that is to be formed anew for it. */
function decide(deciding: Deciding): NewRecipient | undefined {
  const { passage, bringers, companions } = deciding
  const { message } = passage
  if (isRepeat(deciding)) return undefined
  const parents = judgeParents({
    message,
    references: passage.examined?.references ?? [],
    bringers,
    companions: companions.get(message.id) ?? new Set(),
  })
  // After repeats: what was delivered once is told as delivered, whatever its certificates are worth by now.
  const said = verdictSays(passage)
  const mayStillCome = parents.named?.event === 'parked' && lacksDataAlone(passage)
  if (said !== undefined && !mayStillCome) {
    passage.named = said
    return undefined
  }
  // Before parents: a message must not call a person for a parent that waits for the same link.
  const target = judgeLinkOf(deciding)
  if (target !== undefined || passage.named !== undefined) return target
  if (parents.named !== undefined) passage.named = parents.named
  else plan(deciding, parents.unknown)
  return undefined
}

/** Puts it on hold, refuses it, or names the new recipient; nothing for what goes. */
function judgeLinkOf({ context, passage, bringers, links, now }: Deciding): NewRecipient | undefined {
  const { message, examined } = passage
  const facts = links.get(message.id)
  if (facts === undefined) return undefined
  passage.hasLinkWait = hasWaited(facts)
  const isAnswer = answersWhatGotThrough(message, { examined, bringers })
  const answer = judgeLink(context, { message, facts, isAnswer, now })
  if (answer.is === 'readdressed' && homeCodeOf(message.peer) !== undefined)
    return { to: answer.to, invite: answer.invite, facts }
  const named = namedOf(answer, { message, facts })
  if (named !== undefined) passage.named = named
  return undefined
}

/** A worker or the store that fails at one message keeps nobody waiting but that one. */
async function readdressOrFail(
  context: PipelineContext,
  passage: Passage,
  of: { target: NewRecipient; now: Date },
): Promise<void> {
  try {
    await readdressPassage(context, passage, of)
  } catch (error) {
    context.watcher.fault('process.readdress', error)
    passage.fault = error
  }
}

/** RULES 12. Says what a repeat comes to; false when the message is to be processed. */
function isRepeat({ passage, sightings, now }: Deciding): boolean {
  const { message } = passage
  const own = { message: message.id, contentSha256: message.content_sha256 }
  const earlier = sightings.find((one) => one.wire_id === message.wire_id && one.peer === message.peer)
  const sighting = earlier && { ...earlier, contentSha256: earlier.content_sha256 }
  switch (judgeDuplicate(own, sighting).means) {
    case 'new':
      return false
    case 'again':
      if (earlier !== undefined) passage.takesPlaceOf = earlier.message
      return false
    case 'again-later':
      passage.lookAgainAt = lookAgainAt(message.received_at, now, limits.repeatRecheckMs)
      return true
    case 'repeat-in-progress':
      passage.named = { event: 'repeat-in-progress' }
      return true
    case 'repeat-of-success':
      passage.named = { event: 'repeat-of-success' }
      return true
    case 'differs':
      passage.named = refusedBy(refuse('message.differs', message.wire_id))
      return true
  }
}

function plan(
  { context, passage, sightings, links, now }: Deciding,
  unknownParents: readonly string[],
): void {
  const { message } = passage
  const sameId = sightings.filter((one) => one.wire_id === message.wire_id)
  const own = { message: message.id, peer: message.peer, contentSha256: message.content_sha256 }
  const seen = seenElsewhere(
    own,
    sameId.map((one) => ({ ...one, contentSha256: one.content_sha256 })),
  )
  const chosen = chooseRoute({
    book: context.book(),
    recipient: message.recipient as ParticipantId,
    // Who stood in for a counterparty may have become a subscriber of the very code that invited it.
    ingressPeer: hasWaited(links.get(message.id)) ? undefined : (message.peer as PeerId),
    homeCodes: context.settings.homeCodes as OperatorCode[],
    seenFrom: seen as PeerId[],
    kind: message.kind,
    at: now,
  })
  if (isRefusal(chosen)) {
    passage.named = refusedBy(chosen)
    return
  }
  if ('home' in chosen) {
    bringHome(context, passage, chosen)
    return
  }
  if (unknownParents.length > 0 && policyOf(context, chosen.plan.peer)?.unknownParent === 'refuse') {
    const refusal = refuse('message.parent-unknown', unknownParents.join(' '))
    passage.named = {
      event: 'unknown-id',
      reason: refusal.code,
      text: refusalText(refusal),
      ids: [...unknownParents],
    }
    return
  }
  passage.plan = chosen.plan
}

function hasWaited(facts: LinkFacts | undefined): boolean {
  return facts !== undefined && facts.wait_is_wanted !== null
}

/** RULES 19: it is in the inbox of its home code as soon as this is committed. */
function bringHome(
  context: PipelineContext,
  passage: Passage,
  { home, reason }: { home: OperatorCode; reason: string },
): void {
  const { message, examined } = passage
  const answersItself = context.settings.homeAnsweringCodes.includes(home)
  passage.homeDocuments = homeDocumentRows(home, message.id, examined?.documents ?? [])
  passage.named = {
    event: 'inboxed',
    patch: { next_peer: homePeerOf(home), out_wire_id: null, route_reason: routeText(reason), reason: null },
    holds: answersItself ? ['service-answers'] : [],
  }
}
