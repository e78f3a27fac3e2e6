// One row of the tables of findings of a power of attorney.

/** How one check ended. */
export const attorneyOutcomes = ['ok', 'warning', 'error', 'not-checked'] as const
export type AttorneyOutcome = (typeof attorneyOutcomes)[number]

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
