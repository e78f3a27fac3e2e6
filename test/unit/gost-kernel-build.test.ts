// The committed WebAssembly kernel is what its sources compile to, and asks nothing of its surroundings.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { compileKernel, kernelModule } from '../../hub/trust/gost/wasm/build.ts'
import { kernelBase64, kernelSha256 } from '../../hub/trust/gost/wasm/kernel.wasm.ts'

const committed = Buffer.from(kernelBase64, 'base64')

t.test('a rebuild gives the committed module byte for byte', async (t) => {
  const binary = await compileKernel()
  t.equal(createHash('sha256').update(binary).digest('hex'), kernelSha256)
  t.ok(committed.equals(binary))
  const file = new URL('../../hub/trust/gost/wasm/kernel.wasm.ts', import.meta.url)
  t.equal(kernelModule(binary), await readFile(file, 'utf8'))
})

t.test('the pinned SHA-256 is that of the committed bytes', async (t) => {
  t.equal(createHash('sha256').update(committed).digest('hex'), kernelSha256)
})

t.test('the module imports nothing, so it can reach neither clock, nor files, nor network', async (t) => {
  t.same(importSections(committed), [])
})

/** The numbers of the import sections (id 2) of a WebAssembly binary. */
function importSections(binary: Buffer): number[] {
  const found: number[] = []
  let at = 8
  while (at < binary.length) {
    const id = binary[at] ?? 0
    let size = 0
    let shift = 0
    for (at += 1; ; shift += 7) {
      const byte = binary[at] ?? 0
      at += 1
      size |= (byte & 127) << shift
      if (byte < 128) break
    }
    if (id === 2) found.push(at)
    at += size
  }
  return found
}
