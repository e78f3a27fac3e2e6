// Stage 4, links: a waiting message whose counterparty was claimed under another id is formed anew, or goes back.

import { homeCodeOf, type ParticipantId } from '../../../schemas/ids.ts'
import type { NamedPlace } from '../../../schemas/invites/invite.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { hubIdentityName } from '../../own-identity.ts'
import type { PackageInRow } from '../../store/hot/rows.ts'
import type { LinkFacts } from '../../store/links/waits.ts'
import { sizesOf } from '../arrival-rows.ts'
import { homeDialect, journalMaker, type PipelineContext } from '../context.ts'
import type { Passage } from '../passage.ts'
import type { FormedPackage } from '../ports.ts'
import { type NamedWait, refusedBy } from '../run/named.ts'
import { newPackageName } from '../run/outgoing.ts'
import { pairOf } from './judge.ts'

/** Whose id is used from now on, by which invitation. */
export type NewRecipient = { to: string; invite: string; facts: LinkFacts }

/**
 * Forms the message anew: the description's recipient and the route follow the new id, bodies, signatures and file names
 * stay as they are (RULES 7, 8). Where contents name the old id it goes back to its sender with the places. It waits for the
 * link with the new id either way. A second run forms another package of which the commit of one counts.
 */
export async function readdressPassage(
  context: PipelineContext,
  passage: Passage,
  { target, now }: { target: NewRecipient; now: Date },
): Promise<void> {
  const { message, packageIn } = passage
  const home = homeCodeOf(message.peer)
  const isOwnKey = home !== undefined && context.settings.homeIdentities.includes(home)
  const answer = await context.workers.readdress({
    source: { bytes: await context.blobs.get(packageIn.blob) },
    wireId: message.wire_id,
    from: message.recipient as ParticipantId,
    to: target.to as ParticipantId,
    dialect: homeDialect,
    signAs: isOwnKey ? home : hubIdentityName,
    at: now,
  })
  if (isRefusal(answer)) {
    passage.named = refusedBy(answer)
    return
  }
  const documents = (passage.examined?.documents ?? []).map(({ id }) => id)
  passage.documentsReaddressed = { message: message.id, recipient: target.to, documents }
  const wait: NamedWait = {
    ...pairOf(message.sender, target.to),
    invite: target.invite,
    is_wanted: true,
    deadline_at: target.facts.wait_deadline_at,
    places: null,
  }
  if (answer.is === 'named') {
    const places = answer.places.map(
      (place): NamedPlace => ({ ...place, old: message.recipient, new: target.to }),
    )
    passage.named = { event: 'needs-version', reason: 'link.needs-version', wait: { ...wait, places } }
    return
  }
  passage.readdressed = await keepFormed(context, passage, { formed: answer.formed, to: target.to, now })
  passage.named = { event: 'link-awaited', wait: { ...wait, isLookedAtNow: true } }
}

/** Bytes first, then the rows that name them (RULES 10). */
async function keepFormed(
  context: PipelineContext,
  { message, packageIn }: Passage,
  { formed, to, now }: { formed: FormedPackage; to: string; now: Date },
): Promise<NonNullable<Passage['readdressed']>> {
  const [opened] = formed.content.kind === 'messages' ? formed.content.messages : []
  if (opened === undefined) throw new Error('a message that was formed anew is not in its package')
  const { ref, sha256 } = await context.blobs.put(formed.bytes)
  const row: PackageInRow = {
    ...packageIn,
    id: context.clock.newId(),
    name: newPackageName(),
    received_at: now,
    bytes: formed.bytes.length,
    sha256,
    blob: ref,
    messages: 1,
    formed_from: packageIn.id,
  }
  const facts = {
    from: message.recipient,
    to,
    wireId: message.wire_id,
    earlierPackage: packageIn.id,
    package: row.id,
    earlierSha256: message.content_sha256,
    sha256: opened.contentSha256,
    packageSha256: sha256,
  }
  return {
    message: {
      id: message.id,
      recipient: to,
      package: row.id,
      content_sha256: opened.contentSha256,
      ...sizesOf(opened),
    },
    packageIn: row,
    journal: journalMaker(context, now)('message.readdressed', message.id, facts),
  }
}
