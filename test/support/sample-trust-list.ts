// A signed list of accredited authorities for tests, and the list with a byte flipped.

import type { Test } from 'tap'
import { readSignedTrustList } from '../../hub/trust/trust-list/edition.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { seeded } from './seeded.ts'
import { listXml, type SampleAuthority, signXml } from './signed-lists.ts'
import { identityOn } from './signing.ts'

/** Who signs the list. */
export const identity = identityOn('TC26-256-B')
/** How it is read. */
export const options = {
  pinned: new Set([identity.certificate.thumbprint]),
  at: new Date('2026-09-01T00:00:00Z'),
}
/** The certificate of the authority. */
export const first = identityOn('TC26-256-C').issuer.certificate
/** Of its revocation lists. */
export const addresses = ['http://crl.test.invalid/1.crl', 'http://crl.test.invalid/2.crl']

/** An accredited authority. */
export const standing: SampleAuthority = {
  name: 'АО «Первый УЦ»',
  ogrn: '1027700132195',
  status: { text: 'Действует', from: '2021-07-01T00:00:00' },
  history: [{ text: 'Действует', from: '2021-07-01T00:00:00' }],
  certificates: [first],
  addresses,
}
/**
 * Flips a bit of a list byte by byte, of every byte or of one of so many and of those where nothing is said: the list is
 * refused, or says what it said before.
 */
export function flipBytes(t: Test, { oneOf }: { oneOf: number }): void {
  const { seed, number } = seeded()
  t.comment(`HUB_TEST_SEED=${seed}`)
  const declared = '<?xml version="1.0" encoding="utf-8"?>\n'
  const small = listXml({ authorities: [{ ...standing, certificates: [] }] })
  const text = declared + signXml(small, identity).replace('<Дата>', '<!-- заметка --><Дата>')
  const bytes = Buffer.from(`${text}\n`)
  const expected = readSignedTrustList(bytes, options)
  if (isRefusal(expected)) throw new Error(expected.seen)
  const comment = [bytes.indexOf('<!-- '), bytes.indexOf(' -->') + 4] as const
  const isSilent = (at: number): boolean => at < declared.length || (at >= comment[0] && at < comment[1])
  let acceptedCount = 0
  for (let at = 0; at < bytes.length; at += 1) {
    if (oneOf > 1 && !isSilent(at) && number(oneOf) > 0) continue
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << number(8))
    const result = readSignedTrustList(flipped, options)
    if (isRefusal(result)) continue
    acceptedCount += 1
    t.ok(isSilent(at), `byte ${at} is part of the declaration or the comment`)
    t.strictSame({ ...result, digest: '' }, { ...expected, digest: '' }, `byte ${at}: the list is unchanged`)
  }
  t.ok(acceptedCount > 0 && acceptedCount < 80, `${acceptedCount} of ${bytes.length} flips are accepted`)
}
