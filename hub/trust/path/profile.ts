// Rules for those who issue certificates, whose breach no step of path validation looks for (RFC 5280, 4.1 and 4.2).

import { extensionsOf, keyUses } from '../certificate/extensions.ts'
import { comparableName } from '../certificate/name-key.ts'
import type { Certificate } from '../certificate.ts'
import { oids } from '../der/oids.ts'

/** Where a certificate stands in a path. */
export type Position = 'target' | 'authority' | 'anchor'

type Rule = { readonly words: string; isBroken(certificate: Certificate, position: Position): boolean }

const rules: readonly Rule[] = [
  {
    words: 'serial number zero or longer than 20 octets (4.1.2.2)',
    // Not zero, and at most 20 octets beside the one that keeps it positive.
    isBroken: ({ serialOctets: octets }) =>
      (octets[0] === 0 ? octets.subarray(1) : octets).length > 20 || octets.every((octet) => octet === 0),
  },
  {
    words: 'extensions in a certificate of an older version, or an unknown version (4.1.2.1)',
    isBroken: ({ version, extensions }) => version > 3 || (version < 3 && extensions.length > 0),
  },
  {
    words: 'the signature algorithm named in two ways (4.1.1.2)',
    isBroken: ({ signed }) => !signed.isNamedAlike,
  },
  {
    words: 'no authorityKeyIdentifier (4.2.1.1)',
    isBroken: (certificate) =>
      certificate.version === 3 &&
      !has(certificate, oids.authorityKeyIdentifier) &&
      !isSelfIssued(certificate),
  },
  {
    words: 'no subjectKeyIdentifier of an authority (4.2.1.2)',
    isBroken: (certificate, position) =>
      position !== 'target' && certificate.version === 3 && !has(certificate, oids.subjectKeyIdentifier),
  },
  {
    words: 'a critical extension that must not be critical (4.2.1.1, 4.2.1.2, 4.2.2.1)',
    isBroken: (certificate) =>
      [oids.authorityKeyIdentifier, oids.subjectKeyIdentifier, oids.authorityInfoAccess].some((oid) =>
        has(certificate, oid, true),
      ),
  },
  {
    // policyConstraints and inhibitAnyPolicy must be critical too, but public suites of valid paths have them otherwise.
    words: 'nameConstraints not critical (4.2.1.10)',
    isBroken: (certificate) => has(certificate, oids.nameConstraints, false),
  },
  {
    words: 'basicConstraints of a trusted authority not critical (4.2.1.9)',
    isBroken: (certificate, position) =>
      position === 'anchor' && has(certificate, oids.basicConstraints, false),
  },
  {
    words: 'an extension of authorities in a certificate of none (4.2.1.3, 4.2.1.9, 4.2.1.10)',
    isBroken: (certificate) => {
      const { basicConstraints, keyUsage, nameConstraints } = extensionsOf(certificate)
      if (basicConstraints?.isAuthority === true || certificate.version < 3) return false
      const maySign = keyUsage !== undefined && (keyUsage & keyUses.keyCertSign) !== 0
      return maySign || nameConstraints !== undefined || basicConstraints?.pathLength !== undefined
    },
  },
  {
    words: 'an empty subject without critical alternative names (4.1.2.6)',
    isBroken: (certificate) =>
      comparableName(certificate.subject).relative.length === 0 &&
      !has(certificate, oids.subjectAltName, true),
  },
]

/** The rules a certificate breaks, in words with their clauses. */
export function brokenRules(certificate: Certificate, position: Position): string[] {
  return rules.filter((rule) => rule.isBroken(certificate, position)).map(({ words }) => words)
}

/** Whether subject and issuer are the same (RFC 5280, 6.1). */
export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return comparableName(subject).key === comparableName(issuer).key
}

function has({ extensions }: Certificate, oid: string, isCritical?: boolean): boolean {
  return extensions.some(
    (extension) => extension.oid === oid && (isCritical ?? extension.isCritical) === extension.isCritical,
  )
}
