// Reads the powers of attorney of a message in a worker thread, and the requisites of those its documents name.

import type { AttorneyRequisites } from '../../schemas/attorney/value.ts'
import { limits } from '../../schemas/limits.ts'
import type { Description, DocumentHeader, OpenedMessage } from '../../schemas/package.ts'
import { innOfParticipant } from '../../schemas/participant-inn.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { attorneyDocuments, describedRequisites } from '../trust/attorney/described.ts'
import { attorneyDue, seeksAttorney, senderOf } from '../trust/attorney/due.ts'
import type { ReadAttorneyFile } from '../trust/attorney/file.ts'
import { readAttorney } from '../trust/attorney/read.ts'
import { findRequisites } from '../trust/attorney/scan.ts'
import type { ReadSignature } from '../trust/verdict/gather.ts'
import { entryNamed, inflated } from './signatures.ts'

/** The documents of a message that are powers of attorney. */
export function attorneyIds(description: Description): Set<string> {
  return new Set(attorneyDocuments(description).map(({ document }) => document.id))
}

/** Whether any signer of a signature may need a power of attorney (domain rules 6.3). */
export function mayNeedAttorney({ facts, participant, isOfAttorney }: ReadSignature): boolean {
  if (facts === undefined || isOfAttorney === true) return false
  const sender = senderOf(innOfParticipant(participant))
  return facts.signers.some(
    ({ certificate }) =>
      certificate !== undefined && seeksAttorney(certificate.names, attorneyDue(certificate.names, sender)),
  )
}

/**
 * Requisites the description gives for a document, and those inside it. Looking inside takes long, so it is done for signers
 * who may need it only; a document larger than requisitesDocumentBytesMax, or no XML, names none.
 */
export function requisitesOf(document: DocumentHeader, body: Uint8Array): AttorneyRequisites[] {
  const inside = isXml(body) ? findRequisites(body) : []
  return [...describedRequisites(document), ...(isRefusal(inside) ? [] : inside)]
}

function isXml(body: Uint8Array): boolean {
  const [first, second, third, fourth] = body
  return first === 0x3c || (first === 0xef && second === 0xbb && third === 0xbf && fourth === 0x3c)
}

/**
 * Reads the powers of attorney of a message with what was found of their signatures; of all of them together at most
 * attorneysPerMessageBytesMax, for they are kept with the verdict.
 */
export function readAttorneys(
  zip: Uint8Array,
  { description, entries }: OpenedMessage,
  signatures: ReadonlyMap<string, ReadSignature>,
): ReadAttorneyFile[] {
  const files: ReadAttorneyFile[] = []
  let bytes = 0
  for (const { document, signatures: ids } of attorneyDocuments(description)) {
    const entry = entryNamed(entries, `${document.id}.bin`)
    if (entry === undefined || bytes + entry.size > limits.attorneysPerMessageBytesMax) continue
    bytes += entry.size
    files.push({
      fileName: document.fileName,
      attorney: readAttorney(inflated(zip, entry)),
      signatures: ids
        .flatMap((id) => signatures.get(id) ?? [])
        .map(({ facts, certificates }) => ({ facts, certificates })),
    })
  }
  return files
}
