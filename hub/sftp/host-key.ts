// Asks an SSH server for its host key, and leaves before anybody logs in.

import ssh2 from 'ssh2'
import { fingerprintOfBlob } from './ssh-key.ts'

/** The key a server showed: its fingerprint as `ssh-keygen -lf` prints it, and its type. */
export type ShownHostKey = { fingerprint: string; type: string }

/** Connects and reads the key; `failed` says in words why there is none. */
export function readHostKey(of: {
  host: string
  /** 22 unless given. */
  port: number | undefined
  withinMs: number
}): Promise<ShownHostKey | { failed: string }> {
  const { host, port, withinMs } = of
  const client = new ssh2.Client()
  const { promise, resolve } = Promise.withResolvers<ShownHostKey | { failed: string }>()
  client.on('error', (error) => resolve({ failed: error.message }))
  client.on('close', () => resolve({ failed: 'соединение закрыто (the connection was closed)' }))
  client.connect({
    host,
    username: 'hub',
    readyTimeout: withinMs,
    ...(port === undefined ? {} : { port }),
    hostVerifier: (key: Buffer) => {
      resolve({
        fingerprint: fingerprintOfBlob(key),
        type: typeOf(key),
      })
      return false
    },
  })
  return promise.finally(() => client.end())
}

/** RFC 4253 6.6: a key begins with the name of its type. */
function typeOf(key: Buffer): string {
  const length = key.readUInt32BE(0)
  return key.subarray(4, 4 + length).toString('latin1')
}
