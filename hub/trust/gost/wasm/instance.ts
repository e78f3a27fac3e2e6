// The compiled kernel, instantiated once per thread: its entry points and its memory.

import { kernelBase64 } from './kernel.wasm.ts'

/** Pointers and lengths are bytes of the kernel's memory; answers are those of layout.ts. */
export type KernelExports = {
  readonly memory: { readonly buffer: ArrayBuffer }
  allocate(bytes: number): number
  streebogBlocks(state: number, bytes: number, count: number): void
  streebogFinish(state: number, bytes: number, length: number): void
  verify(curve: number, publicKey: number, digest: number, signature: number): number
  /** Bytes of a table of multiples of a key on the curve. */
  keyTableBytes(curve: number): number
  /** NO when the key is not a point of the curve; the caller knows that it is in the prime subgroup. */
  buildKeyTable(curve: number, table: number, publicKey: number): number
  verifyWithTable(curve: number, table: number, digest: number, signature: number): number
  isKeyInSubgroup(curve: number, publicKey: number): number
  sign(curve: number, output: number, digest: number, privateKey: number, random: number): number
  publicKeyOf(curve: number, output: number, privateKey: number): number
}

/** The part of the runtime's WebAssembly that is used; the types of Node leave it to those of browsers. */
type Runtime = {
  WebAssembly: {
    Module: new (binary: Uint8Array) => object
    Instance: new (module: object, imports: object) => { exports: KernelExports }
  }
}

const { WebAssembly } = globalThis as unknown as Runtime
const module = new WebAssembly.Module(Buffer.from(kernelBase64, 'base64'))

/** The kernel of this thread. */
export const kernel = new WebAssembly.Instance(module, {}).exports

let view = new Uint8Array(kernel.memory.buffer)

/**
 * The whole memory; ask again after each call, because a call may grow the memory and detach the old view.
 */
export function kernelMemory(): Uint8Array {
  if (view.buffer !== kernel.memory.buffer) view = new Uint8Array(kernel.memory.buffer)
  return view
}
