// Finds documents of earlier messages that signatures of new ones are over, and has the signatures checked (RULES 16).

import { limits } from '../../../schemas/limits.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import type { DocumentFacts } from '../../../schemas/verdict/message-facts.ts'
import { readStoredDocuments, type StoredDocument } from '../../store/hot/reads.ts'
import { allowanceOfMessage } from '../../trust/cms/allowance.ts'
import type { ReadSignature } from '../../trust/verdict/gather.ts'
import type { PipelineContext } from '../context.ts'
import type { Passage } from '../passage.ts'
import { makeRoom, type Room, wavesOf } from '../waves.ts'

/** Per message: the documents found, and its signatures over them with facts. */
export type EarlierDocuments = ReadonlyMap<string, Readonly<Found>>

type Found = { documents: DocumentFacts[]; signatures: ReadSignature[] }

/**
 * Looks for bodies that are kept here, however old. A document counts only when it was exchanged by the same two
 * participants: nobody learns anything about documents of others. A failure is the passage's alone. Messages are looked at
 * side by side, in waves of openBytesMax, with as many bytes of earlier packages in memory and one package more.
 */
export async function readEarlier(
  context: PipelineContext,
  passages: readonly Passage[],
): Promise<EarlierDocuments> {
  const wanted = passages.flatMap((passage) => missingDocuments(passage))
  if (wanted.length === 0) return new Map()
  const rows = Map.groupBy(await readStoredDocuments(context.store, wanted), ({ wire_id }) => wire_id)
  const found = new Map<string, Found>()
  const room = makeRoom(limits.openBytesMax)
  const look = async (passage: Passage): Promise<void> => {
    const own = missingDocuments(passage).flatMap((id) => pick(passage, rows.get(id)) ?? [])
    if (own.length === 0) return
    try {
      found.set(passage.message.id, await examine({ ...context, room }, passage, own))
    } catch (error) {
      context.watcher.fault('process.verify', error)
      passage.fault = error
    }
  }
  const bytesOf = ({ packageIn }: Passage) => packageIn.bytes
  for (const wave of wavesOf(passages, { bytesMax: limits.openBytesMax, bytesOf })) {
    await Promise.all(wave.map(look))
  }
  return found
}

function missingDocuments({ examined }: Passage): string[] {
  const own = new Set<string>(examined?.documents.map(({ id }) => id))
  return [...new Set(examined?.signatures.map(({ document }) => document))].filter((id) => !own.has(id))
}

/** The newest row of the two participants, in whichever direction it went. */
function pick({ message }: Passage, rows: readonly StoredDocument[] = []): StoredDocument | undefined {
  const pair = pairKey(message)
  return rows.findLast((row) => pairKey(row) === pair)
}

function pairKey({ sender, recipient }: { sender: string; recipient: string }): string {
  return [sender.toLowerCase(), recipient.toLowerCase()].sort().join(' ')
}

/** Rows of a hub that did not know yet which documents are encrypted say that none is: their description tells too. */
function factsOf(row: StoredDocument, isEncrypted: boolean): DocumentFacts {
  return {
    id: row.wire_id,
    type: row.type,
    isEncrypted: row.encrypted || isEncrypted,
    body: 'stored',
    sha256: row.sha256,
    streebog256: row.streebog256,
  }
}

async function examine(
  { blobs, workers, room }: Pick<PipelineContext, 'blobs' | 'workers'> & { room: Room },
  passage: Passage,
  documents: readonly StoredDocument[],
): Promise<Found> {
  const { message, packageIn } = passage
  const source = { bytes: await blobs.get(packageIn.blob) }
  const read: Found = { documents: [], signatures: [] }
  let allowance = passage.examined?.left ?? allowanceOfMessage()
  // One after the other: what one costs is not left for the next, and each package may be as large as the door lets in.
  for (const document of documents) {
    const job = { source, wireId: message.wire_id, document: document.wire_id, allowance }
    const found = await room(
      () => blobs.get(document.blob),
      (bytes) => workers.examineEarlier({ ...job, stored: { bytes } }),
    )
    if (isRefusal(found)) throw new Error(`package ${packageIn.id} was accepted but cannot be opened again`)
    read.documents.push(factsOf(document, found.isEncrypted))
    read.signatures.push(...found.signatures)
    allowance = found.left
  }
  return read
}
