// Which names an entry of a ZIP may bear, in any dialect.

import { limits } from '../../../schemas/limits.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads the raw name of an entry and refuses every name that could lead out of its folder or hide something.
 * Names are UTF-8 whether or not flag bit 11 says so: the names of the exchange protocols are ASCII, and a
 * name in a code page would be read differently by different tools. At most `zipNameBytesMax` bytes.
 */
export function readEntryName(raw: Uint8Array): { name: string } | Refusal {
  if (raw.length === 0) return refuse('zip.name', 'an entry without a name')
  if (raw.length > limits.zipNameBytesMax) return refuse('zip.name', `a name of ${raw.length} bytes`)
  const name = decodeUtf8(raw)
  if (name === undefined) return refuse('zip.name', 'a name that is not UTF-8')
  const fault = faultOfName(name)
  return fault === undefined ? { name } : refuse('zip.name', fault, placeOfName(name))
}

/** Says what is wrong with a decoded name, or undefined when it is acceptable. */
export function faultOfName(name: string): string | undefined {
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(name)) return 'a name with control or invisible characters'
  if (name.includes('\\')) return 'a name with a backslash'
  if (name.startsWith('/')) return 'an absolute path'
  if (name.includes(':')) return 'a name with a drive or stream'
  const parts = (name.endsWith('/') ? name.slice(0, -1) : name).split('/')
  if (parts.includes('..')) return 'a path that leads upwards'
  if (parts.includes('.') || parts.includes('')) return 'a path with an empty part'
  return undefined
}

/**
 * The form under which two names count as the same: what a file system without case or with composed
 * letters would write into one file, and a folder beside a file of its name.
 */
export function sameNameKey(name: string): string {
  const plain = name.endsWith('/') ? name.slice(0, -1) : name
  return plain.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}

/** A name as it may stand in a refusal: ASCII only and at most 80 characters, so that no person is named. */
export function placeOfName(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, 80)
}

function decodeUtf8(raw: Uint8Array): string | undefined {
  try {
    return utf8.decode(raw)
  } catch {
    return undefined // not UTF-8: the caller refuses it as zip.name
  }
}
