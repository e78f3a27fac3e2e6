// What a fuzz target is: valid samples, a judge that asserts, and how much work an input may cost.

/** One parser under fuzz. A new one is a file in targets/ and a row in targets.ts. */
export type FuzzTarget = {
  readonly name: string
  /** `trust` for what decides about signatures, `parser` for forms alone. */
  readonly group: 'parser' | 'trust'
  /** How mutations understand the bytes: DER and XML by their elements, everything as octets too. */
  readonly form: 'der' | 'xml' | 'octets'
  /** How many inputs it gets of those of its group, beside the others': what is dear gets fewer. */
  readonly share: number
  /** Valid inputs; made once. */
  samples(): readonly Uint8Array[]
  /**
   * Judges an input made of a sample and returns a word for the tally. Throws when something is wrong: a parser that
   * throws, or changed signed octets that pass.
   */
  judge(input: Uint8Array, sample: number): string
  /** A counter of work that only grows. */
  steps(): number
  /** How many steps an input of so many octets may take. */
  stepsMax(octets: number): number
}
