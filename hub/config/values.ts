// Reads one setting from text, whatever gave it: the file, the environment or the command line.

import { resolve } from 'node:path'
import type { SettingRow } from '../../schemas/setting-rows.ts'

/** The value of any setting. */
export type SettingValue = string | number | boolean | readonly string[] | undefined

/** A text or a list of texts, and the folder its relative paths start from. */
export type Given = { raw: string | readonly string[]; folder: string }

/** What is wrong with a value; both languages end without a full stop. The value itself is named by the caller. */
export type ValueFault = { ru: string; en: string }

/**
 * Reads a value by its row. Numbers are plain decimal integers; booleans are true or false; lists are lists or
 * comma-separated text; relative paths become absolute. Returns the value or what is wrong with it.
 */
export function readValue(row: SettingRow, given: Given): { value: SettingValue } | { fault: ValueFault } {
  if (row.type === 'list') return readList(row, given.raw)
  if (typeof given.raw !== 'string') {
    return { fault: { ru: 'нужно одно значение, а дан список', en: 'one value is expected, not a list' } }
  }
  const text = given.raw
  switch (row.type) {
    case 'integer':
      return readInteger(row, text)
    case 'boolean':
      return text === 'true' || text === 'false'
        ? { value: text === 'true' }
        : { fault: { ru: 'нужно true или false', en: 'true or false is expected' } }
    case 'choice':
      return row.values.includes(text)
        ? { value: text }
        : {
            fault: {
              ru: `нужно одно из: ${row.values.join(', ')}`,
              en: 'one of the listed values is expected',
            },
          }
    case 'path':
      return text === '' || text.includes('\0')
        ? { fault: { ru: 'нужен путь', en: 'a path is expected' } }
        : { value: resolve(given.folder, text) }
    case 'url':
      return readUrl(row, text)
    case 'text':
      return row.pattern === undefined || row.pattern.test(text)
        ? { value: text }
        : { fault: { ru: `не подходит под ${row.pattern}`, en: `does not match ${row.pattern}` } }
    default:
      return row satisfies never
  }
}

function readInteger(row: SettingRow & { type: 'integer' }, text: string) {
  const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= row.min && value <= row.max) return { value }
  const range = `${row.min}..${row.max}${row.unit === '' ? '' : ` ${row.unit}`}`
  return { fault: { ru: `нужно целое число ${range}`, en: `an integer of ${range} is expected` } }
}

function readList(row: SettingRow & { type: 'list' }, raw: string | readonly string[]) {
  const items = typeof raw === 'string' ? splitList(raw) : raw
  const wrong = items.find((item) => !row.pattern.test(item))
  if (wrong !== undefined) {
    return { fault: { ru: `«${wrong}» не подходит под ${row.pattern}`, en: `does not match ${row.pattern}` } }
  }
  if (items.length > row.itemsMax) {
    return { fault: { ru: `не больше ${row.itemsMax} значений`, en: `at most ${row.itemsMax} values` } }
  }
  return { value: items }
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function readUrl(row: SettingRow & { type: 'url' }, text: string) {
  const scheme = URL.canParse(text) ? new URL(text).protocol : undefined
  if (scheme !== undefined && row.schemes.includes(scheme)) return { value: text }
  const schemes = row.schemes.join(' ')
  return {
    fault: { ru: `нужен адрес вида ${schemes}//…`, en: `an address with the scheme ${schemes} is expected` },
  }
}
