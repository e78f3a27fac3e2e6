// The verdict on a message: pure, over frozen facts; what follows from it is looked up in the policy (RULES 16, 25).

import type { CheckId } from '../../../schemas/verdict/checks.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'
import type { DocumentFacts, MessageFacts, SignedFacts } from '../../../schemas/verdict/message-facts.ts'
import { type Outcome, type VerdictAction, verdictActions } from '../../../schemas/verdict/policy.ts'
import type { MessageVerdict, SignatureVerdict } from '../../../schemas/verdict/verdict.ts'
import { judgeSigner } from './judge-signer.ts'
import { answerOf, protocolOf, worstAnswer } from './protocol.ts'

/** Judges a message. The same facts give the same verdict: recheck relies on it. */
export function judgeMessage(facts: MessageFacts): MessageVerdict {
  const documents = new Map(facts.documents.map((document) => [document.id, document]))
  const signatures = facts.signatures.map((signed) =>
    judgeSignature(signed, documents.get(signed.document), facts),
  )
  const because = signatures.flatMap((verdict) => reasonsOf(verdict))
  if (signatures.length === 0) because.push({ outcome: 'NOT_SIGNED', signature: undefined })
  const actions = because.map(({ outcome }) => facts.policy.actions[outcome])
  return {
    form: 'edo-hub-verdict/1',
    ...(signatures.length === 0
      ? { indication: 'NOT-SIGNED' as const, subIndication: undefined }
      : worstAnswer(signatures)),
    action: severest(actions),
    because,
    policy: facts.policy.name,
    signatures,
  }
}

type Reason = { outcome: Outcome; signature: string | undefined }

function reasonsOf(verdict: SignatureVerdict): Reason[] {
  const { subIndication, id } = verdict
  return subIndication === undefined ? [] : [{ outcome: subIndication, signature: id }]
}

function severest(actions: readonly VerdictAction[]): VerdictAction {
  return actions.reduce<VerdictAction>(
    (worst, action) => (verdictActions.indexOf(action) > verdictActions.indexOf(worst) ? action : worst),
    'forward',
  )
}

function judgeSignature(
  signed: SignedFacts,
  document: DocumentFacts | undefined,
  facts: MessageFacts,
): SignatureVerdict {
  const { policy, receivedAt } = facts
  const found = [...documentFound(signed, document), ...(signed.signature?.problems ?? [])]
  const signers = (signed.signature?.signers ?? []).map((signer) =>
    judgeSigner(signer, { receivedAt, senderInn: signed.participantInn, policy }),
  )
  const answer = worstAnswer([answerOf(found, policy), ...signers])
  const done: CheckId[] = signed.signature === undefined ? ['document'] : ['document', 'format']
  return {
    id: signed.id,
    document: signed.document,
    indication: answer.indication,
    subIndication: answer.subIndication,
    signers,
    checks: protocolOf(found, { policy, done }),
  }
}

/** RULES 16: a body that is not there or cannot be read by us is said, never passed over. */
function documentFound({ signature }: SignedFacts, document: DocumentFacts | undefined): Found[] {
  if (document === undefined || document.body === 'absent') {
    return [{ problem: 'document.absent', seen: document?.id ?? 'not named by the message' }]
  }
  if (document.isEncrypted) return [{ problem: 'document.encrypted', seen: document.id }]
  return signature === undefined ? [{ problem: 'signature.absent', seen: 'no file of this name' }] : []
}
