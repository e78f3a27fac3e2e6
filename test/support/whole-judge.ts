// Judges a signature file over a document to the end: what is trusted, what is known of revocation, when it came.

import type { Certificate } from '../../hub/trust/certificate.ts'
import { checkSignature } from '../../hub/trust/cms/check.ts'
import { gatherEvidence } from '../../hub/trust/revocation/evidence.ts'
import type { OcspAnswer } from '../../hub/trust/revocation/ocsp-answer.ts'
import type { RevocationList } from '../../hub/trust/revocation/revocation-list.ts'
import { gatherMessage, type TrustView } from '../../hub/trust/verdict/gather.ts'
import { judgeMessage } from '../../hub/trust/verdict/judge.ts'
import { makeTrustView } from '../../hub/trust/view/trust-view.ts'
import type { MessageFacts } from '../../schemas/verdict/message-facts.ts'
import { verdictPolicy } from '../../schemas/verdict/policy.ts'
import type { MessageVerdict } from '../../schemas/verdict/verdict.ts'

/** What a verdict depends on; the judging is at the time of receipt unless told otherwise. */
export type WholeQuestion = {
  file: Uint8Array
  document: Uint8Array
  view: TrustView
  receivedAt: Date
  judgedAt?: Date
}

/** A view of what is given, and of nothing else. */
export function viewOf(given: {
  anchors: readonly Certificate[]
  intermediates?: readonly Certificate[]
  lists?: readonly RevocationList[]
  answers?: readonly OcspAnswer[]
}): TrustView {
  const { anchors, intermediates = [], lists = [], answers = [] } = given
  const evidence = gatherEvidence(lists, answers)
  return makeTrustView({ edition: '1', anchors, intermediates, evidence, trustList: undefined })
}

/** Checks, gathers and judges as the hub does. */
export function judgeWhole(question: WholeQuestion): { facts: MessageFacts; verdict: MessageVerdict } {
  const { file, document, view, receivedAt, judgedAt = receivedAt } = question
  const { facts, certificates } = checkSignature(file, document, { at: receivedAt })
  const body = { type: undefined, isEncrypted: false, body: 'message', sha256: undefined } as const
  const signature = { id: 's', document: 'd', participant: 'p', participantInn: undefined }
  const message = gatherMessage(
    {
      message: 'm',
      sender: 's',
      receivedAt: receivedAt.toISOString(),
      judgedAt: judgedAt.toISOString(),
      documents: [{ id: 'd', ...body, streebog256: undefined }],
      signatures: [{ ...signature, facts, certificates }],
      policy: verdictPolicy('default'),
    },
    view,
  )
  return { facts: message, verdict: judgeMessage(message) }
}

/** An answer in one line, as tables of tests write it. */
export function answerOf({ indication, subIndication }: MessageVerdict): string {
  return [indication, subIndication].filter((part) => part !== undefined).join(' ')
}
