// Stage 3, hop PROCESS: digests of bodies into the document index, signatures judged (RULES 16, 25, 28).

import { limits } from '../../schemas/limits.ts'
import { innOfParticipant } from '../../schemas/participant-inn.ts'
import type { DocumentFacts, MessageFacts } from '../../schemas/verdict/message-facts.ts'
import { type PolicyName, type VerdictPolicy, verdictPolicy } from '../../schemas/verdict/policy.ts'
import type { DocumentRow } from '../store/hot/rows.ts'
import { gatherInTurns, type ReadSignature, type TrustView } from '../trust/verdict/gather.ts'
import type { AttorneyPlaces } from '../trust/verdict/gather-attorneys.ts'
import { type Turn, turnsOfLoop } from '../trust/verdict/turns.ts'
import { type PipelineContext, policyOf } from './context.ts'
import { lookAgainAt } from './look-again.ts'
import { onTheWay, type Passage, type ProcessStage } from './passage.ts'
import { type EarlierDocuments, readEarlier } from './verdict/earlier-documents.ts'
import { judgeFacts } from './verdict/judged.ts'

/**
 * Records what later checks rest on (size, SHA-256 and Streebog-256 of each body, where its bytes are) and judges the
 * signatures: facts are gathered, frozen, judged. What the verdict means for the way is said by the next stage, which
 * knows of repeats. A message whose power of attorney a registry is asked about is looked at again. Judging twice is
 * harmless: the later verdict replaces the earlier one with the same message.
 */
export const verify: ProcessStage = {
  name: 'verify',
  async run(context, batch, now) {
    const passages = onTheWay(batch)
    for (const passage of passages) passage.documents = documentRows(passage)
    const signed = passages.filter(({ examined }) => examined !== undefined)
    const earlier = await readEarlier(context, signed)
    const turns = turnsOfLoop()
    const gathered: Gathered[] = []
    // One after the other: turns of many at once would be taken in one go.
    for (const passage of signed) gathered.push(...(await gather(context, passage, { earlier, now, turns })))
    for (const one of gathered) await judge(context, one, { now, turns })
  },
}

function documentRows(passage: Passage): DocumentRow[] {
  const { examined, message, packageIn } = passage
  return (examined?.documents ?? []).map((document) => {
    const body = examined?.bodies.find((one) => one.document === document.id)
    return {
      wire_id: document.id,
      message: message.id,
      peer: message.peer,
      sender: message.sender,
      recipient: message.recipient,
      type: document.type,
      encrypted: document.encrypted,
      parents: document.parents,
      size: body?.size ?? null,
      sha256: body?.sha256 ?? null,
      streebog256: body?.streebog256 ?? null,
      blob: body === undefined ? null : packageIn.blob,
    }
  })
}

type Around = { earlier: EarlierDocuments; now: Date; turns: Turn }
type Gathered = { passage: Passage; facts: MessageFacts; places: AttorneyPlaces; trust: TrustView }

/** The facts of a message; none of one that is not to be judged. A failure is its own alone. */
async function gather(
  context: PipelineContext,
  passage: Passage,
  { earlier, now, turns }: Around,
): Promise<Gathered[]> {
  const { message, examined } = passage
  if (passage.fault !== undefined || examined === undefined) return []
  const found = earlier.get(message.id)
  try {
    const signatures = examined.signatures.map((one) =>
      withInn(found?.signatures.find(({ id }) => id === one.id) ?? one),
    )
    const trust = context.trust()
    const input = {
      message: message.id,
      sender: message.sender,
      receivedAt: message.received_at.toISOString(),
      judgedAt: now.toISOString(),
      documents: [...ownDocuments(passage), ...(found?.documents ?? [])],
      signatures,
      policy: policyFor(context, message.peer),
    }
    const facts = await gatherInTurns(input, trust, turns)
    const requisites = new Map(signatures.map(({ id, requisites: named = [] }) => [id, named]))
    return [{ passage, facts, places: { files: examined.attorneys, requisites }, trust }]
  } catch (error) {
    fail(context, passage, error)
    return []
  }
}

async function judge(
  context: PipelineContext,
  { passage, facts, places, trust }: Gathered,
  { now, turns }: Omit<Around, 'earlier'>,
): Promise<void> {
  try {
    const sought = await context.attorneys.gather(facts, places, trust)
    if ('since' in sought) {
      passage.lookAgainAt = lookAgainAt(sought.since, now, limits.registryRecheckMs)
      return
    }
    passage.judged = await judgeFacts(sought.facts, now, turns)
  } catch (error) {
    fail(context, passage, error)
  }
}

function fail(context: PipelineContext, passage: Passage, error: unknown): void {
  context.watcher.fault('process.verify', error)
  passage.fault = error
}

function ownDocuments({ examined }: Passage): DocumentFacts[] {
  return (examined?.documents ?? []).map((document) => {
    const body = examined?.bodies.find((one) => one.document === document.id)
    return {
      id: document.id,
      type: document.type,
      isEncrypted: document.encrypted,
      body: body === undefined ? 'absent' : 'message',
      sha256: body?.sha256,
      streebog256: body?.streebog256,
    }
  })
}

function withInn(signature: ReadSignature): ReadSignature {
  return { ...signature, participantInn: signature.participantInn ?? innOfParticipant(signature.participant) }
}

const defaultPolicy = verdictPolicy('default')
const policies = new WeakMap<object, VerdictPolicy>()

/** The policy of a peer, made once for each edition of its row. */
function policyFor(context: PipelineContext, peer: string): VerdictPolicy {
  const row = policyOf(context, peer)?.verdict
  if (row === undefined) return defaultPolicy
  const known = policies.get(row) ?? verdictPolicy('default' satisfies PolicyName, row)
  policies.set(row, known)
  return known
}
