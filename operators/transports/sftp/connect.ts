// Connects to an SFTP server: a guarded socket of ours, a pinned host key, keys only, modern algorithms.

import { createHash } from 'node:crypto'
import net, { type LookupFunction, type Socket } from 'node:net'
import ssh2, { type Algorithms, type AuthenticationType, type ConnectConfig, type SFTPWrapper } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { limits } from '../../../schemas/limits.ts'
import { addressForbidden } from '../address-guard.ts'
import { judgeFailure } from '../outcome.ts'
import type { SftpAddress } from './address.ts'
import { SftpFault } from './fault.ts'

/** What is needed to connect. */
export type ConnectOptions = {
  address: SftpAddress
  /** Fingerprints of the host keys that are the server's. */
  hostKeys: readonly string[]
  /** Private keys, tried in order. */
  keys: readonly Buffer[]
  lookup: LookupFunction
  timeoutMs: number
  signal: AbortSignal
  /** Told of a server that shows another host key: its fingerprint. */
  onStrangeHostKey: (fingerprint: string) => void
  /** Told of a private key that cannot be read, by its place in `keys`; it is left out. */
  onUnreadableKey: (index: number) => void
}

/** An open connection with its SFTP channel. */
export type SftpConnection = { socket: Socket; client: SftpClient; sftp: SFTPWrapper }

/**
 * AES-GCM is what processors do best, 128 bits first (chacha20 is no faster with ssh2's addon and slower without it).
 * Nothing with SHA-1, CBC or RSA keys signed by it.
 */
const algorithms: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group-exchange-sha256',
  ],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
}

/** Reasons by where ssh2 says that a handshake failed; errors of the socket go by their code. */
const levels: Record<string, string> = {
  'client-authentication': 'connect.auth',
  handshake: 'connect.handshake',
  protocol: 'connect.protocol',
}

/** The fingerprint of a public key as `ssh-keygen -lf` prints it. */
export function fingerprintOf(publicKey: Buffer): string {
  const digest = createHash('sha256').update(publicKey).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}`
}

/** Connects within `timeoutMs`, host key and login included. Throws SftpFault of kind connect, forbidden, aborted. */
export async function connectSftp(options: ConnectOptions): Promise<SftpConnection> {
  const { address, timeoutMs, signal } = options
  const end = Promise.withResolvers<never>()
  // The line may be gone before anybody waits for it.
  end.promise.catch(() => undefined)
  const stop = () => end.reject(new SftpFault('aborted', 'ended by us'))
  const late = () => end.reject(new SftpFault('connect', `not within ${timeoutMs} ms`, 'connect.timeout'))
  const timer = setTimeout(late, timeoutMs)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  // Every answer is waited for, so a small packet must not wait for the next: with Nagle's algorithm on, as ssh2
  // leaves it, files go a hundred times more slowly.
  const socket = net.connect({
    host: address.host,
    port: address.port,
    lookup: options.lookup,
    autoSelectFamilyAttemptTimeout: 1000,
  })
  socket.setNoDelay(true)
  // Whoever waits hears of it through the promises below; afterwards the event `close` says all.
  socket.on('error', () => undefined)
  try {
    await Promise.race([connected(socket), end.promise])
    return await Promise.race([logIn(socket, options), end.promise])
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function connected(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('connect', () => resolve())
  socket.once('error', (error: NodeJS.ErrnoException) => {
    const { reason } = judgeFailure({ code: error.code ?? '', mayBeSent: false })
    reject(new SftpFault(error.code === addressForbidden ? 'forbidden' : 'connect', error.message, reason))
  })
  return promise
}

async function logIn(socket: Socket, options: ConnectOptions): Promise<SftpConnection> {
  const { address, hostKeys, onStrangeHostKey } = options
  const ignored = () => undefined
  const client = new SftpClient('hub', { error: ignored, end: ignored, close: ignored })
  let seen: (Error & { level?: string; code?: unknown }) | undefined
  let strange: string | undefined
  client.on('error', (error: Error) => {
    seen ??= error
  })
  const nextKey = keysInTurn(address.account, readKeys(options))
  try {
    const sftp = await client.connect({
      sock: socket,
      username: address.account,
      algorithms,
      authHandler: (_left, _partial, next) => nextKey(next),
      hostVerifier: (key: Buffer) => {
        const fingerprint = fingerprintOf(key)
        if (hostKeys.includes(fingerprint)) return true
        strange = fingerprint
        return false
      },
      // The time of the whole is ours.
      readyTimeout: 0,
      keepaliveInterval: limits.sftpKeepAliveMs,
      keepaliveCountMax: limits.sftpKeepAliveMissedMax,
    })
    return { socket, client, sftp }
  } catch (error) {
    if (strange !== undefined) {
      onStrangeHostKey(strange)
      throw new SftpFault('connect', `the server shows the host key ${strange}`, 'connect.host-key')
    }
    throw loginFault(seen ?? (error as Error), socket)
  }
}

function loginFault(error: Error & { level?: string; code?: unknown }, socket: Socket): SftpFault {
  const known = levels[error.level ?? '']
  // Who said nothing at all speaks no other protocol either.
  if (known !== undefined && socket.bytesRead > 0) return new SftpFault('connect', error.message, known)
  if (error.level === 'client-socket' && typeof error.code === 'string') {
    const { reason } = judgeFailure({ code: error.code, mayBeSent: false })
    return new SftpFault('connect', error.message, reason)
  }
  const isGone = socket.destroyed || socket.readableEnded
  return new SftpFault('connect', error.message, isGone ? 'connect.cut' : 'connect.subsystem')
}

type ReadableKey = Extract<ReturnType<typeof ssh2.utils.parseKey>, { getPrivatePEM(): unknown }>

function readKeys({ keys, onUnreadableKey }: ConnectOptions): ReadableKey[] {
  return keys.flatMap((key, index) => {
    const read: unknown = ssh2.utils.parseKey(key)
    const first: unknown = Array.isArray(read) ? read[0] : read
    if (isPrivate(first)) return [first]
    onUnreadableKey(index)
    return []
  })
}

function isPrivate(key: unknown): key is ReadableKey {
  return (
    typeof key === 'object' && key !== null && 'isPrivateKey' in key && (key as ReadableKey).isPrivateKey()
  )
}

type NextAuth = Parameters<Extract<ConnectConfig['authHandler'], (...args: never[]) => void>>[2]

/** Offers each key once; nothing else is ever offered, whatever the server asks for. */
function keysInTurn(username: string, keys: ReadableKey[]): (next: NextAuth) => void {
  const left = keys.values()
  return (next) => {
    const { value: key } = left.next()
    if (key === undefined) next(false as unknown as AuthenticationType)
    else next({ type: 'publickey', username, key })
  }
}
