// Stage 1 for messages of our own operator's services: formed, checked as a partner's would be, durable, answered (RULES 10, 11).

import { randomBytes } from 'node:crypto'
import { chooseRoute, type Route } from '../../routing/route.ts'
import type { Submission, Submitted } from '../../schemas/home.ts'
import {
  homePeerOf,
  type MessageId,
  type OperatorCode,
  type PackageName,
  type RowId,
} from '../../schemas/ids.ts'
import { type MessageDescription, referencesOf } from '../../schemas/package.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { hubIdentityName } from '../own-identity.ts'
import { arrivalRows } from '../pipeline/arrival-rows.ts'
import { homeDialect, type PipelineContext } from '../pipeline/context.ts'
import { homeDocumentRows } from '../pipeline/home-documents.ts'
import type { FormedPackage } from '../pipeline/ports.ts'
import { newPackageName } from '../pipeline/run/outgoing.ts'
import { racePoint } from '../pipeline/run/race.ts'
import { readKnownDocuments, readSubmitted } from '../store/home/submissions.ts'
import { StaleChange } from '../store/hot/batcher.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import type { PackageSeenRow } from '../store/hot/rows.ts'
import { filesOf, headersOf } from './formed-parts.ts'
import { submissionDigest } from './submission-digest.ts'
import { returnedMessage, standInRoute, waitingChange } from './waiting-submission.ts'

const wireIdBytes = 16

/**
 * Takes a message in. The key of idempotency belongs to the home code: the same submission under it is answered with the
 * message it made, another one is refused (home.key-reused). Refusals are not stored: what was corrected may come again under
 * the same key. They are home.sender, home.unknown-reference, home.replaces, those of the route, and those a partner's package would get.
 */
export async function submit(context: PipelineContext, submission: Submission): Promise<Submitted | Refusal> {
  const peer = homePeerOf(submission.home)
  if (!isOwnSender(context, submission)) return refuse('home.sender', `код (code) ${submission.home}`)
  const sha256 = await submissionDigest(submission)
  const earlier = await context.intake.readEarlier({ peer, name_key: submission.key })
  if (earlier !== undefined) return repeated(context, { sha256, earlier })

  const unknown = await unknownReferences(context, submission)
  if (unknown.length > 0) return refuse('home.unknown-reference', unknown.join(' '))
  const replaced = await returnedMessage(context, submission)
  if (replaced !== undefined && isRefusal(replaced)) return replaced
  const route = await standInRoute(context, submission, routeOf(context, submission))
  if (isRefusal(route)) return route
  const formed = await form(context, submission)
  if (isRefusal(formed)) return formed
  if (submission.isDryRun) return { ...routed(route), ...notKept, warnings: warningsOf(formed) }
  const waiting = waitingChange(context, { submission, replaced })
  return takeIn(context, { submission, sha256, formed, route, waiting })
}

const notKept = { message: undefined, wireId: undefined, isRepeated: false }

/** Whether the sender is a subscriber of the home code: by its code, or by a row that says so (RULES 2, 4). */
export function isOwnSender(
  context: PipelineContext,
  { home, sender, at }: Pick<Submission, 'home' | 'sender' | 'at'>,
): boolean {
  const found = chooseRoute({ ...questionOf(context, at), recipient: sender, ingressPeer: undefined })
  return !isRefusal(found) && 'home' in found && found.home === home
}

function routeOf(context: PipelineContext, { home, recipient, at }: Submission): Route | Refusal {
  return chooseRoute({ ...questionOf(context, at), recipient, ingressPeer: homePeerOf(home) })
}

function questionOf(context: PipelineContext, at: Date) {
  const homeCodes = context.settings.homeCodes as OperatorCode[]
  return { book: context.book(), homeCodes, kind: 'message' as const, at }
}

function routed(route: Route): Pick<Submitted, 'route'> {
  if ('home' in route) return { route: { peer: homePeerOf(route.home), reason: route.reason } }
  return { route: { peer: route.plan.peer, reason: route.plan.reason } }
}

/** RULES 4: what another home code sent or received is as unknown as what never was. */
async function unknownReferences(context: PipelineContext, submission: Submission): Promise<string[]> {
  if (submission.allowsUnknownReferences) return []
  const named = referencesOf(descriptionOf(submission))
  const known = await readKnownDocuments(context.store, submission.home, named)
  return named.filter((document) => !known.has(document))
}

function descriptionOf(submission: Submission): Omit<MessageDescription, 'kind' | 'warnings'> {
  const { sender, recipient, recipientUnit, documents, signatures, at } = submission
  return {
    sender,
    recipient,
    recipientUnit,
    sentAt: at.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    ...headersOf({ documents, signatures }),
  }
}

function form(context: PipelineContext, submission: Submission): Promise<FormedPackage | Refusal> {
  const { home, at } = submission
  const hasOwnKey = context.settings.homeIdentities.includes(home)
  return context.workers.formMessage({
    wireId: submission.wireId ?? randomBytes(wireIdBytes).toString('hex'),
    description: descriptionOf(submission),
    files: filesOf(submission),
    dialect: homeDialect,
    signAs: hasOwnKey ? home : hubIdentityName,
    at,
  })
}

function warningsOf({ content }: FormedPackage): string[] {
  return content.kind === 'messages'
    ? content.messages.flatMap(({ description }) => description.warnings)
    : []
}

type TakingIn = {
  submission: Submission
  sha256: string
  formed: FormedPackage
  route: Route
  /** What waiting for a link writes besides. */
  waiting(message: string): Change
}

/** Bytes first, then rows and answer in one transaction, then the answer (RULES 10). */
async function takeIn(context: PipelineContext, of: TakingIn): Promise<Submitted | Refusal> {
  const { submission, sha256, formed, route } = of
  const { home, key, at, remote, apiKey } = submission
  const peer = homePeerOf(home)
  const { ref, sha256: packageSha256 } = await context.blobs.put(formed.bytes)
  racePoint('submit.blob')
  const name: PackageName = newPackageName()
  const { packageId, change } = arrivalRows(context, {
    arrival: { transport: 'api', name, bytes: formed.bytes, receiptAddress: undefined, remote, at },
    sha256: packageSha256,
    peer,
    content: formed.content,
    blob: ref,
    apiKey,
  })
  const [row] = change.messages ?? []
  const documents = homeDocumentRows(home, row?.id ?? '', descriptionOf(submission).documents)
  const seen: PackageSeenRow = {
    peer,
    name_key: key,
    package: packageId,
    sha256,
    status: 201,
    code: 'accepted',
    answer: '',
    seen_at: at,
  }
  const whole = joinChanges([change, { homeDocuments: documents }, of.waiting(row?.id ?? '')])
  const result = await unlessReplaced(context, submission, () =>
    context.intake.submit({ seen, change: whole }),
  )
  if ('code' in result) return result
  racePoint('submit.rows')
  if (!result.won) return repeated(context, { sha256, earlier: result.earlier })
  context.watcher.moved('accepted', 1)
  const message = row?.id as RowId | undefined
  const wireId = row?.wire_id as MessageId | undefined
  return { ...routed(route), message, wireId, isRepeated: false, warnings: row?.warnings ?? [] }
}

/** Of two new versions of one message at once the second learns that there is nothing to replace any more. */
async function unlessReplaced<Result>(
  context: PipelineContext,
  submission: Submission,
  take: () => Promise<Result>,
): Promise<Result | Refusal> {
  try {
    return await take()
  } catch (error) {
    if (!(error instanceof StaleChange)) throw error
    const replaced = await returnedMessage(context, submission)
    if (replaced !== undefined && isRefusal(replaced)) return replaced
    throw error
  }
}

async function repeated(
  context: PipelineContext,
  { sha256, earlier }: { sha256: string; earlier: PackageSeenRow },
): Promise<Submitted | Refusal> {
  if (earlier.sha256 !== sha256) {
    return refuse('home.key-reused', `под ним принято (taken under it) ${earlier.seen_at.toISOString()}`)
  }
  const row = await readSubmitted(context.store, earlier.package)
  return {
    message: row?.id as RowId | undefined,
    wireId: row?.wire_id as MessageId | undefined,
    isRepeated: true,
    route: { peer: row?.next_peer ?? '', reason: row?.route_reason ?? '' },
    warnings: row?.warnings ?? [],
  }
}
