// What was started and must be closed, in reverse order; and why a hub does not start.

import { logFailure } from '../monitoring/log.ts'

/** Why a hub does not start: for the person who started it. */
export class HubNotStarted extends Error {}

/** Something that was started. */
export type Closing = { name: string; close(): Promise<unknown> }

/** Everything started so far. Closing goes on after a failure and happens once: whoever asks again waits for it. */
export class Closings {
  readonly #started: Closing[] = []
  #closed: Promise<void> | undefined

  /** Remembers how to close what was just started. */
  add(name: string, close: Closing['close']): void {
    this.#started.push({ name, close })
  }

  /** Closes everything, the last started first. */
  closeAll(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    for (const { name, close } of this.#started.splice(0).reverse()) {
      await close().catch((error: unknown) => logFailure(error, `stop.${name}`))
    }
  }
}
