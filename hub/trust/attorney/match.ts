// Compares people and organisations of certificates and powers of attorney (domain rules 6.4, 7.1).

import type {
  AttorneyEntrepreneur,
  AttorneyName,
  AttorneyOrganisation,
  AttorneyPerson,
} from '../../../schemas/attorney/value.ts'
import type { AttorneySigner } from '../../../schemas/attorney/verdict.ts'

/** By what two were found to be the same: numbers first, names when there is no number to compare. */
export type MatchedBy = 'inn' | 'snils' | 'name'

type Identity = Partial<Pick<AttorneyPerson, 'inn' | 'snils'>> & { name: string }

/**
 * The ИНН of the organisation a certificate is for: ИННЮЛ, or ИНН filled up with "00". A certificate that gives two
 * different ones is contradictory.
 */
export function organisationInn(signer: AttorneySigner): string | 'contradictory' | undefined {
  const told = [signer.innLegal, /^00\d{10}$/.test(signer.inn ?? '') ? signer.inn : undefined]
    .filter((inn) => inn !== undefined)
    .map((inn) => (inn.length === 12 ? inn.replace(/^00/, '') : inn))
  const [first, second] = told
  return second !== undefined && second !== first ? 'contradictory' : first
}

/** The ИНН of the person a certificate names. */
export function personalInn({ inn }: AttorneySigner): string | undefined {
  return inn !== undefined && /^\d{12}$/.test(inn) && !inn.startsWith('00') ? inn : undefined
}

/** Whether a certificate names a person at all, by number or surname. */
export function namesPerson(signer: AttorneySigner): boolean {
  const { snils, surname } = signer
  return personalInn(signer) !== undefined || snils !== undefined || surname !== undefined
}

/** Whether a signer is a person: the first number both have decides, else the name. */
export function matchSigner(
  signer: AttorneySigner,
  person: AttorneyPerson | AttorneyEntrepreneur,
): MatchedBy | undefined {
  const { surname, givenName, commonName } = signer
  const written = surname === undefined ? commonName : `${surname} ${givenName ?? ''}`
  const identity: Identity = { name: written ?? '' }
  const inn = personalInn(signer)
  if (inn !== undefined) identity.inn = inn
  const snils = signer.snils?.replace(/\D/g, '')
  if (snils?.length === 11) identity.snils = snils
  return matchIdentities(identity, { ...person, name: fullName(person.name) })
}

/** Whether two people of powers of attorney are one, in the same way. */
export function matchPeople(
  one: AttorneyPerson | AttorneyEntrepreneur,
  other: AttorneyPerson | AttorneyEntrepreneur,
): MatchedBy | undefined {
  return matchIdentities({ ...one, name: fullName(one.name) }, { ...other, name: fullName(other.name) })
}

function matchIdentities(one: Identity, other: Identity): MatchedBy | undefined {
  if (one.inn !== undefined && other.inn !== undefined) return one.inn === other.inn ? 'inn' : undefined
  if (one.snils !== undefined && other.snils !== undefined) {
    return one.snils === other.snils ? 'snils' : undefined
  }
  const name = plainText(one.name)
  return name !== '' && name === plainText(other.name) ? 'name' : undefined
}

/** Whether a certificate names a person the notary's name is. */
export function matchNotary(signer: AttorneySigner, notary: AttorneyName): boolean {
  return matchSigner(signer, { name: notary }) === 'name'
}

/**
 * Whether a certificate is for an organisation. `unknown`: the power of attorney gives neither ИНН nor ОГРН, which its
 * format allows. Every number both have must be the same. A certificate without either is a person's, so it is another.
 */
export function matchOrganisation(
  signer: AttorneySigner,
  organisation: AttorneyOrganisation,
): 'same' | 'other' | 'unknown' {
  const inn = organisationInn(signer)
  if (inn === 'contradictory') return 'other'
  if (inn === undefined && signer.ogrn === undefined) return 'other'
  const compared = [
    [inn, organisation.inn],
    [signer.ogrn, organisation.ogrn],
  ].filter(([one, other]) => one !== undefined && other !== undefined)
  if (compared.length === 0) return 'unknown'
  return compared.every(([one, other]) => one === other) ? 'same' : 'other'
}

/** Whether two organisations of powers of attorney are one: the first number both have decides, else the name. */
export function matchOrganisations(
  one: AttorneyOrganisation,
  other: AttorneyOrganisation,
): 'number' | 'name' | undefined {
  if (one.inn !== undefined && other.inn !== undefined) return one.inn === other.inn ? 'number' : undefined
  if (one.ogrn !== undefined && other.ogrn !== undefined) {
    return one.ogrn === other.ogrn ? 'number' : undefined
  }
  return plainText(one.name) === plainText(other.name) ? 'name' : undefined
}

function fullName({ surname, givenName, patronymic }: AttorneyName): string {
  return `${surname} ${givenName} ${patronymic ?? ''}`
}

/** Names differ in case, blanks and ё between issuers and registries; they are the same name for all that. */
function plainText(text: string): string {
  return text.normalize('NFC').toUpperCase().replaceAll('Ё', 'Е').replace(/\s+/g, ' ').trim()
}
