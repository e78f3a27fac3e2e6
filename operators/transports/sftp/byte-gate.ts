// Lets files into memory as long as there is room for their bytes, in the order in which they came.

/** The gate. */
export type ByteGate = {
  /** Waits for room; resolves with what gives it back. What is larger than all room goes in alone. */
  enter(bytes: number): Promise<() => void>
}

/** Makes a gate for so many bytes at a time. */
export function createByteGate(bytesMax: number): ByteGate {
  const waiting: { bytes: number; open: () => void }[] = []
  let taken = 0
  function letIn(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (taken > 0 && taken + next.bytes > bytesMax) return
      waiting.shift()
      taken += next.bytes
      next.open()
    }
  }
  return {
    async enter(bytes) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ bytes, open: resolve })
      letIn()
      await promise
      let isIn = true
      return () => {
        if (!isIn) return
        isIn = false
        taken -= bytes
        letIn()
      }
    },
  }
}
