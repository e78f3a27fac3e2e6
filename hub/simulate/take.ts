// Takes a package apart as a partner operator would: signer, container, messages, signatures, receipts.

import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import type { EntryPlace, OpenedMessage } from '../../schemas/package.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { readSigned, verifySigned } from '../trust/cms.ts'
import { sha256 } from './messages.ts'
import type { RecordedMessage, RecordedPackage, RecordedReceipt } from './record.ts'

/** How much a partner checks: nothing but the container, the signature of the package, those of documents too. */
export type CheckDepth = 'container' | 'package' | 'documents'

/** What a package holds, ready to be recorded. */
export type TakenPackage = {
  package: RecordedPackage
  messages: RecordedMessage[]
  receipts: RecordedReceipt[]
}

/** Opens a package. A refusal is answered 400. `signers`: thumbprints of who may send; undefined for anybody. */
export function takeApart(of: {
  name: string
  bytes: Uint8Array
  at: Date
  checks: CheckDepth
  signers: readonly string[] | undefined
}): TakenPackage | Refusal {
  const { name, bytes, at, checks, signers } = of
  const signed = readSigned(bytes)
  if (isRefusal(signed)) return signed
  const { thumbprint } = signed.certificate
  if (signers !== undefined && !signers.includes(thumbprint)) return refuse('peer.unknown', thumbprint)
  const broken = checks === 'container' ? undefined : verifySigned(signed)
  if (broken !== undefined) return broken
  const zip = signed.content
  const content = roseu.openContent(zip)
  if (isRefusal(content)) return content
  const taken = {
    name,
    sha256: sha256(bytes),
    bytes: bytes.length,
    at,
    kind: content.kind,
    signer: thumbprint,
  }
  if (content.kind === 'receipts') {
    const receipts = content.receipts.items.map((item) => ({ package: name, item, at }))
    return { package: taken, messages: [], receipts }
  }
  const messages = content.messages.map((message) =>
    recordedMessage({ message, zip, at, package: name, checks: checks === 'documents' }),
  )
  return { package: taken, messages, receipts: [] }
}

type Opened = { message: OpenedMessage; zip: Uint8Array; at: Date; package: string; checks: boolean }

function recordedMessage(opened: Opened): RecordedMessage {
  const { message, at } = opened
  const { description } = message
  const bodies = new Map(
    description.documents.flatMap(({ id }) => {
      const bytes = bodyOf(opened, roseu.entryNames.document(message.id, id))
      return bytes === undefined ? [] : [[id as string, bytes] as const]
    }),
  )
  return {
    id: message.id,
    kind: description.kind,
    invitation: description.kind === 'invitation' ? description.type : undefined,
    comment: description.kind === 'invitation' ? description.comment : undefined,
    package: opened.package,
    sender: description.sender,
    recipient: description.recipient,
    contentSha256: message.contentSha256,
    documents: description.documents.map(({ id, type, fileName, parents }) => ({
      id,
      type,
      fileName,
      parents,
      sha256: sha256(bodies.get(id) ?? new Uint8Array()),
    })),
    signatures: description.signatures.map(({ id, document, signer }) => {
      const bytes = bodyOf(opened, roseu.entryNames.signature(message.id, id)) ?? new Uint8Array()
      const body = bodies.get(document)
      const isRight = opened.checks && body !== undefined ? isSignatureRight(bytes, body) : undefined
      return { id, document, signer, bytes, isRight }
    }),
    at,
  }
}

function bodyOf({ message, zip }: Opened, name: string): Uint8Array | undefined {
  const place: EntryPlace | undefined = message.entries.find((entry) => entry.name === name)
  if (place === undefined) return undefined
  const bytes = inflateEntry(zip, place)
  return isRefusal(bytes) ? undefined : bytes
}

function isSignatureRight(signature: Uint8Array, body: Uint8Array): boolean {
  const signed = readSigned(signature, { detachedContent: body })
  return !isRefusal(signed) && verifySigned(signed) === undefined
}
