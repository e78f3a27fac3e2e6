// Reads the inbox of a simulated home service on and on, and answers what comes.

import { setTimeout as pause } from 'node:timers/promises'
import type { Behaviour, Conduct } from './behaviours.ts'
import type { ApiCall } from './home-client.ts'
import {
  acknowledgeAs,
  type InboxEntry,
  type InboxItem,
  isLinkItem,
  readInboxMessage,
  receiptOf,
} from './home-inbox.ts'
import type { PartnerRecord, RecordedMessage } from './record.ts'

/** What a reader works with. */
export type InboxReaderOptions = {
  call: ApiCall
  record: PartnerRecord
  conduct: Conduct
  /** How long a message is "processed" before it is acknowledged, ms. */
  delayMs: number
  signal: AbortSignal
}

/** A reader of one inbox. */
export type InboxReader = {
  /** Entries in the order they were read, each once it was dealt with. */
  readonly inbox: readonly ReadInboxEntry[]
  /**
   * Reads behind a cursor, or from the first entry on, until the signal ends it; what fails is read again, so that nothing
   * is passed by or taken twice.
   */
  readOn(begin: string | undefined): Promise<void>
  /** Resolves when no acknowledgement is owed any more. */
  settled(): Promise<void>
}

/** An entry that was read; `message` is the id the hub gave it, of news of links that of the event. */
export type ReadInboxEntry = { position: number; kind: InboxEntry['kind']; message: string }

const retryMs = 50
const waitS = 10

/** Makes a reader that begins at the first entry. */
export function makeInboxReader({ call, record, conduct, delayMs, signal }: InboxReaderOptions): InboxReader {
  const owed = new Set<Promise<void>>()
  const inbox: ReadInboxEntry[] = []
  const wait = () => pause(retryMs, undefined, { signal })

  async function take(item: InboxEntry): Promise<void> {
    if (isLinkItem(item)) {
      record.add({ events: [item.event] })
      return
    }
    if (item.kind === 'answer') {
      record.add({ receipts: [receiptOf(item)] })
      return
    }
    let taken = await readInboxMessage(call, item)
    for (; taken === undefined; taken = await readInboxMessage(call, item)) await wait()
    const behaviour = conduct.next()
    record.add({ messages: [taken] })
    const answered = answer(item, taken, behaviour)
    owed.add(answered)
    void answered.finally(() => owed.delete(answered))
  }

  async function answer(item: InboxItem, taken: RecordedMessage, behaviour: Behaviour): Promise<void> {
    try {
      await pause(delayMs, undefined, { signal })
      await acknowledgeAs(call, item, taken, behaviour, wait)
    } catch (error) {
      if (!signal.aborted) record.fail(error)
    }
  }

  return {
    inbox,
    async readOn(begin) {
      let after = begin
      while (!signal.aborted) {
        const cursor = after === undefined ? '' : `after=${after}&`
        const page = await call({ method: 'GET', path: `/inbox?${cursor}waitS=${waitS}` })
        if (page.outcome.class !== 'accepted') {
          await wait()
          continue
        }
        const { items, next } = page.json as { items: InboxEntry[]; next: string }
        for (const item of items) {
          await take(item)
          const { id } = isLinkItem(item) ? item.event : item.message
          inbox.push({ position: item.position, kind: item.kind, message: id })
        }
        after = next
      }
    },
    async settled() {
      while (owed.size > 0) await Promise.all(owed)
    },
  }
}
