// Stage 2, hop PROCESS: what is in the messages, as the door has just found it or from the durable container.

import assert from 'node:assert/strict'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { PipelineContext } from './context.ts'
import { onTheWay, type Passage, type ProcessStage } from './passage.ts'
import { wavesOf } from './waves.ts'

/**
 * Takes what the door of this node has left of the messages, once; the packages of others are read, each once, however
 * many of its messages are in the batch. So a second run, and a run on another node, rest on the durable bytes alone.
 */
export const open: ProcessStage = {
  name: 'open',
  async run(context, batch) {
    const passages = onTheWay(batch)
    for (const passage of passages) takeExamined(context, passage)
    const unread = passages.filter(({ examined }) => examined === undefined)
    const byPackage = Map.groupBy(unread, (passage) => passage.packageIn.id)
    // Packages opened at once hold no more than limits.openBytesMax together.
    const bytesOf = ([first]: Passage[]) => first?.packageIn.bytes ?? 0
    for (const wave of wavesOf([...byPackage.values()], { bytesMax: limits.openBytesMax, bytesOf })) {
      await Promise.all(wave.map((passages) => openOrFail(context, passages)))
    }
  },
}

function takeExamined(context: PipelineContext, passage: Passage): void {
  const found = context.examinedAtDoor.take(passage.packageIn.id, passage.message.wire_id)
  if (found !== undefined) passage.examined = found
}

/** A package that cannot be opened now keeps nobody waiting but itself. */
async function openOrFail(context: PipelineContext, passages: Passage[]): Promise<void> {
  try {
    await openPackage(context, passages)
  } catch (error) {
    context.watcher.fault('process.open', error)
    for (const passage of passages) passage.fault = error
  }
}

async function openPackage(context: PipelineContext, passages: Passage[]): Promise<void> {
  const [first] = passages
  if (first === undefined) return
  const bytes = await context.blobs.get(first.packageIn.blob)
  const wanted = passages.map(({ message }) => message.wire_id)
  const examined = await context.workers.examine({ bytes }, wanted)
  assert(!isRefusal(examined), `package ${first.packageIn.id} was accepted but cannot be opened again`)
  for (const passage of passages) {
    const own = examined.find((one) => one.id === passage.message.wire_id)
    assert(own, `message ${passage.message.id} is not in its package`)
    passage.examined = own
  }
}
