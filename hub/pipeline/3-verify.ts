// Stage 3, hop PROCESS: the digests of every body go into the document index (RULES 28).

import type { DocumentRow } from '../store/hot/rows.ts'
import { onTheWay, type Passage, type ProcessStage } from './passage.ts'

/**
 * Records what later checks rest on: size, SHA-256 and Streebog-256 of each body and where its bytes are. The
 * signatures of documents are not judged here; messages say so by their verdict `not-judged`.
 */
export const verify: ProcessStage = {
  name: 'verify',
  async run(_context, batch) {
    for (const passage of onTheWay(batch)) passage.documents = documentRows(passage)
  },
}

function documentRows(passage: Passage): DocumentRow[] {
  const { examined, message, packageIn } = passage
  return (examined?.documents ?? []).map((document) => {
    const body = examined?.bodies.find((one) => one.document === document.id)
    return {
      wire_id: document.id,
      message: message.id,
      peer: message.peer,
      sender: message.sender,
      recipient: message.recipient,
      type: document.type,
      parents: document.parents,
      size: body?.size ?? null,
      sha256: body?.sha256 ?? null,
      streebog256: body?.streebog256 ?? null,
      blob: body === undefined ? null : packageIn.blob,
    }
  })
}
