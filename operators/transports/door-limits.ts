// The limits of the HTTP door, in the form in which a test or an installation may narrow them.

import { type LimitName, limits } from '../../schemas/limits.ts'

const names = [
  'packageBytesMax',
  'headerBytesMax',
  'headerCountMax',
  'receiptAddressLengthMax',
  'requestTimeoutMs',
  'headersTimeoutMs',
  'connectionsCheckMs',
  'keepAliveTimeoutMs',
  'bodyIdleTimeoutMs',
  'bodyBytesPerSecondMin',
  'bodyGraceMs',
  'bodyFirstBytes',
  'bytesInFlightMax',
  'requestsInFlightMax',
  'connectionsMax',
  'pipelinedRequestsMax',
  'drainBytesMax',
  'drainMs',
  'busyRetryAfterS',
  'shutdownMs',
] as const satisfies LimitName[]

/** Limits of the HTTP door by name; units are in the names. */
export type DoorLimits = { readonly [Name in (typeof names)[number]]: number }

/** The limits of schemas/limits.ts, some of them replaced. */
export function doorLimits(replaced: Partial<DoorLimits> = {}): DoorLimits {
  return { ...limits, ...replaced }
}
