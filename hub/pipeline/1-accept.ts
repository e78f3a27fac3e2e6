// Stage 1, hop INTAKE: the door. Checks a whole package, makes it durable, and answers (RULES 9-14).

import { maySpeak } from '../../routing/directory.ts'
import { dayOf, isInForce } from '../../routing/periods.ts'
import { operatorCodeOf, type ParticipantId, type PeerId, packageKey, type RowId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { PackageContent } from '../../schemas/package.ts'
import type { Peer } from '../../schemas/partner.ts'
import { isRefusal, type Refusal, refusalRow, refusalText, refuse } from '../../schemas/refusals.ts'
import type { Arrival, Door, DoorAnswer } from '../../schemas/transport.ts'
import { sha256Of } from '../sha256.ts'
import type { Change } from '../store/hot/change.ts'
import type { PackageSeenRow } from '../store/hot/rows.ts'
import type { Certificate } from '../trust/certificate.ts'
import { arrivalRows } from './arrival-rows.ts'
import { journalMaker, type PipelineContext } from './context.ts'
import { openSigned } from './open-package.ts'
import type { Inspection } from './ports.ts'
import { makeRefusalJournal, type RefusalJournal, type RefusedFrom } from './refusal-journal.ts'
import { racePoint } from './run/race.ts'

const acceptedText = 'accepted: Пакет принят (The package is accepted)'
const nameReusedFacts = (earlier: PackageSeenRow) =>
  `under this name ${earlier.sha256.slice(0, 16)} was received`

/** Makes the door behind all transports. Two runs with the same package give the same answer and one effect. */
export function makeDoor(pipeline: PipelineContext): Door {
  const context: DoorContext = { ...pipeline, refusals: makeRefusalJournal(pipeline) }
  return {
    async accept(arrival) {
      const startedAt = performance.now()
      const sender: Sender = { peer: undefined }
      const answer = await accept(context, arrival, sender).catch((error: unknown) => {
        context.watcher.fault('door.accept', error)
        return answerOf(refuse('door.failed', 'the package was not stored'))
      })
      const durationMs = performance.now() - startedAt
      context.watcher.stage('accept', durationMs)
      tellArrived(context, answer, { peer: sender.peer, bytes: arrival.bytes.length, durationMs })
      return answer
    },
    async turnAway(refusal, from) {
      const startedAt = performance.now()
      await journalRefusal(context, refusal, { ...from, sha256: undefined, peer: undefined })
      const answer = answerOf(refusal)
      const durationMs = performance.now() - startedAt
      tellArrived(context, answer, { peer: undefined, bytes: 0, durationMs })
      return answer
    },
  }
}

/** The pipeline and the journal of refusals. */
type DoorContext = PipelineContext & { refusals: RefusalJournal }

/** Who signed the package, once the signature was verified. */
type Sender = { peer: string | undefined }

function tellArrived(
  context: PipelineContext,
  { status, code, repeated }: DoorAnswer,
  facts: { peer: string | undefined; bytes: number; durationMs: number },
): void {
  const answered = status === 200 ? 'accepted' : status >= 500 ? 'failed' : 'refused'
  context.watcher.arrived({ ...facts, code, outcome: repeated === true ? 'repeated' : answered })
}

async function accept(context: DoorContext, arrival: Arrival, sender: Sender): Promise<DoorAnswer> {
  const sha256 = (await sha256Of(arrival.bytes)).toString('hex')
  const claim = readClaim(context, arrival)
  const turnDownStranger = (refusal: Refusal, claimed?: string) =>
    turnDown(context, { refusal, arrival, sha256, peer: undefined, claimed })
  if (isRefusal(claim)) return turnDownStranger(claim)
  const { peer, thumbprint } = claim
  if (peer === undefined) return turnDownStranger(claim.refusal, thumbprint)

  const earlier = await context.intake.readEarlier({ peer, name_key: packageKey(arrival.name) })
  if (earlier?.sha256 === sha256) {
    // Whose bytes these are was verified when they came first; what was answered once is answered again, whatever
    // became of the peer and its certificate meanwhile (RULES 11).
    sender.peer = peer
    return answerAgain(context, { arrival, sha256, earlier })
  }
  if (claim.refusal !== undefined) return turnDownStranger(claim.refusal, thumbprint)

  const inspection = await context.workers.inspect(arrival.bytes, context.certificatesOf(peer))
  if (isRefusal(inspection) && isForged(inspection)) return turnDownStranger(inspection, thumbprint)
  sender.peer = peer
  if (earlier !== undefined) return answerAgain(context, { arrival, sha256, earlier })
  if (isRefusal(inspection)) return turnDown(context, { refusal: inspection, arrival, sha256, peer })
  const ungranted = findUngranted(context, peer, inspection.content, arrival.at)
  if (ungranted !== undefined) return turnDown(context, { refusal: ungranted, arrival, sha256, peer })
  return takeIn(context, { arrival, sha256, peer, inspection })
}

/** A package whose CMS signature did not verify says nothing about who sent it, whatever certificate it shows. */
function isForged(refusal: Refusal): boolean {
  return refusal.code.startsWith('cms.')
}

/**
 * Whom the certificate shown is registered for; anybody may show it, nothing is verified yet. `refusal` when this peer
 * or certificate may not send now.
 */
type Claim = { thumbprint: string } & (
  | { peer: PeerId; refusal: Refusal | undefined }
  | { peer: undefined; refusal: Refusal }
)

/** Finds the peer by the thumbprint of the signer's certificate, before any heavy work. */
function readClaim(context: PipelineContext, arrival: Arrival): Claim | Refusal {
  const signed = openSigned(arrival.bytes, context.certificatesOf('*'))
  if (isRefusal(signed)) return signed
  const { thumbprint } = signed.certificate
  const found = context.book().thumbprints.get(thumbprint)
  if (found === undefined) {
    const refusal = refuse('peer.unknown', `SHA-256 thumbprint ${thumbprint}`)
    return { thumbprint, peer: undefined, refusal }
  }
  const peer = found.peer as PeerId
  const refusal = isInForce(found, dayOf(arrival.at))
    ? refusalNow(signed.certificate, {
        id: peer,
        state: context.book().peers.get(peer)?.state,
        at: arrival.at,
      })
    : refuse('peer.certificate-time', `registered for another time: ${thumbprint}`)
  return { thumbprint, peer, refusal }
}

/** Why the holder of a registered certificate may not send at this time. */
function refusalNow(
  { notBefore, notAfter }: Certificate,
  peer: { id: PeerId; state: Peer['state'] | undefined; at: Date },
): Refusal | undefined {
  if (peer.at < notBefore || peer.at > notAfter)
    return refuse('peer.certificate-time', `${notBefore.toISOString()} .. ${notAfter.toISOString()}`)
  // A suspension passes: the partner keeps what it has and sends it again.
  if (peer.state === 'suspended') return refuse('peer.suspended', peer.id)
  return peer.state === 'active' ? undefined : refuse('peer.inactive', peer.id)
}

/** RULES 1: the sender of every message must be covered by the grants of the peer. */
function findUngranted(
  context: PipelineContext,
  peer: PeerId,
  content: PackageContent,
  at: Date,
): Refusal | undefined {
  if (content.kind === 'receipts') return undefined
  const book = context.book()
  const checked = new Set<string>()
  for (const message of content.messages) {
    const sender: ParticipantId = message.description.sender
    const code = operatorCodeOf(sender)
    if (checked.has(sender)) continue
    checked.add(sender)
    const grant = maySpeak(book, peer, sender, at)
    if (isRefusal(grant)) return { ...grant, at: `${message.id} (${code})` }
  }
  return undefined
}

type Judged = { arrival: Arrival; sha256: string; peer: PeerId; inspection: Inspection }

/** Bytes first, then rows and answer in one transaction, then 200 (RULES 10). */
async function takeIn(context: DoorContext, judged: Judged): Promise<DoorAnswer> {
  const { arrival, sha256, peer, inspection } = judged
  const { content, examined } = inspection
  const { ref } = await context.blobs.put(arrival.bytes)
  racePoint('accept.blob')
  const rows = arrivalRows(context, { arrival, sha256, peer, content, blob: ref })
  const seen = seenRow({
    context,
    arrival,
    sha256,
    peer,
    packageId: rows.packageId,
    status: 200,
    code: 'accepted',
    text: acceptedText,
  })
  const result = await context.intake.submit({ seen, change: rows.change })
  racePoint('accept.rows')
  if (!result.won) return answerAgain(context, { arrival, sha256, earlier: result.earlier })
  context.examinedAtDoor.keep(rows.packageId, examined)
  context.watcher.moved('accepted', rows.change.messages?.length ?? 0)
  return { status: 200, code: 'accepted', text: acceptedText, packageId: rows.packageId }
}

/** A package of this name came before: the stored answer for the same bytes, a refusal for others (RULES 11). */
async function answerAgain(
  context: DoorContext,
  again: { arrival: Arrival; sha256: string; earlier: PackageSeenRow },
): Promise<DoorAnswer> {
  const { arrival, sha256, earlier } = again
  if (earlier.sha256 !== sha256) {
    const refusal = refuse('door.name-reused', nameReusedFacts(earlier))
    await journalRefusal(context, refusal, { ...arrival, sha256, peer: earlier.peer })
    return answerOf(refusal)
  }
  const make = journalMaker(context, arrival.at)
  const { name, transport } = arrival
  const facts = { peer: earlier.peer, name, sha256, status: earlier.status, transport }
  await context.committer.submit({ journal: [make('package.repeated', earlier.package, facts)] })
  const answer = { status: earlier.status, code: earlier.code, text: earlier.answer, repeated: true }
  return earlier.status === 200 ? { ...answer, packageId: earlier.package as RowId } : answer
}

/** Refuses. The answer is stored when it depends on the bytes alone and the signer was authenticated (RULES 11). */
async function turnDown(
  context: DoorContext,
  no: {
    refusal: Refusal
    arrival: Arrival
    sha256: string
    /** Only when its signature was verified. */
    peer: string | undefined
    claimed?: string | undefined
  },
): Promise<DoorAnswer> {
  const { refusal, arrival, sha256, peer, claimed } = no
  const answer = answerOf(refusal)
  const isStored = peer !== undefined && refusalRow(refusal.code).class === 'permanent'
  const entry = context.refusals.entryOf(refusal, { ...arrival, sha256, peer, claimed })
  const change: Change = entry === undefined ? {} : { journal: [entry] }
  if (!isStored) {
    if (entry !== undefined) await context.committer.submit(change)
    return answer
  }
  const packageId = context.clock.newId()
  const seen = seenRow({
    context,
    arrival,
    sha256,
    peer,
    packageId,
    status: answer.status,
    code: answer.code,
    text: answer.text,
  })
  const result = await context.intake.submit({ seen, change })
  return result.won ? answer : answerAgain(context, { arrival, sha256, earlier: result.earlier })
}

function seenRow(of: {
  context: PipelineContext
  arrival: Arrival
  sha256: string
  peer: string
  packageId: string
  status: number
  code: string
  text: string
}): PackageSeenRow {
  return {
    peer: of.peer,
    name_key: packageKey(of.arrival.name),
    package: of.packageId,
    sha256: of.sha256,
    status: of.status,
    code: of.code,
    answer: of.text,
    seen_at: of.arrival.at,
  }
}

async function journalRefusal(context: DoorContext, refusal: Refusal, from: RefusedFrom): Promise<void> {
  const entry = context.refusals.entryOf(refusal, from)
  if (entry !== undefined) await context.committer.submit({ journal: [entry] })
}

/** The transport receipt of a refusal. */
function answerOf(refusal: Refusal): DoorAnswer {
  const row = refusalRow(refusal.code)
  const status = row.status ?? 400
  const answer = { status, code: refusal.code, text: refusalText(refusal) }
  return status === 503 ? { ...answer, retryAfterS: limits.busyRetryAfterS } : answer
}
