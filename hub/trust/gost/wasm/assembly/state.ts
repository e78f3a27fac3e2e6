// The modulus that the arithmetic works with at the moment.

import { FIELD_KIND, KIND_FOLD_LONG } from '../layout'

/** Constants of the modulus, see layout.ts. */
export let field: usize = 0
export let kind: i32 = 0
/** Bytes of a number: ten words (nine limbs and a zero) or eighteen. */
export let stride: usize = 0

export function useField(pointer: usize): void {
  field = pointer
  kind = load<i32>(pointer, FIELD_KIND)
  stride = kind < KIND_FOLD_LONG ? 80 : 144
}
