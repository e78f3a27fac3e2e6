// Reads and writes PEM (RFC 7468), the textual form of certificates, keys and revocation lists.

/** One block of a PEM text. */
export type PemBlock = { readonly label: string; readonly der: Uint8Array }

/** A block of a text by its marks; the body is not decoded. */
export type PemText = { readonly label: string; readonly body: string }

/** The blocks of a text between marks of the same label, in order, whatever stands inside and between them. */
export function* findPemBlocks(text: string): Generator<PemText> {
  for (const match of text.matchAll(/-----BEGIN ([A-Z0-9 #]{1,64})-----([^-]*)-----END \1-----/g)) {
    const [, label = '', body = ''] = match
    yield { label, body }
  }
}

/** All blocks of a text, in order. What stands between blocks is passed over; malformed blocks are left out. */
export function readPem(text: string): PemBlock[] {
  return [...findPemBlocks(text)]
    .filter(({ label, body }) => !label.includes('#') && /^[A-Za-z0-9+/=\s]*$/.test(body))
    .map(({ label, body }) => ({ label, der: Buffer.from(body, 'base64') }))
}

/** One block: lines of 64 characters between its marks. */
export function writePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
