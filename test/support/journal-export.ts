// Makes a small journal export in memory, block by block, so that tests can falsify any line of it.

import { hash } from 'node:crypto'
import { type BlockHeader, canonicalBlock, noRoot, pemThumbprint } from '../../hub/journal/block.ts'
import { endLine, headerLine, signatureLine, signerLine } from '../../hub/journal/export-form.ts'
import { merkleRoot } from '../../hub/journal/merkle.ts'
import type { BlockSigner } from '../../hub/journal/ports.ts'
import { journalRow } from '../../hub/journal/write.ts'

/** A block with its lines. */
export type MadeBlock = { header: BlockHeader; headerText: string; signatureText: string; entries: string[] }

/** Blocks 1, 2, 3 ... with the given numbers of entries, sealed by one signer. */
export function makeBlocks(signer: BlockSigner, counts: readonly number[]): MadeBlock[] {
  const blocks: MadeBlock[] = []
  for (const [index, count] of counts.entries()) {
    const number = index + 1
    const previous = blocks.at(-1)?.header.root ?? noRoot
    const entries = Array.from({ length: count }, (_, n) => makeEntryText(number, n))
    blocks.push(sealEntries(signer, { number, previous, entries }))
  }
  return blocks
}

/** Seals entries as a block, honestly. */
export function sealEntries(
  signer: BlockSigner,
  made: { number: number; previous: string; entries: string[] },
): MadeBlock {
  const header: BlockHeader = {
    number: made.number,
    fromXid: made.number === 1 ? '0' : String(made.number * 100),
    toXid: String((made.number + 1) * 100),
    entries: made.entries.length,
    root: merkleRoot(made.entries.map((text) => hash('sha256', text, 'buffer'))).toString('hex'),
    previous: made.previous,
    sealedAt: new Date(Date.UTC(2026, 10, 22, 10, 0, made.number)),
    algorithm: signer.algorithm,
    signer: pemThumbprint(signer.certificatePem) ?? '',
  }
  const headerText = canonicalBlock(header)
  const signatureText = signatureLine(signer.sign(Buffer.from(headerText)))
  return { header, headerText, signatureText, entries: made.entries }
}

/** All lines of an export of the blocks. */
export function makeExport(signer: BlockSigner, blocks: readonly MadeBlock[]): string[] {
  const from = blocks[0]?.header.number ?? 1
  const entries = blocks.reduce((sum, block) => sum + block.entries.length, 0)
  return [
    headerLine({ from, to: blocks.at(-1)?.header.number ?? from - 1 }),
    signerLine(pemThumbprint(signer.certificatePem) ?? '', signer.certificatePem),
    ...blocks.flatMap((block) => [block.headerText, block.signatureText, ...block.entries]),
    endLine({ blocks: blocks.length, entries }),
  ]
}

function makeEntryText(block: number, n: number): string {
  return journalRow({
    id: `019b0000-0000-7000-8000-${String(block * 1000 + n).padStart(12, '0')}`,
    at: new Date(Date.UTC(2026, 10, 22, 9, block, n)),
    kind: 'message.moved',
    facts: { event: 'planned', peer: `peer-${n}` },
  }).entry
}
