// Makes a submission of what a request says and brings; every fault is found, not the first alone.

import { hash } from 'node:crypto'
import type { MessageRequest } from '../../../schemas/api-requests.ts'
import { documentNeeds } from '../../../schemas/document-types.ts'
import type { Submission, SubmittedDocument, SubmittedSignature } from '../../../schemas/home.ts'
import {
  type DocumentId,
  homePeerOf,
  type MessageId,
  type OperatorCode,
  type ParticipantId,
  parseParticipantId,
  type RowId,
  type SignatureId,
} from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import { type Refusal, type RefusalCode, refuse } from '../../../schemas/refusals.ts'
import { sha256Of } from '../../sha256.ts'
import { RequestRefused } from '../admin/answers.ts'
import { isDay } from './checks.ts'

/** What a submission is made of: `files` are the parts of a form, without the message itself. */
export type SubmissionParts = {
  request: MessageRequest
  files: ReadonlyMap<string, Uint8Array>
  home: OperatorCode
  key: string
  /** Day for documents without a date: that of the first taking under this key. */
  day: string
  isDryRun: boolean
  remote: string
  apiKey: string
  at: Date
}

/** A submission with the digests of all it brings, by `document:<id>` and `signature:<id>`. */
export type MadeSubmission = { submission: Submission; digests: ReadonlyMap<string, string> }

type Contents = { content?: string; file?: string; sha256?: string }

/** What is gathered while the parts of a request are read. */
type Reading = SubmissionParts & {
  faults: Refusal[]
  usedFiles: Set<string>
  digests: Map<string, string>
}

/** Reads everything. Throws RequestRefused with up to limits.apiFaultsMax faults, each at its place. */
export async function makeSubmission(parts: SubmissionParts): Promise<MadeSubmission> {
  const reading: Reading = { ...parts, faults: [], usedFiles: new Set(), digests: new Map() }
  const { request, home, key, at, remote, apiKey, isDryRun } = parts
  const sender = participant(reading, request.sender, 'body/sender')
  // Who is invited by the message itself is named by the desk of invitations; until then the sender holds its place.
  const recipient = participant(reading, request.recipient ?? request.sender, 'body/recipient')
  const documents: SubmittedDocument[] = []
  const signatures: SubmittedSignature[] = []
  for (const [i, given] of (request.documents ?? []).entries()) {
    const place = `body/documents/${i}`
    const document = await readDocument(reading, given, { place, index: i })
    documents.push(document)
    for (const [j, one] of (given.signatures ?? []).entries()) {
      const signed = { ...one, document: document.id }
      signatures.push(
        await readSignature(reading, signed, {
          place: `${place}/signatures/${j}`,
          index: `${i}.${j}`,
          sender,
        }),
      )
    }
  }
  for (const [j, one] of (request.signatures ?? []).entries()) {
    signatures.push(
      await readSignature(reading, one, { place: `body/signatures/${j}`, index: `.${j}`, sender }),
    )
  }
  checkWhole(reading, documents, signatures)
  if (reading.faults.length > 0) throw new RequestRefused(reading.faults.slice(0, limits.apiFaultsMax))
  const submission: Submission = {
    home,
    key,
    wireId: request.id as MessageId | undefined,
    sender,
    recipient,
    recipientUnit: request.recipientUnit,
    documents,
    signatures,
    allowsUnknownReferences: request.allowUnknownReferences === true,
    isDryRun,
    remote,
    apiKey,
    at,
    ...(request.waitForLink === true ? { waitsForLink: true } : {}),
    ...(request.replaces === undefined ? {} : { replaces: request.replaces as RowId }),
  }
  return { submission, digests: reading.digests }
}

/** Whether a request leaves a date to the hub. */
export function needsDay({ documents = [] }: MessageRequest): boolean {
  return documents.some(({ date }) => date === undefined)
}

/**
 * An id that the service left out. It follows from the key of idempotency, so that the same request sent again is the
 * same message (RULES 11).
 */
function derivedId(home: string, key: string, of: string): string {
  return hash('sha256', JSON.stringify([homePeerOf(home as OperatorCode), key, of]), 'hex').slice(0, 32)
}

function fault(reading: Reading, code: RefusalCode, seen: string, at: string): void {
  reading.faults.push(refuse(code, seen, at))
}

function participant(reading: Reading, text: string, at: string): ParticipantId {
  const found = parseParticipantId(text)
  if (found === undefined) fault(reading, 'api.invalid', 'участник: 3..46 знаков (3 to 46 characters)', at)
  return found ?? (text as ParticipantId)
}

async function readDocument(
  reading: Reading,
  given: NonNullable<MessageRequest['documents']>[number],
  { place, index }: { place: string; index: number },
): Promise<SubmittedDocument> {
  const id = (given.id ?? derivedId(reading.home, reading.key, `document ${index}`)) as DocumentId
  const { type, fileName, number, date = reading.day, parents = [] } = given
  if (!isDay(date)) fault(reading, 'api.invalid', `дня ${date} нет (there is no such day)`, `${place}/date`)
  if (parents.some((parent) => parent === id)) {
    fault(reading, 'api.invalid', 'документ относится к себе самому (it answers itself)', `${place}/parents`)
  }
  if (documentNeeds.get(type)?.needsParent === true && parents.length === 0) {
    fault(reading, 'api.parent-missing', type, `${place}/parents`)
  }
  const body = await readContents(reading, given, { place, digest: `document:${id}` })
  return {
    id,
    type,
    fileName,
    answerExpected: given.answerExpected === true,
    encrypted: given.encrypted === true,
    parents: parents as DocumentId[],
    number,
    date,
    body,
  }
}

async function readSignature(
  reading: Reading,
  given: { id?: string; signer?: string; document: string } & Contents,
  { place, index, sender }: { place: string; index: string; sender: ParticipantId },
): Promise<SubmittedSignature> {
  const id = (given.id ?? derivedId(reading.home, reading.key, `signature ${index}`)) as SignatureId
  const bytes = await readContents(reading, given, { place, digest: `signature:${id}` })
  if (bytes.length > limits.signatureBytesMax) {
    fault(reading, 'api.too-large', `подпись больше (more than) ${limits.signatureBytesMax} bytes`, place)
  }
  const signer = given.signer === undefined ? sender : participant(reading, given.signer, `${place}/signer`)
  return { id, document: given.document as DocumentId, signer, bytes }
}

async function readContents(
  reading: Reading,
  given: Contents,
  { place, digest }: { place: string; digest: string },
): Promise<Uint8Array> {
  const bytes = bytesOf(reading, given, place)
  if (bytes === undefined) return new Uint8Array(0)
  const sha256 = (await sha256Of(bytes)).toString('hex')
  reading.digests.set(digest, sha256)
  if (given.sha256 !== undefined && given.sha256.toLowerCase() !== sha256) {
    fault(reading, 'api.digest', `у содержимого (of the content): ${sha256}`, `${place}/sha256`)
  }
  return bytes
}

/** The bytes, or undefined with a fault. */
function bytesOf(reading: Reading, { content, file }: Contents, place: string): Uint8Array | undefined {
  if ((content === undefined) === (file === undefined)) {
    fault(reading, 'api.invalid', 'нужно одно из двух (one of both): content, file', place)
    return undefined
  }
  if (content !== undefined) {
    const bytes = Buffer.from(content, 'base64')
    // Node skips what is not base64; only the very text such bytes have is one.
    if (bytes.toString('base64') === content) return bytes
    fault(reading, 'api.base64', `${content.length} знаков (characters)`, `${place}/content`)
    return undefined
  }
  const bytes = reading.files.get(file ?? '')
  if (bytes === undefined || reading.usedFiles.has(file ?? '')) {
    const what = bytes === undefined ? 'нет такой части (no such part)' : 'часть названа дважды (named twice)'
    fault(reading, 'api.part', `${what}: ${file}`, `${place}/file`)
    return undefined
  }
  reading.usedFiles.add(file ?? '')
  return bytes
}

/** What only the whole message shows. */
function checkWhole(
  reading: Reading,
  documents: readonly SubmittedDocument[],
  signatures: readonly SubmittedSignature[],
): void {
  if (documents.length + signatures.length === 0) {
    fault(reading, 'api.invalid', 'ни документа, ни подписи (neither document nor signature)', 'body')
  }
  if (signatures.length > limits.signaturesPerMessageMax) {
    fault(reading, 'api.invalid', `подписей больше (more than) ${limits.signaturesPerMessageMax}`, 'body')
  }
  for (const id of doubled(documents)) fault(reading, 'api.duplicate-id', id, 'body/documents')
  for (const id of doubled(signatures)) fault(reading, 'api.duplicate-id', id, 'body/signatures')
  const signed = new Set<string>(signatures.map((one) => one.document))
  for (const [i, { id, type }] of documents.entries()) {
    if (documentNeeds.get(type)?.needsSignature === true && !signed.has(id)) {
      fault(reading, 'api.signature-missing', type, `body/documents/${i}/signatures`)
    }
  }
  for (const name of reading.files.keys()) {
    if (!reading.usedFiles.has(name))
      fault(reading, 'api.part', `часть не названа (not named): ${name}`, 'body')
  }
  const bytes = [...documents.map(({ body }) => body), ...signatures.map((one) => one.bytes)]
  const total = bytes.reduce((sum, one) => sum + one.length, 0)
  if (total > limits.packageBytesMax) {
    fault(reading, 'api.too-large', `содержимое больше (more than) ${limits.packageBytesMax} bytes`, 'body')
  }
}

function doubled(rows: readonly { id: string }[]): string[] {
  const seen = new Set<string>()
  return rows.flatMap(({ id }) => {
    if (seen.has(id)) return [id]
    seen.add(id)
    return []
  })
}
