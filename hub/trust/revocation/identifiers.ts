// Object identifiers that only revocation needs (RFC 5280, 4.2 and 5; RFC 6960).

/** Dotted identifiers by the name the code uses. */
export const revocationOids = {
  // extensions of lists and of their entries
  invalidityDate: '2.5.29.24',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  freshestCrl: '2.5.29.46',

  // extensions and purposes of certificates
  authorityInformationAccess: '1.3.6.1.5.5.7.1.1',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  ocsp: '1.3.6.1.5.5.7.48.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',

  // answers
  ocspBasic: '1.3.6.1.5.5.7.48.1.1',
  ocspNonce: '1.3.6.1.5.5.7.48.1.2',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
} as const
