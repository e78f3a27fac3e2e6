// Reads and writes PEM (RFC 7468), the textual form of certificates, keys and revocation lists.

/** One block of a PEM text. */
export type PemBlock = { readonly label: string; readonly der: Uint8Array }

/** All blocks of a text, in order. What stands between blocks is passed over; malformed blocks are left out. */
export function readPem(text: string): PemBlock[] {
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,64})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g)
  return [...blocks].map(([, label = '', body = '']) => ({ label, der: Buffer.from(body, 'base64') }))
}

/** One block: lines of 64 characters between its marks. */
export function writePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
