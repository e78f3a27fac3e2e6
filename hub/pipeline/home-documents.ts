// Headers of documents of home subscribers, by which their services find messages.

import type { OperatorCode } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { DocumentHeader } from '../../schemas/package.ts'
import type { HomeDocumentRow } from '../store/hot/rows.ts'

/** The rows of one message for one home code. */
export function homeDocumentRows(
  home: OperatorCode,
  message: string,
  documents: readonly DocumentHeader[],
): HomeDocumentRow[] {
  return documents.map(({ id, type, fileName, number, date }) => ({
    home,
    message,
    document: id,
    type,
    file_name: fileName,
    // An index row has room for no more; the description keeps the whole number.
    number: number?.slice(0, limits.documentNumberLengthMax).toWellFormed() ?? null,
    date: date ?? null,
  }))
}
