// Checks the names of a certificate against the constraints of the authorities above it (RFC 5280, 6.1.3 b and c).

import { extensionsOf, type NameConstraints } from '../certificate/extensions.ts'
import type { GeneralName } from '../certificate/general-names.ts'
import { comparableName } from '../certificate/name-key.ts'
import type { Certificate } from '../certificate.ts'
import { oids } from '../der/oids.ts'
import { textsOf } from '../distinguished-name.ts'
import { isSameForm, liesWithin } from './name-forms.ts'

/** Comparisons left; shared by a whole path and counted down. */
export type NameWork = { left: number }

/**
 * The first name that breaks a constraint, in words; undefined when all are allowed. Each authority's permitted
 * subtrees of a form must hold the name, nobody's excluded ones may. A constraint or name that cannot be judged
 * counts against the name. Undefined too once the work is used up: the caller looks at what is left.
 */
export function findForbiddenName(
  certificate: Certificate,
  above: readonly NameConstraints[],
  work: NameWork,
): string | undefined {
  if (above.length === 0) return undefined
  for (const name of namesOf(certificate)) {
    for (const constraints of above) {
      work.left -= constraints.permitted.length + constraints.excluded.length
      if (work.left < 0) return undefined
      if (isForbidden(name, constraints)) return describeGeneralName(name)
    }
  }
  return undefined
}

function isForbidden(name: GeneralName, { permitted, excluded }: NameConstraints): boolean {
  const bearing = permitted.filter((subtree) => isSameForm(name, subtree))
  if (bearing.length > 0 && !bearing.some((subtree) => liesWithin(name, subtree, false) === true)) return true
  return excluded.some((subtree) => isSameForm(name, subtree) && liesWithin(name, subtree, true) !== false)
}

/** The subject, its alternative names and, when it has none of these, the mailboxes inside of the subject. */
function namesOf(certificate: Certificate): GeneralName[] {
  const { subjectAltName } = extensionsOf(certificate)
  const names: GeneralName[] = [...(subjectAltName ?? [])]
  if (comparableName(certificate.subject).relative.length > 0)
    names.push({ kind: 'directory', name: certificate.subject })
  if (subjectAltName !== undefined) return names
  const mailboxes = textsOf(certificate.subject, oids.email)
  return [...names, ...mailboxes.map((text) => ({ kind: 'email', text }) as const)]
}

function describeGeneralName(name: GeneralName): string {
  switch (name.kind) {
    case 'directory':
      return 'directoryName'
    case 'ip':
      return `iPAddress ${name.octets.join('.')}`
    case 'other':
      return name.form
    default:
      return `${name.kind} ${name.text}`
  }
}
