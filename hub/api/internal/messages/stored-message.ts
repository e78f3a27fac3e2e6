// Reads a message of a home code out of its stored package: its description, its bodies and signatures.

import type { FastifyRequest } from 'fastify'
import { dialectOf } from '../../../../operators/dialects/table.ts'
import type { EntryNames } from '../../../../operators/ports.ts'
import type { MessageId } from '../../../../schemas/ids.ts'
import { limits } from '../../../../schemas/limits.ts'
import type { OpenedMessage } from '../../../../schemas/package.ts'
import { isRefusal } from '../../../../schemas/refusals.ts'
import { readPackagesIn } from '../../../store/hot/reads.ts'
import type { MessageRow, PackageInRow } from '../../../store/hot/rows.ts'
import { type ApiParts, visitOf } from '../app.ts'
import { notFound, refused } from '../checks.ts'

/** A message opened for one request; nothing of it is kept for the next one. */
export type StoredMessage = {
  opened: OpenedMessage
  names: EntryNames
  /** SHA-256 (hex) of entries; undefined when there is none of this name. */
  digest(entries: readonly string[]): Promise<(string | undefined)[]>
  packageBytes: number
}

/** The bytes stand in this process once, and once more in the worker that reads them. */
const copies = 2
const dialectDefault = 'roseu'

/** Where a document or a signature is; one that the description does not name is none of the message. */
export type Part = { of: 'document' | 'signature'; id: string }

/**
 * Opens a message, and with it the bytes of a part: handing the package to a worker costs more than reading it there.
 * `bytes` are undefined when there is no such part. Throws api.busy when there is no room for its package now.
 */
export async function openStored(
  { context }: ApiParts,
  { request, row, part }: { request: FastifyRequest; row: MessageRow; part?: Part },
): Promise<StoredMessage & { bytes: Uint8Array | undefined }> {
  const packageIn = (await readPackagesIn(context.store, [row.package])).get(row.package)
  if (packageIn === undefined) throw notFound(row.id)
  if (!visitOf(request).grow(packageIn.bytes * copies)) {
    throw refused('api.busy', 'нет места в памяти (no memory left)')
  }
  const source = { bytes: await context.blobs.get(packageIn.blob) }
  const names = namesFor(context, packageIn)
  const entries = part === undefined ? [] : [entryOf(names, row.wire_id, part)]
  const read = await context.workers.describe(source, row.wire_id, entries)
  if (isRefusal(read)) throw new Error(`a stored message cannot be described: ${read.code}`)
  const { opened, bytes } = read
  return {
    opened,
    names,
    digest: (entries) => context.workers.digestEntries(source, entries),
    packageBytes: packageIn.bytes,
    bytes: part !== undefined && isNamed(opened, part) ? bytes[0] : undefined,
  }
}

function isNamed({ description }: OpenedMessage, { of, id }: Part): boolean {
  const named = of === 'document' ? description.documents : description.signatures
  return named.some((one) => one.id === id)
}

/** A package of ours speaks our own dialect, one of a peer that of its peer. */
function namesFor({ book }: ApiParts['context'], { peer }: PackageInRow): EntryNames {
  const dialect = dialectOf(book().peers.get(peer)?.dialect ?? dialectDefault)
  if (dialect === undefined) throw new Error(`no dialect for ${peer}`)
  return dialect.entryNames
}

/** The name of the entry of a document or a signature. */
export function entryOf(names: EntryNames, wireId: string, { of, id }: Part): string {
  const message = wireId as MessageId
  return of === 'document' ? names.document(message, id as never) : names.signature(message, id as never)
}

/** SHA-256 (hex) of signatures by their ids; none of a message so large that reading them would cost too much. */
export async function digestSignatures(stored: StoredMessage): Promise<Map<string, string>> {
  const { opened, names } = stored
  const { signatures } = opened.description
  if (signatures.length * stored.packageBytes > limits.apiDigestBytesMax) return new Map()
  const digests = await stored.digest(
    signatures.map(({ id }) => entryOf(names, opened.id, { of: 'signature', id })),
  )
  return new Map(
    signatures.flatMap(({ id }, at) => {
      const digest = digests[at]
      return digest === undefined ? [] : [[id, digest] as const]
    }),
  )
}
