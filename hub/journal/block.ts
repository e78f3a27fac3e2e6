// The header of a sealed block: its fields and the canonical text that is signed.

import { hash } from 'node:crypto'
import { readPem } from '../trust/pem.ts'

/**
 * A block covers the entries of all transactions with fromXid <= id < toXid, in the order (transaction,
 * entry). The next block begins where this one ends and names its root, so that no block can be taken out or
 * put in between.
 */
export type BlockHeader = {
  /** 1, 2, 3 ... without gaps. */
  number: number
  /** Transaction ids in decimal: 64 bits do not fit into a JSON number. */
  fromXid: string
  toXid: string
  entries: number
  /** Merkle root of the entries, and of the block before; lower-case hex. */
  root: string
  previous: string
  sealedAt: Date
  algorithm: string
  /** SHA-256 of the signer's certificate, lower-case hex. */
  signer: string
}

/** Version of the header's text and the algorithms of its roots, both part of what is signed. */
export const blockForm = 'edo-hub-journal-block/1 sha-256 merkle-rfc9162'

/** What the first block names as the root before it. */
export const noRoot = '00'.repeat(32)

/** The text that is signed, in UTF-8: JSON, members in the order of their names, no white space. */
export function canonicalBlock(header: BlockHeader): string {
  return JSON.stringify({
    algorithm: header.algorithm,
    entries: header.entries,
    form: blockForm,
    fromXid: header.fromXid,
    number: header.number,
    previous: header.previous,
    root: header.root,
    sealedAt: header.sealedAt.toISOString(),
    signer: header.signer,
    toXid: header.toXid,
  })
}

/**
 * Reads a canonical text; undefined when a field is out of form or the text is not the canonical one of its
 * fields.
 */
export function readBlock(text: string, parsed: Record<string, unknown>): BlockHeader | undefined {
  const { number, entries, fromXid, toXid, root, previous, algorithm, signer } = parsed
  const sealedAt = new Date(String(parsed['sealedAt']))
  if (!isCount(number) || !isCount(entries) || Number.isNaN(sealedAt.getTime())) return undefined
  if (!isXid(fromXid) || !isXid(toXid) || typeof algorithm !== 'string') return undefined
  if (!isDigest(root) || !isDigest(previous) || !isDigest(signer)) return undefined
  const header = { number, entries, fromXid, toXid, root, previous, sealedAt, algorithm, signer }
  return canonicalBlock(header) === text ? header : undefined
}

/** The thumbprint of a certificate in PEM, or undefined when there is none in the text. */
export function pemThumbprint(pem: string): string | undefined {
  const [block] = readPem(pem)
  return block?.label === 'CERTIFICATE' ? hash('sha256', block.der, 'hex') : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function isXid(value: unknown): value is string {
  return typeof value === 'string' && /^(0|[1-9]\d{0,19})$/.test(value)
}

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}
