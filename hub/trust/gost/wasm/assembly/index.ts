// The entry points of the kernel. Pointers are given by the caller out of allocate().

export { streebogBlocks, streebogFinish } from './streebog'
export { buildKeyTable, isKeyInSubgroup, keyTableBytes, verify, verifyWithTable } from './verify'
export { publicKeyOf, sign } from './sign'

/** Room that is never freed, aligned to 16 bytes. */
export function allocate(bytes: usize): usize {
  return heap.alloc(bytes)
}
