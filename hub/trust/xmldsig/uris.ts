// The names of XMLDSIG that are accepted (XML Signature 6.1, draft-chudov-cryptopro-cpxmldsig): whatever is not here is refused.

const cpxmlsec = 'urn:ietf:params:xml:ns:cpxmlsec:algorithms:'

/** The namespace of XML Signature. */
export const xmldsigNamespace = 'http://www.w3.org/2000/09/xmldsig#'

/** Digest algorithms with the size of the digest in bits. */
export const digestUris = {
  [`${cpxmlsec}gostr34112012-256`]: 256,
  [`${cpxmlsec}gostr34112012-512`]: 512,
} as const satisfies Record<string, 256 | 512>

/** Signature algorithms with the size of the key in bits. */
export const signatureUris = {
  [`${cpxmlsec}gostr34102012-gostr34112012-256`]: 256,
  [`${cpxmlsec}gostr34102012-gostr34112012-512`]: 512,
} as const satisfies Record<string, 256 | 512>

/** The transform that takes the signature itself out of what is signed (XML Signature 6.6.4). */
export const envelopedSignature = `${xmldsigNamespace}enveloped-signature`

/** Canonical XML 1.0 and Exclusive XML Canonicalization 1.0, both without comments. */
export const canonicalizations: ReadonlySet<string> = new Set([
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  'http://www.w3.org/2001/10/xml-exc-c14n#',
])

/** The size a digest or signature algorithm works with; undefined for one that is not accepted. */
export function bitsOf(table: Readonly<Record<string, 256 | 512>>, uri: string): 256 | 512 | undefined {
  return Object.hasOwn(table, uri) ? table[uri] : undefined
}
