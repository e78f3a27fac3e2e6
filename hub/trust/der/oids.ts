// The object identifiers of signatures, certificates and their fields, by name (RFC 5652, 5280, 9215; order ФСБ №795).

/** Dotted identifiers by the name the code uses. */
export const oids = {
  // CMS (RFC 5652, 5035)
  cmsData: '1.2.840.113549.1.7.1',
  cmsSignedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  countersignature: '1.2.840.113549.1.9.6',

  // CAdES (RFC 5126; EN 319 122-1) and time-stamps (RFC 3161)
  signaturePolicy: '1.2.840.113549.1.9.16.2.15',
  signatureTimestamp: '1.2.840.113549.1.9.16.2.14',
  contentTimestamp: '1.2.840.113549.1.9.16.2.20',
  certificateValues: '1.2.840.113549.1.9.16.2.23',
  revocationValues: '1.2.840.113549.1.9.16.2.24',
  referencesTimestamp: '1.2.840.113549.1.9.16.2.25',
  certificatesTimestamp: '1.2.840.113549.1.9.16.2.26',
  archiveTimestamp: '1.2.840.113549.1.9.16.2.27',
  archiveTimestampV2: '1.2.840.113549.1.9.16.2.48',
  archiveTimestampV3: '0.4.0.1733.2.4',
  timestampContent: '1.2.840.113549.1.9.16.1.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspOfCms: '1.3.6.1.5.5.7.16.2',

  // GOST algorithms (RFC 9215)
  gostKey256: '1.2.643.7.1.1.1.1',
  gostKey512: '1.2.643.7.1.1.1.2',
  streebog256: '1.2.643.7.1.1.2.2',
  streebog512: '1.2.643.7.1.1.2.3',
  gostSignature256: '1.2.643.7.1.1.3.2',
  gostSignature512: '1.2.643.7.1.1.3.3',

  // other keys and signatures (RFC 3279, 4055, 5758, 8410)
  rsaEncryption: '1.2.840.113549.1.1.1',
  md5WithRsa: '1.2.840.113549.1.1.4',
  sha1WithRsa: '1.2.840.113549.1.1.5',
  mgf1: '1.2.840.113549.1.1.8',
  rsaPss: '1.2.840.113549.1.1.10',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha384WithRsa: '1.2.840.113549.1.1.12',
  sha512WithRsa: '1.2.840.113549.1.1.13',
  sha224WithRsa: '1.2.840.113549.1.1.14',
  dsaKey: '1.2.840.10040.4.1',
  sha1WithDsa: '1.2.840.10040.4.3',
  sha224WithDsa: '2.16.840.1.101.3.4.3.1',
  sha256WithDsa: '2.16.840.1.101.3.4.3.2',
  ecPublicKey: '1.2.840.10045.2.1',
  sha1WithEcdsa: '1.2.840.10045.4.1',
  sha224WithEcdsa: '1.2.840.10045.4.3.1',
  sha256WithEcdsa: '1.2.840.10045.4.3.2',
  sha384WithEcdsa: '1.2.840.10045.4.3.3',
  sha512WithEcdsa: '1.2.840.10045.4.3.4',
  ed25519: '1.3.101.112',
  ed448: '1.3.101.113',

  // digests
  md5: '1.2.840.113549.2.5',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',

  // names (X.520, order ФСБ №795)
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  country: '2.5.4.6',
  locality: '2.5.4.7',
  state: '2.5.4.8',
  street: '2.5.4.9',
  organization: '2.5.4.10',
  organizationUnit: '2.5.4.11',
  title: '2.5.4.12',
  givenName: '2.5.4.42',
  email: '1.2.840.113549.1.9.1',
  ogrn: '1.2.643.100.1',
  snils: '1.2.643.100.3',
  innLegal: '1.2.643.100.4',
  ogrnip: '1.2.643.100.5',
  inn: '1.2.643.3.131.1.1',

  // extensions (RFC 5280, order ФСБ №795)
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  privateKeyUsagePeriod: '2.5.29.16',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  crlReason: '2.5.29.21',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  anyPolicy: '2.5.29.32.0',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  anyExtendedKeyUsage: '2.5.29.37.0',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  ocspAccess: '1.3.6.1.5.5.7.48.1',
  caIssuersAccess: '1.3.6.1.5.5.7.48.2',
  clientAuthentication: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  subjectSignTool: '1.2.643.100.111',
  issuerSignTool: '1.2.643.100.112',
  classKC1: '1.2.643.100.113.1',
  classKC2: '1.2.643.100.113.2',
  classKC3: '1.2.643.100.113.3',
  classKB1: '1.2.643.100.113.4',
  classKB2: '1.2.643.100.113.5',
  classKA1: '1.2.643.100.113.6',
  identificationKind: '1.2.643.100.114',
} as const

/** The name under which the code knows an identifier. */
export type OidName = keyof typeof oids

/** The content octets of an identifier (X.690, 8.19). The text is ours, so a wrong one is a programming error. */
export function encodeOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const octets: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left % 128) | 0x80)
    }
    octets.push(...groups)
  }
  return Uint8Array.from(octets)
}

/** The octets of an identifier as a key of the map: one character for each octet. */
function oidKey(content: Uint8Array): string {
  let key = ''
  for (const octet of content) key += String.fromCharCode(octet)
  return key
}

const known = new Map<string, string>(Object.values(oids).map((oid) => [oidKey(encodeOid(oid)), oid]))

/**
 * The dotted text of an identifier's content octets, undefined when they are malformed. Arcs above 2^53 and
 * identifiers longer than 64 octets are treated as malformed: nothing the hub knows comes near.
 */
export function decodeOid(content: Uint8Array): string | undefined {
  if (content.length === 0 || content.length > 64) return undefined
  return known.get(oidKey(content)) ?? decodeUnknownOid(content)
}

function decodeUnknownOid(content: Uint8Array): string | undefined {
  const arcs: number[] = []
  let arc = 0
  let isInside = false
  for (const octet of content) {
    if (!isInside && octet === 0x80) return undefined
    arc = arc * 128 + (octet & 0x7f)
    if (!Number.isSafeInteger(arc)) return undefined
    isInside = (octet & 0x80) !== 0
    if (isInside) continue
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40))
      arcs.push(first, arc - first * 40)
    } else arcs.push(arc)
    arc = 0
  }
  return isInside ? undefined : arcs.join('.')
}
