// The digest by which a repeated submission is known: what it says, not how it was sent.

import { createHash } from 'node:crypto'
import type { Submission } from '../../schemas/home.ts'
import { sha256Of } from '../sha256.ts'

/**
 * SHA-256 (hex) over the canonical text of a submission, its files by their digests. The same request gives the same text
 * whenever it comes: ids and dates the service left out must be derived from what it gave, not from chance or the clock.
 */
export async function submissionDigest(submission: Submission): Promise<string> {
  const { sender, recipientUnit = null, allowsUnknownReferences, inviting } = submission
  const recipient = inviting?.by === 'inn' ? null : submission.recipient
  const documents = submission.documents.map(async (document) => [
    document.id,
    document.type,
    document.fileName,
    document.answerExpected,
    document.encrypted,
    document.parents,
    document.number ?? null,
    document.date,
    await digestOf(document.body),
  ])
  const signatures = submission.signatures.map(async ({ id, document, signer, bytes }) => [
    id,
    document,
    signer,
    await digestOf(bytes),
  ])
  const whole = [
    submission.wireId ?? null,
    sender,
    recipient,
    recipientUnit,
    allowsUnknownReferences,
    await Promise.all(documents),
    await Promise.all(signatures),
    ...waiting(submission),
    ...(inviting === undefined ? [] : ['inviting', inviting.digest]),
  ]
  return createHash('sha256').update(JSON.stringify(whole)).digest('hex')
}

/** Nothing for a submission that asks for neither: those of before keep their digests. */
function waiting({ waitsForLink = false, replaces }: Submission): unknown[] {
  return waitsForLink || replaces !== undefined ? [waitsForLink, replaces ?? null] : []
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  return (await sha256Of(bytes)).toString('hex')
}
