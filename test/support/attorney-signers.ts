// Those who give and use powers of attorney, with certificates under a root of their own and its revocation list.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from '../../hub/trust/certificate.ts'
import type { NameAttributes } from '../../hub/trust/distinguished-name.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { type Issuer, issueCertificate, issueRevocationList } from '../../hub/trust/pki/issue.ts'
import { authorityName } from '../../hub/trust/pki/subjects.ts'
import { PrivateKey } from '../../hub/trust/private-key.ts'
import { parseRevocationList, type RevocationList } from '../../hub/trust/revocation/revocation-list.ts'
import type { SigningIdentity } from '../../hub/trust/sign.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { cast, type Organisation, type Person } from './attorneys.ts'
import { curveNamed } from './signing.ts'

const day = 86_400_000

/** A day as powers of attorney write it, so many days from now. */
export const dayFromNow = (days: number): string =>
  new Date(Date.now() + days * day).toISOString().slice(0, 10)

/** Where certificates say that their lists and answers are. */
export type RevocationAddresses = { crlAddress?: string; ocspAddress?: string }
const defaultSources: RevocationAddresses = { crlAddress: 'http://crl.attorney.invalid/root.crl' }

/** Issues certificates of the cast; `folder` gets what a hub or the command line trusts. */
export class AttorneySigners {
  readonly #root: Issuer
  readonly #at = new Date()
  readonly #sources: RevocationAddresses

  constructor(name = 'УЦ доверенностей', sources: RevocationAddresses = defaultSources) {
    this.#sources = sources
    const privateKey = PrivateKey.generate(curveNamed('TC26-256-B'))
    this.#root = { privateKey, certificate: this.#issue(authorityName(name), privateKey) }
  }

  /** A natural person's certificate: it names no organisation. */
  person(of: Person): SigningIdentity {
    return this.#signer(personNames(of))
  }

  /** The certificate of an organisation's head. */
  head(at: Organisation, of: Person = cast.director): SigningIdentity {
    return this.#signer({
      ...personNames(of),
      organization: at.name,
      commonName: at.name,
      ...(at.inn === undefined ? {} : { innLegal: at.inn }),
      ...(at.ogrn === undefined ? {} : { ogrn: at.ogrn }),
    })
  }

  /** Writes the root and its list: anchors/root.pem, crls/root.crl. */
  write(folder: string): { anchors: string; crls: string } {
    const places = { anchors: join(folder, 'anchors'), crls: join(folder, 'crls') }
    for (const place of Object.values(places)) mkdirSync(place, { recursive: true })
    writeFileSync(join(places.anchors, 'root.pem'), writePem('CERTIFICATE', this.root.der))
    writeFileSync(join(places.crls, 'root.crl'), this.#list())
    return places
  }

  get root(): Certificate {
    return this.#root.certificate
  }

  /** The list of the root, read. */
  lists(): RevocationList[] {
    const list = parseRevocationList(this.#list())
    if (isRefusal(list)) throw new Error(list.seen)
    return [list]
  }

  #list(): Uint8Array {
    const period = { thisUpdate: this.#from(-1), nextUpdate: this.#from(30) }
    return issueRevocationList({ number: 1, ...period, revoked: [] }, this.#root)
  }

  #signer(subject: NameAttributes): SigningIdentity {
    const privateKey = PrivateKey.generate(curveNamed('TC26-256-B'))
    return { certificate: this.#issue(subject, privateKey, this.#root), privateKey }
  }

  #issue(subject: NameAttributes, subjectKey: PrivateKey, issuer?: Issuer) {
    const role = issuer === undefined ? 'root' : 'leaf'
    const period = { notBefore: this.#from(-2), notAfter: this.#from(400) }
    return issueCertificate({ role, subject, subjectKey, ...period, ...this.#sources }, issuer)
  }

  #from(days: number): Date {
    return new Date(this.#at.getTime() + days * day)
  }
}

function personNames({ name, inn, snils }: Person): NameAttributes {
  return {
    country: 'RU',
    commonName: name.filter((part) => part !== '').join(' '),
    surname: name[0] ?? '',
    givenName: name.slice(1).join(' ').trim(),
    ...(inn === undefined ? {} : { inn }),
    ...(snils === undefined ? {} : { snils: snils.replace(/\D/g, '') }),
  }
}
