// Checks a power of attorney against the document: who signed it, for whom it was sent, what powers it needs.

import type { Attorney, AttorneyRepresentative } from '../../../schemas/attorney/value.ts'
import type { AttorneyFacts, AttorneyLink, AttorneySigner } from '../../../schemas/attorney/verdict.ts'
import { type Finding, find } from './findings.ts'
import { type MatchedBy, matchOrganisation, matchSigner, namesPerson } from './match.ts'

/** Checks the power of attorney the document's signer relies on, and the first of its chain. */
export function checkParties(facts: AttorneyFacts, leaf: AttorneyLink): Finding[] {
  return [
    checkRepresentative(facts, leaf.attorney),
    checkJointly(facts, leaf.attorney),
    checkPrincipal(facts, leaf.attorney),
    ...checkPowers(facts, leaf.attorney),
  ]
}

const representativeFindings = {
  inn: 'representative-inn',
  snils: 'representative-snils',
  name: 'representative-name',
} as const satisfies Record<MatchedBy, string>

/** By ИНН, else СНИЛС, else name; any number both have decides (domain rules 6.4). */
function checkRepresentative({ documentSigner }: AttorneyFacts, attorney: Attorney): Finding {
  const found = attorney.representatives.map((one) => isRepresentative(documentSigner, one))
  const by = (['inn', 'snils', 'name'] as const).find((one) => found.includes(one))
  return find(by === undefined ? 'representative-other' : representativeFindings[by], '', attorney.number)
}

/** An organisation acts by its head, whose certificate is the organisation's own. */
function isRepresentative(
  signer: AttorneySigner,
  representative: AttorneyRepresentative,
): MatchedBy | undefined {
  switch (representative.kind) {
    case 'person':
      return matchSigner(signer, representative.person)
    case 'entrepreneur': {
      const { entrepreneur } = representative
      const isOther = signer.ogrnip !== undefined && signer.ogrnip !== entrepreneur.ogrnip
      return isOther ? undefined : matchSigner(signer, entrepreneur)
    }
    case 'organisation':
    case 'branch':
    case 'foreign':
      return matchOrganisation(signer, representative.organisation) === 'same' ? 'inn' : undefined
  }
}

/** Powers held jointly need the signature of every representative under the same document. */
function checkJointly(facts: AttorneyFacts, { number, powers, representatives }: Attorney): Finding {
  if (!powers.heldJointly) return find('jointly-severally', '', number)
  const signers = [facts.documentSigner, ...facts.cosigners]
  const signed = representatives.filter((one) =>
    signers.some((signer) => isRepresentative(signer, one) !== undefined),
  )
  const seen = `${signed.length} / ${representatives.length}`
  return find(signed.length === representatives.length ? 'jointly-all' : 'jointly-incomplete', seen, number)
}

/** For each representative the first of those who signed who is it: for powers held jointly nobody else counts. */
export function cosignersOf<Signer extends { names: AttorneySigner }>(
  { powers, representatives }: Attorney,
  signers: readonly Signer[],
): Signer[] {
  if (!powers.heldJointly) return []
  const first = representatives.map((one) => signers.find(({ names }) => isRepresentative(names, one)))
  return [...new Set(first)].filter((one) => one !== undefined)
}

/**
 * The principal stands in the original. Where that is not there, what the retrust says of it can only refute: it is not
 * signed by the principal.
 */
function checkPrincipal(facts: AttorneyFacts, leaf: Attorney): Finding {
  const original = facts.chain.find(({ attorney }) => attorney.retrust === undefined)?.attorney
  const { inn } = facts.sender
  const told = original === undefined ? (leaf.retrust?.first.principalInns ?? []) : innsOf(original)
  const number = original?.number ?? leaf.number
  if (inn === undefined) return find('principal-unknown', '', number)
  if (original === undefined && (told.length === 0 || told.includes(inn))) {
    return find('principal-unchecked', '', number)
  }
  if (told.includes(inn)) return find('principal-ok', '', number)
  const isUnnamed = original !== undefined && told.length < original.principals.length
  return find(isUnnamed ? 'principal-unknown' : 'principal-other', '', number)
}

function innsOf({ principals }: Attorney): string[] {
  return principals
    .map((one) => {
      if (one.kind === 'entrepreneur') return one.entrepreneur.inn
      return one.kind === 'person' ? one.person.inn : one.organisation.inn
    })
    .filter((inn) => inn !== undefined)
}

/** Separate from validity: a valid power of attorney may be for something else. */
function checkPowers({ powersWanted }: AttorneyFacts, { number, powers }: Attorney): Finding[] {
  if (powersWanted.length === 0) return [find('powers-not-compared', '', number)]
  return powersWanted.map((code) => {
    const held = powers.items.filter((one) => one.code === code)
    if (held.some(({ limits }) => limits.length === 0)) return find('powers-ok', code, number)
    if (held.length > 0) return find('powers-limited', code, number)
    const hasText = powers.kind === 'text' || powers.text !== undefined
    return find(hasText ? 'powers-text' : 'powers-missing', code, number)
  })
}

/** Whether a power of attorney names the signer at all; to choose among several. */
export function namesSigner(attorney: Attorney, signer: AttorneySigner): boolean {
  const isComparable = namesPerson(signer) || signer.commonName !== undefined
  return isComparable && attorney.representatives.some((one) => isRepresentative(signer, one) !== undefined)
}
