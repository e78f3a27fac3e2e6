// What one message may cost: so many signers, stamps and octets are checked, and its verdict is made step by step.

import t from 'tap'
import { judgeFacts } from '../../hub/pipeline/verdict/judged.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { unpackVerdictTexts } from '../../hub/store/verdict/texts.ts'
import { allowanceOfMessage, takeAllowance } from '../../hub/trust/cms/allowance.ts'
import { checkSignature } from '../../hub/trust/cms/check.ts'
import { signAttached } from '../../hub/trust/sign.ts'
import { freezeFacts, thawFacts, verdictText } from '../../hub/trust/verdict/freeze.ts'
import { gatherMessage } from '../../hub/trust/verdict/gather.ts'
import { judgeMessage } from '../../hub/trust/verdict/judge.ts'
import { viewOfFiles } from '../../hub/trust/view/local-trust.ts'
import { examineAll, examineEarlier } from '../../hub/workers/tasks.ts'
import { writeZip, type ZipPart } from '../../operators/containers/zip/write.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import type { DocumentId, MessageId, SignatureId } from '../../schemas/ids.ts'
import { brokenLimitRelations } from '../../schemas/limit-relations.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { MessageFacts, SignedFacts } from '../../schemas/verdict/message-facts.ts'
import { verdictPolicy } from '../../schemas/verdict/policy.ts'
import { authorityOf, cadesAttributes, stampedBy } from '../support/cms-makers.ts'
import { forge, forgerOf } from '../support/forged-cms.ts'
import { identityOn } from '../support/signing.ts'

const at = new Date('2026-10-01T09:00:00Z')
const identity = identityOn('TC26-256-B')
const forger = forgerOf(identity)
const stamps = authorityOf(identityOn('TC26-256-A'))
const content = Buffer.from('content')

/** A detached signature of so many signers. */
const fileOf = (bytes: Uint8Array, signers: number, stampCount = 0) =>
  forge(identity, {
    content: bytes,
    encapsulated: [],
    attributes: cadesAttributes(forger),
    signers,
    ...(stampCount === 0 ? {} : { unsignedAttributes: stampedBy(...Array(stampCount).fill(stamps)) }),
  })

t.test('a file is checked as a whole while there is enough left for it, and not at all beyond', async (t) => {
  t.strictSame(brokenLimitRelations(), [])
  t.strictSame(allowanceOfMessage(), {
    signers: limits.signersPerMessageMax,
    timestamps: limits.timestampsPerMessageMax,
    bytes: limits.signerBytesPerMessageMax,
  })
  const needs = { signers: 3, timestamps: 2, bytes: 100 }
  for (const name of ['signers', 'timestamps', 'bytes'] as const) {
    const short = { ...needs, [name]: needs[name] - 1 }
    t.match(takeAllowance(short, needs), { problem: 'signature.many' }, name)
    t.strictSame(short, { ...needs, [name]: needs[name] - 1 }, 'nothing is taken')
  }
  const enough = { ...needs }
  t.equal(takeAllowance(enough, needs), undefined)
  t.strictSame(enough, { signers: 0, timestamps: 0, bytes: 0 })
})

t.test('what a file needs is counted before anything of it is verified', async (t) => {
  const file = fileOf(content, 2, 3)
  const allowance = allowanceOfMessage()
  const before = { ...allowance }
  t.strictSame(checkSignature(file, content, { allowance }).facts.problems, [])
  const needs = {
    signers: before.signers - allowance.signers,
    timestamps: before.timestamps - allowance.timestamps,
    bytes: before.bytes - allowance.bytes,
  }
  t.match(needs, { signers: 2, timestamps: 6 })
  t.ok(needs.bytes > 2 * forger.certificate.der.length)
  for (const name of ['signers', 'timestamps', 'bytes'] as const) {
    const short = { ...needs, [name]: needs[name] - 1 }
    const { facts, certificates } = checkSignature(file, content, { allowance: short })
    t.match(facts.problems, [{ problem: 'signature.many' }], name)
    t.strictSame([facts.signers, certificates], [[], []])
  }
})

const authority = new SimulatedAuthority()
const operator = authority.operator({ code: '2ZA', name: 'Оператор', inn: '7710000000' })
const from = authority.subscriber({ id: '2ZA-one', name: 'Один', inn: '7720000000' })
const to = authority.subscriber({ id: '2ZB-two', name: 'Два', inn: '7730000000' })
const idOf = (number: number) => number.toString(16).padStart(32, '0') as SignatureId
const document = freeDocument({ at, size: 300 })
const documentId = 'd'.repeat(32) as DocumentId

/** A package of one message with the document and these signature files, or the signatures alone. */
function packageOf(wireId: MessageId, files: readonly Uint8Array[], isWith: boolean) {
  const header = {
    ...document,
    id: documentId,
    encrypted: false,
    parents: [],
    parameters: [],
    linked: [],
  }
  const description = roseu.writeMessage({
    sender: from.id,
    recipient: to.id,
    recipientUnit: undefined,
    sentAt: at.toISOString(),
    documents: isWith ? [header as never] : [],
    signatures: files.map((_, number) => ({ id: idOf(number), signer: from.id, document: documentId })),
  })
  if (isRefusal(description)) throw new Error(description.seen)
  const { entryNames } = roseu
  const body: ZipPart = {
    name: entryNames.document(wireId, documentId),
    bytes: document.bytes,
    deflate: true,
  }
  const parts = [
    { name: entryNames.description(wireId), bytes: description, deflate: true },
    ...(isWith ? [body] : []),
    ...files.map((bytes, number) => ({
      name: entryNames.signature(wireId, idOf(number)),
      bytes,
      deflate: false,
    })),
  ]
  return { bytes: signAttached({ ...operator.identity, content: writeZip(parts), at }) }
}

const view = viewOfFiles({ anchors: [forger.certificate], intermediates: [], lists: [] })
const messageOf = (signatures: Parameters<typeof gatherMessage>[0]['signatures'], strict = false) =>
  gatherMessage(
    {
      message: 'm',
      sender: from.id,
      receivedAt: at.toISOString(),
      judgedAt: at.toISOString(),
      documents: [
        {
          id: documentId,
          type: 'СФ',
          isEncrypted: false,
          body: 'message',
          sha256: undefined,
          streebog256: undefined,
        },
      ],
      signatures,
      policy: verdictPolicy(strict ? 'strict' : 'default'),
    },
    view,
  )

t.test('signatures beyond signersPerMessageMax are not checked, and the message says so', async (t) => {
  const wireId = 'a'.repeat(32) as MessageId
  const perFile = limits.signersPerSignatureMax
  const whole = Math.floor(limits.signersPerMessageMax / perFile)
  const many = fileOf(document.bytes, perFile)
  const wrong = fileOf(Buffer.from('something else'), perFile)
  const files = [...Array<Uint8Array>(whole).fill(many), wrong]
  const [examined] = examineAll([{ source: packageOf(wireId, files, true), wanted: [wireId] }])
  if (examined === undefined || isRefusal(examined)) throw new Error('not examined')
  const [message] = examined
  if (message === undefined) throw new Error('no message')
  const { signatures, left } = message
  t.equal(left.signers, limits.signersPerMessageMax - whole * perFile)
  t.strictSame(
    signatures.map(({ facts }) => facts?.signers.length),
    [...Array(whole).fill(perFile), 0],
  )
  t.match(signatures.at(-1)?.facts?.problems, [{ problem: 'signature.many' }])
  const last = signatures.slice(-1)
  t.match(judgeMessage(messageOf(last)), {
    indication: 'INDETERMINATE',
    subIndication: 'GENERIC',
    action: 'mark',
    because: [{ outcome: 'GENERIC', signature: last[0]?.id }],
  })
  t.match(judgeMessage(messageOf(last, true)), { indication: 'INDETERMINATE', action: 'hold' })
  const [format] =
    judgeMessage(messageOf(last)).signatures[0]?.checks.filter(({ check }) => check === 'format') ?? []
  t.equal(format?.outcome, 'not-checked')

  const earlier = packageOf('b'.repeat(32) as MessageId, [many], true)
  const over = (allowance: typeof left) =>
    examineEarlier({
      source: packageOf(wireId, [many], false),
      wireId,
      document: documentId,
      stored: earlier,
      allowance,
    })
  t.match(over(left), { signatures: [{ facts: { problems: [{ problem: 'signature.many' }] } }], left })
  const enough = { ...left, signers: perFile }
  t.match(over(enough), { signatures: [{ facts: { problems: [] } }], left: { signers: 0 } })
})

t.test('a verdict is made in steps of one signature, and is the same as made in one go', async (t) => {
  const count = 40
  const { facts, certificates } = checkSignature(fileOf(content, 2, 1), content, { at })
  const read = { document: documentId, participant: from.id, participantInn: undefined, facts, certificates }
  const plain = messageOf(Array.from({ length: count }, (_, number) => ({ id: `s${number}`, ...read })))
  const seen: string[] = []
  const watched: MessageFacts = {
    ...plain,
    signatures: plain.signatures.map(
      (signed): SignedFacts => ({
        ...signed,
        get signature() {
          if (seen.at(-1) !== signed.id) seen.push(signed.id)
          return signed.signature
        },
      }),
    ),
  }
  const judged = await judgeFacts(watched, at, async () => void seen.push('turn'))
  const steps = seen.join(' ').split('turn')
  t.ok(steps.length > 4 * count, 'judged, named, written, and the verdict written')
  t.strictSame(
    steps.filter((step) => step.trim().includes(' ')),
    [],
    'no step is about two signatures',
  )
  const kept = await unpackVerdictTexts(Buffer.from(String(judged.row.packed), 'base64'))
  t.equal(kept.facts, freezeFacts(plain).text)
  t.equal(kept.verdict, verdictText(judgeMessage(plain)))
  const chains = new Map(judged.chains.map(({ sha256, facts: chain }) => [sha256, chain]))
  t.strictSame(thawFacts(kept.facts, chains), JSON.parse(JSON.stringify(plain)))
})
