// Finds powers of attorney a description names: files of the message, and requisites among its free parameters.

import { type AttorneyRequisites, attorneyNumberForm } from '../../../schemas/attorney/value.ts'
import type { SignatureId } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import type { Description, DocumentHeader } from '../../../schemas/package.ts'

/** A document of a message that is a power of attorney by its name or type, and its signatures. */
export type AttorneyDocument = { document: DocumentHeader; signatures: SignatureId[] }

/**
 * The documents that are powers of attorney. The published types have none for them: the file is named
 * ON_EMCHD_<date>_<number> (older: ON_DOVEL), or a newer type says so. Encrypted ones cannot be read and are left out. At
 * most attorneyFilesMax.
 */
export function attorneyDocuments({
  documents,
  signatures,
}: Pick<Description, 'documents' | 'signatures'>): AttorneyDocument[] {
  return documents
    .filter(({ type, fileName, encrypted }) => !encrypted && isAttorneyNamed(type, fileName))
    .slice(0, limits.attorneyFilesMax)
    .map((document) => ({
      document,
      signatures: signatures.filter((one) => one.document === document.id).map(({ id }) => id),
    }))
}

function isAttorneyNamed(type: string, fileName: string): boolean {
  return /^ON_(EMCHD|DOVEL)_.*\.xml$/i.test(fileName) || /МЧД|доверенность/i.test(type)
}

/**
 * Requisites among ДополнительныйПараметр of a document. Their names are not published, so ours is tolerant: one that
 * speaks of МЧД or доверенность is the number if its value is a GUID, and the principal's ИНН if it is ten or twelve
 * digits. Numbers of the representative are passed over. At most attorneyRequisitesMax.
 */
export function describedRequisites({
  parameters = [],
}: Pick<DocumentHeader, 'parameters'>): AttorneyRequisites[] {
  const spoken = parameters
    .filter(({ name }) => /мчд|довер/i.test(name) && !/предст|поверен/i.test(name))
    .map(({ value }) => value.trim())
  const principalInn = spoken.find((value) => /^(\d{10}|\d{12})$/.test(value))
  const numbers = new Set(
    spoken.filter((value) => attorneyNumberForm.test(value)).map((one) => one.toLowerCase()),
  )
  return [...numbers].slice(0, limits.attorneyRequisitesMax).map((number) => ({
    source: 'description',
    number,
    ...(principalInn === undefined ? {} : { principalInn }),
  }))
}
