// Decides which addresses the hub may connect to, by name and by what the name resolves to.

import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * Networks of an installation's own: allowed only where the settings say so (IANA special-purpose
 * registries).
 */
const privateNetworks = blockList([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '::1/128',
  'fc00::/7',
])

/**
 * Networks where no peer can be: unspecified, link-local and metadata, multicast, reserved, documentation.
 */
const neverNetworks = blockList([
  '0.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  'fd00:ec2::254/128',
])

/** What is given out to the public Internet of IPv6; all else there is forms of IPv4, local or unassigned. */
const publicNetworks6 = blockList(['2000::/3'])

/** The code of the error with which a guarded lookup refuses; it comes out of the connection attempt. */
export const addressForbidden = 'ERR_ADDRESS_FORBIDDEN'

/** The result of reading an address: where to connect, or why not (a short reason of ours). */
export type GuardedAddress = { url: URL } | { forbidden: string }

/**
 * Reads the address of a peer: absolute http or https, no user name or password, port not 0, and a literal IP
 * address only from networks that are allowed. Names are judged when they are resolved: see guardedLookup.
 */
export function readAddress(address: string, allowPrivateAddresses: boolean): GuardedAddress {
  const url = URL.parse(address)
  if (url === null) return { forbidden: 'address.unreadable' }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { forbidden: 'address.scheme' }
  if (url.username !== '' || url.password !== '') return { forbidden: 'address.credentials' }
  if (url.port === '0') return { forbidden: 'address.port' }
  const host = hostOf(url)
  if (isIP(host) !== 0 && !isAllowedIp(host, allowPrivateAddresses)) return { forbidden: 'address.network' }
  return { url }
}

/** The host of a URL without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** Says whether the hub may connect to an IP address. */
export function isAllowedIp(ip: string, allowPrivateAddresses: boolean): boolean {
  const version = isIP(ip)
  if (version === 0) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (neverNetworks.check(ip, family)) return false
  if (privateNetworks.check(ip, family)) return allowPrivateAddresses && !isMapped(ip)
  return version === 4 || publicNetworks6.check(ip, 'ipv6')
}

/**
 * A lookup for sockets that hands on only allowed addresses. The very addresses that were checked are
 * connected to, so a name that resolves differently the next time gains nothing.
 */
export function guardedLookup(
  allowPrivateAddresses: boolean,
  resolve: typeof lookup = lookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...(options as LookupOptions), all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, [])
      const allowed = found.filter(({ address }) => isAllowedIp(address, allowPrivateAddresses))
      const first = allowed[0]
      if (first === undefined) return callback(forbiddenError(hostname), [])
      if (options.all === true) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}

function forbiddenError(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address that is allowed`), { code: addressForbidden })
}

/** BlockList sees IPv4 rules through v4-mapped addresses; no peer is written that way. */
function isMapped(ip: string): boolean {
  return /^::ffff:/i.test(ip)
}

function blockList(networks: string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/')
    list.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}
