// A composed message as a request of the internal API.

import assert from 'node:assert/strict'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { SimulatedMessage } from './messages.ts'

/** The body of `POST /api/v1/messages` for a message; its ИдЛС, ids and headers are those of its description. */
export function requestOf({ id, sender, recipient, parts }: SimulatedMessage): object {
  const bytesOf = (name: string) => {
    const part = parts.find((one) => one.name === name)
    assert(part !== undefined && 'bytes' in part, `${name} is composed`)
    return Buffer.from(part.bytes)
  }
  const description = roseu.readDescription(bytesOf(roseu.entryNames.description(id)))
  assert(!isRefusal(description) && description.kind === 'message', 'a service submits messages')
  return {
    id,
    sender,
    recipient,
    allowUnknownReferences: true,
    documents: description.documents.map((document) => ({
      id: document.id,
      type: document.type,
      fileName: document.fileName,
      number: document.number,
      date: document.date,
      answerExpected: document.answerExpected,
      parents: document.parents,
      content: bytesOf(roseu.entryNames.document(id, document.id)).toString('base64'),
    })),
    signatures: description.signatures.map((signature) => ({
      id: signature.id,
      document: signature.document,
      signer: signature.signer,
      content: bytesOf(roseu.entryNames.signature(id, signature.id)).toString('base64'),
    })),
  }
}
