// Everything the writers make is valid by both schemas and is read back as it was.

import t from 'tap'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import { documentTypes } from '../../operators/dialects/roseu/profile.ts'
import type { InvitationToWrite, MessageToWrite, ReceiptsToWrite } from '../../operators/ports.ts'
import {
  parseDocumentId,
  parseMessageId,
  parseOperatorCode,
  parseParticipantId,
  parseSignatureId,
} from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type {
  DocumentHeader,
  InvitedOrganisation,
  ReceiptItem,
  SignatureHeader,
} from '../../schemas/package.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { isValid } from '../support/logical-schemas.ts'
import { below, oneOf, type Random, seededRandom, textOf } from '../support/random.ts'
import { accepted } from '../support/sample-package.ts'

const idLetters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const nasty = 'аЯёЁ<>&"\'; \t\r\n\0\u0085\u2028\ud800𝒳]]>-0aZ\ufffe'

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a value of the test is not of its own form')
  return value
}

const participant = (random: Random) =>
  present(parseParticipantId(textOf(random, '2ABZаяё𝒳-@.<&"\'', 3 + below(random, 44))))

function someDocuments(random: Random, countMax: number): DocumentHeader[] {
  return Array.from({ length: below(random, countMax + 1) }, () => ({
    id: present(parseDocumentId(textOf(random, idLetters, 32))),
    type: oneOf(random, documentTypes),
    fileName: textOf(random, 'абв <>&"\'|.𝒳-', 3 + below(random, 253)),
    answerExpected: below(random, 2) === 1,
    encrypted: below(random, 2) === 1,
    parents: Array.from({ length: below(random, 3) }, () =>
      present(parseDocumentId(textOf(random, idLetters, 32))),
    ),
    number: below(random, 2) === 1 ? textOf(random, nasty, below(random, 20)) : undefined,
    date: oneOf(random, ['2026-10-01', '2028-02-29', '1999-12-31Z', '2026-01-01+03:00']),
  }))
}

function someSignatures(random: Random, countMax: number): SignatureHeader[] {
  return Array.from({ length: below(random, countMax + 1) }, () => ({
    id: present(parseSignatureId(textOf(random, idLetters, 32))),
    signer: participant(random),
    document: present(parseDocumentId(textOf(random, idLetters, 32))),
  }))
}

const sentAt = (random: Random) =>
  oneOf(random, ['2026-10-01T09:00:00Z', '2026-10-01T09:00:00.123Z', '2028-02-29T23:59:59.999999Z'])

function someMessage(random: Random): MessageToWrite {
  const signatures = someSignatures(random, 3)
  return {
    sender: participant(random),
    recipient: participant(random),
    recipientUnit: below(random, 2) === 1 ? textOf(random, nasty, below(random, 256)) : undefined,
    sentAt: sentAt(random),
    documents: [...someDocuments(random, 3), ...(signatures.length === 0 ? someDocuments(random, 0) : [])],
    signatures,
  }
}

function someOrganisation(random: Random): InvitedOrganisation {
  return {
    id: participant(random),
    inn: oneOf(random, ['7741377501', '773463793010']),
    kpp: oneOf(random, ['770101460', '7701AF001', undefined]),
    name: textOf(random, nasty, below(random, 1200)),
  }
}

function someInvitation(random: Random): InvitationToWrite {
  return {
    type: oneOf(random, ['ask', 'break'] as const),
    from: someOrganisation(random),
    to: { ...someOrganisation(random), inn: undefined, name: oneOf(random, [undefined, 'ООО']) },
    sentAt: sentAt(random),
    comment: oneOf(random, [undefined, '', textOf(random, nasty, below(random, 2500))]),
    documents: someDocuments(random, 1),
    signatures: someSignatures(random, 1),
  }
}

function someItem(random: Random): ReceiptItem {
  const message = present(parseMessageId(textOf(random, idLetters, 32)))
  const text = textOf(random, nasty, below(random, 50))
  const ids = Array.from({ length: 1 + below(random, 3) }, () => textOf(random, idLetters, 32))
  return oneOf<ReceiptItem>(random, [
    { outcome: 'success', message },
    { outcome: 'error', message, text },
    { outcome: 'unknown-id', message, ids, text },
  ])
}

function someReceipts(random: Random): ReceiptsToWrite {
  const items = Array.from({ length: 1 + below(random, 6) }, () => someItem(random))
  return {
    operator: present(parseOperatorCode(oneOf(random, ['2ZA', '2BM', '1AE']))),
    sentAt: sentAt(random),
    items,
  }
}

/** A text as the writer leaves it: control characters as spaces, nothing XML cannot hold, cut. */
function written(text: string | undefined, lengthMax: number): string | undefined {
  const clean = text?.toWellFormed().replace(/[\p{Cc}\ufffe\uffff]/gu, ' ')
  return clean === undefined ? undefined : [...clean].slice(0, lengthMax).join('')
}

t.test('messages of every kind are written validly and read back as they were', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  for (let turn = 0; turn < 150; turn += 1) {
    const message = someMessage(random)
    const bytes = roseu.writeMessage(message)
    if (message.documents.length + message.signatures.length === 0) {
      t.match(bytes, { code: 'description.empty' })
      continue
    }
    t.ok(isValid(t, accepted(bytes), `turn ${turn}`), `turn ${turn}`)
    const documents = message.documents.map((document) => ({
      ...document,
      number: written(document.number, 2000),
    }))
    const recipientUnit = written(message.recipientUnit, 255)
    const expected = { kind: 'message', ...message, documents, recipientUnit, warnings: [] }
    t.strictSame(roseu.readDescription(accepted(bytes)), expected, `turn ${turn}`)
  }
})

t.test('invitations are written validly and read back as they were', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  for (let turn = 0; turn < 100; turn += 1) {
    const invitation = someInvitation(random)
    const bytes = accepted(roseu.writeInvitation(invitation))
    t.ok(isValid(t, bytes, `turn ${turn}`), `turn ${turn}`)
    const { type, from, to, comment } = invitation
    t.match(roseu.readDescription(bytes), {
      type,
      from: { ...from, name: written(from.name, 1000) },
      to,
      comment: written(comment, limits.receiptTextLengthMax),
      warnings: [],
    })
  }
})

t.test('receipts are written validly, in the order of the schema, and read back as they were', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const order = ['error', 'unknown-id', 'success']
  for (let turn = 0; turn < 100; turn += 1) {
    const receipts = someReceipts(random)
    const bytes = accepted(roseu.writeReceipts(receipts))
    t.ok(isValid(t, bytes, `turn ${turn}`), `turn ${turn}`)
    const items = [...receipts.items]
      .sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome))
      .map((item) =>
        'text' in item ? { ...item, text: written(item.text, limits.receiptTextLengthMax) } : item,
      )
    t.strictSame(
      roseu.readReceipts(bytes),
      { kind: 'receipts', ...receipts, items, warnings: [] },
      `turn ${turn}`,
    )
  }
})

t.test('what the published schema would not take is not written', async (t) => {
  const random = seededRandom(1)
  const [document] = someDocuments(random, 1).concat(
    someDocuments(seededRandom(2), 1),
    someDocuments(seededRandom(5), 1),
  )
  const sound = {
    ...someMessage(random),
    recipientUnit: undefined,
    documents: [present(document)],
    signatures: [],
  }
  t.notOk(isRefusal(roseu.writeMessage(sound)))
  const changes: Partial<DocumentHeader>[] = [
    { type: 'Новый' },
    { fileName: 'a/b' },
    { fileName: '..' },
    { fileName: 'a\nb' },
    { fileName: '' },
    { date: undefined },
    { date: '01.10.2026' },
  ]
  for (const change of changes) {
    const wrong = { ...sound, documents: [{ ...present(document), ...change }] }
    t.match(roseu.writeMessage(wrong), { code: 'description.attribute' }, JSON.stringify(change))
  }
  t.match(roseu.writeMessage({ ...sound, sentAt: 'now' }), { code: 'description.attribute' })
  t.match(roseu.writeMessage({ ...sound, recipientUnit: 'x'.repeat(256) }), { code: 'description.attribute' })
  const twice = [present(document), present(document)]
  t.match(roseu.writeMessage({ ...sound, documents: twice }), { code: 'description.duplicate-id' })
  const invitation = { ...someInvitation(random), documents: [], signatures: [] }
  const from = invitation.from
  for (const change of [{ inn: undefined }, { name: undefined }, { inn: '1' }, { kpp: '7701AZ460' }]) {
    t.match(roseu.writeInvitation({ ...invitation, from: { ...from, ...change } }), {
      code: 'description.attribute',
    })
  }
  t.match(roseu.writeInvitation({ ...invitation, sentAt: '' }), { code: 'description.attribute' })
  const receipts = someReceipts(random)
  t.match(roseu.writeReceipts({ ...receipts, items: [] }), { code: 'receipts.invalid' })
  t.match(roseu.writeReceipts({ ...receipts, sentAt: 'now' }), { code: 'receipts.invalid' })
  const oddOperator = present(parseOperatorCode('2@A'))
  t.match(roseu.writeReceipts({ ...receipts, operator: oddOperator }), { code: 'receipts.invalid' })
  const message = present(parseMessageId('a'.repeat(32)))
  for (const ids of [[], ['x']]) {
    const items: ReceiptItem[] = [{ outcome: 'unknown-id', message, ids, text: '' }]
    t.match(roseu.writeReceipts({ ...receipts, items }), { code: 'receipts.invalid' })
  }
})
