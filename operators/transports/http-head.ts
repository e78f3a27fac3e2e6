// Reads the head of a request to the door: method, path and the headers of the HTTP binding.

import type { PackageName } from '../../schemas/ids.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import { readPackageName } from './content-disposition.ts'
import type { DoorLimits } from './door-limits.ts'

/** What the head of a package's request says. */
export type RequestHead = {
  name: PackageName
  receiptAddress: string | undefined
  /** Absent for a chunked body. */
  contentLength: number | undefined
}

/** The part of node's IncomingMessage that is read here. */
export type RawHead = {
  method?: string | undefined
  url?: string | undefined
  httpVersionMajor: number
  httpVersionMinor: number
  rawHeaders: readonly string[]
}

/** Headers that say one thing: two of one kind are a contradiction, or someone else's request smuggled in. */
const singleHeaders = [
  'host',
  'content-disposition',
  'send-receipt-to',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'expect',
] as const
type SingleHeader = (typeof singleHeaders)[number]
type SingleHeaders = { [Name in SingleHeader]?: string }

/**
 * Checks everything that can be known before the first byte of the body (domain: HTTP binding; RFC 9110,
 * 9112). Headers are counted as they came (rawHeaders), for node joins or drops repeated ones.
 */
export function readHead(request: RawHead, limits: DoorLimits, path: string): RequestHead | Refusal {
  if (request.httpVersionMajor !== 1)
    return refuse('door.request-malformed', 'HTTP version is not 1.0 or 1.1')
  if (pathOf(request.url ?? '') !== path) return refuse('door.path', request.url ?? '')
  if (request.method !== 'POST') return refuse('door.method', request.method ?? '')
  if (request.rawHeaders.length / 2 > limits.headerCountMax) {
    return refuse('door.headers-too-large', `more than ${limits.headerCountMax} headers`)
  }
  const headers = collectSingle(request.rawHeaders)
  if ('code' in headers) return headers
  if (headers.host === undefined && request.httpVersionMinor > 0) {
    return refuse('door.request-malformed', 'no Host header')
  }
  const contentLength = readLength(headers, limits)
  if (typeof contentLength === 'object') return contentLength
  const receiptAddress = readReceiptAddress(headers['send-receipt-to'], limits)
  if (typeof receiptAddress === 'object') return receiptAddress
  const disposition = headers['content-disposition']
  if (disposition === undefined)
    return refuse('door.header-missing', 'no Content-Disposition', 'Content-Disposition')
  const name = readPackageName(disposition)
  return typeof name === 'object' ? name : { name, receiptAddress, contentLength }
}

/** The path of a request target, of its absolute form too (RFC 9112, 3.2.2); the query is left aside. */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
}

function collectSingle(rawHeaders: readonly string[]): SingleHeaders | Refusal {
  const found: SingleHeaders = {}
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    if (!isSingle(name)) continue
    if (found[name] !== undefined) return refuse('door.header-doubled', `${name} twice`, name)
    found[name] = (rawHeaders[index + 1] ?? '').trim()
  }
  return found
}

function isSingle(name: string): name is SingleHeader {
  return (singleHeaders as readonly string[]).includes(name)
}

/**
 * Length of the body, undefined when chunked. The server's parser has refused what contradicts RFC 9112, 6.
 */
function readLength(headers: SingleHeaders, limits: DoorLimits): number | undefined | Refusal {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return refuse('door.header-invalid', `${encoding} is not accepted`, 'Content-Encoding')
  }
  const expectation = headers.expect
  if (expectation !== undefined && expectation.toLowerCase() !== '100-continue') {
    return refuse('door.header-invalid', expectation, 'Expect')
  }
  const transfer = headers['transfer-encoding']
  if (transfer !== undefined) {
    return transfer.toLowerCase() === 'chunked'
      ? undefined
      : refuse('door.header-invalid', transfer, 'Transfer-Encoding')
  }
  const length = Number(headers['content-length'] ?? 0)
  if (!Number.isSafeInteger(length) || length < 0) {
    return refuse('door.header-invalid', headers['content-length'] ?? '', 'Content-Length')
  }
  if (length === 0) return refuse('door.empty', 'no body', 'Content-Length')
  if (length > limits.packageBytesMax) {
    return refuse('door.too-large', `${length} bytes of at most ${limits.packageBytesMax}`, 'Content-Length')
  }
  return length
}

/**
 * Only the form is checked: whether the address is used at all is decided by the registered ones (RULES
 * 14).
 */
function readReceiptAddress(value: string | undefined, limits: DoorLimits): string | undefined | Refusal {
  if (value === undefined) return undefined
  const no = (seen: string) => refuse('door.header-invalid', seen, 'Send-Receipt-To')
  if (value.length > limits.receiptAddressLengthMax) {
    return no(`longer than ${limits.receiptAddressLengthMax} characters`)
  }
  const url = /^https?:\/\/[\x21-\x7e]+$/i.test(value) ? URL.parse(value) : null
  if (url === null) return no(value)
  return url.username === '' && url.password === '' ? value : no('an address with a user name or password')
}
