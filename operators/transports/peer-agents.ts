// Keeps one agent of connections per origin, so that a slow peer holds up nobody else.

import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { limits } from '../../schemas/limits.ts'

/** Our certificate and key for peers that ask for one, PEM. */
export type ClientCertificate = { key: string | Buffer; cert: string | Buffer }

/** How connections to peers are made. */
export type PeerAgentOptions = {
  lookup: LookupFunction
  /** Connections to one origin at a time; as many as there are requests where nothing is said. */
  connectionsMax?: number | undefined
  /** PEM of the roots that peers' servers are trusted by, instead of the system's. */
  ca?: string | Buffer | undefined
  clientCertificate?: ClientCertificate | undefined
}

/** The agents of a courier. */
export type PeerAgents = { of(address: URL): http.Agent; destroy(): void }

/** Makes agents on demand; those without connections are forgotten when there are limits.peerAgentsMax. */
export function createPeerAgents(options: PeerAgentOptions): PeerAgents {
  const agents = new Map<string, http.Agent>()
  function create(address: URL): http.Agent {
    const common = {
      keepAlive: true,
      noDelay: true,
      maxSockets: options.connectionsMax ?? Number.POSITIVE_INFINITY,
      // An idle connection is given up before the peer is likely to: a request on a dying one would be
      // ambiguous.
      timeout: limits.peerIdleMs,
      lookup: options.lookup,
      // Over a slow line one address takes longer than the 250 ms that node gives it before trying the next.
      autoSelectFamilyAttemptTimeout: 1000,
    }
    if (address.protocol === 'http:') return new http.Agent(common)
    const { ca, clientCertificate } = options
    const trust = ca === undefined ? {} : { ca }
    return new https.Agent({ ...common, ...trust, ...clientCertificate, minVersion: 'TLSv1.2' })
  }
  function forgetIdle(): void {
    for (const [origin, agent] of agents) {
      if (Object.keys(agent.sockets).length > 0 || Object.keys(agent.requests).length > 0) continue
      agent.destroy()
      agents.delete(origin)
    }
  }
  return {
    of(address) {
      const known = agents.get(address.origin)
      if (known !== undefined) return known
      if (agents.size >= limits.peerAgentsMax) forgetIdle()
      const made = create(address)
      agents.set(address.origin, made)
      return made
    },
    destroy() {
      for (const agent of agents.values()) agent.destroy()
      agents.clear()
    },
  }
}
