// The traffic of a drill: who writes what to whom, composed and signed ahead, with what must come of it.

import { freeDocument } from '../../hub/simulate/documents.ts'
import {
  composeInvitation,
  composeMessage,
  composeSignature,
  type SimulatedMessage,
} from '../../hub/simulate/messages.ts'
import type { PreparedPackage } from '../../hub/simulate/packages.ts'
import type { SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import { parseParticipantId } from '../../schemas/ids.ts'
import type { RefusalCode } from '../../schemas/refusals.ts'
import { below, oneOf, type Random } from '../support/random.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

/** A message with what must come of it. */
export type PlannedMessage = {
  message: SimulatedMessage
  from: RelayPartner
  /** Whose record it must appear in, once; undefined: nobody's. */
  to: RelayPartner | undefined
  /** What its sender must be told, once. */
  told: 'success' | 'error'
  /** An earlier message it refers to: that one must arrive before it. */
  after?: SimulatedMessage
}

/** A package of planned messages, ready to be sent. */
export type PlannedPackage = {
  from: RelayPartner
  prepared: PreparedPackage
  messages: readonly PlannedMessage[]
  /** A service is told at once what a partner is told by a receipt: the code; of its messages nothing is kept then. */
  refusedAs?: RefusalCode
}

/** Packages that one sender sends one after another, each when the one before was answered. */
export type Errand = readonly PlannedPackage[]

/** Who takes part. `refuser` tells an error for everything it takes. */
export type Cast = { partners: readonly RelayPartner[]; refuser: RelayPartner }

const groupMax = 8
const sizes = [300, 1500, 6000, 20_000]
/** Everything is signed by its operator anyway; signatures of documents cost time and are merely carried. */
const signedShare = 0.2
const strangerId = '2ZX-7700000000-770001001-1'

/** Composes errands of so many messages in all. The same seed gives the same mix of partners, with other ids. */
export function planTraffic(cast: Cast, of: { messages: number; random: Random }): Errand[] {
  const errands: Errand[] = []
  for (let left = of.messages; left > 0; ) {
    const errand = planErrand(cast, of.random, left)
    left -= errand.reduce((sum, { messages }) => sum + messages.length, 0)
    errands.push(errand)
  }
  return errands
}

/** A document from each partner to the next, so that every transport is met in both directions. */
export function planRound({ partners }: Cast, random: Random): Errand[] {
  return partners.map((from, index) => {
    const to = partners[(index + 1) % partners.length] ?? from
    return [packed(from, [planDocument(random, from, to)])]
  })
}

function planErrand(cast: Cast, random: Random, messagesMax: number): Errand {
  const from = oneOf(random, cast.partners)
  const roll = random.next()
  if (roll < 0.03) return [planStranger(from)]
  if (roll < 0.06) {
    return [packed(from, [{ ...planDocument(random, from, cast.refuser), told: 'error' }])]
  }
  const to = oneOf(
    random,
    cast.partners.filter((partner) => partner !== from),
  )
  if (roll < 0.12 && from.over !== 'home') return [packed(from, [planInvitation(random, from, to)])]
  if (roll < 0.27 && messagesMax >= 2) return planFamily(random, from, to)
  if (roll < 0.4 && messagesMax >= 2) {
    const count = Math.min(messagesMax, 2 + below(random, groupMax - 1))
    const isMixed = random.next() < 0.5
    const others = cast.partners.filter((partner) => partner !== from)
    const group = Array.from({ length: count }, () =>
      planDocument(random, from, isMixed ? oneOf(random, others) : to),
    )
    return [packed(from, group)]
  }
  return [packed(from, [planDocument(random, from, to)])]
}

/**
 * A document and what refers to it between the same two: another document, or a signature alone; in a later package
 * or in the same.
 */
function planFamily(random: Random, from: RelayPartner, to: RelayPartner): Errand {
  const pair = pairOf(random, from, to)
  const parent = planDocument(random, from, to, pair)
  const [document] = parent.message.documents
  if (document === undefined) return [packed(from, [parent])]
  const at = new Date()
  const message =
    random.next() < 0.25
      ? composeSignature({ ...pair, at, document })
      : composeMessage({
          ...pair,
          at,
          documents: [freeDocument({ at, size: 400, parents: [document.id] })],
          signed: false,
        })
  const child: PlannedMessage = { message, from, to, told: 'success', after: parent.message }
  if (random.next() < 0.3) return [packed(from, [parent, child])]
  return [packed(from, [parent]), packed(from, [child])]
}

type Pair = { from: SimulatedSubscriber; to: SimulatedSubscriber }

function pairOf(random: Random, from: RelayPartner, to: RelayPartner): Pair {
  return { from: oneOf(random, from.subscribers), to: oneOf(random, to.subscribers) }
}

function planDocument(
  random: Random,
  from: RelayPartner,
  to: RelayPartner,
  pair: Pair = pairOf(random, from, to),
): PlannedMessage {
  const at = new Date()
  const document = freeDocument({ at, size: oneOf(random, sizes) })
  const message = composeMessage({
    ...pair,
    at,
    documents: [document],
    signed: random.next() < signedShare,
  })
  return { message, from, to, told: 'success' }
}

function planInvitation(random: Random, from: RelayPartner, to: RelayPartner): PlannedMessage {
  const message = composeInvitation({
    ...pairOf(random, from, to),
    type: random.next() < 0.8 ? 'ask' : 'break',
    at: new Date(),
  })
  return { message, from, to, told: 'success' }
}

/** To a participant of an operator nobody knows: the hub itself says no. */
function planStranger(from: RelayPartner): PlannedPackage {
  const id = parseParticipantId(strangerId)
  if (id === undefined) throw new Error(`${strangerId} is a participant`)
  const stranger: Pick<SimulatedSubscriber, 'id'> = { id }
  const at = new Date()
  const message = composeMessage({
    from: from.subscriber,
    to: stranger,
    at,
    documents: [freeDocument({ at, size: 300 })],
    signed: false,
  })
  if (from.over !== 'home') return packed(from, [{ message, from, to: undefined, told: 'error' }])
  return { from, prepared: from.pack([message]), messages: [], refusedAs: 'route.unknown-operator' }
}

function packed(from: RelayPartner, messages: readonly PlannedMessage[]): PlannedPackage {
  return { from, prepared: from.pack(messages.map(({ message }) => message)), messages }
}
