// Headers of planes for programs: nothing is cached, framed, sniffed or shared with pages of other origins.

/** On every answer of the admin and the internal plane; pages of the documentation have a policy of their own. */
export const noBrowserHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}
