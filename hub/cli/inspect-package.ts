// Takes a package apart for a person: container, signer, messages, documents, and everything wrong with it.

import { createHash } from 'node:crypto'
import type { Dialect, InspectedMessage } from '../../operators/ports.ts'
import { parsePackageName } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { Description, EntryPlace, Receipts } from '../../schemas/package.ts'
import type { PartnerBook } from '../../schemas/partner.ts'
import { isRefusal, type Refusal, refusalText, refuse } from '../../schemas/refusals.ts'
import type { Certificate } from '../trust/certificate.ts'
import { readSigned, type SignedPackage, verifySigned } from '../trust/cms.ts'
import { describeName } from '../trust/distinguished-name.ts'
import { faultsOfSender } from './judge-sender.ts'

/** What was found. The package is sound when it has no fault; its sender is judged only by a book. */
export type PackageInspection = {
  name: string
  bytes: number
  sha256: string
  isSound: boolean
  /** In the order of the checks: the hub would answer with the first. */
  faults: { code: string; seen: string; at?: string; text: string }[]
  signer?: {
    subject: string
    issuer: string
    serial: string
    thumbprint: string
    notBefore: string
    notAfter: string
    curve: string | undefined
    signingTime: string | undefined
    isSignatureRight: boolean
  }
  entries: { name: string; bytes: number; packedBytes: number }[]
  messages: { id: string; description: Description | undefined; files: { name: string; bytes: number }[] }[]
  receipts?: Receipts
}

/** Inspects the bytes of a package under its file name; never throws for any bytes. */
export function inspectPackage(input: {
  name: string
  bytes: Uint8Array
  dialect: Dialect
  registered: readonly Certificate[]
  /** Partners to judge the sender by; without it the sender is not judged. */
  book?: PartnerBook | undefined
  at: Date
}): PackageInspection {
  const { name, bytes, dialect, registered, book, at } = input
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const faults = faultsOfOutside(name, bytes)
  const signed = readSigned(bytes, { registered })
  if (isRefusal(signed)) {
    const fault = isBareZip(bytes)
      ? refuse(signed.code, 'ZIP без подписи (a ZIP without a signature)')
      : signed
    return { name, bytes: bytes.length, sha256, ...judged([...faults, fault]), entries: [], messages: [] }
  }
  const broken = verifySigned(signed)
  const content = dialect.inspectContent(signed.content)
  const senders = content.messages.flatMap(({ description }) => description?.sender ?? [])
  const { thumbprint } = signed.certificate
  const ofSender = book === undefined ? [] : faultsOfSender(book, { thumbprint, senders, at })
  const all = [...faults, ...(broken === undefined ? [] : [broken]), ...content.faults, ...ofSender]
  return {
    name,
    bytes: bytes.length,
    sha256,
    ...judged(all),
    signer: { ...describeSigner(signed), isSignatureRight: broken === undefined },
    entries: content.entries.map((entry) => ({ ...fileOf(entry), packedBytes: entry.compressedSize })),
    messages: content.messages.map(describeMessage),
    ...(content.receipts === undefined ? {} : { receipts: content.receipts }),
  }
}

/** Signature of a local file header or of an end record (APPNOTE 4.3.7, 4.3.16): what a ZIP begins with. */
function isBareZip(bytes: Uint8Array): boolean {
  return ['504b0304', '504b0506'].includes(Buffer.from(bytes.subarray(0, 4)).toString('hex'))
}

function faultsOfOutside(name: string, bytes: Uint8Array): Refusal[] {
  const faults: Refusal[] = []
  if (parsePackageName(name) === undefined) faults.push(refuse('door.name-invalid', name))
  if (bytes.length === 0) faults.push(refuse('door.empty', '0 bytes'))
  if (bytes.length > limits.packageBytesMax) faults.push(refuse('door.too-large', `${bytes.length} bytes`))
  return faults
}

function judged(faults: readonly Refusal[]): Pick<PackageInspection, 'isSound' | 'faults'> {
  return {
    isSound: faults.length === 0,
    faults: faults.map((fault) => ({ ...fault, text: refusalText(fault) })),
  }
}

function describeSigner(signed: SignedPackage) {
  const { certificate, signedAttributes } = signed
  return {
    subject: describeName(certificate.subjectName),
    issuer: describeName(certificate.issuerName),
    serial: certificate.serial,
    thumbprint: certificate.thumbprint,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    curve: certificate.key?.curve.name,
    signingTime: signedAttributes?.signingTime?.toISOString(),
  }
}

function describeMessage({
  id,
  description,
  entries,
}: InspectedMessage): PackageInspection['messages'][number] {
  return { id, description, files: entries.map(fileOf) }
}

function fileOf({ name, size }: EntryPlace): { name: string; bytes: number } {
  return { name, bytes: size }
}
