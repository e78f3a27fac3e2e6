// Makes a PKI for development and trials: root, intermediate, and certificates of hub, operators and subscribers.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { isRefusal, type Refusal } from '../../../schemas/refusals.ts'
import { makeFolder } from '../../make-folder.ts'
import { verifyCertificateSignature } from '../certificate.ts'
import { equalBytes } from '../der/values.ts'
import type { NameAttributes } from '../distinguished-name.ts'
import { type Curve, curves } from '../gost/curves.ts'
import { writePem } from '../pem.ts'
import { PrivateKey } from '../private-key.ts'
import { certificatePem, readExisting, writeIssued, writePublicFile, writeRevocationList } from './files.ts'
import { type CertificateRequest, type Issuer, issueCertificate, issueRevocationList } from './issue.ts'
import { nameBytes } from './names.ts'
import { authorityName, type Organization, organizationName } from './subjects.ts'
import { inventOgrn } from './test-numbers.ts'

/** What to make. */
export type DevelopmentPkiRequest = {
  /** Made when it is not there. */
  folder: string
  operators: readonly (Organization & { code: string })[]
  subscribers: readonly (Organization & { id: string; kpp?: string })[]
  /** The organisation of the hub; made up when absent. */
  hub?: Organization
  /** Names of parameter sets (gost/curves.ts) given in turn to the certificates below the CA; TC26-256-B by default. */
  curves?: readonly string[]
  /** Certificates are valid from the day before this moment for ten years. */
  at: Date
  /** Makes everything anew instead of keeping what is there. */
  overwrite?: boolean
}

/** Files of one certificate, relative to the folder. */
export type IssuedFiles = { certificate: string; key: string; thumbprint: string; curve: string }

/** What index.json of the folder says. */
export type DevelopmentPki = {
  madeAt: string
  root: IssuedFiles & { crl: string }
  intermediate: IssuedFiles & { crl: string }
  /** Root and intermediate together, and both revocation lists together, in PEM. */
  authorities: string
  crls: string
  hub: IssuedFiles & Organization & { ogrn: string }
  operators: (IssuedFiles & Organization & { code: string; ogrn: string })[]
  subscribers: (IssuedFiles & Organization & { id: string; kpp?: string; ogrn: string })[]
}

const day = 24 * 60 * 60 * 1000
const validDays = 3652
const defaultHub: Organization = { name: 'ООО "Роуминговый хаб"', inn: '7700000009' }

/**
 * Makes or completes the PKI of a folder and returns its index. A second run keeps every key, and every certificate
 * still valid and of the same subject, key and issuer, renews the revocation lists and adds what is new. Refused
 * with key.broken when a file with the name of a key holds none. Throws on errors of the file system and for
 * parameter sets that do not exist.
 */
export async function makeDevelopmentPki(request: DevelopmentPkiRequest): Promise<DevelopmentPki | Refusal> {
  const { folder, at } = request
  makeFolder(folder, 0o700)
  const leafCurves = (request.curves ?? ['TC26-256-B']).map(curveByName)
  const [curve] = leafCurves
  assert(curve !== undefined, 'at least one parameter set is given')

  const rootName = authorityName('Корневой УЦ для разработки')
  const root = await keepOrIssue(request, { name: 'root', role: 'root', subject: rootName, curve })
  if (isRefusal(root)) return root
  const authority = { name: 'intermediate', role: 'intermediate', curve } as const
  const subject = authorityName('УЦ для разработки')
  const intermediate = await keepOrIssue(request, { ...authority, subject }, root)
  if (isRefusal(intermediate)) return intermediate

  const leaves = new LeafIssuer(request, intermediate, leafCurves)
  const hub = await leaves.issue('hub', request.hub ?? defaultHub)
  if (isRefusal(hub)) return hub
  const operators: DevelopmentPki['operators'] = []
  for (const operator of request.operators) {
    const issued = await leaves.issue(fileName('operator', operator.code), operator)
    if (isRefusal(issued)) return issued
    operators.push(issued)
  }
  const subscribers: DevelopmentPki['subscribers'] = []
  for (const subscriber of request.subscribers) {
    const issued = await leaves.issue(fileName('subscriber', subscriber.id), subscriber)
    if (isRefusal(issued)) return issued
    subscribers.push(issued)
  }
  await writeAuthorities(request, root, intermediate)
  const pki: DevelopmentPki = {
    madeAt: at.toISOString(),
    root: { ...describe('root', root), crl: 'root.crl' },
    intermediate: { ...describe('intermediate', intermediate), crl: 'intermediate.crl' },
    authorities: 'authorities.pem',
    crls: 'crls.pem',
    hub,
    operators,
    subscribers,
  }
  await writePublicFile(folder, 'index.json', `${JSON.stringify(pki, null, 2)}\n`)
  return pki
}

/** Issues the certificates below the intermediate, giving them the parameter sets in turn. */
class LeafIssuer {
  readonly #request: DevelopmentPkiRequest
  readonly #issuer: Issuer
  readonly #curves: readonly Curve[]
  #issued = 0

  constructor(request: DevelopmentPkiRequest, issuer: Issuer, leafCurves: readonly Curve[]) {
    this.#request = request
    this.#issuer = issuer
    this.#curves = leafCurves
  }

  async issue<Member extends Organization>(
    name: string,
    member: Member,
  ): Promise<(Member & IssuedFiles & { ogrn: string }) | Refusal> {
    const curve = this.#curves[this.#issued % this.#curves.length]
    assert(curve !== undefined)
    this.#issued += 1
    const subject = organizationName(member)
    const leaf = await keepOrIssue(this.#request, { name, role: 'leaf', subject, curve }, this.#issuer)
    if (isRefusal(leaf)) return leaf
    return { ...member, ogrn: member.ogrn ?? inventOgrn(member.inn), ...describe(name, leaf) }
  }
}

type Entry = Pick<CertificateRequest, 'role'> & { name: string; subject: NameAttributes; curve: Curve }

/** Keeps the key of a name, and its certificate while it is good under the issuer; else issues what is missing. */
async function keepOrIssue(
  request: DevelopmentPkiRequest,
  entry: Entry,
  issuer?: Issuer,
): Promise<Issuer | Refusal> {
  const { folder, at } = request
  const existing = request.overwrite ? undefined : await readExisting(folder, entry.name)
  if (existing !== undefined && isRefusal(existing)) return existing
  if (existing?.certificate !== undefined) {
    const { certificate, privateKey } = existing
    const isCurrent = certificate.notBefore <= at && at < certificate.notAfter
    const isNamed = equalBytes(certificate.subject, nameBytes(entry.subject))
    const isIssued = verifyCertificateSignature(certificate, issuer?.certificate ?? certificate)
    if (isCurrent && isNamed && isIssued) return { certificate, privateKey }
  }
  const issuerName = entry.role === 'intermediate' ? 'root' : 'intermediate'
  const privateKey = existing?.privateKey ?? PrivateKey.generate(entry.curve)
  const certificate = issueCertificate(
    {
      role: entry.role,
      subject: entry.subject,
      subjectKey: privateKey,
      notBefore: new Date(at.getTime() - day),
      notAfter: new Date(at.getTime() + validDays * day),
      // Nothing must ever be fetched for these certificates: .invalid resolves nowhere (RFC 6761, 6.4).
      crlAddress: `http://crl.development.invalid/${issuerName}.crl`,
    },
    issuer,
  )
  await writeIssued(folder, entry.name, { certificate, privateKey })
  return { certificate, privateKey }
}

async function writeAuthorities(
  request: DevelopmentPkiRequest,
  root: Issuer,
  intermediate: Issuer,
): Promise<void> {
  const { folder, at } = request
  const list = {
    // Seconds since 1970 grow from run to run without anything to remember.
    number: Math.floor(at.getTime() / 1000),
    thisUpdate: at,
    nextUpdate: new Date(at.getTime() + validDays * day),
    revoked: [],
  }
  const lists = [issueRevocationList(list, root), issueRevocationList(list, intermediate)] as const
  await writeRevocationList(folder, 'root', lists[0])
  await writeRevocationList(folder, 'intermediate', lists[1])
  await writePublicFile(folder, 'crls.pem', lists.map((der) => writePem('X509 CRL', der)).join(''))
  const authorities = [root, intermediate].map(({ certificate }) => certificatePem(certificate)).join('')
  await writePublicFile(folder, 'authorities.pem', authorities)
}

function describe(name: string, { certificate, privateKey }: Issuer): IssuedFiles {
  return {
    certificate: `${name}.crt`,
    key: `${name}.key`,
    thumbprint: certificate.thumbprint,
    curve: privateKey.curve.name,
  }
}

/** A file name from an id: what is not plain in it is replaced, and a digest keeps such names apart. */
function fileName(kind: string, id: string): string {
  const lower = id.toLowerCase()
  const plain = lower
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, 60)
    .replace(/-+$/, '')
  if (plain === lower) return `${kind}-${plain}`
  return `${kind}-${plain}-${createHash('sha256').update(lower).digest('hex').slice(0, 8)}`
}

function curveByName(name: string): Curve {
  const curve = curves.find((candidate) => candidate.name === name)
  assert(curve !== undefined, `there is no parameter set ${name}`)
  return curve
}
