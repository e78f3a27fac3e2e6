// Reads a Signature element against the one shape that is accepted (XML Signature 4): anything else is refused.

import { readXml, type XmlElement } from '../../../operators/containers/xml/read.ts'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import {
  bitsOf,
  canonicalizations,
  digestUris,
  envelopedSignature,
  signatureUris,
  xmldsigNamespace,
} from './uris.ts'

/** What a Signature says, every algorithm being an accepted one. */
export type SignatureForm = {
  readonly bits: 256 | 512
  readonly transforms: readonly string[]
  readonly signatureValue: Uint8Array
  /** DER of the certificates of KeyInfo, as they stand. */
  readonly certificates: readonly Uint8Array[]
}

class ShapeError extends Error {
  readonly refusal: Refusal
  constructor(code: 'xmldsig.structure' | 'xmldsig.algorithm' | 'xmldsig.certificate', seen: string) {
    super(seen)
    this.refusal = refuse(code, seen)
  }
}

/**
 * Accepted is: SignedInfo with a canonicalisation, a signature algorithm and exactly one Reference to the whole document
 * (URI "" or an id of the root) with the transform enveloped-signature, then at most one canonicalisation; a
 * SignatureValue; a KeyInfo of one X509Data with 1..signerCertificatesMax certificates. No Object, no Manifest, no key by
 * reference, no parameters of algorithms. The element must declare its namespaces itself, so that it means the same
 * outside of the document. Refused with xmldsig.structure, xmldsig.algorithm or xmldsig.certificate.
 */
export function readSignature(signature: string, rootIds: readonly string[]): SignatureForm | Refusal {
  const element = readXml(Buffer.from(signature, 'utf8'))
  if (isRefusal(element)) return refuse('xmldsig.structure', `${element.code}: ${element.seen}`)
  try {
    return readForm(element, rootIds)
  } catch (error) {
    if (error instanceof ShapeError) return error.refusal
    throw error
  }
}

function readForm(element: XmlElement, rootIds: readonly string[]): SignatureForm {
  const [signedInfo, signatureValue, keyInfo] = childrenOf(element, {
    name: 'Signature',
    children: ['SignedInfo', 'SignatureValue', 'KeyInfo'],
    attributes: ['Id'],
  })
  const [canonicalization, method, reference] = childrenOf(signedInfo, {
    name: 'SignedInfo',
    children: ['CanonicalizationMethod', 'SignatureMethod', 'Reference'],
    attributes: ['Id'],
  })
  if (!canonicalizations.has(algorithmOf(canonicalization, 'CanonicalizationMethod'))) {
    throw new ShapeError('xmldsig.algorithm', 'a canonicalisation that is not accepted')
  }
  const bits = bitsOf(signatureUris, algorithmOf(method, 'SignatureMethod'))
  if (bits === undefined)
    throw new ShapeError('xmldsig.algorithm', 'a signature algorithm that is not accepted')
  const value = readBase64(textOf(signatureValue, 'SignatureValue', ['Id']))
  // xml-crypto finds its copy of the signature by this value, and passes over the transform without one.
  if (value.length === 0) throw new ShapeError('xmldsig.structure', 'an empty SignatureValue')
  return {
    bits,
    transforms: readReference(reference, rootIds),
    signatureValue: value,
    certificates: readCertificates(keyInfo),
  }
}

function readReference(element: XmlElement | undefined, rootIds: readonly string[]): string[] {
  const [transforms, method, value] = childrenOf(element, {
    name: 'Reference',
    children: ['Transforms', 'DigestMethod', 'DigestValue'],
    attributes: ['URI', 'Id', 'Type'],
  })
  const uri = element?.attributes.get('URI')
  // An absent URI is left to the application by XML Signature 4.4.3, and read as "" by xml-crypto.
  if (uri === undefined || (uri !== '' && !rootIds.some((id) => /^[\w.-]+$/.test(id) && uri === `#${id}`))) {
    throw new ShapeError('xmldsig.structure', 'the Reference is not to the whole document')
  }
  if (bitsOf(digestUris, algorithmOf(method, 'DigestMethod')) === undefined) {
    throw new ShapeError('xmldsig.algorithm', 'a digest algorithm that is not accepted')
  }
  if (readBase64(textOf(value, 'DigestValue', [])).length === 0) {
    throw new ShapeError('xmldsig.structure', 'an empty DigestValue')
  }
  return readTransforms(transforms)
}

/** Without a canonicalisation at the end, the last step is Canonical XML 1.0 (XML Signature 4.4.3.2). */
function readTransforms(element: XmlElement | undefined): string[] {
  if (element === undefined) throw new ShapeError('xmldsig.structure', 'no Transforms')
  const children = ['Transform', 'Transform'].slice(0, element.children.length)
  const steps = childrenOf(element, { name: 'Transforms', children, attributes: [] })
  const names = steps.map((step) => algorithmOf(step, 'Transform'))
  const [first, second] = names
  if (first !== envelopedSignature || (second !== undefined && !canonicalizations.has(second))) {
    throw new ShapeError('xmldsig.algorithm', 'transforms that are not accepted')
  }
  return names
}

function readCertificates(element: XmlElement | undefined): Uint8Array[] {
  const [x509] = childrenOf(element, { name: 'KeyInfo', children: ['X509Data'], attributes: ['Id'] })
  const found: Uint8Array[] = []
  // Issuer, serial number, subject and key identifier are hints for a search, and there is nothing to search.
  const hints = new Set(['X509IssuerSerial', 'X509SubjectName', 'X509SKI'])
  for (const child of x509?.children ?? []) {
    if (child.namespace === xmldsigNamespace && hints.has(child.name)) continue
    if (child.name !== 'X509Certificate')
      throw new ShapeError('xmldsig.structure', 'X509Data holds something else')
    found.push(readBase64(textOf(child, 'X509Certificate', [])))
  }
  if (found.length === 0) throw new ShapeError('xmldsig.certificate', 'no certificate in KeyInfo')
  if (found.length > limits.signerCertificatesMax) {
    throw new ShapeError('xmldsig.certificate', `${found.length} certificates in KeyInfo`)
  }
  return found
}

type Shape = { name: string; children: readonly string[]; attributes: readonly string[] }

/** The children of an element that has exactly these, in this order, and no attributes but these. */
function childrenOf(element: XmlElement | undefined, shape: Shape): XmlElement[] {
  const checked = checkElement(element, shape)
  const isAsExpected =
    checked.children.length === shape.children.length &&
    checked.children.every(({ name, namespace }, at) => {
      return name === shape.children[at] && namespace === xmldsigNamespace
    })
  if (!isAsExpected) {
    throw new ShapeError(
      'xmldsig.structure',
      `${shape.name} does not hold ${shape.children.join(', ') || 'anything'}`,
    )
  }
  if (checked.text.trim() !== '') throw new ShapeError('xmldsig.structure', `text in ${shape.name}`)
  return checked.children
}

function textOf(element: XmlElement | undefined, name: string, attributes: readonly string[]): string {
  const checked = checkElement(element, { name, children: [], attributes })
  if (checked.children.length > 0) throw new ShapeError('xmldsig.structure', `elements in ${name}`)
  return checked.text
}

/** An algorithm without parameters: HMACOutputLength, XPath and InclusiveNamespaces have no place here. */
function algorithmOf(element: XmlElement | undefined, name: string): string {
  const checked = checkElement(element, { name, children: [], attributes: ['Algorithm'] })
  if (checked.children.length > 0 || checked.text.trim() !== '') {
    throw new ShapeError('xmldsig.algorithm', `${name} has parameters`)
  }
  return checked.attributes.get('Algorithm') ?? ''
}

function checkElement(element: XmlElement | undefined, shape: Shape): XmlElement {
  const { name, attributes } = shape
  if (element === undefined || element.name !== name || element.namespace !== xmldsigNamespace) {
    throw new ShapeError('xmldsig.structure', `no ${name}`)
  }
  const isForeign = [...element.attributes.keys()].some((attribute) => !attributes.includes(attribute))
  if (isForeign || element.foreignAttributes.length > 0) {
    throw new ShapeError('xmldsig.structure', `${name} has an unexpected attribute`)
  }
  return element
}

/** Only the one encoding of the bytes, so that no bit of a value is without meaning; white space may stand anywhere. */
function readBase64(text: string): Uint8Array {
  const letters = text.replace(/[ \t\r\n]+/g, '')
  const value = Buffer.from(letters, 'base64')
  if (value.toString('base64') === letters) return value
  throw new ShapeError('xmldsig.structure', 'a value that is not base64')
}
