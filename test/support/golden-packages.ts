// Makes the golden packages once and writes what `hub package inspect` says of each: run it after a wanted change.
//
// node test/support/golden-packages.ts   A package that is there stays: signatures are random, so that a package made
// again would be another one. Only the expected explanations are written anew.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freeDocument, receiptNotice, transferDocument } from '../../hub/simulate/documents.ts'
import { composeInvitation, composeMessage, composeSignature } from '../../hub/simulate/messages.ts'
import { packMessages, packReceipts, tamper } from '../../hub/simulate/packages.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { createSigner } from '../../hub/trust/sign.ts'
import type { OperatorCode } from '../../schemas/ids.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import { runLine } from './cli.ts'

/** Folder of the packages (`*.cms`) and of what is said of each (`*.txt` for people, `*.json`). */
export const goldenFolder = join(import.meta.dirname, '../fixtures/packages')

/** What is said of a package now, in both forms. Paths do not stand in it. */
export async function explain(folder: string, file: string, more: readonly string[] = []) {
  const text = await runLine(folder, ['package', 'inspect', file, ...more])
  const json = await runLine(folder, ['package', 'inspect', file, '--json', ...more])
  return {
    text: text.out,
    json: json.out,
    exit: text.exit,
    errors: text.err + json.err,
    parsed: () => json.json(),
  }
}

const at = new Date('2026-10-01T09:00:00Z')

function makePackages(): Map<string, Uint8Array> {
  const authority = new SimulatedAuthority(at)
  const a = authority.operator({ code: '2ZA', name: 'ООО "Оператор А"', inn: '7705717142' })
  const b = authority.operator({
    code: '2ZB',
    name: 'ООО "Оператор Б"',
    inn: '7773333970',
    curve: 'TC26-512-A',
  })
  const seller = authority.subscriber({
    id: '2ZA-7741377501-774101001-1',
    name: 'ООО "Ромашка"',
    inn: '7741377501',
  })
  const buyer = authority.subscriber({
    id: '2ZB-7729244833-772901001-1',
    name: 'ООО "Василёк"',
    inn: '7729244833',
  })
  const byA = createSigner(a.identity)
  const byB = createSigner(b.identity)

  const transfer = composeMessage({
    from: seller,
    to: buyer,
    at,
    documents: [transferDocument({ seller, buyer, operator: a, number: '1834', at })],
  })
  const [sent] = transfer.documents
  if (sent?.signature === undefined) throw new Error('the УПД is signed')
  const received = { ...sent, signature: sent.signature.bytes }
  const notice = composeMessage({
    from: buyer,
    to: seller,
    at,
    documents: [receiptNotice({ from: buyer, to: seller, received, at })],
  })
  const ask = composeInvitation({ type: 'ask', from: seller, to: buyer, comment: 'Предлагаем обмен', at })
  const end = composeInvitation({ type: 'break', from: buyer, to: seller, at })
  const free = (size: number) =>
    composeMessage({ from: seller, to: buyer, at, documents: [freeDocument({ at, size, number: '7' })] })
  const unsigned = composeMessage({
    from: seller,
    to: buyer,
    at,
    signed: false,
    documents: [freeDocument({ at, size: 300 })],
  })
  const messages = (...list: Parameters<typeof packMessages>[1]['messages']) => ({ messages: list, at })
  const items: ReceiptItem[] = [
    { outcome: 'error', message: ask.id, text: 'Участник не найден' },
    { outcome: 'unknown-id', message: notice.id, ids: [sent.id], text: 'Документ неизвестен' },
    { outcome: 'success', message: transfer.id },
  ]
  const one = packMessages(byA, messages(transfer))
  const mixed = {
    messages: [
      { ...unsigned, parts: [...unsigned.parts, { name: 'receipts.xml', bytes: Buffer.from('<a/>') }] },
    ],
    at,
  }
  const bare = { messages: [{ ...unsigned, parts: unsigned.parts.slice(1) }], at }
  return new Map(
    Object.entries({
      'transfer-document': one,
      'receipt-notice': packMessages(byB, messages(notice)),
      'invitation-ask': packMessages(byA, messages(ask)),
      'invitation-break': packMessages(byB, messages(end)),
      'signature-alone': packMessages(
        byB,
        messages(composeSignature({ from: buyer, to: seller, at, document: sent })),
      ),
      'several-messages': packMessages(byA, messages(free(200), free(400), unsigned)),
      receipts: packReceipts(byB, { items, operator: '2ZA' as OperatorCode, at }),
      'refused-tampered': tamper(one),
      'refused-mixed': packMessages(byA, mixed),
      'refused-no-description': packMessages(byA, bare),
    }).map(([name, { bytes }]) => [`${name}.cms`, bytes]),
  )
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(goldenFolder, { recursive: true })
  for (const [file, bytes] of makePackages()) {
    if (!existsSync(join(goldenFolder, file))) writeFileSync(join(goldenFolder, file), bytes)
    const { text, json } = await explain(goldenFolder, file)
    writeFileSync(join(goldenFolder, file.replace('.cms', '.txt')), text)
    writeFileSync(join(goldenFolder, file.replace('.cms', '.json')), json)
  }
}
