// A home code with a subscriber for tests at the desk: what its service would submit, signed.

import { createHash } from 'node:crypto'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { SimulatedAuthority, type SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import { signDetached } from '../../hub/trust/sign.ts'
import type { Submission, SubmittedDocument, SubmittedSignature } from '../../schemas/home.ts'
import type { DocumentId, OperatorCode, SignatureId } from '../../schemas/ids.ts'

/** A home code with one subscriber. */
export type HomeParty = {
  code: OperatorCode
  subscriber: SimulatedSubscriber
  /** A signed free-form document of incompressible bytes, with an id of its own. */
  document(options?: { size?: number; parents?: readonly string[]; number?: string }): SignedDocument
  /** A submission of documents (one new one unless given) under a key of its own. */
  submission(
    to: { subscriber: Pick<SimulatedSubscriber, 'id'> },
    changes?: Partial<Submission> & { signed?: readonly SignedDocument[] },
  ): Submission
}

/** A document with the signature over it. */
export type SignedDocument = { document: SubmittedDocument; signature: SubmittedSignature }

let authority: SimulatedAuthority | undefined
let count = 0

/** Makes keys for a home code. */
export function homeParty(code: string): HomeParty {
  authority ??= new SimulatedAuthority()
  const id = `${code}-7712345678-771001001`
  const subscriber = authority.subscriber({ id, name: 'ООО "Свой"', inn: '7712345678' })
  const service: HomeParty = {
    code: code as OperatorCode,
    subscriber,
    document({ size = 2000, parents = [], number } = {}) {
      count += 1
      const at = new Date()
      const made = freeDocument({ at, size, parents: parents as readonly DocumentId[] })
      const own = idOf(`document ${code} ${count}`) as DocumentId
      const signature = signDetached({ ...subscriber.identity, content: made.bytes, at })
      return {
        document: {
          id: own,
          type: made.type,
          fileName: made.fileName,
          answerExpected: false,
          encrypted: false,
          parents: parents as readonly DocumentId[],
          number: number ?? made.number,
          date: made.date,
          body: made.bytes,
        },
        signature: {
          id: idOf(`signature ${code} ${count}`) as SignatureId,
          document: own,
          signer: subscriber.id,
          bytes: signature,
        },
      }
    },
    submission(to, { signed = [service.document()], ...changes } = {}) {
      count += 1
      return {
        home: code as OperatorCode,
        key: `key-${code}-${count}`,
        wireId: undefined,
        sender: subscriber.id,
        recipient: to.subscriber.id,
        recipientUnit: undefined,
        documents: signed.map(({ document }) => document),
        signatures: signed.map(({ signature }) => signature),
        allowsUnknownReferences: false,
        isDryRun: false,
        remote: '127.0.0.1',
        apiKey: 'test',
        at: new Date(),
        ...changes,
      }
    },
  }
  return service
}

const idOf = (text: string) =>
  createHash('sha256').update(`${text} ${process.pid}`).digest('hex').slice(0, 32)
