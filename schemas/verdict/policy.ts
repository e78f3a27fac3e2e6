// What a verdict does (RULES 16 and 25) as data: how much each problem weighs, and what follows from each answer.

import { type TSchema, Type } from 'typebox'
import { type AttorneyFindingName, attorneyFindings } from '../attorney/checks.ts'
import { type AttorneyOutcome, attorneyOutcomes } from '../attorney/finding.ts'
import { type AttorneyPolicy, defaultAttorneyPolicy } from '../attorney/verdict.ts'
import { limits } from '../limits.ts'
import { type SubIndication, subIndications } from './indications.ts'
import type { ProblemCode } from './problems.ts'
import { problems } from './problems.ts'

/** What follows: go on, go on marked in our records and to home recipients, wait for a person, say no. */
export const verdictActions = ['forward', 'mark', 'hold', 'refuse'] as const
export type VerdictAction = (typeof verdictActions)[number]

/** How much a problem weighs: it decides the answer, it is shown as a warning, or it is only noted. */
export const weights = ['fail', 'warn', 'note'] as const
export type Weight = (typeof weights)[number]

/** Answers besides the sub-indications that lead to an action. */
const otherOutcomes = ['NOT_SIGNED', 'ATTORNEY_MISSING', 'ATTORNEY_INVALID', 'ATTORNEY_UNCHECKED'] as const
export type OtherOutcome = (typeof otherOutcomes)[number]

/** What an action is chosen by. */
export type Outcome = SubIndication | OtherOutcome

/** A policy as the judge applies it: complete, with the name it is known by. */
export type VerdictPolicy = {
  readonly name: string
  readonly actions: Readonly<Record<Outcome, VerdictAction>>
  readonly weights: Readonly<Partial<Record<ProblemCode, Weight>>>
  /** How powers of attorney are judged, and the codes of powers a signature needs (КодПолн). */
  readonly attorney: AttorneyPolicy & { readonly powersWanted: readonly string[] }
}

const action = (fallback: VerdictAction) =>
  Type.Optional(
    Type.Union(
      verdictActions.map((name) => Type.Literal(name)),
      { description: `default: ${fallback}` },
    ),
  )
const weight = Type.Optional(Type.Union(weights.map((name) => Type.Literal(name))))

/** RULES 25 by answer; what is not named in the rule follows the nearest that is. */
const defaultActions: Record<Outcome, VerdictAction> = {
  FORMAT_FAILURE: 'refuse',
  HASH_FAILURE: 'refuse',
  SIG_CRYPTO_FAILURE: 'refuse',
  SIGNED_DATA_NOT_FOUND: 'mark',
  NO_SIGNING_CERTIFICATE_FOUND: 'refuse',
  SIG_CONSTRAINTS_FAILURE: 'mark',
  REVOKED: 'refuse',
  EXPIRED: 'refuse',
  NOT_YET_VALID: 'refuse',
  REVOKED_NO_POE: 'refuse',
  REVOKED_CA_NO_POE: 'refuse',
  OUT_OF_BOUNDS_NO_POE: 'refuse',
  OUT_OF_BOUNDS_NOT_REVOKED: 'refuse',
  NO_CERTIFICATE_CHAIN_FOUND: 'refuse',
  CERTIFICATE_CHAIN_GENERAL_FAILURE: 'refuse',
  CHAIN_CONSTRAINTS_FAILURE: 'refuse',
  CRYPTO_CONSTRAINTS_FAILURE: 'mark',
  TIMESTAMP_ORDER_FAILURE: 'mark',
  POLICY_PROCESSING_ERROR: 'mark',
  SIGNATURE_POLICY_NOT_AVAILABLE: 'mark',
  NO_POE: 'mark',
  TRY_LATER: 'mark',
  GENERIC: 'mark',
  NOT_SIGNED: 'forward',
  ATTORNEY_MISSING: 'mark',
  ATTORNEY_INVALID: 'mark',
  ATTORNEY_UNCHECKED: 'mark',
}

/** Problems that do not decide by default, and why they are worth no more. */
const defaultWeights: Partial<Record<ProblemCode, Weight>> = {
  // A stamp that proves nothing leaves the time of receipt, which is a proof of its own.
  'timestamp.unusable': 'warn',
  // Real authorities break rules for issuers now and then; what the rule protects is checked by itself.
  'path.profile': 'warn',
  // Certificates issued before stay usable until they expire or are revoked (63-ФЗ, 14).
  'authority.ended': 'warn',
  // RULES 25 refuses no signature for being less than a qualified one; whoever wants that says so.
  'qualified.policy': 'warn',
  'qualified.algorithm': 'warn',
  // The sender's number is known for some forms of its id only.
  'signer.sender-unknown': 'note',
}

const outcomes: readonly Outcome[] = [...subIndications, ...otherOutcomes]
const named = <Schema extends TSchema>(names: readonly string[], schema: (name: string) => Schema) =>
  Type.Object(Object.fromEntries(names.map((name) => [name, schema(name)])), { additionalProperties: false })

/** The section `verdict` of a peer's policy: what differs from the default. */
export type VerdictPolicyRow = {
  actions?: Partial<Record<Outcome, VerdictAction>>
  weights?: Partial<Record<ProblemCode, Weight>>
  attorney?: {
    outcomes?: Partial<Record<AttorneyFindingName, AttorneyOutcome>>
    powersWanted?: string[]
    failingSubIndications?: SubIndication[]
  }
}
const attorneySection = Type.Object(
  {
    outcomes: Type.Optional(
      named(Object.keys(attorneyFindings), () =>
        Type.Optional(Type.Union(attorneyOutcomes.map((name) => Type.Literal(name)))),
      ),
    ),
    powersWanted: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: limits.powerCodeLengthMax }), {
        maxItems: limits.powersWantedMax,
      }),
    ),
    failingSubIndications: Type.Optional(
      Type.Array(Type.Union(subIndications.map((name) => Type.Literal(name))), { uniqueItems: true }),
    ),
  },
  { additionalProperties: false },
)
export const VerdictPolicyRow = Type.Unsafe<VerdictPolicyRow>(
  Type.Object(
    {
      actions: Type.Optional(named(outcomes, (name) => action(defaultActions[name as Outcome]))),
      weights: Type.Optional(named(Object.keys(problems), () => weight)),
      attorney: Type.Optional(attorneySection),
    },
    { additionalProperties: false },
  ),
)

/** What CAdES-BES asks for and CMS alone does not (RFC 5652, 5.3; RFC 5126, 5.7.3). */
const plainWeights: Partial<Record<ProblemCode, Weight>> = {
  'cms.signing-certificate-missing': 'warn',
  'cms.attributes-absent': 'warn',
}

/**
 * Policies that can be asked for by name: the default, one under which every doubt is a no, and the default for signatures
 * of which nobody claims that they are more than CMS.
 */
export const namedPolicies = ['default', 'strict', 'cms'] as const
export type PolicyName = (typeof namedPolicies)[number]

const weightsOf: Readonly<Record<PolicyName, Partial<Record<ProblemCode, Weight>>>> = {
  default: defaultWeights,
  strict: {},
  cms: { ...defaultWeights, ...plainWeights },
}

/** A policy by name, with what differs from it. */
export function verdictPolicy(name: PolicyName, row: VerdictPolicyRow = {}): VerdictPolicy {
  const strict = Object.fromEntries(outcomes.map((outcome) => [outcome, strictAction(outcome)]))
  return {
    name,
    actions: { ...defaultActions, ...(name === 'strict' ? strict : {}), ...row.actions },
    weights: { ...weightsOf[name], ...row.weights },
    attorney: { ...defaultAttorneyPolicy, powersWanted: [], ...row.attorney },
  }
}

function strictAction(outcome: Outcome): VerdictAction {
  return defaultActions[outcome] === 'refuse' ? 'refuse' : 'hold'
}
