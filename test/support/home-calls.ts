// A service of a home code that calls the internal API of a running hub, and the bodies it sends.

import { newApiKey } from '../../hub/api/key-text.ts'
import { insertApiKey } from '../../hub/store/home/keys.ts'
import { apiVerbs } from '../../schemas/home.ts'
import type { SignedDocument } from './home-party.ts'
import type { Relay } from './relay.ts'

/** What an answer says. */
export type HomeTold = { status: number; body: Record<string, unknown> }

/** Calls the API; a body is posted, under a key of its own unless one is given. */
export type HomeCall = (path: string, body?: object, key?: string) => Promise<HomeTold>

let keys = 0

/** A service with every right. */
export async function homeCaller(relay: Relay, home: string): Promise<HomeCall> {
  const { id, text, digest } = newApiKey()
  const verbs = Object.keys(apiVerbs)
  const dates = { created_at: new Date(), created_by: 'test', expires_at: null }
  await insertApiKey(relay.hub.store, { id, home, name: 'test', digest, verbs, ...dates })
  return async (path, body, key = newCallKey()) => {
    const isPost = body !== undefined
    const response = await fetch(`${relay.hub.internalAddress}/api/v1${path}`, {
      method: isPost ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${text}`,
        ...(isPost ? { 'content-type': 'application/json', 'idempotency-key': key } : {}),
      },
      ...(isPost ? { body: JSON.stringify(body) } : {}),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
}

/** An idempotency key that no other call gives. */
export function newCallKey(): string {
  keys += 1
  return `service-${keys}`
}

/** A signed document as the request of a message or an invitation has it. */
export function documentBody({ document, signature }: SignedDocument): object {
  const { id, type, fileName, number, date, parents, body } = document
  return {
    id,
    type,
    fileName,
    ...(number === undefined ? {} : { number }),
    date,
    ...(parents.length === 0 ? {} : { parents }),
    content: Buffer.from(body).toString('base64'),
    signatures: [{ id: signature.id, content: Buffer.from(signature.bytes).toString('base64') }],
  }
}
