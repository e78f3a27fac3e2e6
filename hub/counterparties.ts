// Starts everything that brings two subscribers together: links, the directory, lists, applications, letters, the portal.

import type { Metrics } from '../monitoring/metrics.ts'
import type { Settings } from '../schemas/settings.ts'
import { startApplications } from './applications/wiring.ts'
import { type Bulk, startBulk } from './bulk/wiring.ts'
import type { Closings } from './closings.ts'
import type { HeldDirectory } from './directory/directory.ts'
import { startDirectory } from './directory/wiring.ts'
import { makeClaimDesk } from './invites/claims.ts'
import { makeInviteDesk } from './invites/desk.ts'
import { startLinks } from './links/wiring.ts'
import { operatorName, startMail } from './mail/wiring.ts'
import type { PipelineContext } from './pipeline/context.ts'
import { startPortal } from './portal/wiring.ts'
import type { Store } from './store/orm.ts'

/** What other planes need of it. */
export type Counterparties = {
  directory: HeldDirectory
  bulk: Bulk
  /** Where the invited open their pages. */
  portalAddress: string
}

/** Starts it all; each part is closed with the others. Throws HubNotStarted for files and addresses of no use. */
export async function startCounterparties(of: {
  settings: Settings
  context: PipelineContext
  store: Store
  metrics: Metrics
  closings: Pick<Closings, 'add'>
  onFault(place: string, error: unknown): void
}): Promise<Counterparties> {
  const { settings, context, store, metrics, closings, onFault } = of
  const { clock, node } = context
  const links = await startLinks({ context, store, metrics, onFault })
  closings.add('links', () => links.stop())
  const { directory, stop } = await startDirectory({ settings, context, metrics, onFault })
  closings.add('directory', stop)
  const name = operatorName(settings, context.book())
  const claims = makeClaimDesk({ ...context, directory, operatorName: name })
  const bulk = startBulk({ context, directory, desk: makeInviteDesk(context), settings, onFault })
  closings.add('bulk', () => bulk.stop())
  const applications = startApplications(context, onFault)
  closings.add('applications', () => applications.stop())
  const portal = await startPortal({ settings, desk: claims, clock })
  closings.add('portal', () => portal.close())
  const portalAddress = portal.address
  const mail = await startMail({ settings, context, store, node, metrics, claims, portalAddress, onFault })
  closings.add('mail', () => mail.stop())
  return { directory, bulk, portalAddress }
}
