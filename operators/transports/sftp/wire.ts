// One SFTP session as requests that always end: by an answer, a time-out, an abort, or the loss of the line.

import type { SFTPWrapper } from 'ssh2'
import { limits } from '../../../schemas/limits.ts'
import type { SftpConnection } from './connect.ts'
import { faultOf, SftpFault } from './fault.ts'

/** A session. */
export type SftpWire = {
  readonly sftp: SFTPWrapper
  /** Names of extensions that the server announced. */
  readonly extensions: ReadonlySet<string>
  readonly isOpen: boolean
  /** Resolves when the line is gone, for whatever reason. */
  readonly closed: Promise<void>
  /**
   * Sends one request and waits for its answer at most `operationTimeoutMs`; a server that is silent for so long loses
   * the session. Throws SftpFault.
   */
  ask<T>(start: (done: Done<T>) => void, signal: AbortSignal): Promise<T>
  /** Ends it; what is waited for ends as aborted. */
  close(): Promise<void>
}

/** The end of a callback of ssh2. */
export type Done<T> = (error: (Error & { code?: unknown }) | null | undefined, value: T) => void

/** Wraps a connection. `operationTimeoutMs` bounds each request. */
export function openWire({ socket, client, sftp }: SftpConnection, operationTimeoutMs: number): SftpWire {
  const waiting = new Set<(fault: SftpFault) => void>()
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  let isOpen = true
  let isEnding = false
  function lose(kind: 'lost' | 'aborted', text: string): void {
    isOpen = false
    for (const fail of waiting) fail(new SftpFault(kind, text))
    waiting.clear()
  }
  const lost = () => {
    lose(isEnding ? 'aborted' : 'lost', 'the connection is gone')
    socket.destroy()
  }
  socket.once('close', () => {
    lost()
    resolve()
  })
  // Bytes that are no SFTP, or a channel closed over an open connection: either way nothing is answered any more.
  sftp.on('error', lost)
  sftp.on('close', lost)
  if (socket.destroyed) {
    lost()
    resolve()
  }

  function ask<T>(start: (done: Done<T>) => void, signal: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    if (!isOpen) return Promise.reject(new SftpFault('lost', 'the connection is gone'))
    if (signal.aborted) return Promise.reject(new SftpFault('aborted', 'ended by us'))
    const fail = (fault: SftpFault): void => {
      settle()
      reject(fault)
    }
    const abort = () => fail(new SftpFault('aborted', 'ended by us'))
    const timer = setTimeout(() => {
      fail(new SftpFault('timeout', `no answer within ${operationTimeoutMs} ms`))
      lost()
    }, operationTimeoutMs)
    function settle(): void {
      clearTimeout(timer)
      waiting.delete(fail)
      signal.removeEventListener('abort', abort)
    }
    waiting.add(fail)
    signal.addEventListener('abort', abort)
    start((error, value) => {
      settle()
      if (error === null || error === undefined) resolve(value)
      else reject(faultOf(error))
    })
    return promise
  }

  async function close(): Promise<void> {
    isEnding = true
    lose('aborted', 'the session ends')
    const timer = setTimeout(() => socket.destroy(), limits.sftpCloseMs)
    // Its own promise waits for an event that may never come; the socket's does, by the timer at the latest.
    client.end().catch(() => socket.destroy())
    await closed
    clearTimeout(timer)
  }

  const extensions = announced(sftp)
  return {
    sftp,
    extensions,
    closed,
    ask,
    close,
    get isOpen() {
      return isOpen
    },
  }
}

/** What the server announced at its greeting; ssh2 keeps it under a name of its own, guarded by a test. */
function announced(sftp: SFTPWrapper & { _extensions?: Record<string, string> }): Set<string> {
  return new Set(Object.keys(sftp._extensions ?? {}))
}
