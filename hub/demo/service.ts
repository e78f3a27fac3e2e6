// What the service of the demo asks of the internal API besides what a simulated service does by itself.

import { randomUUID } from 'node:crypto'
import { makeApiClient } from '../simulate/home-client.ts'
import type { Stage } from './stage.ts'
import { answeredWithinMs } from './steps.ts'

/**
 * Asks; with `json` it is a POST under a new key of idempotency. `path` may begin with /api/v1. Throws unless it is a
 * success.
 */
export async function askApi(stage: Stage, of: { path: string; json?: unknown }): Promise<unknown> {
  const call = makeApiClient(
    { address: stage.hub.internalAddress, key: stage.apiKey },
    { timeoutMs: answeredWithinMs, signal: new AbortController().signal },
  )
  const path = of.path.replace(/^\/api\/v1/, '')
  const { outcome, json } = await call(
    of.json === undefined
      ? { method: 'GET', path }
      : { method: 'POST', path, json: of.json, headers: { 'Idempotency-Key': randomUUID() } },
  )
  if (outcome.class !== 'accepted') throw new Error(`${path}: ${outcome.text}`)
  return json
}
