// Where things lie in the kernel's memory: one table for the WebAssembly side and for the TypeScript side.
// Plain numbers only: this file is compiled both by AssemblyScript and by TypeScript.

/** Numbers are limbs of 29 bits, one per 64-bit word: 9 limbs for 256-bit sets, 18 for 512-bit ones. */
export const LIMB_BITS = 29
export const SHORT_LIMBS = 9
export const LONG_LIMBS = 18
/** Bytes of a number in the tables below: room for 18 limbs. */
export const SLOT_BYTES = 144

// The four arithmetics: p = 2^n - c folds by a small constant, any other odd modulus is Montgomery's.
export const KIND_FOLD_SHORT = 0
export const KIND_MONTGOMERY_SHORT = 1
export const KIND_FOLD_LONG = 2
export const KIND_MONTGOMERY_LONG = 3

// A modulus and its constants.
export const FIELD_KIND = 0
/** 2^(29 n) modulo p as a small signed number. */
export const FIELD_FOLD = 8
/** -1/p modulo 2^29. */
export const FIELD_INVERSE = 16
/** 2^40 * 2^(29 (n - 1)) / p, rounded. */
export const FIELD_RECIPROCAL = 24
/** p with limbs in -2^28..2^28. */
export const FIELD_MODULUS = 32
/** p with limbs in 0..2^29. */
export const FIELD_MODULUS_RAW = 176
/** Factor that brings a plain number into the inner form. */
export const FIELD_TO_INNER = 320
/** Factor that, by a Montgomery product, brings the inner form back to a plain number. */
export const FIELD_TO_RAW = 464
/** One in the inner form. */
export const FIELD_ONE = 608
/** The plain number one. */
export const FIELD_UNIT = 752
/** p - 2 as bytes, little-endian. */
export const FIELD_EXPONENT = 896
export const FIELD_BYTES = 976

// A parameter set: two moduli and the curve over the first.
export const CURVE_P = 0
export const CURVE_Q = 976
export const CURVE_A = 1952
export const CURVE_B = 2096
export const CURVE_X = 2240
export const CURVE_Y = 2384
/** 1 when a = -3 modulo p. */
export const CURVE_A_IS_MINUS_3 = 2528
/** Length of numbers in bytes, 32 or 64. */
export const CURVE_SIZE = 2532
/** Pointers to the tables of multiples of the generator, zero until built. */
export const CURVE_GENERATOR_TABLE = 2536
export const CURVE_SIGN_TABLE = 2540
export const CURVE_BYTES = 2544

// Bits of a scalar that one point of a table takes care of: tables of the generator are made once, those of keys per key.
export const GENERATOR_WIDTH = 8
export const KEY_WIDTH = 5

// What the entry points answer.
export const NO = 0
export const YES = 1
/** An exceptional case of the incomplete formulas: ask the complete implementation. */
export const REDO = 2
/** The private key is not in 1..q-1. */
export const WRONG_KEY = 3

/** Bytes of a Streebog state: h, N and Sigma. */
export const STREEBOG_STATE_BYTES = 192
