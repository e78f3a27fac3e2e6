// What the list of accredited authorities says, as a plain value (domain notes 7.3).

import type { Thumbprint } from '../../../schemas/ids.ts'
import type { Certificate } from '../certificate.ts'

/** A status of an accreditation and from when on it holds; until the next one begins. */
export type AccreditationStatus = {
  /** As the list has it: «Действует», «Приостановлена», «Прекращена», «Аннулирована» and others. */
  readonly text: string
  readonly from: Date
}

/** A key of an authority with its certificates, whoever issued them. */
export type AuthorityKey = {
  readonly identifier: string
  /** The name of the complex of hardware and software that holds the key. */
  readonly complex: string
  readonly protectionClass: string | undefined
  readonly revocationListAddresses: readonly string[]
  readonly certificates: readonly Certificate[]
}

/** An accredited, or once accredited, certification authority. */
export type Authority = {
  readonly name: string
  readonly shortName: string | undefined
  readonly ogrn: string | undefined
  readonly inn: string | undefined
  readonly registryNumber: string | undefined
  /** In order of time; of the statuses of one moment only the last one stays. */
  readonly statuses: readonly AccreditationStatus[]
  readonly keys: readonly AuthorityKey[]
}

/** A certificate that was left out, and why; the rest of the list holds. */
export type TrustListFault = { readonly authority: string; readonly seen: string }

/** One edition of the list. */
export type TrustList = {
  readonly version: number
  readonly date: Date
  /** SHA-256 of the file as received, in lower-case hex. */
  readonly digest: string
  readonly signer: Certificate
  readonly authorities: readonly Authority[]
  readonly certificateCount: number
  readonly faults: readonly TrustListFault[]
  /** Every certificate of the list with the places where it stands. */
  readonly byThumbprint: ReadonlyMap<Thumbprint, readonly ListedCertificate[]>
}

/** Where a certificate stands in the list. */
export type ListedCertificate = { readonly authority: Authority; readonly key: AuthorityKey }

/** The index of a list's certificates. */
export function indexListed(authorities: readonly Authority[]): TrustList['byThumbprint'] {
  const byThumbprint = new Map<Thumbprint, ListedCertificate[]>()
  for (const authority of authorities) {
    for (const key of authority.keys) {
      for (const { thumbprint } of key.certificates) {
        const places = byThumbprint.get(thumbprint) ?? []
        places.push({ authority, key })
        byThumbprint.set(thumbprint, places)
      }
    }
  }
  return byThumbprint
}
