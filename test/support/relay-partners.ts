// Simulated partners for tests: an operator with subscribers and keys, and the rows that register it at a hub.

import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage, type SimulatedMessage } from '../../hub/simulate/messages.ts'
import {
  type SimulatedOperator,
  type SimulatedOperatorOptions,
  startSimulatedOperator,
} from '../../hub/simulate/operator.ts'
import {
  SimulatedAuthority,
  type SimulatedParty,
  type SimulatedSubscriber,
} from '../../hub/simulate/subscriber.ts'
import type { DocumentId } from '../../schemas/ids.ts'
import type { PartnerFile, Peer, PeerPolicy } from '../../schemas/partner.ts'

/** A simulated operator with its subscribers, known to the hub as the peer `peer`. */
export type RelayPartner = SimulatedOperator & {
  peer: string
  party: SimulatedParty
  subscribers: readonly SimulatedSubscriber[]
  /** The first of the subscribers. */
  subscriber: SimulatedSubscriber
  /** A signed message with one free-form document of incompressible bytes, which may refer to others by their ids. */
  message(
    to: { subscriber: SimulatedSubscriber },
    options?: { size?: number; at?: Date; parents?: readonly string[] },
  ): SimulatedMessage
}

/** How a partner is made; the code decides everything that is not given. */
export type PartnerOptions = Omit<SimulatedOperatorOptions, 'party'> & {
  code: string
  /** 1 unless given. */
  subscribers?: number
  curve?: string
  /** Added to the policy of all partners. */
  policy?: Partial<PeerPolicy>
  state?: Peer['state']
  dialect?: string
}

/** Retries within tenths of seconds, receipts within a minute. */
export const fastPolicy: Partial<PeerPolicy> = {
  gatherMs: 5,
  retryMs: [100, 200, 400],
  retryForMs: 60_000,
  deliverTimeoutMs: 1000,
  receiptWithinMs: 60_000,
  overdueHoldMs: 60_000,
}

let authority: SimulatedAuthority | undefined

/** Makes keys and starts the operator. */
export async function startPartner(options: PartnerOptions): Promise<RelayPartner> {
  authority ??= new SimulatedAuthority()
  const { code, subscribers: count = 1, curve } = options
  const ofCurve = curve === undefined ? {} : { curve }
  const party = authority.operator({ code, name: `Оператор ${code}`, inn: innOf(code, 0), ...ofCurve })
  const known = authority
  const subscribers = Array.from({ length: count }, (_, index) => {
    const inn = innOf(code, index + 1)
    return known.subscriber({
      id: `${code}-${inn}-77410100${index}-1`,
      name: `ООО "Абонент ${index + 1}"`,
      inn,
      ...ofCurve,
    })
  })
  const [subscriber] = subscribers
  if (subscriber === undefined) throw new RangeError('a partner has at least one subscriber')
  const operator = await startSimulatedOperator({ ...options, party })
  return {
    ...operator,
    peer: code.toLowerCase(),
    party,
    subscribers,
    subscriber,
    message: (to, { size = 2000, at = new Date(), parents = [] } = {}) => {
      const document = freeDocument({ at, size, parents: parents as readonly DocumentId[] })
      return composeMessage({ from: subscriber, to: to.subscriber, at, documents: [document] })
    },
  }
}

/** The rows of operator, peer and grant for partners. */
export function partnerRows(
  partners: readonly RelayPartner[],
  optionsOf: (partner: RelayPartner) => PartnerOptions,
  policy: Partial<PeerPolicy>,
): PartnerFile {
  return {
    operators: partners.map(({ peer, name, code }) => ({
      id: `op-${peer}`,
      name,
      active: true,
      codes: [{ code }],
    })),
    peers: partners.map((partner) => {
      const options = optionsOf(partner)
      return {
        id: partner.peer,
        name: partner.name,
        state: options.state ?? 'active',
        dialect: options.dialect ?? 'roseu',
        address: partner.address,
        receiptAddresses: [],
        certificates: [{ pem: partner.certificate }],
        policy: { ...fastPolicy, ...policy, ...options.policy },
      }
    }),
    grants: partners.map(({ peer }) => ({ peer, operator: `op-${peer}`, basis: 'test', preference: 0 })),
  }
}

/** Ten digits that tell one party of the tests from another; nobody checks them in transit. */
function innOf(code: string, index: number): string {
  const digits =
    [...code].reduce((sum, character) => sum * 37 + (character.codePointAt(0) ?? 0), 7) % 1_000_000
  return `77${String(digits).padStart(6, '0')}${String(index).padStart(2, '0')}`
}
