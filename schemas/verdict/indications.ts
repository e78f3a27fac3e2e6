// The answers of a validation in the terms of ETSI EN 319 102-1 (5.1.3, tables 5 and 6).

/** The main answer. */
export const indications = ['TOTAL-PASSED', 'INDETERMINATE', 'TOTAL-FAILED'] as const
export type Indication = (typeof indications)[number]

/** Why it did not pass. The order is that of precedence: of several problems the first here names the answer. */
export const subIndications = [
  'FORMAT_FAILURE',
  'HASH_FAILURE',
  'SIG_CRYPTO_FAILURE',
  'SIGNED_DATA_NOT_FOUND',
  'NO_SIGNING_CERTIFICATE_FOUND',
  'SIG_CONSTRAINTS_FAILURE',
  'REVOKED',
  'EXPIRED',
  'NOT_YET_VALID',
  'REVOKED_NO_POE',
  'REVOKED_CA_NO_POE',
  'OUT_OF_BOUNDS_NO_POE',
  'OUT_OF_BOUNDS_NOT_REVOKED',
  'NO_CERTIFICATE_CHAIN_FOUND',
  'CERTIFICATE_CHAIN_GENERAL_FAILURE',
  'CHAIN_CONSTRAINTS_FAILURE',
  'CRYPTO_CONSTRAINTS_FAILURE',
  'TIMESTAMP_ORDER_FAILURE',
  'POLICY_PROCESSING_ERROR',
  'SIGNATURE_POLICY_NOT_AVAILABLE',
  'NO_POE',
  'TRY_LATER',
  'GENERIC',
] as const
export type SubIndication = (typeof subIndications)[number]

/** What a problem found by a check comes to. */
export type ProblemRow = {
  readonly main: Exclude<Indication, 'TOTAL-PASSED'>
  readonly sub: SubIndication
  /** 'note': the default policy reports it and changes no answer for it. Absent: it counts. */
  readonly byDefault?: 'note'
  /** Nothing was found wrong: the check could not be made. The protocol says so, whatever it weighs. */
  readonly isGap?: true
  /** The clause, rule or order the check implements. */
  readonly clause: string
  /** For people, Russian first. */
  readonly ru: string
  readonly en: string
}
