// Signed digits of a public scalar: odd and far apart (non-adjacent form of a width), or one for each window.

/**
 * Writes size * 8 + 1 digits of one byte for the scalar, least significant first; a digit of width w is
 * zero or odd and within 2^(w-1), followed by at least w - 1 zeros. The scalar is below 2^(size * 8) with
 * eight readable zero bytes behind it. Takes time that depends on the scalar.
 */
export function signedDigits(digits: usize, scalar: usize, size: usize, width: i32): void {
  const count = <i32>size * 8 + 1
  memory.fill(digits, 0, count)
  let carry: i32 = 0
  let at: i32 = 0
  while (at < count) {
    const bits = <i32>(load<u32>(scalar + (at >> 3)) >> (at & 7))
    if ((bits & 1) == carry) {
      at++
      continue
    }
    let digit = (bits & ((1 << width) - 1)) + carry
    carry = digit >> (width - 1)
    digit -= carry << width
    store<i8>(digits + at, <i8>digit)
    at += width
  }
}

/**
 * Writes count digits d of one byte in -2^(w-1) ..< 2^(w-1), least significant first, so that the scalar is the sum of
 * the d 2^(w i). The last window must have room for the carry.
 */
export function windowDigits(digits: usize, scalar: usize, count: usize, width: i32): void {
  let carry: i32 = 0
  for (let window: usize = 0; window < count; window++) {
    const at = <i32>window * width
    const bits = <i32>(load<u32>(scalar + (at >> 3)) >> (at & 7)) & ((1 << width) - 1)
    const digit = bits + carry
    carry = (digit + (1 << (width - 1))) >> width
    store<i8>(digits + window, <i8>(digit - (carry << width)))
  }
}
