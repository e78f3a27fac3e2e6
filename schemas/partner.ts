// Operators, peers and grants: who owns codes, who is a next hop, who may speak for whom (RULES 1-4).

import { type Static, Type } from 'typebox'
import { type SftpSite, SftpSiteRow } from './sftp.ts'
import { VerdictPolicyRow } from './verdict/policy.ts'

const day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', description: 'Day, UTC, yyyy-mm-dd' })

/** A code of an operator with the time it belonged to it: codes change hands (domain: operator table is history). */
const CodeRow = Type.Object(
  {
    code: Type.String({
      // Receipts can name no other characters: Квитанции/@Получатель is [A-Z0-9]{3} in the published schema.
      pattern: '^[A-Za-z0-9]{3}$',
      description: 'Operator code, compared without case',
    }),
    from: Type.Optional(day),
    to: Type.Optional(day),
    note: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { additionalProperties: false },
)

/** An EDO operator. Inactive operators still give their name to an id. */
export const Operator = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
    name: Type.String({ minLength: 1, maxLength: 300 }),
    inn: Type.Optional(Type.String({ pattern: '^[0-9]{10}$' })),
    active: Type.Boolean(),
    codes: Type.Array(CodeRow, { minItems: 1, maxItems: 50 }),
    note: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  { additionalProperties: false },
)
export type Operator = Static<typeof Operator>

/** A registered signing certificate of a peer. Several may overlap while keys are rotated. */
const PeerCertificate = Type.Object(
  {
    pem: Type.String({ maxLength: 100_000, description: 'Certificate in PEM, or its DER in base64' }),
    from: Type.Optional(day),
    to: Type.Optional(day),
  },
  { additionalProperties: false },
)

/** What a peer may be sent, and what is done for it. */
export const PeerPolicy = Type.Object(
  {
    relay: Type.Union([Type.Literal('repack'), Type.Literal('original')], { default: 'repack' }),
    signAs: Type.String({ default: 'hub', maxLength: 40, description: 'hub, or a home operator code' }),
    idempotentByName: Type.Boolean({
      default: true,
      description: 'A repeated package name has no second effect',
    }),
    invitations: Type.Boolean({ default: true, description: 'The peer takes invitations' }),
    invitationDocuments: Type.Boolean({
      default: false,
      description: 'The peer takes a document inside an invitation',
    }),
    unknownParent: Type.Union([Type.Literal('forward'), Type.Literal('refuse')], { default: 'forward' }),
    linkless: Type.Union([Type.Literal('refuse'), Type.Literal('hold'), Type.Literal('pass')], {
      default: 'pass',
      description: 'What becomes of messages between subscribers who have no link',
    }),
    packageMessagesMax: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
    packageBytesMax: Type.Integer({ minimum: 10_000, maximum: 268_435_456, default: 33_554_432 }),
    gatherMs: Type.Integer({
      minimum: 0,
      maximum: 60_000,
      default: 20,
      description: 'Wait for more messages to one package',
    }),
    connectionsMax: Type.Integer({ minimum: 1, maximum: 64, default: 4 }),
    retryMs: Type.Array(Type.Integer({ minimum: 100 }), {
      minItems: 1,
      maxItems: 50,
      default: [1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000],
      description: 'Waits after each failed attempt; the last repeats until retryForMs is over',
    }),
    retryForMs: Type.Integer({ minimum: 1000, default: 172_800_000 }),
    receiptWithinMs: Type.Integer({
      minimum: 1000,
      default: 86_400_000,
      description: 'Processing receipt expected in',
    }),
    overdueHoldMs: Type.Integer({
      minimum: 1000,
      default: 172_800_000,
      description: 'Overdue for so long: held',
    }),
    verdict: Type.Optional(VerdictPolicyRow),
    deliverTimeoutMs: Type.Integer({ minimum: 100, maximum: 600_000, default: 60_000 }),
  },
  { additionalProperties: false },
)
export type PeerPolicy = Static<typeof PeerPolicy>

/** A next hop: keys, transport, dialect, policies. */
export const Peer = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
    name: Type.String({ minLength: 1, maxLength: 300 }),
    state: Type.Union([Type.Literal('inactive'), Type.Literal('active'), Type.Literal('suspended')]),
    dialect: Type.String({ default: 'roseu' }),
    /** Where packages go, http, https or sftp (then that of `sftp`); absent while no exchange is set up. */
    address: Type.Optional(Type.String({ format: 'uri', maxLength: 2000 })),
    /** Addresses a package may name in Send-Receipt-To (RULES 14). */
    receiptAddresses: Type.Array(Type.String({ format: 'uri', maxLength: 2000 }), {
      maxItems: 20,
      default: [],
    }),
    certificates: Type.Array(PeerCertificate, { maxItems: 20, default: [] }),
    /** Present: the hub picks packages up there, whatever `address` says. */
    sftp: Type.Optional(SftpSiteRow),
    policy: Type.Partial(PeerPolicy, { default: {} }),
  },
  { additionalProperties: false },
)
export type Peer = Static<typeof Peer>

/** Lets a peer speak for an operator's codes. */
export const Grant = Type.Object(
  {
    peer: Type.String(),
    operator: Type.String(),
    from: Type.Optional(day),
    to: Type.Optional(day),
    basis: Type.String({ minLength: 1, maxLength: 500, description: 'Contract or letter it rests on' }),
    /** Lower goes first when several peers reach one operator. */
    preference: Type.Integer({ minimum: 0, maximum: 1000, default: 0 }),
  },
  { additionalProperties: false },
)
export type Grant = Static<typeof Grant>

/** A subscriber served by another operator than its code says. */
export const Override = Type.Object(
  {
    participant: Type.String({ minLength: 3, maxLength: 46 }),
    operator: Type.String(),
    reason: Type.String({ minLength: 1, maxLength: 500 }),
  },
  { additionalProperties: false },
)
export type Override = Static<typeof Override>

/** One file of operators/partners, and the body of a change through the admin API. */
export const PartnerFile = Type.Object(
  {
    operators: Type.Optional(Type.Array(Operator, { maxItems: 1000 })),
    peers: Type.Optional(Type.Array(Peer, { maxItems: 1000 })),
    grants: Type.Optional(Type.Array(Grant, { maxItems: 5000 })),
    overrides: Type.Optional(Type.Array(Override, { maxItems: 10_000 })),
  },
  { additionalProperties: false },
)
export type PartnerFile = Static<typeof PartnerFile>

/** A peer with its policy and its SFTP side completed from the defaults. */
export type PeerWithPolicy = Omit<Peer, 'policy' | 'sftp'> & {
  policy: PeerPolicy
  sftp?: SftpSite
}

/** Everything routing and the door need to know of partners, frozen at one moment. */
export type PartnerBook = {
  /** Grows with every change; cached decisions of an older edition are void. */
  edition: number
  operators: ReadonlyMap<string, Operator>
  peers: ReadonlyMap<string, PeerWithPolicy>
  grants: readonly Grant[]
  overrides: ReadonlyMap<string, Override>
  /** Upper-case code to the rows of operators that own or owned it. */
  codes: ReadonlyMap<string, readonly { operator: string; from?: string; to?: string }[]>
  /** SHA-256 thumbprint of a registered certificate to its peer and time. */
  thumbprints: ReadonlyMap<string, { peer: string; from?: string; to?: string }>
}
