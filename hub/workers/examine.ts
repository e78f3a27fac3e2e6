// Examines an open message: digests of its bodies, the signatures over them, powers of attorney (RULES 16, 28).

import { serialize } from 'node:v8'
import { limits } from '../../schemas/limits.ts'
import {
  type DocumentHeader,
  type OpenedMessage,
  type PackageContent,
  referencesOf,
} from '../../schemas/package.ts'
import type { BodyDigests, ExaminedAtDoor, ExaminedMessage } from '../pipeline/ports.ts'
import { allowanceOfMessage } from '../trust/cms/allowance.ts'
import type { ReadSignature } from '../trust/verdict/gather.ts'
import { attorneyIds, mayNeedAttorney, readAttorneys, requisitesOf } from './attorneys.ts'
import { BodyReader, entryNamed, inflated, signatureFiles, unread } from './signatures.ts'

/**
 * Examines the messages of a package that the door has open, which spares opening it again. Of a package with more
 * than limits.examinedAtDoorBytesMax unpacked bytes or examinedAtDoorEntriesMax files: none, for its sender waits for
 * the answer meanwhile; bytes bound the digests, files the signatures, each to some ten milliseconds, and the larger
 * a package is, the smaller a part of its work is the opening.
 */
export function examineAtDoor(zip: Uint8Array, content: PackageContent): ExaminedAtDoor[] {
  if (content.kind !== 'messages' || !isSmall(content.messages)) return []
  try {
    return content.messages.map((message) => {
      const examined = examineMessage(zip, message)
      return { message: examined, bytes: serialize(examined).length }
    })
  } catch {
    // The package is in order, whatever is wrong with us here: the process hop meets it again, tells of it, and tries
    // again without asking the sender for anything.
    return []
  }
}

function isSmall(messages: readonly OpenedMessage[]): boolean {
  let bytes = 0
  let files = 0
  for (const { entries } of messages) {
    files += entries.length
    for (const { size } of entries) bytes += size
  }
  return bytes <= limits.examinedAtDoorBytesMax && files <= limits.examinedAtDoorEntriesMax
}

/** Digests the bodies of an opened message, and checks the signatures over them (RULES 16, 28). Never asks anybody. */
export function examineMessage(zip: Uint8Array, message: OpenedMessage): ExaminedMessage {
  const { description, entries } = message
  const bodies: BodyDigests[] = []
  const signatures = new Map<string, ReadSignature>(
    description.signatures.map((header) => [header.id, unread(header)]),
  )
  const ofAttorneys = attorneyIds(description)
  const left = allowanceOfMessage()
  // One body in memory at a time.
  for (const document of description.documents) {
    const entry = entryNamed(entries, `${document.id}.bin`)
    if (entry === undefined) continue
    const bytes = inflated(zip, entry)
    const body = new BodyReader(bytes)
    bodies.push(body.indexed(document.id))
    if (document.encrypted) continue
    const files = signatureFiles(zip, message, document.id)
    const read = files.map((file): ReadSignature => {
      const checked = body.check(file, left)
      return ofAttorneys.has(document.id) ? { ...checked, isOfAttorney: true } : checked
    })
    for (const one of withRequisites(read, { sender: description.sender, document, bytes })) {
      signatures.set(one.id, one)
    }
  }
  const isNeeded = [...signatures.values()].some(mayNeedAttorney)
  return {
    id: message.id,
    documents: description.documents,
    bodies,
    signatures: [...signatures.values()],
    attorneys: isNeeded ? readAttorneys(zip, message, signatures) : [],
    references: referencesOf(description),
    bytes: entries.reduce((sum, entry) => sum + entry.compressedSize, 0),
    left,
  }
}

/** What a document names is for those who signed as its sender; looked for once, if one of them may need it. */
function withRequisites(
  read: readonly ReadSignature[],
  of: { sender: string; document: DocumentHeader; bytes: Uint8Array },
): readonly ReadSignature[] {
  const needs = (one: ReadSignature): boolean =>
    one.participant.toLowerCase() === of.sender.toLowerCase() && mayNeedAttorney(one)
  if (!read.some(needs)) return read
  const requisites = requisitesOf(of.document, of.bytes)
  return requisites.length === 0 ? read : read.map((one) => (needs(one) ? { ...one, requisites } : one))
}
