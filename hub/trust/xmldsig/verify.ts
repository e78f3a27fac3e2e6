// Verifies an enveloped XML signature with GOST algorithms (XML Signature 3.2) and gives what it covers.

import { SignedXml } from 'xml-crypto'
import type { Thumbprint } from '../../../schemas/ids.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { algorithmsOf } from '../algorithms.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { digest, verify } from '../gost/kernel.ts'
import { scanSigned } from './scan.ts'
import { readSignature, type SignatureForm } from './structure.ts'
import { canonicalizations, digestUris, envelopedSignature, signatureUris } from './uris.ts'

/** Whether a certificate may sign, at a time; the others of KeyInfo are given to build a path from. */
export type IsTrustedSigner = (certificate: Certificate, at: Date, others: readonly Certificate[]) => boolean

/** Who may sign: certificates pinned by their thumbprint, and whoever the given function trusts. */
export type AcceptedSigners = { pinned?: ReadonlySet<Thumbprint>; isTrustedSigner?: IsTrustedSigner }

/** A document whose signature holds and whose signer is accepted. */
export type VerifiedXml = {
  readonly signer: Certificate
  /** The canonical form of the document without its signature: nothing else was signed. */
  readonly signedXml: string
}

/**
 * Verifies the one signature of a document in the shape `readSignature` accepts, by xml-crypto with our GOST kernel. The
 * key comes from a certificate of KeyInfo, and that certificate must be an accepted signer; `at` is only handed to
 * `isTrustedSigner`. A pinned certificate is accepted whatever its dates: pinning is the decision. Refused with xml.*
 * and xmldsig.*; never throws on hostile input. Takes about half a second per megabyte and blocks: not for the main
 * thread when documents are large.
 */
export function verifyEnvelopedSignature(
  bytes: Uint8Array,
  options: AcceptedSigners & { at: Date },
): VerifiedXml | Refusal {
  const scan = scanSigned(bytes)
  if (isRefusal(scan)) return scan
  const form = readSignature(scan.signature, scan.rootIds)
  if (isRefusal(form)) return form
  const certificates: Certificate[] = []
  for (const der of form.certificates) {
    const certificate = parseCertificate(der)
    if (isRefusal(certificate)) return refuse('xmldsig.certificate', certificate.seen)
    certificates.push(certificate)
  }
  const checked = check(scan, form, certificates)
  if (isRefusal(checked)) return checked
  const others = certificates.filter((certificate) => certificate !== checked.signer)
  return isAccepted(checked.signer, others, options)
    ? checked
    : refuse('xmldsig.signer', `certificate with SHA-1 ${checked.signer.thumbprintSha1}`)
}

function isAccepted(
  signer: Certificate,
  others: readonly Certificate[],
  options: AcceptedSigners & { at: Date },
): boolean {
  if (options.pinned?.has(signer.thumbprint) === true) return true
  return options.isTrustedSigner?.(signer, options.at, others) === true
}

/** What happened inside xml-crypto, told by our algorithms, since it tells by strings and by throwing. */
type Trace = { digested: number; valueChecked: boolean; signer: Certificate | undefined }

function check(
  scan: { text: string; signature: string },
  form: SignatureForm,
  certificates: readonly Certificate[],
): VerifiedXml | Refusal {
  const trace: Trace = { digested: 0, valueChecked: false, signer: undefined }
  // The key is found by our own algorithm; xml-crypto only wants to have one.
  const signed = new SignedXml({ publicCert: 'unused', getCertFromKeyInfo: () => null })
  registerAlgorithms(signed, { form, certificates, trace })
  try {
    signed.loadSignature(scan.signature)
    if (!signed.checkSignature(scan.text))
      return refuse('xmldsig.digest', 'the document is not what was signed')
  } catch {
    // A wrong value is thrown as an Error without a type, and so is whatever xml-crypto cannot work with.
    if (trace.valueChecked) return refuse('xmldsig.value', 'no certificate of KeyInfo has made the signature')
    return refuse('xmldsig.structure', 'the signature cannot be processed')
  }
  const [signedXml, ...more] = signed.getSignedReferences()
  const steps = signed.getReferences()[0]?.transforms ?? []
  const isAsRead = form.transforms.every((name, at) => steps[at] === name)
  if (!isAsRead) return refuse('xmldsig.structure', 'the library read other transforms')
  if (trace.signer === undefined || signedXml === undefined || more.length > 0 || trace.digested !== 1) {
    return refuse('xmldsig.structure', 'not exactly one reference was processed')
  }
  return { signer: trace.signer, signedXml }
}

type Registration = { form: SignatureForm; certificates: readonly Certificate[]; trace: Trace }

/** Takes all of the library's algorithms out but those accepted, and puts ours in. */
function registerAlgorithms(signed: SignedXml, registration: Registration): void {
  const own = signed.CanonicalizationAlgorithms
  signed.CanonicalizationAlgorithms = Object.fromEntries(
    Object.entries(own).filter(([name]) => canonicalizations.has(name) || name === envelopedSignature),
  )
  signed.HashAlgorithms = Object.fromEntries(
    Object.entries(digestUris).map(([name, bits]) => [name, hashAlgorithm(name, bits, registration.trace)]),
  )
  signed.SignatureAlgorithms = Object.fromEntries(
    Object.keys(signatureUris).map((name) => [name, signatureAlgorithm(name, registration)]),
  )
}

function hashAlgorithm(name: string, bits: 256 | 512, trace: Trace): SignedXml['HashAlgorithms'][string] {
  return class {
    getAlgorithmName(): string {
      return name
    }
    getHash(xml: string): string {
      trace.digested += 1
      const { digestName } = algorithmsOf(bits)
      return Buffer.from(digest(digestName, Buffer.from(xml, 'utf8'))).toString('base64')
    }
  }
}

function signatureAlgorithm(
  name: string,
  registration: Registration,
): SignedXml['SignatureAlgorithms'][string] {
  const { form, certificates, trace } = registration
  return class {
    getAlgorithmName(): string {
      return name
    }
    getSignature(): string {
      throw new Error('signatures are made elsewhere')
    }
    /** The value is ours, read from the whole text; the library would take the first piece of it. */
    verifySignature(signedInfo: string): boolean {
      trace.valueChecked = true
      const hash = digest(algorithmsOf(form.bits).digestName, Buffer.from(signedInfo, 'utf8'))
      trace.signer = certificates.find(({ key }) => {
        if (key?.curve.bits !== form.bits) return false
        return verify({
          curve: key.curve,
          publicKey: key.publicKey,
          digest: hash,
          signature: form.signatureValue,
        })
      })
      return trace.signer !== undefined
    }
  }
}
