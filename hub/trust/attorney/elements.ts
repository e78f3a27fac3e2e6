// Reads people and organisations out of elements of EMCHD_1 (domain rules 13.5).

import type { XmlElement } from '../../../operators/containers/xml/read.ts'
import type {
  AttorneyEntrepreneur,
  AttorneyHead,
  AttorneyName,
  AttorneyOrganisation,
  AttorneyPerson,
} from '../../../schemas/attorney/value.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'

/** The namespace of the unified form. */
export const attorneyNamespace = 'urn://x-artefacts/EMCHD_1'

/** Thrown inside of the reader only: the document lacks what its form demands. Becomes attorney.invalid. */
export class AttorneyFormError extends Error {
  readonly refusal: Refusal

  constructor(seen: string, at: string) {
    super(seen)
    this.refusal = refuse('attorney.invalid', seen, at)
  }
}

/** The children of a name, in the order of the document. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name && child.namespace === attorneyNamespace)
}

/** The first child of a name. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return childrenOf(element, name)[0]
}

/** The first child of a name. Throws when there is none. */
export function dueChild(element: XmlElement, name: string): XmlElement {
  const child = childOf(element, name)
  if (child === undefined) throw new AttorneyFormError('the element is missing', `${element.name}/${name}`)
  return child
}

/** An attribute. Throws when it is not there. */
export function dueAttribute(element: XmlElement, name: string): string {
  const value = element.attributes.get(name)
  if (value === undefined) throw new AttorneyFormError('the attribute is missing', `${element.name}/@${name}`)
  return value
}

/** Reads Лицо: an element with СведФЛ/ФИО below. */
export function readPerson(element: XmlElement): AttorneyPerson {
  const person: AttorneyPerson = { name: readName(dueChild(dueChild(element, 'СведФЛ'), 'ФИО')) }
  return { ...person, ...numbersOf(element), ...given('position', element.attributes.get('Должность')) }
}

/** Reads ФИО. */
export function readName(element: XmlElement): AttorneyName {
  return {
    surname: dueAttribute(element, 'Фамилия'),
    givenName: dueAttribute(element, 'Имя'),
    ...given('patronymic', element.attributes.get('Отчество')),
  }
}

/** Reads ИП. */
export function readEntrepreneur(element: XmlElement): AttorneyEntrepreneur {
  return {
    name: readName(dueChild(dueChild(element, 'СведФЛ'), 'ФИО')),
    inn: dueAttribute(element, 'ИННФЛ'),
    ogrnip: dueAttribute(element, 'ОГРНИП'),
    snils: digitsOf(dueAttribute(element, 'СНИЛС')),
  }
}

/** Reads Орг or ИнОрг. */
export function readOrganisation(element: XmlElement): AttorneyOrganisation {
  const name = element.attributes.get('НаимОрг') ?? dueAttribute(element, 'НаимИО')
  return {
    name,
    ...given('inn', element.attributes.get('ИННЮЛ')),
    ...given('kpp', element.attributes.get('КПП')),
    ...given('ogrn', element.attributes.get('ОГРН')),
  }
}

/** Reads ЛицоБезДов or СвЗакПредРук. Throws when it names nobody, which the schema allows. */
export function readHead(element: XmlElement): AttorneyHead {
  const company = childOf(element, 'СВЮЛ')
  const person = childOf(element, 'СвФЛ')
  const entrepreneur = childOf(element, 'СвИП')
  if (company === undefined && person === undefined && entrepreneur === undefined) {
    throw new AttorneyFormError('it names nobody', element.name)
  }
  return {
    actsJointly: dueAttribute(element, 'ПолнЮЛ') === '2',
    ...given('company', company && readCompany(company)),
    ...given('person', person && readPerson(person)),
    ...given('entrepreneur', entrepreneur && readEntrepreneur(entrepreneur)),
  }
}

function readCompany(element: XmlElement): NonNullable<AttorneyHead['company']> {
  return {
    organisation: readOrganisation(dueChild(element, 'СвЮЛЕИО')),
    persons: childrenOf(element, 'СвФЛ').map(readPerson),
  }
}

function numbersOf(element: XmlElement): Pick<AttorneyPerson, 'inn' | 'snils'> {
  const snils = element.attributes.get('СНИЛС')
  return { ...given('inn', element.attributes.get('ИННФЛ')), ...given('snils', snils && digitsOf(snils)) }
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '')
}

/** An object with the property, or without it when the value is absent. */
export function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>)
}
