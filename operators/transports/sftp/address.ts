// Reads where a peer's SFTP server is, who the hub is there, and where a folder of the site lies.

import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import type { SftpSite } from '../../../schemas/sftp.ts'
import { hostOf, isAllowedIp } from '../address-guard.ts'

/** A server as its address names it. `basePath` is empty (the folder of the login) or absolute without a last `/`. */
export type SftpAddress = { host: string; port: number; account: string; basePath: string }

const sshPort = 22

/**
 * Reads `sftp://account@host[:port][/base folder]`: no password, no query, port not 0, a literal IP address only from
 * networks that are allowed. Names are judged when they are resolved (guardedLookup).
 */
export function readSftpAddress(
  address: string,
  allowPrivateAddresses: boolean,
): SftpAddress | { forbidden: string } {
  const url = URL.parse(address)
  if (url === null) return { forbidden: 'address.unreadable' }
  if (url.protocol !== 'sftp:') return { forbidden: 'address.scheme' }
  if (url.password !== '' || url.username === '') return { forbidden: 'address.credentials' }
  if (url.search !== '' || url.hash !== '') return { forbidden: 'address.unreadable' }
  if (url.port === '0') return { forbidden: 'address.port' }
  const account = decode(url.username)
  const path = decode(url.pathname)
  // Hosts of other schemes than http stay as they are written; names beyond ASCII are looked up in their ASCII form.
  const literal = hostOf(url)
  const host = isIP(literal) === 0 ? domainToASCII(decode(literal) ?? '') : literal
  if (account === undefined || path === undefined || host === '') return { forbidden: 'address.unreadable' }
  if (isIP(host) !== 0 && !isAllowedIp(host, allowPrivateAddresses)) return { forbidden: 'address.network' }
  return { host, port: Number(url.port || sshPort), account, basePath: path.replace(/\/+$/, '') }
}

/** The path of a file in a folder of a site: below the folder of the address, unless the folder is absolute. */
export function pathIn(site: Pick<SftpSite, 'address'>, folder: string, name?: string): string {
  const path = decode(URL.parse(site.address)?.pathname ?? '') ?? ''
  const basePath = path.replace(/\/+$/, '')
  const whole = folder.startsWith('/') || basePath === '' ? folder : `${basePath}/${folder}`
  return name === undefined ? whole : `${whole}/${name}`
}

function decode(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text)
    return plain.includes('\0') ? undefined : plain
  } catch {
    return undefined
  }
}
