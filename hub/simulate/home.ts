// A simulated service of our own operator: submits through the internal API, reads its inbox, acknowledges.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type PackageName, parsePackageName } from '../../schemas/ids.ts'
import type { Outcome } from '../../schemas/transport.ts'
import { type BehaviourName, type BehaviourOptions, Conduct } from './behaviours.ts'
import { type ApiCall, makeApiClient } from './home-client.ts'
import { makeInboxReader, type ReadInboxEntry } from './home-reader.ts'
import { requestOf } from './home-requests.ts'
import { sha256 } from './messages.ts'
import type { SimulatedOperator } from './operator.ts'
import type { PreparedPackage } from './packages.ts'
import { PartnerRecord } from './record.ts'
import type { SimulatedParty } from './subscriber.ts'

/** How to start one. */
export type SimulatedHomeOptions = {
  party: SimulatedParty
  /** How long a message is "processed" before it is acknowledged, ms. */
  receiptDelayMs?: number
  /** How long one call may take, ms. */
  sendTimeoutMs?: number
}

/** Like a partner operator, but for the address of its peer and its certificate, which it has not. */
export type SimulatedHome = Omit<SimulatedOperator, 'connect'> & {
  /**
   * Where the API is, and the key it is called with. The reading of the inbox begins, behind the cursor `after` or with
   * its first entry.
   */
  connect(hub: { address: string; key?: string; signers?: readonly string[]; after?: string }): void
  /** Entries of the inbox in the order they were read, each once it was dealt with. */
  readonly inbox: readonly ReadInboxEntry[]
}

const defaults = { receiptDelayMs: 5, sendTimeoutMs: 30_000 }
const retryFirstMs = 50
const retryLastMs = 1000

/** Starts a service. Its messages go one by one, each under a key of idempotency of its own. */
export function startSimulatedHome(options: SimulatedHomeOptions): SimulatedHome {
  const { party } = options
  const { receiptDelayMs, sendTimeoutMs } = { ...defaults, ...options }
  const record = new PartnerRecord(`${party.code} ${party.name}`)
  const conduct = new Conduct()
  const closing = new AbortController()
  const { signal } = closing
  let hub: { address: string; key: string } | undefined
  let reading: Promise<void> | undefined

  const call: ApiCall = (of) => {
    assert(hub !== undefined, `${party.code} is not connected to a hub`)
    return makeApiClient(hub, { timeoutMs: sendTimeoutMs, signal })(of)
  }

  const { send, deliver } = makeSubmitter(call, signal)
  const reader = makeInboxReader({ call, record, conduct, delayMs: receiptDelayMs, signal })

  return {
    code: party.code,
    name: party.name,
    address: 'internal API',
    certificate: '',
    record,
    inbox: reader.inbox,
    connect({ address, key, after }) {
      hub = { address, key: key ?? hub?.key ?? '' }
      reading ??= reader.readOn(after).catch((error: unknown) => {
        if (!signal.aborted) record.fail(error)
      })
    },
    behave: (name: BehaviourName, how?: BehaviourOptions) => conduct.set(name, how),
    pack(messages, { name } = {}) {
      const bytes = Buffer.from(JSON.stringify(messages.map(requestOf)))
      return { name: nameOf(name), bytes, sha256: sha256(bytes), messages, receipts: [] }
    },
    packReceipts: () => assert.fail('a service acknowledges, it packs no receipts'),
    send,
    deliver,
    settled: reader.settled,
    async close() {
      closing.abort()
      await reading
    },
  }
}

/** Submits the messages of a prepared package one by one. */
function makeSubmitter(call: ApiCall, signal: AbortSignal): Pick<SimulatedHome, 'send' | 'deliver'> {
  async function send({ name, bytes }: Pick<PreparedPackage, 'name' | 'bytes'>): Promise<Outcome> {
    const requests = JSON.parse(Buffer.from(bytes).toString('utf8')) as { id: string }[]
    let last: Outcome = accepted
    for (const request of requests) {
      const answer = await call({
        method: 'POST',
        path: '/messages',
        json: request,
        headers: { 'Idempotency-Key': `${name}:${request.id}` },
      })
      last = answer.outcome
      if (last.class !== 'accepted') return last
    }
    return last
  }

  async function deliver(
    prepared: Pick<PreparedPackage, 'name' | 'bytes'>,
    { withinMs = Number.POSITIVE_INFINITY }: { withinMs?: number } = {},
  ): Promise<Outcome> {
    const untilMs = performance.now() + withinMs
    for (let waitMs = retryFirstMs; ; waitMs = Math.min(retryLastMs, waitMs * 2)) {
      const outcome = await send(prepared)
      if (outcome.class !== 'transient' && outcome.class !== 'ambiguous') return outcome
      if (performance.now() + waitMs > untilMs) return outcome
      await pause(waitMs, undefined, { signal })
    }
  }
  return { send, deliver }
}

const accepted: Outcome = { class: 'accepted', status: 201, reason: 'answer.201', text: '', durationMs: 0 }
const nameBytes = 16

function nameOf(given: string | undefined): PackageName {
  const name = parsePackageName(given ?? `${randomBytes(nameBytes).toString('hex')}.cms`)
  assert(name !== undefined, `${given} is a name`)
  return name
}
