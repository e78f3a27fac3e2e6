// Streebog digests by the WebAssembly kernel: whole messages and streams.

import { kernel, kernelMemory } from './wasm/instance.ts'
import { STREEBOG_STATE_BYTES } from './wasm/layout.ts'

export type DigestName = 'streebog256' | 'streebog512'

export type StreebogStream = { update(bytes: Uint8Array): void; digest(): Uint8Array }

const blockBytes = 64
/** Bytes handed to the kernel at a time. */
const chunkBytes = 64 * 1024
const statePlace = kernel.allocate(STREEBOG_STATE_BYTES)
const chunkPlace = kernel.allocate(chunkBytes)

/** h is all ones for the short digest (RFC 6986, section 8, stage 1). */
const initialStates: Readonly<Record<DigestName, Uint8Array>> = {
  streebog256: new Uint8Array(STREEBOG_STATE_BYTES).fill(1, 0, blockBytes),
  streebog512: new Uint8Array(STREEBOG_STATE_BYTES),
}

/** The digest of bytes, 32 or 64 bytes long. */
export function digest(name: DigestName, bytes: Uint8Array): Uint8Array {
  setState(initialStates[name])
  const whole = absorb(bytes)
  return finish(name, bytes.subarray(whole))
}

/** A digest of bytes that come in pieces; any number may be open. digest() is called once, as the last. */
export function createDigest(name: DigestName): StreebogStream {
  const state = initialStates[name].slice()
  const pending = new Uint8Array(blockBytes)
  let pendingBytes = 0
  return {
    update(bytes) {
      const head = Math.min(bytes.length, pendingBytes === 0 ? 0 : blockBytes - pendingBytes)
      pending.set(bytes.subarray(0, head), pendingBytes)
      pendingBytes += head
      setState(state)
      if (pendingBytes === blockBytes) {
        absorb(pending)
        pendingBytes = 0
      }
      const rest = bytes.subarray(head)
      const whole = absorb(rest)
      if (whole < rest.length) {
        pending.set(rest.subarray(whole))
        pendingBytes = rest.length - whole
      }
      state.set(kernelMemory().subarray(statePlace, statePlace + STREEBOG_STATE_BYTES))
    },
    digest() {
      setState(state)
      return finish(name, pending.subarray(0, pendingBytes))
    },
  }
}

function setState(state: Uint8Array): void {
  kernelMemory().set(state, statePlace)
}

/** Takes the whole blocks of bytes into the kernel's state and answers how many bytes that were. */
function absorb(bytes: Uint8Array): number {
  const whole = bytes.length - (bytes.length % blockBytes)
  for (let from = 0; from < whole; from += chunkBytes) {
    const chunk = bytes.subarray(from, Math.min(whole, from + chunkBytes))
    kernelMemory().set(chunk, chunkPlace)
    kernel.streebogBlocks(statePlace, chunkPlace, chunk.length / blockBytes)
  }
  return whole
}

function finish(name: DigestName, rest: Uint8Array): Uint8Array {
  kernelMemory().set(rest, chunkPlace)
  kernel.streebogFinish(statePlace, chunkPlace, rest.length)
  return kernelMemory().slice(statePlace + (name === 'streebog256' ? 32 : 0), statePlace + blockBytes)
}
