// The compiled kernel of GOST R 34.10-2012 as it is, for tests.

import type { Curve } from '../../hub/trust/gost/curves.ts'
import { curveImage } from '../../hub/trust/gost/wasm/curve-image.ts'
import { kernel, kernelMemory } from '../../hub/trust/gost/wasm/instance.ts'

/** The kernel's own answers, before anything is asked of the plain implementation. */
export function directKernel(curve: Curve) {
  const place = (bytes: Uint8Array) => {
    const at = kernel.allocate(bytes.length)
    kernelMemory().set(bytes, at)
    return at
  }
  const context = place(curveImage(curve))
  const tableBytes = kernel.keyTableBytes(context)
  const table = kernel.allocate(tableBytes)
  type Input = { publicKey: Uint8Array; digest: Uint8Array; signature: Uint8Array }
  return {
    tableBytes,
    build: (publicKey: Uint8Array) => kernel.buildKeyTable(context, table, place(publicKey)),
    verify: ({ publicKey, digest, signature }: Input) =>
      kernel.verify(context, place(publicKey), place(digest), place(signature)),
    verifyWithTable: ({ publicKey, digest, signature }: Input) => {
      kernel.buildKeyTable(context, table, place(publicKey))
      return kernel.verifyWithTable(context, table, place(digest), place(signature))
    },
  }
}
