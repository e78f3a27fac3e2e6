// The form of an exported journal: its lines, what each says, and how it is read back.

import { journalForm } from '../../schemas/journal.ts'
import { type BlockHeader, blockForm, readBlock } from './block.ts'

/**
 * Version of the form. The file is UTF-8 text; every line is one JSON object and ends with a line feed:
 *
 *     {"format":...,"from":1,"to":2}                   first: which blocks follow
 *     {"certificate":"-----BEGIN...","signer":"..."}   before the first block of a signer
 *     {"algorithm":...,"form":"edo-hub-journal-block/1 ...",...}   a block: the very bytes that are signed
 *     {"signature":"base64"}                           next: the signature of that line
 *     {"at":...,"form":"edo-hub-journal/1 ...",...}   its entries in order: the bytes that are hashed
 *     {"blocks":2,"entries":7,"format":...}            last: nothing may follow
 *
 * What was signed or hashed stands on a line of its own, byte for byte, without its line feed: other tools
 * can check it with no knowledge of JSON.
 */
const exportFormat = 'edo-hub-journal-export/1'

/** A line as read. `unknown`: of no form we know. */
export type ExportLine =
  | { is: 'header'; from: number; to: number }
  | { is: 'signer'; signer: string; certificatePem: string }
  | { is: 'block'; header: BlockHeader }
  | { is: 'signature'; signature: Uint8Array }
  | { is: 'entry' }
  | { is: 'end'; blocks: number; entries: number }
  | { is: 'unknown' }

/** The first line. An export of no blocks has to = from - 1. */
export function headerLine(range: { from: number; to: number }): string {
  return JSON.stringify({ format: exportFormat, from: range.from, to: range.to })
}

/** The line that gives a signer's certificate. */
export function signerLine(signer: string, certificatePem: string): string {
  return JSON.stringify({ certificate: certificatePem, signer })
}

/** The line below a block. */
export function signatureLine(signature: Uint8Array): string {
  return JSON.stringify({ signature: Buffer.from(signature).toString('base64') })
}

/** The last line. */
export function endLine(counts: { blocks: number; entries: number }): string {
  return JSON.stringify({ blocks: counts.blocks, entries: counts.entries, format: exportFormat })
}

/**
 * Reads a line of an export, whatever it holds. A line of ours that says the same in other bytes is unknown.
 */
export function readExportLine(text: string): ExportLine {
  const parsed = parseObject(text)
  if (parsed === undefined) return { is: 'unknown' }
  if (parsed['form'] === journalForm) return { is: 'entry' }
  if (parsed['form'] === blockForm) {
    const header = readBlock(text, parsed)
    return header === undefined ? { is: 'unknown' } : { is: 'block', header }
  }
  const line = readOwnLine(parsed)
  return writeOwnLine(line) === text ? line : { is: 'unknown' }
}

function readOwnLine(parsed: Record<string, unknown>): ExportLine {
  const { format, from, to, blocks, entries, certificate, signer, signature } = parsed
  if (typeof signature === 'string') return { is: 'signature', signature: Buffer.from(signature, 'base64') }
  if (typeof certificate === 'string' && typeof signer === 'string') {
    return { is: 'signer', signer, certificatePem: certificate }
  }
  if (format !== exportFormat) return { is: 'unknown' }
  if (isCount(from) && isCount(to) && to >= from - 1) return { is: 'header', from, to }
  return isCount(blocks) && isCount(entries) ? { is: 'end', blocks, entries } : { is: 'unknown' }
}

function writeOwnLine(line: ExportLine): string | undefined {
  switch (line.is) {
    case 'header':
      return headerLine(line)
    case 'signer':
      return signerLine(line.signer, line.certificatePem)
    case 'signature':
      return signatureLine(line.signature)
    case 'end':
      return endLine(line)
    case 'block':
    case 'entry':
    case 'unknown':
      return undefined
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined
  } catch {
    // Not JSON: the line counts as unknown.
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
