// A simulated partner operator: takes packages from the hub, tells what became of them, sends its own.

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { createHttpCourier } from '../../operators/transports/http-client.ts'
import type { OperatorCode } from '../../schemas/ids.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import type { Outcome } from '../../schemas/transport.ts'
import { certificatePem } from '../trust/pki/files.ts'
import { createSigner } from '../trust/sign.ts'
import { type BehaviourName, type BehaviourOptions, Conduct } from './behaviours.ts'
import { startIntake } from './intake.ts'
import type { SimulatedMessage } from './messages.ts'
import { type PreparedPackage, packMessages, packReceipts } from './packages.ts'
import { Reception } from './reception.ts'
import { PartnerRecord } from './record.ts'
import type { SimulatedParty } from './subscriber.ts'
import type { CheckDepth } from './take.ts'
import { makeTeller } from './tell.ts'

/** How to start one. */
export type SimulatedOperatorOptions = {
  party: SimulatedParty
  /** 127.0.0.1 and any free port unless given. */
  host?: string
  port?: number
  /** How long a message is "processed" before its receipt is sent, ms. */
  receiptDelayMs?: number
  /** How much of what arrives is checked; `documents` unless given. */
  checks?: CheckDepth
  /** Connections to the hub at once. */
  connectionsMax?: number
  /** How long one attempt to send may take, ms. */
  sendTimeoutMs?: number
  /** Called when processing receipts of its own were answered. */
  onTold?(items: readonly ReceiptItem[], outcome: Outcome): void
}

/** A running partner operator. */
export type SimulatedOperator = {
  readonly code: OperatorCode
  readonly name: string
  /** Where it takes packages: the address of its peer at the hub. */
  readonly address: string
  /** Its certificate in PEM, to be registered at the hub. */
  readonly certificate: string
  /** What it got. */
  readonly record: PartnerRecord
  /** Where its packages go, and by whom packages to it may be signed (SHA-256 thumbprints; anybody if absent). */
  connect(hub: { address: string; signers?: readonly string[] }): void
  /** From now on it behaves so; see behaviours.ts. */
  behave(name: BehaviourName, options?: BehaviourOptions): void
  /** Signs a package with these messages; nothing is sent yet. */
  pack(messages: readonly SimulatedMessage[], options?: { name?: string }): PreparedPackage
  /** Signs a package of processing receipts to an operator. */
  packReceipts(items: readonly ReceiptItem[], operator: OperatorCode): PreparedPackage
  /** One attempt to send a package. */
  send(prepared: Pick<PreparedPackage, 'name' | 'bytes'>): Promise<Outcome>
  /**
   * Sends it again and again, the same bytes under the same name, until it is accepted or refused, or `withinMs` (for
   * ever unless given) is over; then the last outcome stands.
   */
  deliver(
    prepared: Pick<PreparedPackage, 'name' | 'bytes'>,
    options?: { withinMs?: number },
  ): Promise<Outcome>
  /** Resolves when no receipt is owed any more. */
  settled(): Promise<void>
  close(): Promise<void>
}

const defaults = { host: '127.0.0.1', port: 0, receiptDelayMs: 5, connectionsMax: 8, sendTimeoutMs: 30_000 }
const retryFirstMs = 50
const retryLastMs = 1000

/** What a transport gives to a partner: where it takes packages, and one attempt to send one. */
export type PartnerTransport = {
  address: string
  send(prepared: Pick<PreparedPackage, 'name' | 'bytes'>): Promise<Outcome>
  close(): Promise<void>
}

/** What a transport gets. The signal ends everything under way when the partner is closed. */
export type TransportNeeds = {
  reception: Reception
  /** The hub's address as it was connected. */
  hubAddress(): string
  signal: AbortSignal
}

/** Starts a partner operator over HTTP: it listens when this resolves. */
export async function startSimulatedOperator(options: SimulatedOperatorOptions): Promise<SimulatedOperator> {
  const { host, port, connectionsMax, sendTimeoutMs } = { ...defaults, ...options }
  return assembleOperator(options, async ({ reception, hubAddress, signal }) => {
    const courier = createHttpCourier({ allowPrivateAddresses: true, connectionsMax })
    const intake = await startIntake({ host, port, reception })
    return {
      address: intake.address,
      send: ({ name, bytes }) =>
        courier.send({
          peer: 'hub',
          address: hubAddress(),
          name,
          bytes,
          receiptAddress: intake.address,
          timeoutMs: sendTimeoutMs,
          signal,
        }),
      async close() {
        await intake.close()
        await courier.close()
      },
    }
  })
}

/** Puts a partner together around a transport: signing, recording, receipts, sending until it is answered. */
export async function assembleOperator(
  options: SimulatedOperatorOptions,
  open: (needs: TransportNeeds) => Promise<PartnerTransport>,
): Promise<SimulatedOperator> {
  const { party, checks = 'documents' } = options
  const { receiptDelayMs } = { ...defaults, ...options }
  const signer = createSigner(party.identity)
  const record = new PartnerRecord(`${party.code} ${party.name}`)
  const conduct = new Conduct()
  const closing = new AbortController()
  let hub: { address: string; signers?: readonly string[] } | undefined

  const packItems = (items: readonly ReceiptItem[], operator: OperatorCode) =>
    packReceipts(signer, { items, operator, at: new Date() })

  async function deliver(
    prepared: Pick<PreparedPackage, 'name' | 'bytes'>,
    { withinMs = Number.POSITIVE_INFINITY }: { withinMs?: number } = {},
  ): Promise<Outcome> {
    const untilMs = performance.now() + withinMs
    for (let waitMs = retryFirstMs; ; waitMs = Math.min(retryLastMs, waitMs * 2)) {
      const outcome = await transport.send(prepared)
      if (outcome.class !== 'transient' && outcome.class !== 'ambiguous') return outcome
      if (performance.now() + waitMs > untilMs) return outcome
      await pause(waitMs, undefined, { signal: closing.signal })
    }
  }

  const teller = makeTeller({
    delayMs: receiptDelayMs,
    async deliver(items, operator) {
      // Not inside the optional call, which would leave the telling out where nobody listens.
      const outcome = await deliver(packItems(items, operator))
      options.onTold?.(items, outcome)
    },
    onFault: (error) => record.fail(error),
    signal: closing.signal,
  })
  const signers = () => hub?.signers
  const reception = new Reception({ record, conduct, checks, signers, onTaken: teller.tell })
  const hubAddress = () => {
    assert(hub !== undefined, `${party.code} is not connected to a hub`)
    return hub.address
  }
  const transport = await open({ reception, hubAddress, signal: closing.signal })
  return {
    code: party.code,
    name: party.name,
    address: transport.address,
    certificate: certificatePem(party.identity.certificate),
    record,
    connect(to) {
      hub = to
    },
    behave: (name, how) => conduct.set(name, how),
    pack: (messages, how = {}) => packMessages(signer, { messages, at: new Date(), ...how }),
    packReceipts: packItems,
    send: async (prepared) => transport.send(prepared),
    deliver,
    settled: teller.settled,
    async close() {
      closing.abort()
      await transport.close()
      await teller.settled()
    },
  }
}
