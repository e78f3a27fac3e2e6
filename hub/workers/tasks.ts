// The tasks of worker threads: cryptography, ZIP and XML, away from the event loop. Each is pure but for signing.

import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { readZip } from '../../operators/containers/zip/read.ts'
import { copiedPart, writeZip, type ZipPart } from '../../operators/containers/zip/write.ts'
import { dialectOf } from '../../operators/dialects/table.ts'
import { checkLogicalMessage } from '../../operators/validation/schema-check.ts'
import type { DocumentId, MessageId, OperatorCode, SignatureId } from '../../schemas/ids.ts'
import type { Receipts } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { contentOf, inspectPackage, reopenPackage } from '../pipeline/open-package.ts'
import type {
  EarlierRead,
  EarlierSigned,
  ExaminedMessage,
  FormedPackage,
  FormJob,
  Inspection,
  PackedSource,
  ReopenedMessage,
  StoredPackage,
  Workers,
} from '../pipeline/ports.ts'
import { type ReadAttorneyFile, readSignedAttorney } from '../trust/attorney/file.ts'
import { examineAtDoor, examineMessage } from './examine.ts'
import { BodyReader, entryNamed, inflated, signatureFiles, unread } from './signatures.ts'
import { signerFor } from './signers.ts'

export { readListPieces } from './lists.ts'
export { readdress } from './readdress.ts'

type Job<Name extends 'packMessages' | 'packReceipts'> = Parameters<Workers[Name]>[0]

/** A stored package and the messages of it to look at. */
export type ExamineJob = { source: StoredPackage; wanted: readonly string[] }

/** Everything the door checks that depends on the bytes alone, for several packages; small ones are examined too. */
export function inspectAll(jobs: readonly PackedSource[]): (Inspection | Refusal)[] {
  return jobs.map(inspect)
}

function inspect(job: PackedSource): Inspection | Refusal {
  const opened = inspectPackage(job.bytes, job.registered)
  if (isRefusal(opened)) return opened
  const { thumbprint, content, zip } = opened
  return { thumbprint, content, examined: examineAtDoor(zip, content) }
}

/** Examines several packages. */
export function examineAll(jobs: readonly ExamineJob[]): (ExaminedMessage[] | Refusal)[] {
  return jobs.map(examine)
}

/** Opens the wanted messages again, digests their bodies and checks the signatures over them (RULES 16, 28). */
function examine(job: ExamineJob): ExaminedMessage[] | Refusal {
  const opened = reopenPackage(job.source)
  if (isRefusal(opened)) return opened
  assert(opened.content.kind === 'messages', 'a stored package of messages holds receipts')
  return opened.content.messages
    .filter((message) => job.wanted.includes(message.id))
    .map((message) => examineMessage(opened.zip, message))
}

/** Reads a power of attorney that a registry gave. */
export function readAttorneyFile(job: {
  bytes: Uint8Array
  signature: Uint8Array | undefined
}): ReadAttorneyFile {
  return readSignedAttorney(job.bytes, job.signature)
}

/** Checks the signatures of a message over a document that came in an earlier package: its body is read once. */
export function examineEarlier(job: EarlierSigned): EarlierRead | Refusal {
  const opened = reopenPackage(job.source)
  if (isRefusal(opened)) return opened
  assert(opened.content.kind === 'messages', 'a stored package of messages holds receipts')
  const message = opened.content.messages.find(({ id }) => id === job.wireId)
  assert(message, 'a message is not in its package')
  const files = signatureFiles(opened.zip, message, job.document)
  const { bytes, isEncrypted } = earlierBody(job.stored, job.document)
  const left = { ...job.allowance }
  if (bytes === undefined || isEncrypted) {
    return { signatures: files.map(({ header }) => unread(header)), left, isEncrypted }
  }
  const body = new BodyReader(bytes)
  return { signatures: files.map((file) => body.check(file, left)), left, isEncrypted }
}

/** The body, and whether it is encrypted by its description: the row of an older hub does not tell. */
function earlierBody(
  stored: StoredPackage,
  document: string,
): { bytes: Uint8Array | undefined; isEncrypted: boolean } {
  const opened = reopenPackage(stored)
  assert(!isRefusal(opened), 'a stored package cannot be opened again')
  const { zip, content } = opened
  assert(content.kind === 'messages', 'a stored package of messages holds receipts')
  for (const { entries, description } of content.messages) {
    const entry = entryNamed(entries, `${document}.bin`)
    if (entry === undefined) continue
    const isEncrypted = description.documents.some(({ id, encrypted }) => id === document && encrypted)
    return { bytes: isEncrypted ? undefined : inflated(zip, entry), isEncrypted }
  }
  return { bytes: undefined, isEncrypted: false }
}

/** Reads the receipts of a stored package. */
export function readReceipts(job: StoredPackage): Receipts | Refusal {
  const opened = reopenPackage(job)
  if (isRefusal(opened)) return opened
  assert(opened.content.kind === 'receipts', 'a stored package of receipts holds messages')
  return opened.content.receipts
}

/**
 * Packs messages out of stored packages: entries are copied as they are, description.xml too (RULES 7). Their CRC was
 * checked at the door, so only the directory is read again.
 */
export async function packMessages(job: Job<'packMessages'>): Promise<Uint8Array> {
  const sources = job.sources.map((source) => {
    const zip = contentOf(source)
    assert(!isRefusal(zip), 'a stored package cannot be opened again')
    const directory = readZip(zip)
    assert(!isRefusal(directory), 'the ZIP of a stored package cannot be read again')
    return { zip, entries: directory.entries }
  })
  const parts: ZipPart[] = job.members.flatMap((member) => {
    const source = sources[member.source]
    const folder = `${member.wireId}/`
    // A folder's own entry has nothing in it and is not passed on.
    const own =
      source?.entries.filter((entry) => entry.name.startsWith(folder) && entry.name !== folder) ?? []
    assert(source !== undefined && own.length > 0, 'a member is not in its source')
    return own.map((entry) =>
      copiedPart(source.zip, entry, `${member.outWireId}/${entry.name.slice(folder.length)}`),
    )
  })
  return signerFor(job.signAs).sign(writeZip(parts), job.at)
}

/** Writes and signs a package of processing receipts. */
export async function packReceipts(job: Job<'packReceipts'>): Promise<Uint8Array> {
  const dialect = dialectOf(job.dialect)
  assert(dialect, `no dialect ${job.dialect}`)
  const xml = dialect.writeReceipts({
    operator: job.operator as OperatorCode,
    sentAt: job.sentAt,
    items: [...job.items],
  })
  assert(!isRefusal(xml), `our own receipts cannot be written: ${isRefusal(xml) ? xml.code : ''}`)
  const faults = checkLogicalMessage(xml)
  assert(faults.length === 0, `our own receipts do not fit our schema: ${faults[0]?.message ?? ''}`)
  const zip = writeZip([{ name: dialect.entryNames.receipts(), bytes: xml, deflate: true }])
  return signerFor(job.signAs).sign(zip, job.at)
}

/** Opens one message of a stored package again, with entries of the package: both in one hand-over of its bytes. */
export function describe(job: {
  source: StoredPackage
  wireId: string
  entries: readonly string[]
}): ReopenedMessage | Refusal {
  const opened = reopenPackage(job.source)
  if (isRefusal(opened)) return opened
  assert(opened.content.kind === 'messages', 'a stored package of messages holds receipts')
  const found = opened.content.messages.find((message) => message.id === job.wireId)
  assert(found, 'a message is not in its package')
  const extract = extractorOf(job.source)
  return { opened: found, bytes: job.entries.map(extract) }
}

/** Digests entries of a stored package, one in memory at a time. */
export function digestEntries(job: {
  source: StoredPackage
  entries: readonly string[]
}): (string | undefined)[] {
  const extract = extractorOf(job.source)
  return job.entries.map((entry) => {
    const bytes = extract(entry)
    return bytes === undefined ? undefined : hash('sha256', bytes, 'hex')
  })
}

/** Inflates entries of a stored package; undefined for a name it has not. */
function extractorOf(source: StoredPackage): (entry: string) => Uint8Array | undefined {
  const zip = contentOf(source)
  assert(!isRefusal(zip), 'a stored package cannot be opened again')
  const directory = readZip(zip)
  assert(!isRefusal(directory), 'the ZIP of a stored package cannot be read again')
  return (name) => {
    const entry = directory.entries.find((one) => one.name === name)
    if (entry === undefined) return undefined
    const bytes = inflateEntry(zip, entry)
    assert(!isRefusal(bytes), 'an entry that was inflated at the door cannot be inflated again')
    return bytes
  }
}

/**
 * Forms a package of one message and looks at it as the door would: what a partner may not send, a service of ours may
 * not send either. Refusals: those of the writer, of the container and of descriptions.
 */
export async function formMessage(job: FormJob): Promise<FormedPackage | Refusal> {
  const dialect = dialectOf(job.dialect)
  assert(dialect, `no dialect ${job.dialect}`)
  const { description } = job
  const xml = 'type' in description ? dialect.writeInvitation(description) : dialect.writeMessage(description)
  if (isRefusal(xml)) return xml
  const faults = checkLogicalMessage(xml)
  assert(faults.length === 0, `what the writer took does not fit our schema: ${faults[0]?.message ?? ''}`)
  const wireId = job.wireId as MessageId
  const { entryNames } = dialect
  const files = job.files.map(({ id, of, bytes }) => ({
    name:
      of === 'document'
        ? entryNames.document(wireId, id as DocumentId)
        : entryNames.signature(wireId, id as SignatureId),
    bytes,
    deflate: of === 'document',
  }))
  const zip = writeZip([{ name: entryNames.description(wireId), bytes: xml, deflate: true }, ...files])
  const content = dialect.openContent(zip)
  if (isRefusal(content)) return content
  return { bytes: await signerFor(job.signAs).sign(zip, job.at), content }
}
