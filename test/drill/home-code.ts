// The home service of a drill: let in by a key written into the database of a hub that is killed meanwhile.

import { setTimeout as pause } from 'node:timers/promises'
import { newApiKey } from '../../hub/api/key-text.ts'
import { insertApiKey, readApiKey } from '../../hub/store/home/keys.ts'
import { apiVerbs } from '../../schemas/home.ts'
import type { RelayPartner } from '../support/relay-partners.ts'
import { openLook, runningDatabaseUrl } from './database-process.ts'

const againMs = 100
const withinMs = 60_000

/**
 * Writes a key with every verb as soon as the hub has made its tables, and connects the service with it: from then on it
 * calls whether a hub listens or not. Harmless again: the key has one id. Rejects after a minute, and when the signal ends.
 */
export async function letHomeIn(
  service: RelayPartner,
  of: { dataFolder: string; address: string; signal: AbortSignal },
): Promise<void> {
  const key = newApiKey()
  const until = performance.now() + withinMs
  for (;;) {
    try {
      await writeKey(of.dataFolder, service.code, key)
      service.connect({ address: of.address, key: key.text })
      return
    } catch (error) {
      // No database yet, no tables yet, or it was killed just now.
      if (performance.now() > until) throw error
    }
    await pause(againMs, undefined, { signal: of.signal })
  }
}

async function writeKey(
  dataFolder: string,
  home: string,
  { id, digest }: { id: string; digest: Buffer },
): Promise<void> {
  const look = await openLook(runningDatabaseUrl(dataFolder))
  try {
    if ((await readApiKey(look, id)) !== undefined) return
    const verbs = Object.keys(apiVerbs)
    const made = { created_at: new Date(), created_by: 'drill', expires_at: null }
    await insertApiKey(look, { id, home, name: 'drill', digest, verbs, ...made })
  } finally {
    await look.end()
  }
}
