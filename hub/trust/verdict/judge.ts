// The verdict on a message: pure, over frozen facts; what follows from it is looked up in the policy (RULES 16, 25).

import type { CheckId } from '../../../schemas/verdict/checks.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'
import type { SubIndication } from '../../../schemas/verdict/indications.ts'
import type { DocumentFacts, MessageFacts, SignedFacts } from '../../../schemas/verdict/message-facts.ts'
import { type OtherOutcome, type Outcome, verdictActions } from '../../../schemas/verdict/policy.ts'
import type { MessageVerdict, SignatureVerdict } from '../../../schemas/verdict/verdict.ts'
import { judgeSignerAttorney } from './judge-attorneys.ts'
import { judgeSigner } from './judge-signer.ts'
import { type Answer, answerOf, protocolOf, worstAnswer } from './protocol.ts'
import { inOneGo, inTurns, type Steps, type Turn } from './turns.ts'

/** Judges a message. The same facts give the same verdict: recheck relies on it. */
export function judgeMessage(facts: MessageFacts): MessageVerdict {
  return inOneGo(judgeOneByOne(facts))
}

/** judgeMessage for the event loop: `turn` is awaited after each signature. */
export function judgeInTurns(facts: MessageFacts, turn: Turn): Promise<MessageVerdict> {
  return inTurns(judgeOneByOne(facts), turn)
}

function* judgeOneByOne(facts: MessageFacts): Steps<MessageVerdict> {
  const documents = new Map(facts.documents.map((document) => [document.id, document]))
  const signatures: ReturnType<typeof judgeSignature>[] = []
  for (const signed of facts.signatures) {
    signatures.push(judgeSignature(signed, documents.get(signed.document), facts))
    yield
  }
  const because = signatures.flatMap(({ verdict, attorneys }) => reasonsOf(verdict, attorneys))
  if (signatures.length === 0) because.push({ outcome: 'NOT_SIGNED', signature: undefined })
  const severity = ({ outcome }: Reason) => verdictActions.indexOf(facts.policy.actions[outcome])
  // What decides stands first: a refusal is told by it.
  because.sort((one, other) => severity(other) - severity(one))
  return {
    form: 'edo-hub-verdict/1',
    ...(signatures.length === 0
      ? { indication: 'NOT-SIGNED' as const, subIndication: undefined }
      : messageAnswer(signatures.map(({ verdict }) => verdict))),
    action: because[0] === undefined ? 'forward' : facts.policy.actions[because[0].outcome],
    because,
    policy: facts.policy.name,
    signatures: signatures.map(({ verdict }) => verdict),
  }
}

type Reason = { outcome: Outcome; signature: string | undefined }

function reasonsOf(verdict: SignatureVerdict, attorneys: readonly OtherOutcome[]): Reason[] {
  const { subIndication, id } = verdict
  const own = subIndication === undefined || !countsFor(verdict) ? [] : [subIndication]
  return [...own, ...new Set(attorneys)].map((outcome) => ({ outcome, signature: id }))
}

/**
 * A power of attorney outlives the certificate it was signed with, so whether that is still in force at our receipt decides
 * about those who rely on it, by their own verdict. What is broken or nobody vouches for is refused like any other (RULES 25).
 */
function countsFor({ isOfAttorney, indication, subIndication }: SignatureVerdict): boolean {
  if (isOfAttorney !== true || indication !== 'INDETERMINATE' || subIndication === undefined) return true
  return !ofTime.has(subIndication)
}

const ofTime: ReadonlySet<SubIndication> = new Set([
  'REVOKED_NO_POE',
  'REVOKED_CA_NO_POE',
  'OUT_OF_BOUNDS_NO_POE',
  'OUT_OF_BOUNDS_NOT_REVOKED',
])

function messageAnswer(verdicts: readonly SignatureVerdict[]): Answer {
  const { indication, subIndication } = decidingSignature(verdicts)
  return { indication, subIndication }
}

/** The signature whose answer is that of the message; there must be one. */
export function decidingSignature(verdicts: readonly SignatureVerdict[]): SignatureVerdict {
  const counting = verdicts.filter(countsFor)
  return worstAnswer(counting.length === 0 ? verdicts : counting)
}

function judgeSignature(
  signed: SignedFacts,
  document: DocumentFacts | undefined,
  facts: MessageFacts,
): { verdict: SignatureVerdict; attorneys: OtherOutcome[] } {
  const { policy, receivedAt } = facts
  const isOfAttorney = signed.isOfAttorney === true
  const found = [...documentFound(signed, document), ...(signed.signature?.problems ?? [])]
  const judged = (signed.signature?.signers ?? []).map((signer) => {
    const attorney = judgeSignerAttorney(signer, facts)
    const identity = isOfAttorney || attorney?.covers === true ? ({ identity: 'by-attorney' } as const) : {}
    const circumstances = { receivedAt, senderInn: signed.participantInn, policy, ...identity }
    return { signer: judgeSigner(signer, circumstances), attorney }
  })
  const answer = worstAnswer<Answer>([answerOf(found, policy), ...judged.map(({ signer }) => signer)])
  const done: CheckId[] = signed.signature === undefined ? ['document'] : ['document', 'format']
  const verdict = {
    id: signed.id,
    document: signed.document,
    indication: answer.indication,
    subIndication: answer.subIndication,
    ...(isOfAttorney ? { isOfAttorney } : {}),
    signers: judged.map(({ signer, attorney }) =>
      attorney === undefined ? signer : { ...signer, attorney: attorney.attorney },
    ),
    checks: protocolOf(found, { policy, done }),
  }
  return { verdict, attorneys: judged.flatMap(({ attorney }) => attorney?.outcome ?? []) }
}

/** RULES 16: a body that is not there or cannot be read by us is said, never passed over. */
function documentFound({ signature }: SignedFacts, document: DocumentFacts | undefined): Found[] {
  if (document === undefined || document.body === 'absent') {
    return [{ problem: 'document.absent', seen: document?.id ?? 'not named by the message' }]
  }
  if (document.isEncrypted) return [{ problem: 'document.encrypted', seen: document.id }]
  return signature === undefined ? [{ problem: 'signature.absent', seen: 'no file of this name' }] : []
}
