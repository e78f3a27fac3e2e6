// Says whether those who signed a power of attorney may act for who gives it (domain rules 6.4; ГК РФ, 185.1).

import type {
  AttorneyHead,
  AttorneyOrganisation,
  AttorneyPrincipal,
} from '../../../schemas/attorney/value.ts'
import type { AttorneySigner } from '../../../schemas/attorney/verdict.ts'
import { matchOrganisation, matchSigner, namesPerson, personalInn } from './match.ts'

/**
 * How surely the signers act for a principal, best first; `joint`: one of several heads who act jointly signed, not all;
 * `other`: nobody who may.
 */
export type ActsFor = 'sure' | 'by-name' | 'organisation-only' | 'joint' | 'other'

const order: readonly ActsFor[] = ['sure', 'by-name', 'organisation-only', 'joint', 'other']

/** The best that any one of the signers, or the heads who act jointly together, come to. */
export function actsFor(principal: AttorneyPrincipal, signers: readonly AttorneySigner[]): ActsFor {
  switch (principal.kind) {
    case 'organisation':
      return actsForOrganisation(principal, signers)
    case 'foreign':
    case 'branch':
      return best(signers.map((signer) => actsForPersons(principal, signer)))
    case 'entrepreneur':
      return best(signers.map((signer) => actsForEntrepreneur(principal.entrepreneur, signer)))
    case 'person': {
      const guardian = principal.guardian
      const own = signers.map((signer) => sureness(matchSigner(signer, principal.person)))
      if (guardian === undefined) return best(own)
      return best([...own, ...signers.map((signer) => actsAsHead(guardian, undefined, signer))])
    }
  }
}

type Headed = Extract<AttorneyPrincipal, { kind: 'organisation' }>

function actsForOrganisation({ organisation, heads }: Headed, signers: readonly AttorneySigner[]): ActsFor {
  const found = heads.map((head) => ({
    actsJointly: head.actsJointly,
    acts: best(signers.map((signer) => actsAsHead(head, organisation, signer))),
  }))
  const alone = best(found.filter(({ actsJointly }) => !actsJointly).map(({ acts }) => acts))
  if (alone !== 'other') return alone
  const joint = found.filter(({ actsJointly }) => actsJointly).map(({ acts }) => acts)
  const signed = joint.filter((acts) => acts !== 'other')
  if (signed.length === 0) return 'other'
  // A certificate that names no person cannot say which of them it is.
  const isWhole =
    signed.length === joint.length && (joint.length === 1 || !joint.includes('organisation-only'))
  return isWhole ? worst(joint) : 'joint'
}

/**
 * A head signs with the principal's certificate. A managing company or an entrepreneur who manages may also sign with their
 * own. Without an organisation (a guardian) the persons alone count.
 */
function actsAsHead(
  head: AttorneyHead,
  organisation: AttorneyOrganisation | undefined,
  signer: AttorneySigner,
): ActsFor {
  const { person, company, entrepreneur } = head
  const ofPrincipal = organisation === undefined ? 'same' : matchOrganisation(signer, organisation)
  const found: ActsFor[] = []
  if (person !== undefined && ofPrincipal !== 'other') found.push(sureness(matchSigner(signer, person)))
  if (company !== undefined) {
    const isOfCompany = matchOrganisation(signer, company.organisation) === 'same'
    if (isOfCompany || ofPrincipal !== 'other') {
      found.push(...company.persons.map((one) => sureness(matchSigner(signer, one))))
      if (isOfCompany && !namesPerson(signer)) found.push('organisation-only')
    }
  }
  if (entrepreneur !== undefined) {
    const own = actsForEntrepreneur(entrepreneur, signer)
    if (ofPrincipal !== 'other' || own === 'sure') found.push(own)
  }
  if (organisation !== undefined && ofPrincipal === 'same' && !namesPerson(signer)) {
    found.push('organisation-only')
  }
  return best(found)
}

function actsForPersons(
  { organisation, persons }: Extract<AttorneyPrincipal, { kind: 'foreign' | 'branch' }>,
  signer: AttorneySigner,
): ActsFor {
  const isOf = matchOrganisation(signer, organisation)
  if (isOf === 'other') return 'other'
  const found = persons.map((person) => sureness(matchSigner(signer, person)))
  return best(isOf === 'same' && !namesPerson(signer) ? [...found, 'organisation-only'] : found)
}

function actsForEntrepreneur(
  entrepreneur: Extract<AttorneyPrincipal, { kind: 'entrepreneur' }>['entrepreneur'],
  signer: AttorneySigner,
): ActsFor {
  if (signer.ogrnip !== undefined && signer.ogrnip !== entrepreneur.ogrnip) return 'other'
  const inn = personalInn(signer)
  if (inn !== undefined) return inn === entrepreneur.inn ? 'sure' : 'other'
  return sureness(matchSigner(signer, entrepreneur))
}

function sureness(matched: ReturnType<typeof matchSigner>): ActsFor {
  if (matched === undefined) return 'other'
  return matched === 'name' ? 'by-name' : 'sure'
}

function best(found: readonly ActsFor[]): ActsFor {
  return order.find((one) => found.includes(one)) ?? 'other'
}

function worst(found: readonly ActsFor[]): ActsFor {
  return order.findLast((one) => found.includes(one)) ?? 'other'
}
