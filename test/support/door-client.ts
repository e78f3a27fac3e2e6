// Posts packages to the door and reads its answers; counts what the hub has stored.

import { randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import http from 'node:http'
import { join } from 'node:path'
import type { Relay } from './relay.ts'

/** What the door said. */
export type DoorReply = { status: number; code: string; text: string; packageId: string | undefined }

/** A name nobody used. */
export function freshName(): string {
  return `${randomBytes(16).toString('hex')}.cms`
}

/** Posts bytes as a package. `headers` are added; Content-Length is right unless given. */
export function postPackage(
  address: string,
  of: { name: string; bytes: Uint8Array; headers?: Record<string, string> },
): Promise<DoorReply> {
  const { promise, resolve, reject } = Promise.withResolvers<DoorReply>()
  const headers = {
    'Content-Disposition': `attachment; filename="${of.name}"`,
    'Content-Length': of.bytes.length,
    ...of.headers,
  }
  const request = http.request(address, { method: 'POST', headers, agent: false }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
    response.on('end', () => {
      const named = (name: string) => response.headers[name] as string | undefined
      resolve({
        status: response.statusCode ?? 0,
        code: named('hub-code') ?? '',
        text: Buffer.concat(chunks).toString('utf8'),
        packageId: named('hub-package-id'),
      })
    })
  })
  request.on('error', reject)
  request.end(of.bytes)
  return promise
}

/** How much a hub has stored. */
export type StoredCounts = Record<
  'packages' | 'messages' | 'documents' | 'work' | 'answers' | 'refused' | 'repeated' | 'accepted',
  number
>

/** Counts rows and entries of the journal. */
export async function countStored(relay: Relay): Promise<StoredCounts> {
  const kind = (name: string) => `(select count(*)::int from journal where kind = 'package.${name}')`
  const { rows } = await relay.hub.store.query(
    'select (select count(*)::int from package_in) as packages, (select count(*)::int from message) as messages, ' +
      '(select count(*)::int from document) as documents, (select count(*)::int from work) as work, ' +
      `(select count(*)::int from package_seen) as answers, ${kind('refused')} as refused, ` +
      `${kind('repeated')} as repeated, ${kind('accepted')} as accepted`,
  )
  return rows[0] as StoredCounts
}

/** Bytes in the blob segments of a hub. */
export async function blobBytes(relay: Relay): Promise<number> {
  const folder = join(relay.settings.data.folder, 'blobs')
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(folder, name))
      return found.isFile() ? found.size : 0
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
