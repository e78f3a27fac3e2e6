// Stage 2, hop PROCESS: from the durable container back to messages.

import assert from 'node:assert/strict'
import { isRefusal } from '../../schemas/refusals.ts'
import type { PipelineContext } from './context.ts'
import { onTheWay, type Passage, type ProcessStage } from './passage.ts'

/** Reads each package once, however many of its messages are in the batch. */
export const open: ProcessStage = {
  name: 'open',
  async run(context, batch) {
    const byPackage = Map.groupBy(onTheWay(batch), (passage) => passage.packageIn.id)
    await Promise.all([...byPackage.values()].map((passages) => openPackage(context, passages)))
  },
}

async function openPackage(context: PipelineContext, passages: Passage[]): Promise<void> {
  const [first] = passages
  if (first === undefined) return
  const bytes = await context.blobs.get(first.packageIn.blob)
  const source = { bytes, registered: context.certificatesOf(first.packageIn.peer) }
  const examined = await context.workers.examine(
    source,
    passages.map(({ message }) => message.wire_id),
  )
  assert(!isRefusal(examined), `package ${first.packageIn.id} was accepted but cannot be opened again`)
  for (const passage of passages) {
    const own = examined.find((one) => one.id === passage.message.wire_id)
    assert(own, `message ${passage.message.id} is not in its package`)
    passage.examined = own
  }
}
