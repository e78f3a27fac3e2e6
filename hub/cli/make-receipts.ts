// Builds the content of a package of processing receipts from a person's words.

import { writeZip } from '../../operators/containers/zip/write.ts'
import type { Dialect } from '../../operators/ports.ts'
import { type OperatorCode, parseMessageId } from '../../schemas/ids.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'

/**
 * Reads `success:<ИдЛС>`, `error:<ИдЛС>:<text>` or `unknown-id:<ИдЛС>:<id>,<id>[:<text>]`; the ids are those of
 * documents. Undefined for anything else.
 */
export function readReceiptWords(words: string): ReceiptItem | undefined {
  const [outcome, id = '', ...rest] = words.split(':')
  const message = parseMessageId(id)
  if (message === undefined) return undefined
  if (outcome === 'success') return rest.length === 0 ? { outcome, message } : undefined
  if (outcome === 'error') return { outcome, message, text: rest.join(':') }
  const [ids = '', ...text] = rest
  if (outcome !== 'unknown-id' || ids === '') return undefined
  return { outcome, message, ids: ids.split(','), text: text.join(':') }
}

/** Builds the ZIP of a package of receipts. Refusals: those of the dialect's strict writer. */
export function makeReceipts(request: {
  dialect: Dialect
  /** Whose messages are answered. */
  operator: OperatorCode
  items: readonly ReceiptItem[]
  at: Date
}): Uint8Array | Refusal {
  const { dialect, operator, items, at } = request
  const xml = dialect.writeReceipts({ operator, sentAt: at.toISOString(), items: [...items] })
  if (isRefusal(xml)) return xml
  return writeZip([{ name: dialect.entryNames.receipts(), bytes: xml, deflate: true }])
}
