// One row of the tables of findings of a power of attorney.

/** How one check ended. */
export type AttorneyOutcome = 'ok' | 'warning' | 'error' | 'not-checked'

/** The check a finding belongs to, its outcome unless policy differs, and its texts. */
export type FindingRow<Check extends string = string> = {
  check: Check
  outcome: AttorneyOutcome
  ru: string
  en: string
}

/** Makes a row; the name of the check stays a literal. */
export function findingRow<Check extends string>(
  check: Check,
  outcome: AttorneyOutcome,
  ru: string,
  en: string,
): FindingRow<Check> {
  return { check, outcome, ru, en }
}
