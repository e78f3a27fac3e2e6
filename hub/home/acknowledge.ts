// What a home service says of a message of its inbox: the same events a partner's receipt would bring (RULES 17-19).

import { isDeepStrictEqual } from 'node:util'
import type { Acknowledgement } from '../../schemas/home.ts'
import { homePeerOf, type MessageId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import { moveContext, type PipelineContext } from '../pipeline/context.ts'
import { moveMessage } from '../pipeline/run/moves.ts'
import type { Named } from '../pipeline/run/named.ts'
import { racePoint } from '../pipeline/run/race.ts'
import { receiptEvent } from '../pipeline/run/receipts.ts'
import { StaleChange } from '../store/hot/batcher.ts'
import { readMessages } from '../store/hot/reads.ts'
import type { MessageRow } from '../store/hot/rows.ts'

/**
 * Writes an acknowledgement down. The same one may come again and changes nothing. Refusals: home.not-found, and
 * home.already-answered when the message was answered otherwise before; where success is told by the inbox itself, that is
 * every answer but success.
 */
export async function acknowledge(
  context: PipelineContext,
  given: Acknowledgement,
): Promise<MessageRow | Refusal> {
  for (let round = 0; round < limits.staleRoundsMax; round++) {
    const message = (await readMessages(context.store, [given.message])).get(given.message)
    if (message === undefined || message.next_peer !== homePeerOf(given.home)) {
      return refuse('home.not-found', given.message)
    }
    if (message.state === 'delivered' || message.state === 'refused') {
      return isSameAnswer(message, given)
        ? note(context, message, given)
        : refuse('home.already-answered', `${message.answer_code ?? ''}`)
    }
    try {
      return await answer(context, message, given)
    } catch (error) {
      if (!(error instanceof StaleChange)) throw error
      context.watcher.fault('acknowledge.stale', error)
    }
  }
  throw new Error(`message ${given.message} moves all the time`)
}

function isSameAnswer(message: MessageRow, { outcome }: Acknowledgement): boolean {
  if (message.answer_code !== outcome.is) return false
  if (outcome.is === 'success') return true
  const ids = outcome.is === 'unknown-id' ? outcome.ids : []
  return message.answer_text === outcome.text && isDeepStrictEqual(message.answer_ids, [...ids])
}

/** Success said of what was told as success already: recorded, for it is what the service did. */
async function note(
  context: PipelineContext,
  message: MessageRow,
  given: Acknowledgement,
): Promise<MessageRow> {
  const { change } = moveMessage(
    message,
    await eventOf(context, message, given),
    moveContext(context, given.at),
  )
  await context.committer.submit(change)
  return message
}

async function answer(
  context: PipelineContext,
  message: MessageRow,
  given: Acknowledgement,
): Promise<MessageRow> {
  const named = await eventOf(context, message, given)
  const moved = moveMessage(message, named, moveContext(context, given.at))
  await context.committer.submit(moved.change)
  // Unknown ids were said before: it waits for what brings them, or is on its way to the inbox again.
  if (moved.means !== 'transition') return message
  racePoint('acknowledge.commit')
  context.watcher.moved(moved.state, 1)
  return (await readMessages(context.store, [message.id])).get(message.id) ?? message
}

/** The journal knows which key of the service said it. */
async function eventOf(
  context: PipelineContext,
  message: MessageRow,
  given: Acknowledgement,
): Promise<Named> {
  const named = await receiptEvent(context, itemOf(message, given), message)
  return { ...named, apiKey: given.apiKey }
}

function itemOf(message: MessageRow, { outcome }: Acknowledgement): ReceiptItem {
  const id = message.wire_id as MessageId
  switch (outcome.is) {
    case 'success':
      return { outcome: 'success', message: id }
    case 'error':
      return { outcome: 'error', message: id, text: outcome.text }
    case 'unknown-id':
      return { outcome: 'unknown-id', message: id, ids: [...outcome.ids], text: outcome.text }
  }
}
