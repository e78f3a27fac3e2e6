// Starts the portal of the invited by the settings, and says where it is.

import { log } from '../../monitoring/log.ts'
import type { ClaimDesk } from '../../schemas/invites/invite.ts'
import type { Settings } from '../../schemas/settings.ts'
import { addressOf } from '../api/serve.ts'
import { listenAt } from '../start-refusals.ts'
import { isOutage } from '../store/away.ts'
import { createPortal } from './plane.ts'

/** Starts it. Rejects with HubNotStarted when its address is taken. `address` is for links without a public one. */
export async function startPortal(of: {
  settings: Settings
  desk: ClaimDesk
  clock: { now(): Date }
}): Promise<{ address: string; close(): Promise<void> }> {
  const { settings, desk, clock } = of
  const { portal } = settings
  const plane = createPortal({
    desk,
    now: () => clock.now(),
    host: portal.host,
    port: portal.port,
    origin: portal.publicAddress === undefined ? undefined : new URL(portal.publicAddress).origin,
    trustedProxies: portal.trustedProxies,
    missesPerMinuteMax: portal.missesPerMinuteMax,
    postsPerMinuteMax: portal.postsPerMinuteMax,
    isOutage,
  })
  const listening = await listenAt('portal', settings, () => plane.listen())
  log.info('portal.started', listening)
  return { address: addressOf('http', listening), close: () => plane.close() }
}
