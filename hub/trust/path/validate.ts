// Validates one path from an anchor to a target, step by step as RFC 5280, 6.1 has it.

import type { Found } from '../../../schemas/verdict/facts.ts'
import type { ProblemCode } from '../../../schemas/verdict/problems.ts'
import { type CertificateExtensions, extensionsOf, type NameConstraints } from '../certificate/extensions.ts'
import type { Certificate } from '../certificate.ts'
import { oids } from '../der/oids.ts'
import { completeKey, type PublicKey } from '../public-key.ts'
import { lastingProblems, periodProblems } from './certificate-rules.ts'
import { findForbiddenName, type NameWork } from './name-constraints.ts'
import { PolicyGraph } from './policy-graph.ts'
import { isSelfIssued } from './profile.ts'

/** The inputs of RFC 5280, 6.1.1 but for the path and its anchor. */
export type PathInputs = {
  /** user-initial-policy-set; undefined or with `2.5.29.32.0` for any. */
  readonly initialPolicies?: readonly string[]
  readonly explicitPolicy?: boolean
  readonly inhibitMapping?: boolean
  readonly inhibitAnyPolicy?: boolean
  /** Purposes (extendedKeyUsage) of which the target must have one; none asked when undefined. */
  readonly purposes?: readonly string[]
  /**
   * What counts of an anchor. `certificate` (when undefined): its period, extensions and constraints too, as RFC 5937
   * has it. `name-and-key`: these only, as RFC 5280, 6.1.1 d has it.
   */
  readonly anchorRules?: 'certificate' | 'name-and-key'
}

/** Whether a key signed a certificate; the builder answers from what it has checked. */
export type SignatureCheck = (certificate: Certificate, key: PublicKey) => boolean

/** A path, its target first, and what it is validated with. The names of the path chain already. */
export type PathToValidate = {
  readonly certificates: readonly Certificate[]
  readonly anchor: Certificate
  readonly inputs: PathInputs
  readonly at: Date
  readonly nameWork: NameWork
  readonly isSigned: SignatureCheck
}

/** What a validation found. */
export type PathVerdict = { readonly problems: readonly Found[]; readonly policies: readonly string[] }

/** The state variables of 6.1.2. */
type State = {
  readonly problems: Found[]
  readonly graph: PolicyGraph
  readonly wanted: ReadonlySet<string> | undefined
  readonly constraints: NameConstraints[]
  purposes: ReadonlySet<string> | undefined
  key: PublicKey | undefined
  explicitPolicy: number
  policyMapping: number
  inhibitAnyPolicy: number
  pathLengthLeft: number
}

/** Validates a path. An anchor that is the target itself has no certificates below it. Never throws. */
export function validatePath(path: PathToValidate): PathVerdict {
  const { certificates, anchor, inputs, at } = path
  const state = start(path)
  if (inputs.anchorRules !== 'name-and-key') {
    state.problems.push(...lastingProblems(anchor, 'anchor'), ...periodProblems(anchor, 'anchor', at))
  }
  for (let i = certificates.length - 1; i >= 0; i -= 1) {
    const certificate = certificates[i]
    if (certificate === undefined) continue
    const position = i === 0 ? 'target' : 'authority'
    state.problems.push(
      ...lastingProblems(certificate, position),
      ...periodProblems(certificate, position, at),
    )
    processCertificate(state, certificate, path, i === 0)
    if (i > 0) prepareForNext(state, certificate)
  }
  return wrapUp(state, certificates[0])
}

/** 6.1.2, with what RFC 5937, 3 takes from an anchor's certificate. */
function start({ certificates, anchor, inputs }: PathToValidate): State {
  const never = certificates.length + 1
  const { initialPolicies, explicitPolicy, inhibitMapping, inhibitAnyPolicy } = inputs
  const isAny = initialPolicies === undefined || initialPolicies.includes(oids.anyPolicy)
  const state: State = {
    problems: [],
    graph: new PolicyGraph(),
    wanted: isAny ? undefined : new Set(initialPolicies),
    constraints: [],
    purposes: inputs.purposes === undefined ? undefined : new Set(inputs.purposes),
    key: anchor.publicKey,
    explicitPolicy: explicitPolicy === true ? 0 : never,
    policyMapping: inhibitMapping === true ? 0 : never,
    inhibitAnyPolicy: inhibitAnyPolicy === true ? 0 : never,
    pathLengthLeft: never,
  }
  if (inputs.anchorRules === 'name-and-key') return state
  const extensions = extensionsOf(anchor)
  takeConstraints(state, extensions)
  const policies = extensions.policies ?? [oids.anyPolicy]
  if (policies.includes(oids.anyPolicy)) return state
  const wanted = isAny ? policies : initialPolicies.filter((policy) => policies.includes(policy))
  return { ...state, wanted: new Set(wanted) }
}

/** 6.1.3. */
function processCertificate(
  state: State,
  certificate: Certificate,
  { isSigned, nameWork, inputs }: PathToValidate,
  isTarget: boolean,
): void {
  const { thumbprint } = certificate
  const add = adder(state, certificate)
  if (state.key === undefined || !isSigned(certificate, state.key)) {
    add('path.signature', certificate.signed.scheme?.family ?? 'an algorithm unknown or named in two ways')
  }
  const selfIssued = isSelfIssued(certificate)
  if (isTarget || !selfIssued) {
    const forbidden = findForbiddenName(certificate, state.constraints, nameWork)
    if (forbidden !== undefined) add('path.name-constraints', forbidden)
    if (nameWork.left < 0)
      state.problems.push({ problem: 'path.limit', seen: 'names', certificate: thumbprint })
  }
  const { policies } = extensionsOf(certificate)
  state.graph.add(policies, state.inhibitAnyPolicy > 0 || (!isTarget && selfIssued))
  if (state.explicitPolicy === 0 && state.graph.isEmpty) addPolicyProblem(state, certificate)
  checkPurpose(state, certificate, inputs)
}

/** 6.1.4, but for what lastingProblems has looked at: a to b, d, g to j, l and m. */
function prepareForNext(state: State, certificate: Certificate): void {
  const add = adder(state, certificate)
  const extensions = extensionsOf(certificate)
  const { policyMappings = [] } = extensions
  const isAnyMapped = policyMappings.some(
    ({ issuerPolicy, subjectPolicy }) => issuerPolicy === oids.anyPolicy || subjectPolicy === oids.anyPolicy,
  )
  if (isAnyMapped) add('path.policy-mapping', oids.anyPolicy)
  state.graph.map(policyMappings, state.policyMapping > 0)
  if (state.key !== undefined) state.key = completeKey(certificate.publicKey, state.key)
  if (!isSelfIssued(certificate)) {
    state.explicitPolicy = Math.max(0, state.explicitPolicy - 1)
    state.policyMapping = Math.max(0, state.policyMapping - 1)
    state.inhibitAnyPolicy = Math.max(0, state.inhibitAnyPolicy - 1)
    if (state.pathLengthLeft === 0) add('path.path-length', 'no authority may follow here')
    state.pathLengthLeft = Math.max(0, state.pathLengthLeft - 1)
  }
  takeConstraints(state, extensions)
}

/** 6.1.4 g to j and m: what an authority imposes on all that follow. */
function takeConstraints(state: State, extensions: CertificateExtensions): void {
  const { nameConstraints, policyConstraints, inhibitAnyPolicy, basicConstraints } = extensions
  const { requireExplicitPolicy, inhibitPolicyMapping } = policyConstraints ?? {}
  if (nameConstraints !== undefined) state.constraints.push(nameConstraints)
  state.explicitPolicy = Math.min(state.explicitPolicy, requireExplicitPolicy ?? Number.POSITIVE_INFINITY)
  state.policyMapping = Math.min(state.policyMapping, inhibitPolicyMapping ?? Number.POSITIVE_INFINITY)
  state.inhibitAnyPolicy = Math.min(state.inhibitAnyPolicy, inhibitAnyPolicy ?? Number.POSITIVE_INFINITY)
  const pathLength = basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY
  state.pathLengthLeft = Math.min(state.pathLengthLeft, pathLength)
}

/** 6.1.5, and the policies of 6.1.5 g. */
function wrapUp(state: State, target: Certificate | undefined): PathVerdict {
  const { problems, graph, wanted } = state
  if (target !== undefined) state.explicitPolicy = Math.max(0, state.explicitPolicy - 1)
  const constraints = target === undefined ? undefined : extensionsOf(target).policyConstraints
  if (constraints?.requireExplicitPolicy === 0) state.explicitPolicy = 0
  const policies = graph.valid(wanted)
  if (target !== undefined && state.explicitPolicy === 0 && policies.length === 0)
    addPolicyProblem(state, target)
  return { problems, policies }
}

/** Told once: without policies a path has none further down either. */
function addPolicyProblem(state: State, certificate: Certificate): void {
  if (state.problems.some(({ problem }) => problem === 'path.policy')) return
  const { policies = ['no certificatePolicies'] } = extensionsOf(certificate)
  adder(state, certificate)('path.policy', policies.join(' '))
}

/**
 * An authority that names purposes grants no others. RFC 5280 leaves this open for authorities; everybody else reads it
 * so, and a key nobody may grant a purpose to has none left.
 */
function checkPurpose(state: State, certificate: Certificate, inputs: PathInputs): void {
  const { extendedKeyUsage } = extensionsOf(certificate)
  if (extendedKeyUsage === undefined || extendedKeyUsage.includes(oids.anyExtendedKeyUsage)) return
  const before = state.purposes
  const left = extendedKeyUsage.filter((purpose) => before === undefined || before.has(purpose))
  state.purposes = new Set(left)
  if (left.length === 0) {
    adder(state, certificate)('path.purpose', extendedKeyUsage.join(' '))
    // Told once: those below are measured by what was asked for again.
    state.purposes = inputs.purposes === undefined ? undefined : new Set(inputs.purposes)
  }
}

function adder(state: State, { thumbprint }: Certificate): (problem: ProblemCode, seen: string) => void {
  return (problem, seen) => {
    state.problems.push({ problem, seen, certificate: thumbprint })
  }
}
