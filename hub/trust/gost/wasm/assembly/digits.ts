// Signed digits of a public scalar: each odd or zero, and far apart (non-adjacent form of a width).

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
