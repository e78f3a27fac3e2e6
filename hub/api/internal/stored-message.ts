// Reads a message of a home code out of its stored package: its description, its bodies and signatures.

import type { FastifyRequest } from 'fastify'
import { dialectOf } from '../../../operators/dialects/table.ts'
import type { EntryNames } from '../../../operators/ports.ts'
import type { MessageId } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import type { OpenedMessage } from '../../../schemas/package.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { sha256Of } from '../../sha256.ts'
import { readPackagesIn } from '../../store/hot/reads.ts'
import type { MessageRow, PackageInRow } from '../../store/hot/rows.ts'
import { type ApiParts, visitOf } from './app.ts'
import { notFound, refused } from './checks.ts'

/** A message opened for one request; nothing of it is kept for the next one. */
export type StoredMessage = {
  opened: OpenedMessage
  names: EntryNames
  /** The bytes of an entry; undefined when there is none of this name. */
  extract(entry: string): Promise<Uint8Array | undefined>
  packageBytes: number
}

/** The bytes stand in this process once, and once more in the worker that reads them. */
const copies = 2
const dialectDefault = 'roseu'

/** Opens a message. Throws api.busy when there is no room for its package now. */
export async function openStored(
  { context }: ApiParts,
  request: FastifyRequest,
  row: MessageRow,
): Promise<StoredMessage> {
  const packageIn = (await readPackagesIn(context.store, [row.package])).get(row.package)
  if (packageIn === undefined) throw notFound(row.id)
  if (!visitOf(request).grow(packageIn.bytes * copies)) {
    throw refused('api.busy', 'нет места в памяти (no memory left)')
  }
  const source = { bytes: await context.blobs.get(packageIn.blob) }
  const opened = await context.workers.describe(source, row.wire_id)
  if (isRefusal(opened)) throw new Error(`a stored message cannot be described: ${opened.code}`)
  return {
    opened,
    names: namesFor(context, packageIn),
    extract: (entry) => context.workers.extract(source, entry),
    packageBytes: packageIn.bytes,
  }
}

/** A package of ours speaks our own dialect, one of a peer that of its peer. */
function namesFor({ book }: ApiParts['context'], { peer }: PackageInRow): EntryNames {
  const dialect = dialectOf(book().peers.get(peer)?.dialect ?? dialectDefault)
  if (dialect === undefined) throw new Error(`no dialect for ${peer}`)
  return dialect.entryNames
}

/** The name of the entry of a document or a signature. */
export function entryOf({ names, opened }: StoredMessage, of: 'document' | 'signature', id: string): string {
  const message: MessageId = opened.id
  return of === 'document' ? names.document(message, id as never) : names.signature(message, id as never)
}

/** SHA-256 (hex) of signatures by their ids; none of a message so large that reading them would cost too much. */
export async function digestSignatures(stored: StoredMessage): Promise<Map<string, string>> {
  const { signatures } = stored.opened.description
  const digests = new Map<string, string>()
  if (signatures.length * stored.packageBytes > limits.apiDigestBytesMax) return digests
  for (const { id } of signatures) {
    const bytes = await stored.extract(entryOf(stored, 'signature', id))
    if (bytes !== undefined) digests.set(id, (await sha256Of(bytes)).toString('hex'))
  }
  return digests
}
