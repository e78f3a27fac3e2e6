// Reads who gives and who receives powers in EMCHD_1; kinds told and elements there must agree (domain rules 6.1).

import type { XmlElement } from '../../../operators/containers/xml/read.ts'
import type { AttorneyPrincipal, AttorneyRepresentative } from '../../../schemas/attorney/value.ts'
import {
  AttorneyFormError,
  childOf,
  childrenOf,
  dueAttribute,
  dueChild,
  given,
  readEntrepreneur,
  readHead,
  readOrganisation,
  readPerson,
} from './elements.ts'

type Reader<Party> = readonly [name: string, read: (element: XmlElement) => Party]

const principalReaders: Readonly<Record<string, Reader<AttorneyPrincipal>>> = {
  '1': ['РосОргДовер', readHeaded],
  '2': ['ИнОргДовер', readForeign],
  '3': ['ИПДовер', ownEntrepreneur],
  '4': ['ФЛДовер', readNatural],
}

const giverReaders: Readonly<Record<string, Reader<AttorneyPrincipal>>> = {
  '1': ['РосОргПерПолн', readHeaded],
  '2': ['ИППерПолн', ownEntrepreneur],
  '3': ['ФЛПерПолн', readNatural],
  '4': ['ФилПерПолн', readBranch],
  '5': ['ИнПерПолн', readForeign],
}

const representativeReaders: Readonly<Record<string, Reader<AttorneyRepresentative>>> = {
  '1': ['СведОрг', (one) => ({ kind: 'organisation', organisation: readOrganisation(one) })],
  '2': ['СведИП', (one) => ({ kind: 'entrepreneur', entrepreneur: readEntrepreneur(one) })],
  '3': ['СведФизЛ', (one) => ({ kind: 'person', person: readPerson(one) })],
  '4': ['СведФилиал', (one) => ({ kind: 'branch', organisation: readOrganisation(one) })],
  '5': ['СведИО', (one) => ({ kind: 'foreign', organisation: readOrganisation(one) })],
}

/** Reads СвДоверит. Throws when its kind and what it holds differ. */
export function readPrincipal(element: XmlElement): AttorneyPrincipal {
  return readOnly(dueChild(element, 'Доверит'), principalReaders[dueAttribute(element, 'ТипДоверит')])
}

/** Reads СвПередПолн in the same way. */
export function readGiver(element: XmlElement): AttorneyPrincipal {
  return readOnly(dueChild(element, 'ПередПолн'), giverReaders[dueAttribute(element, 'ТипПерПолн')])
}

/** Reads СвУпПред or СвПолучПолн in the same way. */
export function readRepresentative(element: XmlElement): AttorneyRepresentative {
  return readOnly(dueChild(element, 'Пред'), representativeReaders[dueAttribute(element, 'ТипПред')])
}

/** The schema lets every kind be absent and several be there: exactly the one that is told must be. */
function readOnly<Party>(element: XmlElement, reader: Reader<Party> | undefined): Party {
  const [child, second] = element.children
  if (reader === undefined || child === undefined || second !== undefined || child.name !== reader[0]) {
    throw new AttorneyFormError('the kind told is not what is there', element.name)
  }
  return reader[1](child)
}

function readHeaded(element: XmlElement): AttorneyPrincipal {
  const isTold = (name: string): boolean => dueAttribute(element, name) === '1'
  return {
    kind: 'organisation',
    organisation: readOrganisation(dueChild(element, 'СвРосОрг')),
    headKinds: { company: isTold('ЕИОУК'), person: isTold('ЕИОФЛ'), entrepreneur: isTold('ЕИОИП') },
    heads: childrenOf(element, 'ЛицоБезДов').map(readHead),
  }
}

function readForeign(element: XmlElement): AttorneyPrincipal {
  return {
    kind: 'foreign',
    organisation: readOrganisation(dueChild(element, 'СвИнОрг')),
    persons: childrenOf(element, 'СвРукОП').map(readPerson),
  }
}

function readBranch(element: XmlElement): AttorneyPrincipal {
  return {
    kind: 'branch',
    organisation: readOrganisation(dueChild(element, 'СвФил')),
    persons: [readPerson(dueChild(element, 'СвРукФил'))],
  }
}

function ownEntrepreneur(element: XmlElement): AttorneyPrincipal {
  return { kind: 'entrepreneur', entrepreneur: readEntrepreneur(element) }
}

function readNatural(element: XmlElement): AttorneyPrincipal {
  const guardian = childOf(element, 'СвЗакПредРук')
  return { kind: 'person', person: readPerson(element), ...given('guardian', guardian && readHead(guardian)) }
}
