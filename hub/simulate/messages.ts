// Composes logical messages: documents with their signatures, invitations, signatures alone.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { ZipPart } from '../../operators/containers/zip/write.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import {
  type DocumentId,
  type MessageId,
  type ParticipantId,
  parseDocumentId,
  parseMessageId,
  parseSignatureId,
  type SignatureId,
} from '../../schemas/ids.ts'
import type { DocumentHeader, SignatureHeader } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { type SigningIdentity, signDetached } from '../trust/sign.ts'
import type { SimulatedDocument } from './documents.ts'
import type { SimulatedSubscriber } from './subscriber.ts'

/** A document of a composed message. */
export type SentDocument = {
  id: DocumentId
  type: string
  fileName: string
  bytes: Uint8Array
  sha256: string
  signature: { id: SignatureId; bytes: Uint8Array } | undefined
}

/** A message ready to be packed. Ids are random, so the same call twice gives two messages. */
export type SimulatedMessage = {
  id: MessageId
  kind: 'message' | 'invitation'
  sender: ParticipantId
  recipient: ParticipantId
  documents: SentDocument[]
  /** SHA-256 over the entries as RULES 12 has it, counted here from what was put in. */
  contentSha256: string
  parts: ZipPart[]
}

/** Who writes to whom, and when. */
type Parties = { from: SimulatedSubscriber; to: Pick<SimulatedSubscriber, 'id'>; at: Date }

/** A message with documents, each signed by its sender unless `signed` is false. */
export function composeMessage(
  of: Parties & { documents: readonly SimulatedDocument[]; signed?: boolean; id?: MessageId },
): SimulatedMessage {
  const { from, to, at } = of
  const { sent, headers } = composeDocuments(of)
  const description = roseu.writeMessage({
    sender: from.id,
    recipient: to.id,
    recipientUnit: undefined,
    sentAt: utc(at),
    ...headers,
  })
  return finish({ ...of, kind: 'message', description, documents: sent })
}

/** Documents under new ids, each signed unless `signed` is false, and the headers that describe them. */
function composeDocuments(
  of: Pick<Parties, 'from' | 'at'> & { documents: readonly SimulatedDocument[]; signed?: boolean },
): { sent: SentDocument[]; headers: { documents: DocumentHeader[]; signatures: SignatureHeader[] } } {
  const { from, at, signed = true } = of
  const documents: DocumentHeader[] = []
  const sent = of.documents.map((document): SentDocument => {
    const id = newId(parseDocumentId)
    const { type, fileName, bytes } = document
    const identity = document.signedBy ?? from.identity
    const signature = signed ? sign(identity, bytes, at) : undefined
    documents.push(headerOf(id, document))
    return { id, type, fileName, bytes, sha256: sha256(bytes), signature }
  })
  const signatures = sent.flatMap(({ id, signature }) =>
    signature === undefined ? [] : [{ id: signature.id, signer: from.id, document: id }],
  )
  return { sent, headers: { documents, signatures } }
}

/** An invitation to exchange (`ask`), or its refusal or end (`break`), with a document or without. */
export function composeInvitation(
  of: Omit<Parties, 'to'> & {
    to: SimulatedSubscriber
    type: 'ask' | 'break'
    comment?: string
    documents?: readonly SimulatedDocument[]
    id?: MessageId
  },
): SimulatedMessage {
  const { sent, headers } = composeDocuments({ documents: [], ...of })
  const organisation = ({ id, inn, kpp, name }: SimulatedSubscriber) => ({ id, inn, kpp, name })
  const description = roseu.writeInvitation({
    type: of.type,
    from: organisation(of.from),
    to: organisation(of.to),
    sentAt: utc(of.at),
    comment: of.comment,
    ...headers,
  })
  return finish({ ...of, kind: 'invitation', description, documents: sent })
}

/** A signature of the sender on a document of an earlier message; the message carries no document. */
export function composeSignature(
  of: Parties & { document: { id: DocumentId; bytes: Uint8Array }; id?: MessageId },
): SimulatedMessage {
  const signature = sign(of.from.identity, of.document.bytes, of.at)
  const header: SignatureHeader = { id: signature.id, signer: of.from.id, document: of.document.id }
  const description = roseu.writeMessage({
    sender: of.from.id,
    recipient: of.to.id,
    recipientUnit: undefined,
    sentAt: utc(of.at),
    documents: [],
    signatures: [header],
  })
  return finish({ ...of, kind: 'message', description, documents: [], alone: [signature] })
}

type Signature = { id: SignatureId; bytes: Uint8Array }

function finish(
  of: Parties & {
    kind: SimulatedMessage['kind']
    description: Uint8Array | Refusal
    documents: SentDocument[]
    alone?: Signature[]
    id?: MessageId
  },
): SimulatedMessage {
  const { description, documents, alone = [] } = of
  assert(!isRefusal(description), `a description of ours: ${isRefusal(description) ? description.seen : ''}`)
  const id = of.id ?? newId(parseMessageId)
  const signatures = [...alone, ...documents.flatMap(({ signature }) => signature ?? [])]
  const names = roseu.entryNames
  const bodies = [
    ...documents.map((document) => ({ name: names.document(id, document.id), bytes: document.bytes })),
    ...signatures.map((signature) => ({ name: names.signature(id, signature.id), bytes: signature.bytes })),
  ]
  const files = [{ name: names.description(id), bytes: description }, ...bodies]
  return {
    id,
    kind: of.kind,
    sender: of.from.id,
    recipient: of.to.id,
    documents,
    contentSha256: digestFiles(id, files),
    parts: files.map((file) => ({ ...file, deflate: file.name.endsWith('.xml') || isText(file.bytes) })),
  }
}

/** RULES 12: name, size and content of each entry; description.xml first, the others by name. */
function digestFiles(id: MessageId, files: readonly { name: string; bytes: Uint8Array }[]): string {
  const [description, ...bodies] = files
  bodies.sort((a, b) => (a.name < b.name ? -1 : 1))
  const hash = createHash('sha256')
  for (const { name, bytes } of description === undefined ? [] : [description, ...bodies]) {
    hash.update(`${name.slice(id.length + 1)}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

function sign(identity: SigningIdentity, content: Uint8Array, at: Date): Signature {
  return { id: newId(parseSignatureId), bytes: signDetached({ ...identity, content, at }) }
}

function headerOf(id: DocumentId, document: SimulatedDocument): DocumentHeader {
  return {
    id,
    type: document.type,
    fileName: document.fileName,
    answerExpected: document.answerExpected ?? false,
    encrypted: document.encrypted ?? false,
    parents: [...(document.parents ?? [])],
    number: document.number,
    date: document.date,
  }
}

/** Documents of the tax service are worth deflating; random bodies are not worth the time. */
function isText(bytes: Uint8Array): boolean {
  return bytes[0] === 0x3c
}

/** A new id of 32 hex digits. */
function newId<Id>(parse: (text: string) => Id | undefined): Id {
  const id = parse(randomBytes(16).toString('hex'))
  assert(id !== undefined, '32 hex digits are an id')
  return id
}

/** SHA-256 in lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function utc(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
