// A client of simulated SFTP servers in tests: raw calls of ssh2, each answered with a value or the status it got.

import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type SFTPWrapper } from 'ssh2'
import type { Test } from 'tap'
import { fingerprintOf, generateSshKey } from '../../hub/sftp/ssh-key.ts'
import { type SftpServerOptions, startSftpServer } from '../../hub/simulate/sftp/server.ts'

/** The key of the client. */
export const clientKey = generateSshKey('client')

/** What a call gave: its value, or the status it was refused with; -1 for an end of the connection. */
type Said<Value> = { value?: Value; code?: number }

/** A call of ssh2 with its last argument left open. */
export type Call<Value> = (done: (error: Error | null | undefined, value?: Value) => void) => void

/** How long anything may take, ms. */
const patienceMs = 30_000

/** A folder that is removed after the test. */
export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'simulate-sftp-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * Opens a session. `gone` resolves when the connection has ended. Rejects when the server refuses or ends the
 * connection before the session is open.
 */
export async function openSession(
  t: Test,
  server: { host: string; port: number },
  { key = clientKey.privateKey, account = 'hub' } = {},
) {
  const client = new ssh2.Client()
  const seen = { fingerprint: '' }
  const gone = Promise.withResolvers<void>()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  client.on('close', () => {
    failed.reject(new Error('the connection ended'))
    gone.resolve()
  })
  client.on('error', (error) => {
    failed.reject(error)
    client.destroy()
  })
  const ready = once(client, 'ready', { signal: AbortSignal.timeout(patienceMs) })
  ready.catch(() => undefined)
  t.teardown(() => client.destroy())
  client.connect({
    host: server.host,
    port: server.port,
    username: account,
    privateKey: key,
    readyTimeout: patienceMs,
    hostVerifier: (hostKey: Buffer) => {
      seen.fingerprint = fingerprintOf(`ssh-ed25519 ${hostKey.toString('base64')}`)
      return true
    },
  })
  await Promise.race([ready, failed.promise])
  const opened = new Promise<SFTPWrapper>((resolve, reject) =>
    client.sftp((error, wrapper) => (error === undefined ? resolve(wrapper) : reject(error))),
  )
  opened.catch(() => undefined)
  const sftp = await Promise.race([opened, failed.promise])
  return { client, sftp, gone: gone.promise, seen }
}

/** Makes one call. */
export function ask<Value>(call: Call<Value>): Promise<Said<Value>> {
  const { promise, resolve } = Promise.withResolvers<Said<Value>>()
  call((error, value) => {
    if (error) {
      const { code } = error as { code?: unknown }
      resolve({ code: typeof code === 'number' ? code : -1 })
    } else resolve(value === undefined ? {} : { value })
  })
  return promise
}

/** Puts a file the usual way: under a temporary name, then renamed. Answers with what the last step said. */
export async function putFile(
  sftp: SFTPWrapper,
  of: { path: string; bytes: Uint8Array; temporarySuffix?: string },
): Promise<Said<unknown>> {
  const { path, bytes, temporarySuffix = '.tmp' } = of
  const temporary = path + temporarySuffix
  // Step by step: writeFile of ssh2 never calls back when the connection ends in the midst of it.
  const { value: handle, code } = await ask<Buffer>((done) => sftp.open(temporary, 'w', done))
  if (handle === undefined) return code === undefined ? {} : { code }
  const steps: Call<unknown>[] = [
    (done) => sftp.write(handle, Buffer.from(bytes), 0, bytes.length, 0, done),
    (done) => sftp.close(handle, done),
    (done) => sftp.rename(temporary, path, done),
  ]
  let said: Said<unknown> = {}
  for (const step of steps) {
    said = await ask(step)
    if (said.code !== undefined) break
  }
  return said
}

/** Resolves when the condition holds, asked again and again for a bounded time; rejects with `what` otherwise. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + patienceMs
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A simulated server with one account, `hub`, in a folder of its own. */
export async function startServer(t: Test, options: Partial<SftpServerOptions> = {}) {
  const folder = temporaryFolder(t)
  const root = join(folder, 'root')
  mkdirSync(join(root, 'hub'), { recursive: true })
  const accounts = { hub: { keys: [clientKey.publicKey], home: 'hub' } }
  const server = await startSftpServer({ root, accounts, ...options })
  t.teardown(() => server.close())
  return { server, folder, home: join(root, 'hub') }
}
