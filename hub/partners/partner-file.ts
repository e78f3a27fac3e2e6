// Reads partner files: completes them from the defaults of the schema and names every fault by its path.

import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import { limits } from '../../schemas/limits.ts'
import { PartnerFile } from '../../schemas/partner.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'

/**
 * Checks the form of a partner file (a seed, or a change through the admin API). `place` begins the path of
 * each fault. The policy of a peer stays as given: what it leaves out follows the defaults of the running
 * version. Refusals: partner.invalid.
 */
export function readPartnerFile(content: unknown, place = ''): PartnerFile | Refusal[] {
  const completed = complete(content)
  if (Value.Check(PartnerFile, completed)) return completed
  return formFaults(completed).map(({ path, text }) => refuse('partner.invalid', text, `${place}${path}`))
}

/** Tells the refusals of a file from the file. */
export function isRefused<T>(result: T | Refusal[]): result is Refusal[] {
  return Array.isArray(result)
}

function complete(content: unknown): unknown {
  const completed = Value.Default(PartnerFile, structuredClone(content))
  const given = peersOf(content)
  for (const [index, peer] of peersOf(completed).entries()) {
    const policy = (given[index] as { policy?: unknown } | undefined)?.policy ?? {}
    if (typeof peer === 'object' && peer !== null) Object.assign(peer, { policy })
  }
  return completed
}

function peersOf(content: unknown): readonly unknown[] {
  const peers = typeof content === 'object' && content !== null && 'peers' in content ? content.peers : []
  return Array.isArray(peers) ? peers : []
}

function formFaults(content: unknown): { path: string; text: string }[] {
  // typebox stops at eight faults unless told otherwise, by a setting of the process: put back before
  // anybody else runs.
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: limits.partnerFileFaultsMax })
  try {
    return Value.Errors(PartnerFile, content).map(({ instancePath, message, params }) => {
      const extra = 'additionalProperties' in params ? `: ${String(params.additionalProperties)}` : ''
      return { path: instancePath === '' ? '/' : instancePath, text: `${message}${extra}` }
    })
  } finally {
    Settings.Set({ maxErrors })
  }
}
