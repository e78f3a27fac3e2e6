// E-mail addresses: the one parser, strict enough that nothing it lets through can change a header or an envelope.

import { limits } from '../limits.ts'

declare const brand: unique symbol

/** An address as it goes into an envelope: ASCII, the domain in lower case and IDNA form. */
export type EmailAddress = string & { readonly [brand]: 'EmailAddress' }

const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
const writtenDomain = /^[\p{L}\p{M}\p{N}-]+(\.[\p{L}\p{M}\p{N}-]+)+$/u
const asciiLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Reads an address: `local@domain`, the local part a dot-atom (RFC 5321 4.1.2) of limits.emailLocalLengthMax characters at
 * most, the domain with a dot, ASCII or IDN, the whole limits.emailLengthMax at most. Quoted local parts, comments, address
 * literals, local parts outside of ASCII (RFC 6531) and display names are no address here.
 */
export function parseEmail(text: string): EmailAddress | undefined {
  if (text.length > limits.emailLengthMax) return undefined
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(at, 0))
  if (local.length > limits.emailLocalLengthMax || !localPart.test(local)) return undefined
  const domain = asciiDomain(text.slice(at + 1))
  if (domain === undefined) return undefined
  const address = `${local}@${domain}`
  return address.length > limits.emailLengthMax ? undefined : (address as EmailAddress)
}

/** An address with its middle hidden, for lists that many may read: `i***@example.ru`. */
export function maskedEmail(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 1 ? '***' : `${[...address].slice(0, 1).join('')}***${address.slice(at)}`
}

/** The domain in IDNA form (UTS 46, as URLs have it). A last label of digits alone would be an IP address. */
function asciiDomain(text: string): string | undefined {
  if (!writtenDomain.test(text)) return undefined
  const hostname = URL.parse(`http://${text}/`)?.hostname
  const labels = hostname?.split('.') ?? []
  const isDomain = labels.length > 1 && labels.every((label) => asciiLabel.test(label))
  return isDomain && !/^\d+$/.test(labels.at(-1) ?? '') ? hostname : undefined
}
