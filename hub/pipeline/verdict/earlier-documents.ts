// Finds documents of earlier messages that signatures of new ones are over, and has the signatures checked (RULES 16).

import { isRefusal } from '../../../schemas/refusals.ts'
import type { DocumentFacts } from '../../../schemas/verdict/message-facts.ts'
import { readStoredDocuments, type StoredDocument } from '../../store/hot/reads.ts'
import { allowanceOfMessage } from '../../trust/cms/allowance.ts'
import type { ReadSignature } from '../../trust/verdict/gather.ts'
import type { PipelineContext } from '../context.ts'
import type { Passage } from '../passage.ts'

/** Per message: the documents found, and its signatures over them with facts. */
export type EarlierDocuments = ReadonlyMap<
  string,
  { documents: readonly DocumentFacts[]; signatures: readonly ReadSignature[] }
>

/**
 * Looks for bodies that are kept here, however old. A document counts only when it was exchanged by the same two
 * participants: nobody learns anything about documents of others. A failure is the passage's alone.
 */
export async function readEarlier(
  context: PipelineContext,
  passages: readonly Passage[],
): Promise<EarlierDocuments> {
  const wanted = passages.flatMap((passage) => missingDocuments(passage))
  if (wanted.length === 0) return new Map()
  const rows = Map.groupBy(await readStoredDocuments(context.store, wanted), ({ wire_id }) => wire_id)
  const found = new Map<string, { documents: DocumentFacts[]; signatures: ReadSignature[] }>()
  for (const passage of passages) {
    const own = missingDocuments(passage).flatMap((id) => pick(passage, rows.get(id)) ?? [])
    if (own.length === 0) continue
    try {
      found.set(passage.message.id, {
        documents: own.map(factsOf),
        signatures: await examine(context, passage, own),
      })
    } catch (error) {
      context.watcher.fault('process.verify', error)
      passage.fault = error
    }
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

function factsOf(row: StoredDocument): DocumentFacts {
  return {
    id: row.wire_id,
    type: row.type,
    isEncrypted: row.encrypted,
    body: 'stored',
    sha256: row.sha256,
    streebog256: row.streebog256,
  }
}

async function examine(
  context: PipelineContext,
  passage: Passage,
  documents: readonly StoredDocument[],
): Promise<ReadSignature[]> {
  const { message, packageIn } = passage
  const source = { bytes: await context.blobs.get(packageIn.blob) }
  const read: ReadSignature[] = []
  let allowance = passage.examined?.left ?? allowanceOfMessage()
  // One earlier package in memory at a time: each may be as large as the door lets in.
  for (const document of documents) {
    const stored = { bytes: await context.blobs.get(document.blob) }
    const job = { source, wireId: message.wire_id, document: document.wire_id, stored, allowance }
    const found = await context.workers.examineEarlier(job)
    if (isRefusal(found)) throw new Error(`package ${packageIn.id} was accepted but cannot be opened again`)
    read.push(...found.signatures)
    allowance = found.left
  }
  return read
}
