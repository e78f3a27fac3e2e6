// Reads the name of a package from the Content-Disposition header.

import { type PackageName, parsePackageName } from '../../schemas/ids.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'

const dispositionType = /[\s;]*[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(?=;|$)/y
const emptyParameters = /[\s;]*/y
const parameter =
  /([!#$%&'+.^_`|~0-9A-Za-z-]+\*?)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))[ \t]*(?=;|$)/y
const extendedValue = /^(?:utf-8|iso-8859-1)'[^']*'((?:[!#$&+.^_`|~0-9A-Za-z-]|%[0-9A-Fa-f]{2})*)$/i

/**
 * Reads `attachment; filename="x.cms"` and its kin: without a type, unquoted, with quoted pairs (RFC 6266),
 * and `filename*` (RFC 8187) alone or beside `filename` when both give the same name. Refuses with
 * door.header-invalid, door.header-doubled or door.name-invalid (a path is never cut off, RULES 11).
 */
export function readPackageName(value: string): PackageName | Refusal {
  const names = readFileNames(value)
  if ('code' in names) return names
  const { plain, extended } = names
  if (plain !== undefined && extended !== undefined && plain !== extended) {
    return invalid(`filename and filename* differ: ${value}`)
  }
  const name = plain ?? extended
  if (name === undefined) return invalid(`no filename in: ${value}`)
  return parsePackageName(name) ?? refuse('door.name-invalid', name, 'Content-Disposition')
}

type FileNames = { plain: string | undefined; extended: string | undefined }

function readFileNames(value: string): FileNames | Refusal {
  const found: FileNames = { plain: undefined, extended: undefined }
  let position = endOfMatch(dispositionType, value, 0) ?? 0
  for (;;) {
    position = endOfMatch(emptyParameters, value, position) ?? position
    if (position === value.length) return found
    parameter.lastIndex = position
    const match = parameter.exec(value)
    if (match === null) return invalid(value)
    position = parameter.lastIndex
    const [, name = '', quoted, unquoted = ''] = match
    const kind = name.toLowerCase()
    if (kind !== 'filename' && kind !== 'filename*') continue
    const key = kind === 'filename' ? 'plain' : 'extended'
    if (found[key] !== undefined) return refuse('door.header-doubled', `${kind} twice`, 'Content-Disposition')
    const text = quoted === undefined ? unquoted : quoted.replace(/\\(.)/g, '$1')
    const decoded = key === 'plain' ? text : decodeExtended(text)
    if (decoded === undefined) return invalid(`filename*=${text}`)
    found[key] = decoded
  }
}

/**
 * Octets as characters: a package name is ASCII, so both charsets of RFC 8187 read alike and others fail
 * later.
 */
function decodeExtended(text: string): string | undefined {
  const encoded = extendedValue.exec(text)?.[1]
  return encoded?.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function endOfMatch(pattern: RegExp, text: string, position: number): number | undefined {
  pattern.lastIndex = position
  return pattern.test(text) ? pattern.lastIndex : undefined
}

function invalid(seen: string): Refusal {
  return refuse('door.header-invalid', seen, 'Content-Disposition')
}
