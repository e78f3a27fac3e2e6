// The simulated partner by itself: its documents are valid, its packages open, it records and misbehaves as told.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { BehaviourName } from '../../hub/simulate/behaviours.ts'
import { behaviours } from '../../hub/simulate/behaviours.ts'
import { freeDocument, receiptNotice, transferDocument } from '../../hub/simulate/documents.ts'
import { composeInvitation, composeMessage, composeSignature } from '../../hub/simulate/messages.ts'
import { startSimulatedOperator } from '../../hub/simulate/operator.ts'
import { packMessages, tamper } from '../../hub/simulate/packages.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { takeApart } from '../../hub/simulate/take.ts'
import { encodeWindows1251 } from '../../hub/simulate/windows-1251.ts'
import { createSigner } from '../../hub/trust/sign.ts'
import { checkAgainst, compileSchema } from '../../operators/validation/schema-check.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { beside } from '../support/beside.ts'

const at = new Date('2026-10-01T09:00:00Z')
const authority = new SimulatedAuthority(at)
const a = authority.operator({ code: '2ZA', name: 'ООО "Оператор А"', inn: '7705717142' })
const b = authority.operator({
  code: '2ZB',
  name: 'ООО "Оператор Б"',
  inn: '7773333970',
  curve: 'TC26-512-A',
})
const seller = authority.subscriber({ id: '2ZA-1', name: 'ООО "Ромашка"', inn: '7741377501' })
const buyer = authority.subscriber({
  id: '2ZB-1',
  name: 'ООО "Василёк"',
  inn: '7729244833',
  curve: 'TC26-512-C',
})

/** Two partners that take each other for the hub; both accept anybody's signature. */
async function startPair(t: Test, { sendTimeoutMs = 30_000 } = {}) {
  const started = [a, b].map((party) => startSimulatedOperator({ party, receiptDelayMs: 1, sendTimeoutMs }))
  const [one, other] = await Promise.all(started)
  if (one === undefined || other === undefined) throw new Error('two were started')
  t.teardown(() => Promise.all([one.close(), other.close()]))
  one.connect({ address: other.address })
  other.connect({ address: one.address })
  return { one, other }
}

function message(size = 3000) {
  return composeMessage({ from: seller, to: buyer, at, documents: [freeDocument({ at, size })] })
}

t.test('windows-1251 is written as every reader of it reads it', async (t) => {
  const text = 'Ёлка ёж №1 «да» – нет — АЯ ая ~ \u00a0'
  t.equal(new TextDecoder('windows-1251').decode(encodeWindows1251(text)), text)
  t.throws(() => encodeWindows1251('漢'))
})

const { path: schemas, absent: withoutSchemas } = beside('data/fns-xsd')

t.test('УПД and ИОП are valid by the schemas of the tax service', { skip: withoutSchemas }, async (t) => {
  const transfer = transferDocument({ seller, buyer, operator: a, number: '17', at })
  const [sent] = composeMessage({ from: seller, to: buyer, at, documents: [transfer] }).documents
  if (sent?.signature === undefined) throw new Error('documents are signed')
  const received = { ...sent, signature: sent.signature.bytes }
  const notice = receiptNotice({ from: buyer, to: seller, received, at })
  for (const [schema, { bytes, fileName }] of [
    ['ON_NSCHFDOPPR_1_997_01_05_01_03.xsd', transfer],
    ['DP_IZVPOL_1_982_00_01_01_02.xsd', notice],
  ] as const) {
    t.same(checkAgainst(compileSchema(readFileSync(join(schemas, schema))), bytes), [], schema)
    const [, fileId = ''] = /ИдФайл="([^"]+)"/.exec(new TextDecoder('windows-1251').decode(bytes)) ?? []
    t.equal(`${fileId}.xml`, fileName, 'the name of the file is its id')
    const pattern = /^(ON_NSCHFDOPPR_2ZB-1_2ZA-1|DP_IZVPOL_2ZA-1_2ZB-1)_20261001_[0-9a-f-]{36}\.xml$/
    t.match(fileName, pattern, 'the recipient stands before the sender')
  }
})

t.test(
  'what is composed opens with the digest its maker counted, and its signatures are right',
  async (t) => {
    const signer = createSigner(b.identity)
    const first = message()
    const [document] = first.documents
    if (document === undefined) throw new Error('a message has a document')
    const messages = [
      first,
      composeInvitation({ type: 'break', from: buyer, to: seller, at }),
      composeSignature({ from: buyer, to: seller, at, document }),
    ]
    const { name, bytes, sha256 } = packMessages(signer, { messages, at })
    const taken = takeApart({
      name,
      bytes,
      at,
      checks: 'documents',
      signers: [b.identity.certificate.thumbprint],
    })
    if (isRefusal(taken)) throw new Error(taken.code)
    t.equal(taken.package.sha256, sha256)
    t.same(
      taken.messages.map(({ id, contentSha256 }) => [id, contentSha256]),
      messages.map(({ id, contentSha256 }) => [id, contentSha256]),
    )
    t.equal(taken.messages[0]?.documents[0]?.sha256, document.sha256)
    t.same(
      taken.messages.flatMap(({ signatures }) => signatures.map(({ isRight }) => isRight)),
      [true, undefined],
      'a signature without its document is not judged',
    )
    const foreign = takeApart({ name, bytes, at, checks: 'documents', signers: ['0'.repeat(64)] })
    t.match(foreign, { code: 'peer.unknown' })
  },
)

t.test('a tampered package is one bit away and is refused by its digest', async (t) => {
  const signer = createSigner(a.identity)
  const signatureAlone = composeInvitation({ type: 'ask', from: seller, to: buyer, at })
  for (const messages of [[message()], [signatureAlone]]) {
    const good = packMessages(signer, { messages, at })
    const bad = tamper(good)
    const differing = bad.bytes.filter((octet, index) => octet !== good.bytes[index])
    t.equal(differing.length, 1)
    const { name, bytes } = bad
    t.match(takeApart({ name, bytes, at, checks: 'package', signers: undefined }), { code: 'cms.digest' })
  }
})

t.test(
  'a partner answers a repeated name as before, once in effect, and refuses it for other bytes',
  async (t) => {
    const { one, other } = await startPair(t)
    const sent = message()
    const prepared = one.pack([sent])
    for (let time = 0; time < 3; time++) t.equal((await one.send(prepared)).status, 200)
    t.equal(other.record.countOf(sent.contentSha256), 1)
    t.same(
      other.record.arrivals.map(({ repeated }) => repeated),
      [false, true, true],
    )
    const reused = one.pack([message()], { name: prepared.name.toUpperCase().replace('.CMS', '.cms') })
    t.equal((await one.send(reused)).status, 400)
    await one.record.waitForReceipt(sent.id)
    await other.settled()
    t.equal(one.record.receiptsOf(sent.id).length, 1)
  },
)

/** What a sender sees of each behaviour, and how often the message took effect after a second attempt. */
const seen: Record<BehaviourName, { first: string; second: string; effects: number; receipts: string[] }> = {
  ok: { first: 'accepted', second: 'accepted', effects: 1, receipts: ['success'] },
  'answer-400': { first: 'rejected', second: 'accepted', effects: 1, receipts: ['success'] },
  'answer-500': { first: 'transient', second: 'accepted', effects: 1, receipts: ['success'] },
  'answer-503': { first: 'transient', second: 'accepted', effects: 1, receipts: ['success'] },
  hang: { first: 'ambiguous', second: 'accepted', effects: 1, receipts: ['success'] },
  'drop-mid-body': { first: 'ambiguous', second: 'accepted', effects: 1, receipts: ['success'] },
  'late-answer': { first: 'ambiguous', second: 'accepted', effects: 1, receipts: ['success'] },
  'answer-lost': { first: 'ambiguous', second: 'accepted', effects: 1, receipts: ['success'] },
  'proxy-502': { first: 'ambiguous', second: 'accepted', effects: 1, receipts: ['success'] },
  'proxy-504': { first: 'ambiguous', second: 'accepted', effects: 1, receipts: ['success'] },
  slow: { first: 'ambiguous', second: 'accepted', effects: 1, receipts: ['success'] },
  'not-idempotent': { first: 'accepted', second: 'accepted', effects: 1, receipts: ['success'] },
  'receipt-error': { first: 'accepted', second: 'accepted', effects: 1, receipts: ['error'] },
  'receipt-unknown-id': { first: 'accepted', second: 'accepted', effects: 1, receipts: ['unknown-id'] },
  'no-receipt': { first: 'accepted', second: 'accepted', effects: 1, receipts: [] },
  'duplicate-receipts': {
    first: 'accepted',
    second: 'accepted',
    effects: 1,
    receipts: ['success', 'success'],
  },
}

for (const name of Object.keys(behaviours) as BehaviourName[]) {
  t.test(`${name}: ${behaviours[name].about}`, async (t) => {
    // Only these are waited for in vain; a busy machine answers later than a short time-out.
    const isMute = ['hang', 'late-answer', 'slow'].includes(name)
    const { one, other } = await startPair(t, isMute ? { sendTimeoutMs: 2000 } : {})
    const sent = message()
    const prepared = one.pack([sent])
    other.behave(name, { packages: 1, pauseMs: 60_000 })
    const expected = seen[name]
    t.equal((await one.send(prepared)).class, expected.first)
    t.equal((await one.send(prepared)).class, expected.second, 'the behaviour was for one package')
    t.equal(other.record.countOf(sent.contentSha256), expected.effects)
    const digests = other.record.arrivals.flatMap(({ sha256 }) => sha256 ?? [])
    t.ok(digests.every((digest) => digest === prepared.sha256))
    await other.settled()
    t.same(
      one.record.receiptsOf(sent.id).map(({ item }) => item.outcome),
      expected.receipts,
    )
  })
}

t.test('a partner that keeps no answers takes a repeated package again', async (t) => {
  const { one, other } = await startPair(t)
  other.behave('not-idempotent')
  const sent = message()
  const prepared = one.pack([sent])
  await one.send(prepared)
  await one.send(prepared)
  t.equal(other.record.countOf(sent.contentSha256), 2)
})

t.test('a wait in vain ends with what was waited for', async (t) => {
  const { other } = await startPair(t)
  await t.rejects(other.record.waitForMessages(2, 20), /2ZB.*2 messages, 0 came/)
})
