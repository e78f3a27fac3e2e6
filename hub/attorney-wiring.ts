// The registry of powers of attorney of an installation, guarded, and the desk that asks it.

import type { Metrics } from '../monitoring/metrics.ts'
import { limits } from '../schemas/limits.ts'
import type { Settings } from '../schemas/settings.ts'
import { createHttpAttorneyRegistry } from './adapters/attorney-registry.ts'
import { countAnswers } from './adapters/attorney-registry-counted.ts'
import { guardRegistry } from './adapters/attorney-registry-guard.ts'
import type { Workers } from './pipeline/ports.ts'
import { checkTls, readTls } from './start-refusals.ts'
import type { AttorneyRegistry } from './trust/attorney/registry.ts'
import { type AttorneyDesk, makeAttorneyDesk } from './trust/verdict/attorney-desk.ts'

/** The registry of the settings; undefined without an address. Throws StartRefused for a file of TLS of no use. */
export async function openRegistryOfAttorneys(
  { attorney }: Settings,
  metrics: Metrics,
): Promise<AttorneyRegistry | undefined> {
  const { registryUrl, registryCaFile, breakerFailures, breakerOpenMs } = attorney
  if (registryUrl === undefined) return undefined
  const ca =
    registryCaFile === undefined ? undefined : await readTls('attorney.registryCaFile', registryCaFile)
  if (ca !== undefined) checkTls({ ca })
  // The address is our own administrator's, and a gateway stands in the private network of an installation.
  const registry = createHttpAttorneyRegistry({
    address: registryUrl,
    allowPrivateAddresses: true,
    ...(ca === undefined ? {} : { ca: ca.pem }),
  })
  const spared = { atOnceMax: limits.registryAtOnceMax, breakerFailures, breakerOpenMs }
  return countAnswers(guardRegistry(registry, spared), (answer) =>
    metrics.inc('hub_registry_answers_total', answer),
  )
}

/** The desk of a node. */
export function openAttorneyDesk(
  { attorney }: Settings,
  { registry, workers }: { registry: AttorneyRegistry | undefined; workers: Pick<Workers, 'readAttorney'> },
): AttorneyDesk {
  const read: Workers['readAttorney'] = (bytes, signature) => workers.readAttorney(bytes, signature)
  return makeAttorneyDesk({ registry, deadlineMs: attorney.registryDeadlineMs, read })
}
