// Verifies an exported journal by the file alone: digests, roots, links, signatures, completeness (RULES 26).

import { hash } from 'node:crypto'
import { limits } from '../../schemas/limits.ts'
import { type BlockHeader, noRoot, pemThumbprint } from './block.ts'
import { type ExportLine, readExportLine } from './export-form.ts'
import type { JournalFault, JournalFaultKind } from './faults.ts'
import { type Line, readLines } from './lines.ts'
import { MerkleTree } from './merkle.ts'
import type { BlockCheck } from './ports.ts'

/**
 * What the reader of the report knows from elsewhere; without it a chain proves only that it agrees with
 * itself.
 */
export type Expectations = {
  /** SHA-256 of the certificate that must have signed every block, lower-case hex. */
  signer?: string
  /** A block kept outside of the database, by its number and root: it must be in the file as it was. */
  anchor?: { number: number; root: string }
}

/** What was found. The journal is sound when there is no fault. */
export type VerifyReport = {
  isSound: boolean
  blocks: number
  entries: number
  /** The first and the last block: compare the last one with what is kept elsewhere. */
  first?: BlockHeader
  last?: BlockHeader
  /** SHA-256 of the certificates of the signers, in the order of their appearance. */
  signers: string[]
  faults: JournalFault[]
}

/**
 * Reads an export to its end and reports. Finds entries that were changed, removed, added or moved; blocks
 * removed, inserted or moved; wrong signatures and foreign signers; a file that ends early. Blocks cut off at
 * either end together with the first and last line are found only by an anchor. An export of no blocks proves
 * nothing and is not sound. Never throws for any content
 * of the file; a failing stream rejects. Memory: one line and one hash per level of the tree.
 */
export async function verifyExport(
  chunks: AsyncIterable<Uint8Array | string>,
  options: { check: BlockCheck; expect?: Expectations },
): Promise<VerifyReport> {
  const verification = new Verification(options.check, options.expect ?? {})
  for await (const line of readLines(chunks, limits.journalLineBytesMax)) {
    if (!verification.take(line)) break
  }
  return verification.finish()
}

type OpenBlock = { header: BlockHeader; bytes: Buffer; line: number; isSigned: boolean; tree: MerkleTree }
type Handlers = {
  [Kind in ExportLine['is']]: (line: Extract<ExportLine, { is: Kind }>, bytes: Buffer) => void
}

class Verification {
  readonly #check: BlockCheck
  readonly #expect: Expectations
  readonly #faults: JournalFault[] = []
  readonly #certificates = new Map<string, string>()
  #line = 0
  #range: { from: number; to: number } | undefined
  #open: OpenBlock | undefined
  #first: BlockHeader | undefined
  #last: BlockHeader | undefined
  #blocks = 0
  #entries = 0
  #isEnded = false
  #isStopped = false
  #isAnchored = false

  constructor(check: BlockCheck, expect: Expectations) {
    this.#check = check
    this.#expect = expect
  }

  /** Takes the next line; false when reading on is of no use. */
  take(line: Line): boolean {
    this.#line += 1
    const parsed: ExportLine = line.isWhole ? readExportLine(line.bytes.toString()) : { is: 'unknown' }
    if (this.#line === 1 && parsed.is !== 'header') {
      this.#fault('format', 'the first line names no known format')
      return false
    }
    if (this.#isEnded) {
      this.#fault('place', 'a line after the last one')
      return false
    }
    const handle = this.#handlers[parsed.is] as (parsed: ExportLine, bytes: Buffer) => void
    handle(parsed, line.bytes)
    return !this.#isStopped
  }

  finish(): VerifyReport {
    if (!this.#isStopped && this.#range !== undefined && !this.#isEnded) {
      this.#closeBlock()
      this.#fault('truncated', `no last line, ${this.#blocks} blocks`)
    }
    if (this.#line === 0) this.#fault('format', 'the file is empty')
    const { anchor } = this.#expect
    if (anchor !== undefined && !this.#isAnchored && !this.#isStopped) {
      this.#fault('anchor', `block ${anchor.number} is not in the file`)
    }
    // An honest export of no blocks is as easily made as one from which all blocks were taken.
    if (this.#blocks === 0 && this.#faults.length === 0) this.#fault('empty', '0 blocks')
    return {
      isSound: this.#faults.length === 0,
      blocks: this.#blocks,
      entries: this.#entries,
      ...(this.#first === undefined ? {} : { first: this.#first }),
      ...(this.#last === undefined ? {} : { last: this.#last }),
      signers: [...this.#certificates.keys()],
      faults: this.#faults,
    }
  }

  readonly #handlers: Handlers = {
    header: ({ from, to }) => {
      if (this.#line > 1) this.#fault('place', 'a second first line')
      else this.#range = { from, to }
    },
    signer: ({ signer, certificatePem }) => {
      if (pemThumbprint(certificatePem) !== signer)
        this.#fault('signer', 'the certificate is not the one named')
      else if (this.#certificates.size >= limits.journalSignersMax) this.#fault('signer', 'too many signers')
      else this.#certificates.set(signer, certificatePem)
    },
    block: ({ header }, bytes) => {
      this.#closeBlock()
      this.#checkPlace(header)
      this.#checkExpected(header)
      this.#open = { header, bytes, line: this.#line, isSigned: false, tree: new MerkleTree() }
      this.#blocks += 1
      this.#first ??= header
      this.#last = header
    },
    signature: ({ signature }) => this.#checkSignature(signature),
    entry: (_, bytes) => {
      this.#entries += 1
      if (this.#open === undefined) this.#fault('place', 'an entry outside of a block')
      else this.#open.tree.add(hash('sha256', bytes, 'buffer'))
    },
    end: ({ blocks, entries }) => {
      this.#closeBlock()
      this.#isEnded = true
      const lastNumber = this.#last?.number ?? (this.#range?.from ?? 1) - 1
      if (lastNumber !== this.#range?.to) this.#fault('truncated', `the last block is ${lastNumber}`)
      if (blocks !== this.#blocks) this.#fault('truncated', `${this.#blocks} blocks of ${blocks}`)
      if (entries !== this.#entries) this.#fault('count', `${this.#entries} entries of ${entries}`)
    },
    unknown: (_, bytes) => this.#fault('line', `${bytes.length} bytes`),
  }

  #checkPlace(header: BlockHeader): void {
    const last = this.#last
    const expected = last === undefined ? this.#range?.from : last.number + 1
    if (header.number !== expected) this.#fault('number', `block ${header.number}, expected ${expected}`)
    if (header.number === 1) {
      if (header.previous !== noRoot || header.fromXid !== '0') this.#fault('link', 'it is the first one')
      return
    }
    if (last === undefined) return
    if (header.previous !== last.root) {
      this.#fault('link', `it names the root ${header.previous}, the block before has ${last.root}`)
    } else if (header.fromXid !== last.toXid) {
      this.#fault('link', `it begins at ${header.fromXid}, the block before ends at ${last.toXid}`)
    }
  }

  #checkExpected(header: BlockHeader): void {
    const { signer, anchor } = this.#expect
    if (signer !== undefined && signer !== header.signer) this.#fault('signer', header.signer, header.number)
    if (anchor?.number !== header.number) return
    this.#isAnchored = true
    if (anchor.root !== header.root) this.#fault('anchor', `its root is ${header.root}`, header.number)
  }

  #checkSignature(signature: Uint8Array): void {
    const open = this.#open
    if (open === undefined || open.isSigned || this.#line !== open.line + 1) {
      this.#fault('place', 'a signature that is not below its block')
      return
    }
    open.isSigned = true
    const { header, bytes } = open
    const certificatePem = this.#certificates.get(header.signer)
    if (certificatePem === undefined) {
      this.#fault('signer', `no certificate ${header.signer}`)
    } else if (!this.#check({ bytes, signature, certificatePem, algorithm: header.algorithm })) {
      this.#fault('signature', `${signature.length} bytes, ${header.algorithm.slice(0, 100)}`)
    }
  }

  #closeBlock(): void {
    const open = this.#open
    if (open === undefined) return
    const { header, tree, isSigned } = open
    if (!isSigned) this.#fault('signature', 'there is none')
    const root = tree.root().toString('hex')
    if (tree.leaves !== header.entries) this.#fault('count', `${tree.leaves} entries of ${header.entries}`)
    else if (root !== header.root) this.#fault('root', `they give the root ${root}`)
    this.#open = undefined
  }

  #fault(kind: JournalFaultKind, seen: string, block: number | undefined = this.#open?.header.number): void {
    if (this.#isStopped) return
    const isLast = this.#faults.length === limits.journalFaultsMax - 1
    this.#isStopped = isLast
    const found = isLast ? { kind: 'many' as const, seen: 'see the ones before' } : { kind, seen }
    this.#faults.push({ ...found, line: this.#line, ...(block === undefined ? {} : { block }) })
  }
}
