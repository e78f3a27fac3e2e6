// What a simulated partner got, with digests, and waiting for it by events.

import type { LinkEventView } from '../../schemas/links/api.ts'
import type { ReceiptItem } from '../../schemas/package.ts'

/** One arrival of a package over HTTP, whatever became of it. The same name may arrive many times. */
export type RecordedArrival = {
  name: string
  /** Undefined when the body did not come in whole. */
  sha256: string | undefined
  bytes: number
  at: Date
  behaviour: string
  /** The status answered, now or later; 0 for none. */
  status: number
  /** True when it got its stored answer and had no further effect. */
  repeated: boolean
  receiptAddress: string | undefined
}

/** A package that was taken: it counts once, however often it arrived. */
export type RecordedPackage = {
  name: string
  sha256: string
  bytes: number
  at: Date
  kind: 'messages' | 'receipts'
  /** SHA-256 thumbprint of who signed it. */
  signer: string
}

/** A message that was taken. */
export type RecordedMessage = {
  id: string
  kind: 'message' | 'invitation'
  invitation: 'ask' | 'break' | undefined
  /** Комментарий of an invitation. */
  comment?: string | undefined
  package: string
  sender: string
  recipient: string
  /** SHA-256 over the entries (RULES 12): equal to the sender's when nothing changed on the way. */
  contentSha256: string
  documents: { id: string; type: string; fileName: string; sha256: string; parents: readonly string[] }[]
  /** `isRight` is undefined when the signed document is not in the message or signatures are not checked. */
  signatures: {
    id: string
    document: string
    signer: string
    bytes: Uint8Array
    isRight: boolean | undefined
  }[]
  at: Date
}

/** A processing receipt this partner was told. */
export type RecordedReceipt = { package: string; item: ReceiptItem; at: Date }

/** How long a wait may last unless told otherwise, ms. */
const waitWithinMs = 15_000

/** What is added to a record at once. */
export type RecordNews = {
  arrival?: RecordedArrival
  package?: RecordedPackage
  messages?: readonly RecordedMessage[]
  receipts?: readonly RecordedReceipt[]
  /** Of links and invitations, as a home service reads them. */
  events?: readonly LinkEventView[]
}

/** Who is told of everything as it comes. */
export type RecordListener = { news(news: RecordNews): void; fault(error: unknown): void }

type Waiter = { check(): boolean; fail(error: unknown): void }

/** Everything a partner got, in the order it came. Read the lists at any time; wait by the methods. */
export class PartnerRecord {
  readonly arrivals: RecordedArrival[] = []
  readonly packages: RecordedPackage[] = []
  readonly messages: RecordedMessage[] = []
  readonly receipts: RecordedReceipt[] = []
  readonly events: LinkEventView[] = []
  readonly #who: string
  readonly #counts = new Map<string, number>()
  readonly #byId = new Map<string, RecordedMessage[]>()
  readonly #receiptsById = new Map<string, RecordedReceipt[]>()
  readonly #waiters = new Set<Waiter>()
  readonly #listeners: RecordListener[] = []
  #fault: { error: unknown } | undefined

  constructor(who: string) {
    this.#who = who
  }

  /** How often a message of this content was taken; 1 is what everybody hopes for. */
  countOf(contentSha256: string): number {
    return this.#counts.get(contentSha256) ?? 0
  }

  /** Messages taken under an ИдЛС. */
  messagesOf(id: string): readonly RecordedMessage[] {
    return this.#byId.get(id) ?? []
  }

  /** Receipts told for an ИдЛС. */
  receiptsOf(id: string): readonly RecordedReceipt[] {
    return this.#receiptsById.get(id) ?? []
  }

  /** Resolves with the message of an ИдЛС once it is taken. */
  waitForMessage(id: string, withinMs?: number): Promise<RecordedMessage> {
    return this.waitFor(() => this.messagesOf(id)[0], `message ${id}`, withinMs)
  }

  /** Resolves with the first message of a content once it is taken, whatever its ИдЛС. */
  waitForContent(contentSha256: string, withinMs?: number): Promise<RecordedMessage> {
    const find = () => this.messages.find((message) => message.contentSha256 === contentSha256)
    return this.waitFor(find, `content ${contentSha256}`, withinMs)
  }

  /** Resolves once so many messages were taken in all. */
  async waitForMessages(count: number, withinMs?: number): Promise<readonly RecordedMessage[]> {
    const find = () => (this.messages.length >= count ? this.messages : undefined)
    return this.waitFor(find, () => `${count} messages, ${this.messages.length} came`, withinMs)
  }

  /** Resolves with the first receipt told for an ИдЛС. */
  waitForReceipt(id: string, withinMs?: number): Promise<RecordedReceipt> {
    return this.waitFor(() => this.receiptsOf(id)[0], `receipt for ${id}`, withinMs)
  }

  /** Resolves once so many receipts were told in all. */
  async waitForReceipts(count: number, withinMs?: number): Promise<readonly RecordedReceipt[]> {
    const find = () => (this.receipts.length >= count ? this.receipts : undefined)
    return this.waitFor(find, () => `${count} receipts, ${this.receipts.length} came`, withinMs)
  }

  /** Resolves with the first event of a link or an invitation that matches. */
  waitForEvent(
    matches: (event: LinkEventView) => boolean,
    what: string,
    withinMs?: number,
  ): Promise<LinkEventView> {
    const seen = () => this.events.map(({ news, saidBy }) => `${news} by ${saidBy}`).join(', ')
    return this.waitFor(
      () => this.events.find(matches),
      () => `event ${what}, there are: ${seen()}`,
      withinMs,
    )
  }

  /** Resolves once a package arrived so many times in all, taken or not. */
  async waitForArrivals(count: number, withinMs?: number): Promise<readonly RecordedArrival[]> {
    const find = () => (this.arrivals.length >= count ? this.arrivals : undefined)
    return this.waitFor(find, () => `${count} arrivals, ${this.arrivals.length} came`, withinMs)
  }

  /** Resolves with what `find` gives once it gives something; asked again after every change of the record. */
  waitFor<Found>(
    find: () => Found | undefined,
    what: string | (() => string),
    withinMs = waitWithinMs,
  ): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>()
    const end = () => {
      clearTimeout(timer)
      this.#waiters.delete(waiter)
    }
    const waiter: Waiter = {
      check: () => {
        const found = find()
        if (found === undefined) return false
        end()
        resolve(found)
        return true
      },
      fail: (error) => {
        end()
        reject(error)
      },
    }
    const timer = setTimeout(() => {
      const text = typeof what === 'string' ? what : what()
      waiter.fail(new Error(`${this.#who} waited ${withinMs} ms in vain for ${text}`))
    }, withinMs)
    if (this.#fault !== undefined) waiter.fail(this.#fault.error)
    else if (!waiter.check()) this.#waiters.add(waiter)
    return promise
  }

  /** Tells of everything from now on. */
  listen(listener: RecordListener): void {
    this.#listeners.push(listener)
  }

  /** The partner itself is broken: every wait, now and later, ends with this error. */
  fail(error: unknown): void {
    this.#fault ??= { error }
    for (const waiter of [...this.#waiters]) waiter.fail(error)
    for (const listener of this.#listeners) listener.fault(error)
  }

  /** Adds to the record and wakes whoever waits. */
  add(news: RecordNews): void {
    if (news.arrival !== undefined) this.arrivals.push(news.arrival)
    if (news.package !== undefined) this.packages.push(news.package)
    for (const message of news.messages ?? []) {
      this.messages.push(message)
      this.#counts.set(message.contentSha256, this.countOf(message.contentSha256) + 1)
      this.#byId.set(message.id, [...this.messagesOf(message.id), message])
    }
    for (const receipt of news.receipts ?? []) {
      this.receipts.push(receipt)
      const { message } = receipt.item
      this.#receiptsById.set(message, [...this.receiptsOf(message), receipt])
    }
    this.events.push(...(news.events ?? []))
    for (const waiter of [...this.#waiters]) waiter.check()
    for (const listener of this.#listeners) listener.news(news)
  }
}
