// Signatures over documents of earlier packages, as a worker checks them: each body is read once, whatever is over it.

import t from 'tap'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { allowanceOfMessage } from '../../hub/trust/cms/allowance.ts'
import { signAttached, signDetached } from '../../hub/trust/sign.ts'
import { examineEarlier } from '../../hub/workers/tasks.ts'
import { writeZip, type ZipPart } from '../../operators/containers/zip/write.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import type { DocumentId, MessageId, SignatureId } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'

const authority = new SimulatedAuthority()
const operator = authority.operator({ code: '2ZA', name: 'Оператор', inn: '7710000000' })
const from = authority.subscriber({ id: '2ZA-one', name: 'Один', inn: '7720000000' })
const to = authority.subscriber({ id: '2ZB-two', name: 'Два', inn: '7730000000' })
const at = new Date()
const wireId = 'a'.repeat(32) as MessageId

const packageOf = (parts: ZipPart[]) => ({
  bytes: signAttached({ ...operator.identity, content: writeZip(parts), at }),
})
const idOf = (number: number) => number.toString(16).padStart(32, '0') as SignatureId

/** A package with signatures alone: `over` names the document each one says it is over. */
function signaturesAlone(over: readonly { document: DocumentId; bytes: Uint8Array }[]) {
  const description = roseu.writeMessage({
    sender: from.id,
    recipient: to.id,
    recipientUnit: undefined,
    sentAt: at.toISOString(),
    documents: [],
    signatures: over.map(({ document }, number) => ({ id: idOf(number), signer: from.id, document })),
  })
  if (isRefusal(description)) throw new Error(description.seen)
  return packageOf([
    { name: roseu.entryNames.description(wireId), bytes: description, deflate: true },
    ...over.map(({ bytes }, number) => ({
      name: roseu.entryNames.signature(wireId, idOf(number)),
      bytes: signDetached({ ...from.identity, content: bytes, at }),
      deflate: false,
    })),
  ])
}

t.test('a body is read once for all signatures over it, and others are left alone', async (t) => {
  const documents = [freeDocument({ at, size: 20_000 }), freeDocument({ at, size: 300 })]
  const earlier = composeMessage({ from, to, at, documents })
  const [one, other] = earlier.documents
  if (one === undefined || other === undefined) throw new Error('no documents')
  const { bytes } = packageOf(earlier.parts)
  let reads = 0
  const stored = {
    get bytes() {
      reads += 1
      return bytes
    },
  }
  const count = 30
  const over = Array.from({ length: count }, (_, number) =>
    // The last but one is over other octets than it says.
    ({ document: one.id, bytes: number === count - 2 ? other.bytes : one.bytes }),
  )
  const source = signaturesAlone([...over, { document: other.id, bytes: other.bytes }])
  const found = examineEarlier({ source, wireId, document: one.id, stored, allowance: allowanceOfMessage() })
  if (isRefusal(found)) throw new Error(found.seen)
  t.strictSame(
    found.signatures.map(({ id }) => id),
    over.map((_, number) => idOf(number)),
  )
  const problems = found.signatures.map(({ facts }) =>
    facts?.signers[0]?.problems.map(({ problem }) => problem).join(),
  )
  t.equal(problems.filter((told) => told === '').length, count - 1, 'sound but for one')
  t.not(problems[count - 2], '')
  t.equal(reads, 1)
})

t.test('whether a document is encrypted is told by its own description', async (t) => {
  const plain = freeDocument({ at, size: 300 })
  for (const encrypted of [true, false]) {
    const earlier = composeMessage({ from, to, at, documents: [{ ...plain, encrypted }] })
    const [document] = earlier.documents
    if (document === undefined) throw new Error('no document')
    const found = examineEarlier({
      source: signaturesAlone([{ document: document.id, bytes: Buffer.from('in the clear') }]),
      wireId,
      document: document.id,
      stored: packageOf(earlier.parts),
      allowance: allowanceOfMessage(),
    })
    if (isRefusal(found)) throw new Error(found.seen)
    t.equal(found.isEncrypted, encrypted)
    t.equal(found.signatures[0]?.facts === undefined, encrypted)
  }
})

t.test('a body that is not in its package any more leaves its signatures unread', async (t) => {
  const earlier = composeMessage({ from, to, at, documents: [freeDocument({ at, size: 300 })] })
  const absent = 'f'.repeat(32) as DocumentId
  const source = signaturesAlone([{ document: absent, bytes: Buffer.from('x') }])
  const stored = packageOf(earlier.parts)
  const found = examineEarlier({ source, wireId, document: absent, stored, allowance: allowanceOfMessage() })
  t.match(found, { signatures: [{ id: idOf(0), facts: undefined }], left: allowanceOfMessage() })
})
