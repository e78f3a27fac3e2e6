// Opens the ZIP of a package: structure, descriptions, bodies, and the digest of every message.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { limits } from '../../../schemas/limits.ts'
import type { Description, EntryPlace, PackageContent, Receipts } from '../../../schemas/package.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { inflateEntry } from '../../containers/zip/inflate.ts'
import { placeOfName } from '../../containers/zip/names.ts'
import { readZip } from '../../containers/zip/read.ts'
import type { ContentInspection, InspectedMessage } from '../../ports.ts'
import { inspectDescription } from './read.ts'
import { readReceipts } from './read-receipts.ts'
import { entriesInOrder, type Folder, layOut } from './structure.ts'

type Content = Omit<ContentInspection, 'faults'>

/**
 * Opens the ZIP of a package and checks all of it (RULES 9): every entry is inflated once, in turn, so
 * that no more than one is in memory. Refuses zip.*, package.*, xml.*, description.* and receipts.* codes
 * with the first fault found; never throws, whatever the bytes.
 */
export function openContent(zip: Uint8Array): PackageContent | Refusal {
  const step = walk(zip).next()
  if (step.done !== true) return step.value
  const { messages, receipts } = step.value
  if (receipts !== undefined) return { kind: 'receipts', receipts }
  const opened = messages.map((message) => message.opened).filter((message) => message !== undefined)
  assert.equal(opened.length, messages.length, 'a message without faults is opened')
  return { kind: 'messages', messages: opened }
}

/** Goes on after faults (up to 100 of them) and gives what could be read of the package. Never throws. */
export function inspectContent(zip: Uint8Array): ContentInspection {
  const steps = walk(zip)
  const faults: Refusal[] = []
  let step = steps.next()
  while (step.done !== true) {
    if (faults.length < limits.packageFaultsMax) faults.push(step.value)
    step = steps.next()
  }
  return { faults, ...step.value }
}

/** Yields the faults of a package in the order of the checks; who stops at the first stops the work. */
function* walk(zip: Uint8Array): Generator<Refusal, Content> {
  const content: Content = { entries: [], messages: [], receipts: undefined }
  const listed = readZip(zip)
  if (isRefusal(listed)) {
    yield listed
    return content
  }
  content.entries = listed.entries
  const layout = yield* layOut(listed.entries)
  if (layout.receipts !== undefined) content.receipts = yield* openReceipts(zip, layout.receipts)
  for (const folder of layout.folders.values()) content.messages.push(yield* openMessage(zip, folder))
  return content
}

function* openReceipts(zip: Uint8Array, place: EntryPlace): Generator<Refusal, Receipts | undefined> {
  const bytes = inflateSmall(zip, { place, bytesMax: limits.descriptionBytesMax })
  const receipts = isRefusal(bytes) ? bytes : readReceipts(bytes)
  if (!isRefusal(receipts)) return receipts
  yield placed(receipts, place.name)
  return undefined
}

function* openMessage(zip: Uint8Array, folder: Folder): Generator<Refusal, InspectedMessage> {
  const entries = entriesInOrder(folder)
  const described = yield* openDescription(zip, folder)
  const description = described?.description
  if (description !== undefined) yield* compareNames(folder, description)
  const contentSha256 = yield* digestEntries(zip, { folder, entries, descriptionBytes: described?.bytes })
  const isWhole = description !== undefined && contentSha256 !== undefined
  const opened = isWhole ? { id: folder.id, description, entries, contentSha256 } : undefined
  return { id: folder.id, entries, description, opened }
}

type Described = { bytes: Uint8Array; description: Description | undefined }

function* openDescription(zip: Uint8Array, folder: Folder): Generator<Refusal, Described | undefined> {
  const place = folder.description
  if (place === undefined) return undefined
  const bytes = inflateSmall(zip, { place, bytesMax: limits.descriptionBytesMax })
  if (isRefusal(bytes)) {
    yield placed(bytes, place.name)
    return undefined
  }
  const { description, faults } = inspectDescription(bytes)
  for (const fault of faults) yield placed(fault, place.name)
  return { bytes, description }
}

/** Every Документ and ЭП has its file, and every file is named. A signature may be of an earlier document. */
function* compareNames(folder: Folder, description: Description): Generator<Refusal, void> {
  const documents = new Set(description.documents.map((document) => document.id))
  const signatures = new Set(description.signatures.map((signature) => signature.id))
  for (const id of documents) {
    if (!folder.documents.has(id)) yield missing(`${folder.id}/${id}.bin`)
  }
  for (const id of signatures) {
    if (!folder.signatures.has(id)) yield missing(`${folder.id}/${id}.p7s`)
  }
  for (const [id, { name }] of folder.documents) {
    if (!documents.has(id)) yield refuse('description.body-unnamed', 'no Документ names the file', name)
  }
  for (const [id, { name }] of folder.signatures) {
    if (!signatures.has(id)) yield refuse('description.body-unnamed', 'no ЭП names the file', name)
  }
}

function missing(name: string): Refusal {
  return refuse('description.body-missing', 'the description names the file, the package lacks it', name)
}

/**
 * SHA-256 over the entries of a message (RULES 12): for each the name within its folder, a zero byte, the
 * size in decimal, a zero byte, the content; description.xml first, the others by name. How the ZIP packs
 * them is left out.
 */
function* digestEntries(
  zip: Uint8Array,
  message: { folder: Folder; entries: EntryPlace[]; descriptionBytes: Uint8Array | undefined },
): Generator<Refusal, string | undefined> {
  const { folder, entries, descriptionBytes } = message
  const hash = createHash('sha256')
  const signatures = new Set(folder.signatures.values())
  let isWhole = descriptionBytes !== undefined
  for (const place of entries) {
    const bytesMax = signatures.has(place) ? limits.signatureBytesMax : limits.zipEntryBytesMax
    const isDescription = place === folder.description
    const bytes = isDescription ? descriptionBytes : inflateSmall(zip, { place, bytesMax })
    if (bytes === undefined) continue
    if (isRefusal(bytes)) {
      isWhole = false
      yield bytes
      continue
    }
    hash.update(`${place.name.slice(folder.id.length + 1)}\0${place.size}\0`).update(bytes)
  }
  return isWhole ? hash.digest('hex') : undefined
}

/** Refuses what is too large before inflating it. */
function inflateSmall(zip: Uint8Array, { place, bytesMax }: { place: EntryPlace; bytesMax: number }) {
  if (place.size <= bytesMax) return inflateEntry(zip, place)
  const code = place.name.endsWith('.xml') ? 'xml.limits' : 'package.signature-large'
  return refuse(code, `${place.size} bytes`, placeOfName(place.name))
}

/** A refusal that says in which file of the package it arose. */
function placed(refusal: Refusal, name: string): Refusal {
  const isNamed = refusal.at?.startsWith(name) === true
  return isNamed ? refusal : refuse(refusal.code, refusal.seen, [name, refusal.at].filter(Boolean).join(': '))
}
