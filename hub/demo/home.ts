// Connects the service of the demo to the internal API: a key of its own, and the inbox from where it ends now.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AdminApiKeyMade } from '../../schemas/admin.ts'
import type { Hub } from '../build.ts'
import { askAdmin } from '../cli/admin-client.ts'
import { makeApiClient } from '../simulate/home-client.ts'
import { DemoNotStarted, homeCode, type Sides } from './sides.ts'

const answeredWithinMs = 15_000

/** Connects it and gives its key. An earlier demo on the same data filled the inbox: that is passed by. */
export async function connectToApi(
  { operator }: Sides['home'],
  of: { hub: Hub; dataFolder: string },
): Promise<string> {
  const key = await makeKey(of)
  const address = of.hub.internalAddress
  const after = await endOfInbox(address, key)
  operator.connect({ address, key, ...(after === undefined ? {} : { after }) })
  return key
}

async function makeKey({ hub, dataFolder }: { hub: Hub; dataFolder: string }): Promise<string> {
  const place = {
    address: new URL(hub.adminAddress),
    token: (await readFile(join(dataFolder, 'admin.token'), 'utf8')).trim(),
    timeoutMs: answeredWithinMs,
    actor: 'demo',
  }
  const verbs = ['submit', 'read', 'inbox', 'acknowledge', 'invite', 'directory']
  const body = { home: homeCode, name: 'показ (demo)', verbs }
  const answer = await askAdmin(place, { method: 'POST', path: '/admin/v1/keys', body })
  if (answer.kind === 'silence') throw new DemoNotStarted(answer.reason)
  if (answer.status >= 300) throw new DemoNotStarted(answer.text)
  return (JSON.parse(answer.text) as AdminApiKeyMade).key
}

async function endOfInbox(address: string, key: string): Promise<string | undefined> {
  const call = makeApiClient(
    { address, key },
    { timeoutMs: answeredWithinMs, signal: new AbortController().signal },
  )
  for (let after: string | undefined; ; ) {
    const query = after === undefined ? '' : `?after=${after}`
    const { outcome, json } = await call({ method: 'GET', path: `/inbox${query}` })
    if (outcome.class !== 'accepted') throw new DemoNotStarted(outcome.text)
    const page = json as { items: unknown[]; next: string }
    if (page.items.length === 0) return after
    after = page.next
  }
}
