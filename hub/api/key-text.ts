// The text of an API key: made once, shown once, kept as a digest of its secret.

import { hash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'

const idCharacters = 'abcdefghijkmnpqrstuvwxyz23456789'
const idLength = 12
const secretLength = 32

/** A new key: `text` goes to its holder, `id` and `digest` are stored. */
export function newApiKey(): { id: string; text: string; digest: Buffer } {
  const id = Array.from({ length: idLength }, () => idCharacters[randomInt(idCharacters.length)]).join('')
  const secret = randomBytes(secretLength).toString('base64url')
  return { id, text: `hubk_${id}_${secret}`, digest: digestOf(secret) }
}

/** Reads the text of a key; undefined for what has not its form. */
export function parseApiKey(text: string): { id: string; secret: string } | undefined {
  const [, id, secret] = /^hubk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** Whether a secret is the one digested, in a time that does not tell where they differ. */
export function isSecretOf(secret: string, digest: Uint8Array): boolean {
  const given = digestOf(secret)
  return digest.length === given.length && timingSafeEqual(given, digest)
}

function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}
