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
export function openWire(connection: SftpConnection, operationTimeoutMs: number): SftpWire {
  return new Wire(connection, operationTimeoutMs)
}

class Wire implements SftpWire {
  readonly sftp: SFTPWrapper
  readonly extensions: ReadonlySet<string>
  readonly closed: Promise<void>
  readonly #connection: SftpConnection
  readonly #operationTimeoutMs: number
  readonly #waiting = new Set<(fault: SftpFault) => void>()
  #isOpen = true
  #isGathering = false
  #isEnding = false

  constructor(connection: SftpConnection, operationTimeoutMs: number) {
    const { socket, sftp } = connection
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#connection = connection
    this.#operationTimeoutMs = operationTimeoutMs
    this.sftp = sftp
    this.extensions = announced(sftp)
    this.closed = promise
    const gone = () => {
      this.#lose()
      resolve()
    }
    socket.once('close', gone)
    // Bytes that are no SFTP, or a channel closed over an open connection: nothing is answered any more.
    sftp.on('error', () => this.#lose())
    sftp.on('close', () => this.#lose())
    if (socket.destroyed) gone()
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  ask<T>(start: (done: Done<T>) => void, signal: AbortSignal): Promise<T> {
    if (!this.#isOpen) return Promise.reject(new SftpFault('lost', 'the connection is gone'))
    if (signal.aborted) return Promise.reject(new SftpFault('aborted', 'ended by us'))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const fail = (fault: SftpFault): void => {
      settle()
      reject(fault)
    }
    const abort = () => fail(new SftpFault('aborted', 'ended by us'))
    const timer = setTimeout(() => {
      fail(new SftpFault('timeout', `no answer within ${this.#operationTimeoutMs} ms`))
      this.#lose()
    }, this.#operationTimeoutMs)
    const settle = (): void => {
      clearTimeout(timer)
      this.#waiting.delete(fail)
      signal.removeEventListener('abort', abort)
    }
    this.#waiting.add(fail)
    signal.addEventListener('abort', abort)
    this.#gather()
    start((error, value) => {
      settle()
      if (error === null || error === undefined) resolve(value)
      else reject(faultOf(error))
    })
    return promise
  }

  async close(): Promise<void> {
    const { client, socket } = this.#connection
    this.#isEnding = true
    this.#fail()
    const timer = setTimeout(() => socket.destroy(), limits.sftpCloseMs)
    // Its own promise waits for an event that may never come; the socket's does, by the timer at the latest.
    client.end().catch(() => socket.destroy())
    await this.closed
    clearTimeout(timer)
  }

  /**
   * What is asked for in one turn of the event loop, by all who share the session, leaves in one write: the system call
   * costs more than a request of sixty bytes, and an answer often lets several go on at once.
   */
  #gather(): void {
    const { socket } = this.#connection
    if (this.#isGathering) return
    this.#isGathering = true
    socket.cork()
    setImmediate(() => {
      this.#isGathering = false
      socket.uncork()
    })
  }

  #lose(): void {
    this.#fail()
    this.#connection.socket.destroy()
  }

  #fail(): void {
    this.#isOpen = false
    const kind = this.#isEnding ? 'aborted' : 'lost'
    for (const fail of [...this.#waiting]) fail(new SftpFault(kind, 'the connection is gone'))
  }
}

/** What the server announced at its greeting; ssh2 keeps it under a name of its own, guarded by a test. */
function announced(sftp: SFTPWrapper & { _extensions?: Record<string, string> }): Set<string> {
  return new Set(Object.keys(sftp._extensions ?? {}))
}
