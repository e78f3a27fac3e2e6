// What the tests of waiting and re-addressed messages share: a hub with home codes, submissions, a УПД.

import { transferDocument } from '../../hub/simulate/documents.ts'
import type { SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import { signDetached } from '../../hub/trust/sign.ts'
import type { Submission, Submitted } from '../../schemas/home.ts'
import type { ParticipantId, RowId } from '../../schemas/ids.ts'
import { homeParty } from './home-party.ts'
import { type Relay, type RelayOptions, startRelay } from './relay.ts'

type Test = Parameters<typeof startRelay>[0]

/** The home code of these tests. */
export const home = homeParty('2AB')
/** Its subscriber. */
export const sender = home.subscriber.id
/** An id that stands in for a counterparty nobody knows yet. */
export const standIn = '2AB-stand-in-0001'

/** A hub with two home codes and two partners. */
export function start(t: Test, options: Partial<RelayOptions> = {}): Promise<Relay> {
  const settings = ['home.codes=2AB,2AC', ...(options.settings ?? [])]
  return startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }], ...options, settings })
}

/** Submits at the desk. */
export async function submit(relay: Relay, submission: Submission): Promise<{ id: RowId; wireId: string }> {
  const answer: Submitted | { code: string; seen: string } = await relay.hub.desk.submit(submission)
  if ('code' in answer) throw new Error(`${answer.code}: ${answer.seen}`)
  const { message, wireId } = answer
  if (message === undefined || wireId === undefined) throw new Error('nothing was kept')
  return { id: message, wireId }
}

/** Whom a submission is for, by an id alone. */
export const to = (id: string) => ({ subscriber: { id: id as ParticipantId } })

/** A УПД 5.01 of our subscriber, as a document of a submission. */
export function invoice(buyer: string) {
  const at = new Date()
  const made = transferDocument({
    seller: home.subscriber,
    buyer: { ...home.subscriber, id: buyer as ParticipantId } as SimulatedSubscriber,
    operator: { code: home.code, name: 'Оператор', inn: '7700000000', identity: home.subscriber.identity },
    number: '17',
    at,
  })
  const signed = home.document()
  const bytes = signDetached({ ...home.subscriber.identity, content: made.bytes, at })
  return {
    signature: { ...signed.signature, bytes },
    document: { ...signed.document, type: made.type, fileName: made.fileName, body: made.bytes },
  }
}
