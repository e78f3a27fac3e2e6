// Simulated partners for tests: an operator with subscribers and keys, and the rows that register it at a hub.

import { freeDocument } from '../../hub/simulate/documents.ts'
import { type SimulatedHome, startSimulatedHome } from '../../hub/simulate/home.ts'
import { composeMessage, type SimulatedMessage } from '../../hub/simulate/messages.ts'
import {
  type SimulatedOperator,
  type SimulatedOperatorOptions,
  startSimulatedOperator,
} from '../../hub/simulate/operator.ts'
import {
  type SftpOperator,
  type SftpOperatorOptions,
  startSftpOperator,
} from '../../hub/simulate/sftp/operator.ts'
import {
  SimulatedAuthority,
  type SimulatedParty,
  type SimulatedSubscriber,
} from '../../hub/simulate/subscriber.ts'
import { type DocumentId, homePeerOf } from '../../schemas/ids.ts'
import type { PartnerFile, Peer, PeerPolicy } from '../../schemas/partner.ts'
import type { SftpSiteRow } from '../../schemas/sftp.ts'

/** How a partner exchanges with the hub: two transports of partner operators, and the API of home services. */
export type Over = 'http' | 'sftp' | 'home'

/** A simulated operator with its subscribers, known to the hub as the peer `peer`. */
export type RelayPartner = Omit<SimulatedOperator, 'connect'> & {
  connect(hub: { address: string; signers?: readonly string[]; key?: string }): void
  /** Name of its peer; of a home service, the name its home code stands under. */
  peer: string
  over: Over
  /** Its SFTP side, and how it lets the hub in. */
  sftp?: SftpOperator['sftp']
  authorise?: SftpOperator['authorise']
  /** What a home service read of its inbox. */
  inbox?: SimulatedHome['inbox']
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
  /** `http` unless given. */
  over?: Over
  /** What differs in its SFTP side. */
  site?: Partial<SftpSiteRow>
  /** Its folder, and someone else's server in front of it. */
  place?: Pick<SftpOperatorOptions, 'folder' | 'server'>
  /** 1 unless given. */
  subscribers?: number
  curve?: string
  /** Who issues its certificates; one for all tests unless given. */
  authority?: SimulatedAuthority
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

let shared: SimulatedAuthority | undefined

function sharedAuthority(): SimulatedAuthority {
  shared ??= new SimulatedAuthority()
  return shared
}

/** Makes keys and starts the operator. */
export async function startPartner(options: PartnerOptions): Promise<RelayPartner> {
  const known = options.authority ?? sharedAuthority()
  const { code, subscribers: count = 1, curve } = options
  const ofCurve = curve === undefined ? {} : { curve }
  const party = known.operator({ code, name: `Оператор ${code}`, inn: innOf(code, 0), ...ofCurve })
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
  const { over = 'http' } = options
  const operator = await startOver(over, { ...options, party })
  return {
    ...operator,
    over,
    peer: over === 'home' ? homePeerOf(party.code) : code.toLowerCase(),
    party,
    subscribers,
    subscriber,
    message: (to, { size = 2000, at = new Date(), parents = [] } = {}) => {
      const document = freeDocument({ at, size, parents: parents as readonly DocumentId[] })
      return composeMessage({ from: subscriber, to: to.subscriber, at, documents: [document] })
    },
  }
}

async function startOver(
  over: Over,
  options: PartnerOptions & SimulatedOperatorOptions,
): Promise<
  SimulatedOperator &
    Partial<Pick<SftpOperator, 'sftp' | 'authorise'>> &
    Partial<Pick<SimulatedHome, 'inbox'>>
> {
  switch (over) {
    case 'http':
      return startSimulatedOperator(options)
    case 'sftp':
      return startSftpOperator({ ...options, ...options.place, site: { ...fastSite, ...options.site } })
    case 'home':
      return startSimulatedHome(options)
  }
}

/** Looks within tenths of seconds. */
const fastSite: Partial<SftpSiteRow> = { pollMs: 50 }

/** The rows of operator, peer and grant for partners. */
export function partnerRows(
  partners: readonly RelayPartner[],
  optionsOf: (partner: RelayPartner) => PartnerOptions,
  policy: Partial<PeerPolicy>,
): PartnerFile {
  const peers = partners.filter(({ over }) => over !== 'home')
  return {
    operators: peers.map(({ peer, name, code }) => ({
      id: `op-${peer}`,
      name,
      active: true,
      codes: [{ code }],
    })),
    peers: peers.map((partner) => {
      const options = optionsOf(partner)
      return {
        id: partner.peer,
        name: partner.name,
        state: options.state ?? 'active',
        dialect: options.dialect ?? 'roseu',
        address: partner.address,
        receiptAddresses: [],
        certificates: [{ pem: partner.certificate }],
        ...(partner.sftp === undefined ? {} : { sftp: partner.sftp.row }),
        policy: { ...fastPolicy, ...policy, ...options.policy },
      }
    }),
    grants: peers.map(({ peer }) => ({ peer, operator: `op-${peer}`, basis: 'test', preference: 0 })),
  }
}

/** Ten digits that tell one party of the tests from another; nobody checks them in transit. */
function innOf(code: string, index: number): string {
  const digits =
    [...code].reduce((sum, character) => sum * 37 + (character.codePointAt(0) ?? 0), 7) % 1_000_000
  return `77${String(digits).padStart(6, '0')}${String(index).padStart(2, '0')}`
}
