// Keeps a few SFTP sessions per peer open: a login takes 100 ms and more, a request of an open session less than one.

import { limits } from '../../../schemas/limits.ts'
import type { SftpSite } from '../../../schemas/sftp.ts'
import { guardedLookup } from '../address-guard.ts'
import { readSftpAddress } from './address.ts'
import { type ByteGate, createByteGate } from './byte-gate.ts'
import { connectSftp } from './connect.ts'
import { SftpFault } from './fault.ts'
import { filesOf, type SftpFiles } from './files.ts'
import { openWire, type SftpWire } from './wire.ts'

/** What happens between the hub and its peers' servers; carries no content and no keys. */
export type SftpSessionEvent =
  | { kind: 'connected'; peer: string; durationMs: number }
  /** `why` is a reason of an outcome: `connect.refused`, `connect.auth`. */
  | { kind: 'connect-failed'; peer: string; why: string }
  | { kind: 'closed'; peer: string; why: 'idle' | 'lost' }
  /** The server shows a host key that is not pinned: nothing was sent, and somebody has to look (RULES 24). */
  | { kind: 'host-key'; peer: string; fingerprint: string }
  /** A private key of ours cannot be read; the others are tried. */
  | { kind: 'key-unreadable'; peer: string; index: number }

/** Settings of the sessions. */
export type SftpSessionsOptions = {
  /** Private keys of the hub, tried in order at every login, so that keys change with overlap. */
  keys: () => readonly Buffer[]
  /** Servers inside private networks and on this machine. */
  allowPrivateAddresses: boolean
  onEvent: (event: SftpSessionEvent) => void
  /** Resolves names instead of the system, in the form of node:dns lookup. */
  resolve?: Parameters<typeof guardedLookup>[1]
  connectTimeoutMs?: number
  operationTimeoutMs?: number
  idleMs?: number
}

/** Whose server, and until when. */
export type SessionUse = { peer: string; site: SftpSite; signal: AbortSignal }

/** The sessions of a hub. */
export type SftpSessions = {
  /**
   * Runs work in a session of the peer, which it may share with other work. Nothing is repeated: what fails, fails
   * (SftpFault), and the next use makes a new session.
   */
  use<T>(use: SessionUse, work: (files: SftpFiles) => Promise<T>): Promise<T>
  /** Room for the bytes of files that are read, for all peers together. */
  readonly room: ByteGate
  /** Ends all sessions; later uses end as aborted. */
  close(): Promise<void>
}

type Slot = {
  readonly key: string
  readonly peer: string
  readonly wire: Promise<SftpWire>
  /** Its wire once it is there. */
  opened: SftpWire | undefined
  users: number
  idleTimer: NodeJS.Timeout | undefined
}

/** Makes the sessions; they are opened when they are needed. */
export function createSftpSessions(options: SftpSessionsOptions): SftpSessions {
  const { idleMs = limits.sftpIdleMs, onEvent } = options
  const open = new Map<string, Slot[]>()
  const end = new AbortController()

  function forget(slot: Slot): boolean {
    clearTimeout(slot.idleTimer)
    const left = open.get(slot.key)?.filter((other) => other !== slot) ?? []
    const wasKnown = left.length !== open.get(slot.key)?.length
    if (left.length > 0) open.set(slot.key, left)
    else open.delete(slot.key)
    return wasKnown
  }
  function start(key: string, { peer, site }: SessionUse): Slot {
    const wire = connect({ peer, site, signal: end.signal }, options)
    const slot: Slot = { key, peer, wire, opened: undefined, users: 0, idleTimer: undefined }
    open.set(key, [...(open.get(key) ?? []), slot])
    wire.then(
      (opened) => {
        slot.opened = opened
        return opened.closed.then(() => {
          if (forget(slot)) onEvent({ kind: 'closed', peer, why: 'lost' })
        })
      },
      () => forget(slot),
    )
    return slot
  }
  /** An idle session, else a new one, else the one with the least to do. */
  function choose(use: SessionUse): Slot {
    const key = JSON.stringify([use.peer, use.site.address, [...use.site.hostKeys].sort()])
    const slots = open.get(key) ?? []
    const [least] = slots
      .filter(({ opened }) => opened?.isOpen !== false)
      .toSorted((a, b) => a.users - b.users)
    if (least === undefined) return start(key, use)
    return least.users > 0 && slots.length < limits.sftpSessionsPerPeerMax ? start(key, use) : least
  }
  function rest(slot: Slot): void {
    slot.idleTimer = setTimeout(() => {
      if (forget(slot)) onEvent({ kind: 'closed', peer: slot.peer, why: 'idle' })
      void slot.wire.then((wire) => wire.close())
    }, idleMs).unref()
  }

  return {
    room: createByteGate(limits.sftpBytesInFlightMax),
    async use(use, work) {
      if (end.signal.aborted) throw new SftpFault('aborted', 'the sessions are closed')
      const slot = choose(use)
      slot.users += 1
      clearTimeout(slot.idleTimer)
      try {
        return await work(filesOf(await untilAborted(slot.wire, use.signal), use.signal))
      } finally {
        slot.users -= 1
        if (slot.users === 0 && open.get(slot.key)?.includes(slot) === true) rest(slot)
      }
    },
    async close() {
      end.abort()
      const slots = [...open.values()].flat()
      for (const slot of slots) forget(slot)
      await Promise.allSettled(slots.map(async ({ wire }) => (await wire).close()))
    },
  }
}

async function connect({ peer, site, signal }: SessionUse, options: SftpSessionsOptions): Promise<SftpWire> {
  const { allowPrivateAddresses, onEvent, keys, resolve } = options
  const { connectTimeoutMs = limits.connectTimeoutMs } = options
  const { operationTimeoutMs = limits.sftpOperationTimeoutMs } = options
  const startedMs = performance.now()
  try {
    const address = readSftpAddress(site.address, allowPrivateAddresses)
    if ('forbidden' in address)
      throw new SftpFault('forbidden', 'not an address of a peer', address.forbidden)
    const connection = await connectSftp({
      address,
      hostKeys: site.hostKeys,
      keys: keys(),
      lookup: guardedLookup(allowPrivateAddresses, resolve),
      timeoutMs: connectTimeoutMs,
      signal,
      onStrangeHostKey: (fingerprint) => onEvent({ kind: 'host-key', peer, fingerprint }),
      onUnreadableKey: (index) => onEvent({ kind: 'key-unreadable', peer, index }),
    })
    onEvent({ kind: 'connected', peer, durationMs: performance.now() - startedMs })
    return openWire(connection, operationTimeoutMs)
  } catch (error) {
    const why = error instanceof SftpFault ? (error.reason ?? error.kind) : 'failed'
    onEvent({ kind: 'connect-failed', peer, why })
    throw error
  }
}

/** Waits for a session that others may wait for too, until the signal. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(new SftpFault('aborted', 'ended by us'))
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
