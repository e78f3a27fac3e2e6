// Holds the pipeline of a hub at one point, so that a test decides what happens meanwhile.

import type { PipelineContext } from '../../hub/pipeline/context.ts'
import type { ExaminedStore } from '../../hub/pipeline/verdict/examined-at-door.ts'

/** A closed gate. */
export type Gate = {
  /** Resolves when somebody stands before the gate. */
  reached: Promise<void>
  /** Lets everybody through, those who come later too. */
  open(): void
}

/** Where a hub can be held: before messages are examined or receipts read, before packages are packed, before and after sending. */
export type GatePlace = 'examine' | 'readReceipts' | 'packMessages' | 'packReceipts' | 'send' | 'sent'

/** For a process hop that finds nothing of the door's, as on another node: it opens every package again. */
export const nothingExamined: ExaminedStore = { keep: () => undefined, take: () => undefined }

/** Closes a gate. Whoever stands before it when the test ends is let through. */
export function closeGate(
  t: { teardown(run: () => void): void },
  context: PipelineContext,
  place: GatePlace,
): Gate {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  t.teardown(open)
  const pass = async () => {
    reach()
    await opened
  }
  const { workers, courier, examinedAtDoor } = context
  if (place === 'sent' || place === 'send') {
    context.courier = {
      ...courier,
      async send(departure) {
        if (place === 'send') await pass()
        const outcome = await courier.send(departure)
        if (place === 'sent') await pass()
        return outcome
      },
    }
  } else {
    const act = workers[place] as (...args: unknown[]) => Promise<unknown>
    const gated = async (...args: unknown[]) => {
      await pass()
      return act(...args)
    }
    context.workers = { ...workers, [place]: gated }
    if (place === 'examine') context.examinedAtDoor = nothingExamined
  }
  return {
    reached,
    open() {
      if (place === 'sent' || place === 'send') context.courier = courier
      else context.workers = { ...context.workers, [place]: workers[place] }
      if (place === 'examine') context.examinedAtDoor = examinedAtDoor
      open()
    },
  }
}
