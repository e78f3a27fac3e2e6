// Signing takes the same steps and touches the same places of memory whatever the private key and k are.
//
// The committed module is rewritten so that it reports each entry of a function, a loop or a branch and the address of
// each load and store; two signatures with different secrets must leave the same report.

import binaryen from 'assemblyscript/binaryen'
import t from 'tap'
import { type Curve, curves } from '../../hub/trust/gost/curves.ts'
import { toBigEndian, toLittleEndian } from '../../hub/trust/gost/integers.ts'
import { signReference } from '../../hub/trust/gost/reference.ts'
import { curveImage } from '../../hub/trust/gost/wasm/curve-image.ts'
import type { KernelExports } from '../../hub/trust/gost/wasm/instance.ts'
import { kernelBase64 } from '../../hub/trust/gost/wasm/kernel.wasm.ts'
import { LIMB_BITS, NO, YES } from '../../hub/trust/gost/wasm/layout.ts'
import { randomKeyAndMessage, secretOf } from '../support/gost-samples.ts'
import { seeded } from '../support/seeded.ts'

const random = seeded()
t.comment(`seed ${random.seed}`)

type Runtime = {
  WebAssembly: {
    Module: (new (
      binary: Uint8Array,
    ) => object) & {
      imports(module: object): { module: string; name: string }[]
    }
    Instance: new (module: object, imports: object) => { exports: KernelExports }
  }
}
const { WebAssembly } = globalThis as unknown as Runtime

/** A report: how many events, and a digest of them in order. */
const report = { events: 0, sum: 0 }
const traced = instrument()

t.test('the report tells values apart where steps depend on them', async (t) => {
  // Checking works on public data with steps that depend on it: the instrument must show that.
  const [curve] = curves
  if (curve === undefined) return t.fail()
  const kernel = kernelOn(curve)
  kernel.write(kernel.digest, Buffer.alloc(32, 7))
  const traces = [1, 9, 3].map((octet) => {
    kernel.write(kernel.output, Buffer.alloc(64, octet))
    return traceOf(() => t.equal(kernel.verify(), NO))
  })
  t.ok((traces[1]?.events ?? 0) > 100, `${traces[1]?.events} events`)
  t.not(traces[1]?.sum, traces[2]?.sum)
})

for (const curve of curves) {
  t.test(`${curve.name}: the steps of a signature do not depend on its secrets`, async (t) => {
    const size = curve.bits / 8
    const kernel = kernelOn(curve)
    const digest = random.bytes(size)
    kernel.write(kernel.digest, digest)
    // The tables of the generator are made at the first use.
    kernel.write(kernel.privateKey, secretOf(curve, 1n))
    t.equal(kernel.publicKeyOf(), YES)
    const { q } = curve
    const half = (q - 1n) / 2n
    const numbers = [3n, 16n, 2n ** 200n - 1n, half, half + 1n, q - 2n, drawn(curve), drawn(curve)]
    const pairs = numbers.flatMap((number): [bigint, bigint][] => [
      [number, drawn(curve)],
      [drawn(curve), number],
    ])
    const seen = new Set<string>()
    for (const [privateKey, k] of pairs) {
      kernel.write(kernel.privateKey, secretOf(curve, privateKey))
      kernel.write(kernel.random, secretOf(curve, k))
      const trace = traceOf(() => t.equal(kernel.sign(), YES))
      seen.add(`${trace.events} ${trace.sum}`)
      const expected = signReference({ curve, privateKey, digest, random: toBigEndian(k, size) })
      t.same(kernel.read(kernel.output, 2 * size), Buffer.from(expected ?? []))
    }
    t.equal(seen.size, 1, [...seen].join('; '))
    const keys = new Set(
      numbers.map((number) => {
        kernel.write(kernel.privateKey, secretOf(curve, number))
        return traceOf(() => t.equal(kernel.publicKeyOf(), YES)).sum
      }),
    )
    t.equal(keys.size, 1, 'neither do those of a public key')
  })
}

t.test('nothing secret is left in the memory of the kernel', async (t) => {
  for (const curve of curves) {
    const size = curve.bits / 8
    const kernel = kernelOn(curve)
    const secrets = [drawn(curve), drawn(curve)]
    kernel.write(kernel.digest, random.bytes(size))
    for (const [index, place] of [kernel.privateKey, kernel.random].entries()) {
      kernel.write(place, secretOf(curve, secrets[index] ?? 0n))
    }
    t.equal(kernel.sign(), YES)
    // These two are the caller's to wipe.
    kernel.write(kernel.privateKey, new Uint8Array(size))
    kernel.write(kernel.random, new Uint8Array(size))
    const memory = kernel.read(0, kernel.memoryBytes())
    for (const secret of secrets) {
      t.notOk(memory.includes(Buffer.from(toBigEndian(secret, size))), 'big-endian')
      t.notOk(memory.includes(Buffer.from(toLittleEndian(secret, size))), 'little-endian')
      t.notOk(memory.includes(limbsOf(secret)), 'in limbs')
      t.notOk(memory.includes(limbsOf(curve.q - secret)), 'its opposite')
    }
  }
})

/** The lowest four limbs of a number as the kernel keeps it. */
function limbsOf(value: bigint): Buffer {
  const limbs = Buffer.alloc(32)
  for (const index of [0, 1, 2, 3]) {
    limbs.writeBigInt64LE((value >> BigInt(LIMB_BITS * index)) & ((1n << BigInt(LIMB_BITS)) - 1n), index * 8)
  }
  return limbs
}

/** A number in 1..q-1 out of the seed. */
function drawn(curve: Curve): bigint {
  return randomKeyAndMessage(curve, random).privateKey
}

function traceOf(work: () => unknown): { events: number; sum: number } {
  report.events = 0
  report.sum = 0
  work()
  return { ...report }
}

/** The committed kernel with reports built in. */
function instrument(): object {
  const module = binaryen.readBinary(Buffer.from(kernelBase64, 'base64'))
  module.setFeatures(binaryen.Features.All)
  module.runPasses(['log-execution', 'instrument-memory'])
  const binary = module.emitBinary()
  module.dispose()
  return new WebAssembly.Module(binary)
}

/** A kernel of its own, with the parameter set in it. */
function kernelOn(curve: Curve) {
  const imports: Record<string, Record<string, unknown>> = {}
  for (const { module, name } of WebAssembly.Module.imports(traced)) {
    imports[module] = { ...imports[module], [name]: reporterOf(name) }
  }
  const { exports } = new WebAssembly.Instance(traced, imports)
  const memory = () => Buffer.from(exports.memory.buffer)
  const image = curveImage(curve)
  const context = exports.allocate(image.length)
  memory().set(image, context)
  const [digest, privateKey, k, output, publicKey] = [64, 64, 64, 128, 128].map((length) =>
    exports.allocate(length),
  ) as [number, number, number, number, number]
  return {
    digest,
    privateKey,
    random: k,
    output,
    write: (place: number, bytes: Uint8Array) => memory().set(bytes, place),
    read: (place: number, length: number) => Buffer.from(memory().subarray(place, place + length)),
    memoryBytes: () => memory().length,
    sign: () => exports.sign(context, output, digest, privateKey, k),
    publicKeyOf: () => exports.publicKeyOf(context, output, privateKey),
    verify: () => exports.verify(context, publicKey, digest, output),
  }
}

/** Entries come with an id, loads and stores with id, length, offset and address; values are passed on unseen. */
function reporterOf(name: string): unknown {
  switch (name) {
    case 'log_execution':
      return (id: number) => note(id)
    case 'load_ptr':
    case 'store_ptr':
      return (id: number, _length: number, offset: number, address: number) => {
        note(id)
        note(offset + address)
        return address
      }
    default:
      return (_id: number, value: number | bigint) => value
  }
}

function note(value: number): void {
  report.events += 1
  report.sum = (Math.imul(report.sum, 31) + value) | 0
}
