// Packs and signs packages ahead of time, so that sending them costs nothing but the network.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeZip } from '../../operators/containers/zip/write.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import { type OperatorCode, type PackageName, parsePackageName } from '../../schemas/ids.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { Signer } from '../trust/sign.ts'
import { type SimulatedMessage, sha256 } from './messages.ts'

/** A signed package under its name; sending it again sends the same bytes under the same name. */
export type PreparedPackage = {
  name: PackageName
  bytes: Uint8Array
  sha256: string
  messages: readonly SimulatedMessage[]
  receipts: readonly ReceiptItem[]
}

/** Packs messages. */
export function packMessages(
  signer: Signer,
  of: { messages: readonly SimulatedMessage[]; at: Date; name?: string },
): PreparedPackage {
  const zip = writeZip(of.messages.flatMap(({ parts }) => parts))
  return { ...signed(signer, zip, of), messages: of.messages, receipts: [] }
}

/** Packs processing receipts; `operator` stands in Квитанции/@Получатель. */
export function packReceipts(
  signer: Signer,
  of: { items: readonly ReceiptItem[]; operator: OperatorCode; at: Date; name?: string },
): PreparedPackage {
  const sentAt = of.at.toISOString().replace(/\.\d{3}Z$/, 'Z')
  const xml = roseu.writeReceipts({ operator: of.operator, sentAt, items: [...of.items] })
  assert(!isRefusal(xml), `receipts of ours: ${isRefusal(xml) ? xml.seen : ''}`)
  const zip = writeZip([{ name: roseu.entryNames.receipts(), bytes: xml, deflate: true }])
  return { ...signed(signer, zip, of), messages: [], receipts: of.items }
}

const firstEntryDataAt = 80

/** The same package with one bit of its content turned over, as if someone had meddled with it on its way. */
export function tamper(original: PreparedPackage): PreparedPackage {
  const bytes = Uint8Array.from(original.bytes)
  const body = original.messages[0]?.documents[0]?.bytes.subarray(0, 24)
  const all = Buffer.from(bytes.buffer)
  const found = body === undefined ? -1 : all.indexOf(body)
  // A deflated body is not found as it is: then inside the first entry, behind its header and name.
  const at = found < 0 ? all.indexOf('PK\x03\x04') + firstEntryDataAt : found + 8
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return { ...original, name: newPackageName(), bytes, sha256: sha256(bytes) }
}

function signed(
  signer: Signer,
  zip: Uint8Array,
  of: { at: Date; name?: string },
): Pick<PreparedPackage, 'name' | 'bytes' | 'sha256'> {
  const name = of.name === undefined ? newPackageName() : parsePackageName(of.name)
  assert(name !== undefined, `${of.name} is a name of a package`)
  const bytes = signer.sign(zip, of.at)
  return { name, bytes, sha256: sha256(bytes) }
}

function newPackageName(): PackageName {
  const name = parsePackageName(`${randomBytes(16).toString('hex')}.cms`)
  assert(name !== undefined, 'hex digits make a name')
  return name
}
