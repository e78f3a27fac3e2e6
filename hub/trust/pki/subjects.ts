// The subjects of development certificates: organisations with made-up heads, in the fields of order ФСБ №795.

import type { NameAttributes } from '../distinguished-name.ts'
import { inventOgrn, inventPersonInn, inventSnils } from './test-numbers.ts'

/** An organisation as it is named in a certificate. */
export type Organization = {
  name: string
  /** 10 digits. */
  inn: string
  /** 13 digits; made up when absent. */
  ogrn?: string
}

/** The name of a certification authority. */
export function authorityName(commonName: string): NameAttributes {
  return { country: 'RU', commonName }
}

/** The name of an organisation's certificate; its head is made up. */
export function organizationName(organization: Organization): NameAttributes {
  const { name, inn, ogrn = inventOgrn(inn) } = organization
  return {
    country: 'RU',
    state: '77 г. Москва',
    locality: 'г. Москва',
    street: 'ул. Пробная, д. 1',
    organization: name,
    commonName: name,
    title: 'Генеральный директор',
    surname: 'Пробный',
    givenName: 'Пётр Петрович',
    innLegal: inn,
    inn: inventPersonInn(inn),
    ogrn,
    snils: inventSnils(inn),
  }
}
