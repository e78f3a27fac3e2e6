// Builds the content of a package from a person's files: one message, or a folder packed as it is.

import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { faultOfName, sameNameKey } from '../../operators/containers/zip/names.ts'
import { writeZip, type ZipPart } from '../../operators/containers/zip/write.ts'
import type { Dialect } from '../../operators/ports.ts'
import {
  type DocumentId,
  type MessageId,
  type ParticipantId,
  parseDocumentId,
  parseMessageId,
  parseSignatureId,
} from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { DocumentHeader, SignatureHeader } from '../../schemas/package.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { type SigningIdentity, signDetached } from '../trust/sign.ts'
import { readNamed } from './failures.ts'

/** A document to send: its file, its ТипДокумента, and its detached signature if it is signed already. */
export type DocumentFile = { path: string; type: string; signaturePath: string | undefined }

/** One message to build. `signAs` signs the documents that bring no signature of their own. */
export type MessageRequest = {
  dialect: Dialect
  sender: ParticipantId
  recipient: ParticipantId
  documents: readonly DocumentFile[]
  parents: readonly DocumentId[]
  answerExpected: boolean
  /** Номер and Дата (yyyy-mm-dd) of the documents. */
  number: string | undefined
  date: string
  signAs: SigningIdentity | undefined
  at: Date
}

/** Builds the ZIP of a package with one message. Refusals: those of the dialect's strict writer. */
export async function makeMessage(
  request: MessageRequest,
): Promise<{ zip: Uint8Array; message: MessageId } | Refusal> {
  const { dialect, sender, recipient, at } = request
  const message = newId(parseMessageId)
  const contents = await Promise.all(request.documents.map((file) => readDocument(request, file)))
  const description = dialect.writeMessage({
    sender,
    recipient,
    recipientUnit: undefined,
    sentAt: at.toISOString(),
    documents: contents.map(({ header }) => header),
    signatures: contents.flatMap(({ signature }) => (signature === undefined ? [] : [signature.header])),
  })
  if (isRefusal(description)) return description
  const names = dialect.entryNames
  const parts: ZipPart[] = [{ name: names.description(message), bytes: description, deflate: true }]
  for (const { header, bytes, signature } of contents) {
    parts.push({ name: names.document(message, header.id), bytes, deflate: true })
    if (signature !== undefined) {
      parts.push({ name: names.signature(message, signature.header.id), bytes: signature.bytes })
    }
  }
  return { zip: writeZip(parts), message }
}

/**
 * Packs a folder as it is, names in order. What the files say is checked by whoever opens the ZIP; names that no
 * package may hold are refused here: zip.name, zip.duplicate, zip.too-many.
 */
export async function packFolder(folder: string): Promise<Uint8Array | Refusal> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const files = paths.sort().map((path) => ({ path, name: relative(folder, path).split(sep).join('/') }))
  const names = files.map(({ name }) => name)
  const fault = faultOfNames(names)
  if (fault !== undefined) return fault
  const parts = files.map(async ({ path, name }) => ({ name, bytes: await readFile(path), deflate: true }))
  return writeZip(await Promise.all(parts))
}

function faultOfNames(names: readonly string[]): Refusal | undefined {
  if (names.length > limits.zipEntriesMax) return refuse('zip.too-many', `${names.length} files`)
  const wrong = names.find(
    (name) => faultOfName(name) !== undefined || Buffer.byteLength(name) > limits.zipNameBytesMax,
  )
  if (wrong !== undefined) return refuse('zip.name', wrong)
  const isDoubled = new Set(names.map(sameNameKey)).size < names.length
  return isDoubled ? refuse('zip.duplicate', 'names that differ in case only') : undefined
}

type Content = {
  header: DocumentHeader
  bytes: Uint8Array
  signature: { header: SignatureHeader; bytes: Uint8Array } | undefined
}

async function readDocument(request: MessageRequest, file: DocumentFile): Promise<Content> {
  const bytes = await readNamed(file.path)
  const header: DocumentHeader = {
    id: newId(parseDocumentId),
    type: file.type,
    fileName: basename(file.path),
    answerExpected: request.answerExpected,
    encrypted: false,
    parents: [...request.parents],
    number: request.number,
    date: request.date,
  }
  const signature = await signatureOf(request, file, bytes)
  if (signature === undefined) return { header, bytes, signature }
  const signatureHeader = { id: newId(parseSignatureId), signer: request.sender, document: header.id }
  return { header, bytes, signature: { header: signatureHeader, bytes: signature } }
}

async function signatureOf(
  { signAs, at }: MessageRequest,
  { signaturePath }: DocumentFile,
  content: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (signaturePath !== undefined) return readNamed(signaturePath)
  return signAs === undefined ? undefined : signDetached({ ...signAs, content, at })
}

/** A new id of 32 hex digits that nobody can guess (RULES 20). */
function newId<Id>(parse: (text: string) => Id | undefined): Id {
  const id = parse(randomBytes(16).toString('hex'))
  if (id === undefined) throw new TypeError('32 hex digits are an id')
  return id
}
