// The lexical forms of values in description.xml and receipts.xml, shared by reader and writer.

import {
  type OperatorCode,
  parseDocumentId,
  parseMessageId,
  parseOperatorCode,
  parseParticipantId,
  parseSignatureId,
} from '../../../schemas/ids.ts'
import type { RefusalCode } from '../../../schemas/refusals.ts'

/** How a value is read and what is said when it is wrong. Values of `quoted` forms name nobody. */
export type Form<T> = {
  parse: (text: string) => T | undefined
  code: RefusalCode
  expected: string
  quoted: boolean
}

const form = <T>(parse: Form<T>['parse'], expected: string, code: RefusalCode = 'description.attribute') =>
  ({ parse, code, expected, quoted: true }) satisfies Form<T>
const unquoted = <T>(parse: Form<T>['parse'], expected: string): Form<T> => ({
  parse,
  code: 'description.attribute',
  expected,
  quoted: false,
})

/** Forms by what they hold (domain notes on logical-message-v1). */
export const forms = {
  participant: form(parseParticipantId, 'a participant id of 3 to 46 characters', 'description.participant'),
  message: form(parseMessageId, '32 characters of a-z and 0-9', 'description.id'),
  document: form(parseDocumentId, '32 characters of a-z and 0-9', 'description.id'),
  signature: form(parseSignatureId, '32 characters of a-z and 0-9', 'description.id'),
  utcTime: form(parseUtcTime, 'a date and time in UTC ending in Z'),
  date: form(parseDate, 'a date YYYY-MM-DD'),
  flag: form(parseFlag, 'true or false'),
  amount: form(parseAmount, 'a decimal number with a point'),
  documentType: form(parseDocumentType, 'a type of 1 to 255 characters'),
  invitationType: form(parseInvitationType, 'Запрос or Разрыв'),
  operator: form(parseOperator, 'the 3 characters of an operator'),
  fileName: unquoted(parseFileName, 'a name of 1 to 255 characters without / \\ : ? *'),
  unit: unquoted((text) => (lengthOf(text) <= 255 ? text : undefined), 'at most 255 characters'),
  inn: unquoted(parseInn, 'an ИНН of 10 or 12 digits'),
  kpp: unquoted(parseKpp, 'a КПП of 9 characters'),
  text: unquoted((text) => text, 'a text'),
} as const

/** Length as XML Schema counts it: in characters, not UTF-16 units. */
function lengthOf(text: string): number {
  return [...text].length
}

/** xs:dateTime ending in Z, fractions allowed; years of four digits, the calendar of XML Schema 1.0. */
export function parseUtcTime(text: string): string | undefined {
  const value = collapse(text)
  const [, day = '', hour = '', clock = ''] = /^(.{10})T(\d\d)(:\d\d:\d\d(?:\.\d+)?)Z$/.exec(value) ?? []
  const isMidnightAtEnd = hour === '24' && /^:00:00(\.0+)?$/.test(clock)
  const isInDay = Number(hour) < 24 && /^:[0-5]\d:[0-5]\d/.test(clock)
  return hour !== '' && isDay(day) && (isInDay || isMidnightAtEnd) && value.length <= 40 ? value : undefined
}

/** xs:date, with or without an offset; years of four digits. */
function parseDate(text: string): string | undefined {
  const value = collapse(text)
  const offset = value.slice(10)
  const isOffset = /^(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?$/.test(offset)
  return isDay(value.slice(0, 10)) && isOffset ? value : undefined
}

/** A file name of the published schema that is also the name of a file and free of control characters. */
function parseFileName(text: string): string | undefined {
  const isPlain = /^[^/\\:?*\p{Cc}]{1,255}$/u.test(text) && text !== '.' && text !== '..'
  return isPlain ? text : undefined
}

/** ИНН of an organisation or a person by pattern; check digits are not the business of a relay. */
function parseInn(text: string): string | undefined {
  return /^(\d[1-9]|[1-9]\d)\d{8}(\d{2})?$/.test(text) ? text : undefined
}

/** КПП with the letters other formats allow; the published schema takes A to F only (`isKppOfSchema`). */
function parseKpp(text: string): string | undefined {
  return /^(\d[1-9]|[1-9]\d)\d{2}[0-9A-Z]{2}\d{3}$/.test(text) ? text : undefined
}

/** КПП as the published schema has it: letters A to F only, though ФНС issues others. */
export function isKppOfSchema(text: string): boolean {
  return parseKpp(text) !== undefined && /^\d{4}[0-9A-F]{2}/.test(text)
}

/** The operator's code of Квитанции/@Получатель: upper case only, as the published schema has it. */
export function isOperatorOfSchema(text: string): boolean {
  return /^[A-Z0-9]{3}$/.test(text)
}

/** What XML Schema does to white space around values that are not plain strings. */
function collapse(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
}

function isDay(text: string): boolean {
  const [, year = 0, month = 0, day = 0] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)?.map(Number) ?? []
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return day <= (days[month - 1] ?? 0)
}

function parseFlag(text: string): boolean | undefined {
  const value = collapse(text)
  if (value === 'true' || value === '1') return true
  return value === 'false' || value === '0' ? false : undefined
}

function parseAmount(text: string): string | undefined {
  const value = collapse(text)
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(value) ? value : undefined
}

function parseDocumentType(text: string): string | undefined {
  const isShort = text !== '' && lengthOf(text) <= 255 && !/\p{Cc}/u.test(text)
  return isShort ? text : undefined
}

function parseInvitationType(text: string): 'ask' | 'break' | undefined {
  if (text === 'Запрос') return 'ask'
  return text === 'Разрыв' ? 'break' : undefined
}

function parseOperator(text: string): OperatorCode | undefined {
  return parseOperatorCode(text)
}
