// Stage 3, hop PROCESS: digests of bodies into the document index, signatures judged (RULES 16, 25, 28).

import { limits } from '../../schemas/limits.ts'
import { innOfParticipant } from '../../schemas/participant-inn.ts'
import type { DocumentFacts } from '../../schemas/verdict/message-facts.ts'
import { type PolicyName, type VerdictPolicy, verdictPolicy } from '../../schemas/verdict/policy.ts'
import type { DocumentRow } from '../store/hot/rows.ts'
import { gatherMessage, type ReadSignature } from '../trust/verdict/gather.ts'
import { type PipelineContext, policyOf } from './context.ts'
import { lookAgainAt } from './look-again.ts'
import { onTheWay, type Passage, type ProcessStage } from './passage.ts'
import { type EarlierDocuments, readEarlier } from './verdict/earlier-documents.ts'
import { judgeFacts } from './verdict/judged.ts'

/**
 * Records what later checks rest on (size, SHA-256 and Streebog-256 of each body, where its bytes are) and judges the
 * signatures: facts are gathered, frozen, judged. What the verdict means for the way is said by the next stage, which
 * knows of repeats. A message whose power of attorney a registry is asked about is looked at again. Judging twice is harmless: the later verdict replaces the earlier one with the same message.
 */
export const verify: ProcessStage = {
  name: 'verify',
  async run(context, batch, now) {
    const passages = onTheWay(batch)
    for (const passage of passages) passage.documents = documentRows(passage)
    const signed = passages.filter(({ examined }) => examined !== undefined)
    const earlier = await readEarlier(context, signed)
    await Promise.all(signed.map((passage) => judge(context, passage, { earlier, now })))
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

type Around = { earlier: EarlierDocuments; now: Date }

async function judge(context: PipelineContext, passage: Passage, { earlier, now }: Around): Promise<void> {
  const { message, examined } = passage
  if (passage.fault !== undefined || examined === undefined) return
  const found = earlier.get(message.id)
  const signatures = examined.signatures.map((one) =>
    withInn(found?.signatures.find(({ id }) => id === one.id) ?? one),
  )
  const trust = context.trust()
  const facts = gatherMessage(
    {
      message: message.id,
      sender: message.sender,
      receivedAt: message.received_at.toISOString(),
      judgedAt: now.toISOString(),
      documents: [...ownDocuments(passage), ...(found?.documents ?? [])],
      signatures,
      policy: policyFor(context, message.peer),
    },
    trust,
  )
  const requisites = new Map(signatures.map(({ id, requisites: named = [] }) => [id, named]))
  try {
    const sought = await context.attorneys.gather(facts, { files: examined.attorneys, requisites }, trust)
    if ('since' in sought) {
      passage.lookAgainAt = lookAgainAt(sought.since, now, limits.registryRecheckMs)
      return
    }
    passage.judged = judgeFacts(sought.facts, now)
  } catch (error) {
    context.watcher.fault('process.verify', error)
    passage.fault = error
    return
  }
  const { indication, subIndication } = passage.judged.verdict
  context.watcher.judged(message.peer, indication, subIndication ?? '')
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
