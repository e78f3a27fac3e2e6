// The tasks of worker threads: cryptography, ZIP and XML, away from the event loop. Each is pure but for signing.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { workerData } from 'piscina'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { copiedPart, writeZip, type ZipPart } from '../../operators/containers/zip/write.ts'
import { checkLogicalMessage } from '../../operators/validation/schema-check.ts'
import { dialectOf } from '../../operators/dialects/table.ts'
import type { MessageId, OperatorCode } from '../../schemas/ids.ts'
import type { OpenedMessage, Receipts } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { inspectPackage, reopenPackage } from '../pipeline/open-package.ts'
import type { BodyDigests, ExaminedMessage, Inspection, PackedSource, Workers } from '../pipeline/ports.ts'
import { digest } from '../trust/gost/kernel.ts'
import { type Identity, signerOf } from '../trust/identity.ts'
import type { Signer } from '../trust/sign.ts'

type Job<Name extends 'packMessages' | 'packReceipts'> = Parameters<Workers[Name]>[0]

/** What a worker is started with: the identities it may sign as. */
export type WorkerSeed = { identities: readonly Identity[] }

const signers = new Map<string, Signer>()

/** Everything the door checks that depends on the bytes alone. */
export function inspect(job: PackedSource): Inspection | Refusal {
  return inspectPackage(job.bytes, job.registered)
}

/** Opens the wanted messages again and digests their bodies with SHA-256 and Streebog-256 (RULES 28). */
export function examine(job: {
  source: PackedSource
  wanted: readonly string[]
}): ExaminedMessage[] | Refusal {
  const opened = reopenPackage(job.source)
  if (isRefusal(opened)) return opened
  assert(opened.content.kind === 'messages', 'a stored package of messages holds receipts')
  const { messages } = opened.content
  return messages
    .filter((message) => job.wanted.includes(message.id))
    .map((message) => ({
      id: message.id,
      documents: message.description.documents,
      bodies: digestBodies(opened.zip, message),
      references: referencesOf(message),
      bytes: message.entries.reduce((sum, entry) => sum + entry.compressedSize, 0),
    }))
}

function referencesOf(message: OpenedMessage): string[] {
  const { documents, signatures } = message.description
  const own = new Set(documents.map((document) => document.id))
  const named = [
    ...documents.flatMap((document) => document.parents),
    ...signatures.map((one) => one.document),
  ]
  return [...new Set(named.filter((id) => !own.has(id)))]
}

function digestBodies(zip: Uint8Array, message: OpenedMessage): BodyDigests[] {
  return message.description.documents.flatMap((document) => {
    const entry = message.entries.find((one) => one.name.endsWith(`/${document.id}.bin`))
    if (entry === undefined) return []
    const body = inflateEntry(zip, entry)
    assert(!isRefusal(body), 'a body that was inflated at the door cannot be inflated again')
    return [
      {
        document: document.id,
        size: body.length,
        sha256: createHash('sha256').update(body).digest('hex'),
        streebog256: Buffer.from(digest('streebog256', body)).toString('hex'),
      },
    ]
  })
}

/** Reads the receipts of a stored package. */
export function readReceipts(job: PackedSource): Receipts | Refusal {
  const opened = reopenPackage(job)
  if (isRefusal(opened)) return opened
  assert(opened.content.kind === 'receipts', 'a stored package of receipts holds messages')
  return opened.content.receipts
}

/** Packs messages out of stored packages: entries are copied as they are, description.xml too (RULES 7). */
export function packMessages(job: Job<'packMessages'>): Uint8Array {
  const zips = job.sources.map((source) => {
    const opened = reopenPackage(source)
    assert(!isRefusal(opened), 'a stored package cannot be opened again')
    return opened
  })
  const parts: ZipPart[] = job.members.flatMap((member) => {
    const source = zips[member.source]
    assert(source?.content.kind === 'messages', 'a member names no source of messages')
    const message = source.content.messages.find((one) => one.id === member.wireId)
    assert(message, 'a member is not in its source')
    return message.entries.map((entry) => {
      const file = entry.name.slice(entry.name.lastIndexOf('/') + 1)
      return copiedPart(source.zip, entry, `${member.outWireId as MessageId}/${file}`)
    })
  })
  return signerFor(job.signAs).sign(writeZip(parts), job.at)
}

/** Writes and signs a package of processing receipts. */
export function packReceipts(job: Job<'packReceipts'>): Uint8Array {
  const dialect = dialectOf(job.dialect)
  assert(dialect, `no dialect ${job.dialect}`)
  const xml = dialect.writeReceipts({
    operator: job.operator as OperatorCode,
    sentAt: job.sentAt,
    items: [...job.items],
  })
  assert(!isRefusal(xml), `our own receipts cannot be written: ${isRefusal(xml) ? xml.code : ''}`)
  const faults = checkLogicalMessage(xml)
  assert(faults.length === 0, `our own receipts do not fit our schema: ${faults[0]?.message ?? ''}`)
  const zip = writeZip([{ name: dialect.entryNames.receipts(), bytes: xml, deflate: true }])
  return signerFor(job.signAs).sign(zip, job.at)
}

function signerFor(name: string): Signer {
  const known = signers.get(name)
  if (known !== undefined) return known
  const identity = (workerData as WorkerSeed).identities.find((one) => one.name === name)
  assert(identity, `no identity ${name} to sign with`)
  const signer = signerOf(identity)
  signers.set(name, signer)
  return signer
}
