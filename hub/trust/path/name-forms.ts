// Says whether a name lies in a subtree of its form (RFC 5280, 4.2.1.10).

import type { GeneralName } from '../certificate/general-names.ts'
import { comparableName } from '../certificate/name-key.ts'

/**
 * Whether a name lies in the subtree of its own form. Undefined when that cannot be said: the name or the subtree is
 * malformed, or the form is one nobody here compares. `isExcluding` makes a wildcard match what it may stand for.
 */
export function liesWithin(
  name: GeneralName,
  subtree: GeneralName,
  isExcluding: boolean,
): boolean | undefined {
  if (name.kind === 'directory' && subtree.kind === 'directory') return isUnder(name.name, subtree.name)
  if (name.kind === 'dns' && subtree.kind === 'dns') return isHostUnder(name.text, subtree.text, isExcluding)
  if (name.kind === 'email' && subtree.kind === 'email') return isMailboxUnder(name.text, subtree.text)
  if (name.kind === 'uri' && subtree.kind === 'uri') return isAddressUnder(name.text, subtree.text)
  if (name.kind === 'ip' && subtree.kind === 'ip') return isIpUnder(name.octets, subtree.octets)
  return undefined
}

/** Whether two names are of one form, so that a subtree of the one bears on the other. */
export function isSameForm(one: GeneralName, other: GeneralName): boolean {
  if (one.kind === 'other' && other.kind === 'other') return one.form === other.form
  return one.kind === other.kind
}

/** Relative names compared one by one from the outermost, folded as for chaining (7.1). */
function isUnder(name: Uint8Array, subtree: Uint8Array): boolean {
  const inner = comparableName(name).relative
  return comparableName(subtree).relative.every((relative, i) => relative === inner[i])
}

const host = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/

/** Labels may be added on the left. A leading period is for addresses and mailboxes only, a wildcard for none. */
function isHostUnder(text: string, base: string, isExcluding: boolean): boolean | undefined {
  const subtree = base.toLowerCase()
  const lower = text.toLowerCase()
  const isWild = lower.startsWith('*.')
  const name = isWild ? lower.slice(2) : lower
  if (!host.test(name) || (subtree !== '' && !host.test(subtree))) return undefined
  if (subtree === '' || name === subtree || name.endsWith(`.${subtree}`)) return true
  return isWild && isExcluding && subtree.slice(subtree.indexOf('.') + 1) === name
}

/** A mailbox, all of a host, or, with a leading period, all of the hosts below a domain. */
function isMailboxUnder(text: string, base: string): boolean | undefined {
  const mailbox = readMailbox(text)
  if (mailbox === undefined) return undefined
  if (!base.includes('@')) return base === '' || isAtHost(mailbox.host, base.toLowerCase())
  const subtree = readMailbox(base)
  if (subtree === undefined) return undefined
  return subtree.local === mailbox.local && subtree.host === mailbox.host
}

function readMailbox(text: string): { local: string; host: string } | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  const domain = text.slice(at + 1).toLowerCase()
  const isLocal = /^[^@\s"(),:;<>[\]\\]+$/.test(local) || /^"[^"]*"$/.test(local)
  return at > 0 && isLocal && host.test(domain) ? { local, host: domain } : undefined
}

function isAtHost(name: string, subtree: string): boolean | undefined {
  const isDomain = subtree.startsWith('.')
  if (!host.test(isDomain ? subtree.slice(1) : subtree)) return undefined
  return isDomain ? name.endsWith(subtree) : name === subtree
}

/** Only the host of an address counts; one without a host, or with a number for it, cannot be judged. */
function isAddressUnder(text: string, base: string): boolean | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(text)?.[1] ?? ''
  const name = authority
    .slice(authority.lastIndexOf('@') + 1)
    .replace(/:\d*$/, '')
    .toLowerCase()
  if (!host.test(name) || /^[\d.]+$/.test(name)) return undefined
  return base === '' ? true : isAtHost(name, base.toLowerCase())
}

/** An address of 4 or 16 octets; a subtree has as many again of mask. */
function isIpUnder(octets: Uint8Array, subtree: Uint8Array): boolean | undefined {
  const size = subtree.length / 2
  if ((octets.length !== 4 && octets.length !== 16) || (size !== 4 && size !== 16)) return undefined
  if (!isMask(subtree.subarray(size))) return undefined
  if (octets.length !== size) return false
  return octets.every((octet, i) => ((octet ^ (subtree[i] ?? 0)) & (subtree[size + i] ?? 0)) === 0)
}

function isMask(octets: Uint8Array): boolean {
  const bits = [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits)
}
