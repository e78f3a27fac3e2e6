// SSH keys: made, read, and shown the way ssh-keygen shows them.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import ssh2, { type ParsedKey } from 'ssh2'

/** A key pair as OpenSSH writes it into files. */
export type SshKey = {
  /** The private key, `-----BEGIN OPENSSH PRIVATE KEY-----`. */
  privateKey: string
  /** One line: `ssh-ed25519 AAAA… comment`. */
  publicKey: string
  /** `SHA256:…` of the public key, as `ssh-keygen -lf` prints it. */
  fingerprint: string
}

/** Makes an ed25519 key pair; takes a few milliseconds. */
export function generateSshKey(comment: string): SshKey {
  for (;;) {
    const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync('ed25519', { comment })
    // ssh2 drops zero bytes at the start of a public key, so that one pair of 256 is no key (keygen.js, parseDERs).
    if (ssh2.utils.parseKey(publicKey) instanceof Error) continue
    return { privateKey, publicKey, fingerprint: fingerprintOf(publicKey) }
  }
}

/** The pair of a private key from a file. Throws when it is none. */
export function sshKeyOf(privateKey: string): SshKey {
  const key = readSshKey(privateKey)
  assert(key.isPrivateKey(), 'a private key')
  const publicKey = `${key.type} ${key.getPublicSSH().toString('base64')} ${key.comment}`.trimEnd()
  return { privateKey, publicKey, fingerprint: fingerprintOf(publicKey) }
}

/** `SHA256:…` of a public key of one line. Throws when it is none. */
export function fingerprintOf(publicKey: string): string {
  return fingerprintOfBlob(readSshKey(publicKey).getPublicSSH())
}

/** The same of a public key as it goes over the wire (RFC 4253 6.6). */
export function fingerprintOfBlob(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** A key in any form ssh2 reads. Throws when it is none. */
export function readSshKey(text: string): ParsedKey {
  const key: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text)
  if (key instanceof Error) throw key
  const first = Array.isArray(key) ? key[0] : key
  assert(first !== undefined, 'a file of keys holds one')
  return first
}
