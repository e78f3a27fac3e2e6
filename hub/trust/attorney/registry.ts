// What the hub asks of a registry of powers of attorney (domain rules 6.2 b, 6.4).

import type { AttorneyKey } from '../../../schemas/attorney/value.ts'

/** What came of asking for a file. `at`: an instant, or a day of Moscow; `reason`: short, ours. */
export type RegistryFile =
  | { outcome: 'found'; bytes: Uint8Array; signature: Uint8Array | undefined }
  | { outcome: 'not-found' }
  | { outcome: 'revoked'; at: string | undefined }
  | { outcome: 'silent'; reason: string }

/** What came of asking whether one is in force. */
export type RegistryStatus =
  | { outcome: 'valid' }
  | { outcome: 'revoked'; at: string | undefined }
  | { outcome: 'unknown' }
  | { outcome: 'silent'; reason: string }

/**
 * A registry. Neither question rejects: whatever goes wrong is `silent`, which is a warning and never a pass. Both end soon
 * after the signal aborts.
 */
export type AttorneyRegistry = {
  fetch(key: AttorneyKey, signal: AbortSignal): Promise<RegistryFile>
  status(key: AttorneyKey, signal: AbortSignal): Promise<RegistryStatus>
}
