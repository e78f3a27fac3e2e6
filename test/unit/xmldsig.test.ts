// Enveloped XML signatures: every accepted shape on every parameter set, and whose signature counts.

import t, { type Test } from 'tap'
import { type Curve, curves } from '../../hub/trust/gost/curves.ts'
import { scanSigned } from '../../hub/trust/xmldsig/scan.ts'
import { type VerifiedXml, verifyEnvelopedSignature } from '../../hub/trust/xmldsig/verify.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import {
  enveloped,
  exclusive,
  inclusive,
  makeSignature,
  signXml,
  type XmlSigning,
} from '../support/signed-lists.ts'
import { identityOn } from '../support/signing.ts'

const at = new Date('2026-09-01T00:00:00Z')
const identity = identityOn('TC26-256-B')
const plain = '<Перечень><Строка Вид="а">Значение &amp; 1</Строка></Перечень>'
const check = (text: string | Uint8Array, signer = identity): VerifiedXml | Refusal =>
  verifyEnvelopedSignature(Buffer.from(text), { pinned: new Set([signer.certificate.thumbprint]), at })

function accepted(t: Test, text: string, expected: string, what: string): void {
  const result = check(text)
  if (isRefusal(result)) t.fail(`${what}: ${result.code} ${result.seen}`)
  else t.equal(result.signedXml, expected, what)
}

t.test('accepts signatures on every parameter set, and gives what was signed', async (t) => {
  for (const { name } of curves as readonly Curve[]) {
    const signer = identityOn(name)
    const result = check(signXml(plain, signer), signer)
    t.match(result, { signedXml: plain, signer: { thumbprint: signer.certificate.thumbprint } }, name)
  }
})

t.test('accepts both canonicalisations, in every place, and a Reference to the id of the root', async (t) => {
  const withId = '<Перечень Id="list-1"><Строка>1</Строка></Перечень>'
  const shapes: [string, string, Partial<XmlSigning>][] = [
    ['exclusive', plain, {}],
    ['inclusive', plain, { canonicalization: inclusive, transforms: [enveloped, inclusive] }],
    ['mixed', plain, { canonicalization: exclusive, transforms: [enveloped, inclusive] }],
    ['the default at the end', plain, { transforms: [enveloped] }],
    ['the id of the root', withId, { uri: '#list-1' }],
    ['the whole document although the root has an id', withId, {}],
  ]
  for (const [name, text, signing] of shapes) {
    accepted(t, signXml(text, { ...identity, ...signing }), text, name)
  }
})

t.test(
  'an inclusive canonicalisation keeps the namespaces of the root, an exclusive one drops them',
  async (t) => {
    const xsi = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    const root = `<Перечень${xsi}><Строка>1</Строка></Перечень>`
    const signing = { ...identity, canonicalization: inclusive, transforms: [enveloped, inclusive] }
    accepted(t, signXml(root, { ...signing, inherited: xsi }), root, 'inclusive')
    const bare = '<Перечень><Строка>1</Строка></Перечень>'
    const text = root.replace('</Перечень>', `${makeSignature(bare, identity)}</Перечень>`)
    accepted(t, text, bare, 'exclusive')
  },
)

t.test('what canonicalisation evens out does not matter', async (t) => {
  const written = signXml(plain, identity)
    .replace('<Строка Вид="а">', "<Строка\n Вид='&#x430;' >")
    .replace('Значение', 'Зна<!-- примечание -->че<![CDATA[ние]]><![CDATA[]]>')
    .replaceAll('<DigestMethod ', '<DigestMethod\n  ')
  accepted(t, `<?xml version="1.0" encoding="utf-8"?>\n${written}\n`, plain, 'written otherwise')
  accepted(t, `\ufeff${written}`, plain, 'with a mark of the byte order')
  const first = plain.replace('<Перечень>', `<Перечень>${makeSignature(plain, identity)}`)
  accepted(t, first, plain, 'the signature as the first child')
  const wrapped = signXml(plain, identity).replace(/(?<=<SignatureValue>)(.{40})/, '\n$1\n  ')
  accepted(t, wrapped, plain, 'white space in the value')
})

t.test(
  'the signer is the certificate whose key made the signature, wherever it stands in KeyInfo',
  async (t) => {
    const [root] = identity.chain
    const both = [root, identity.certificate].map((one) => Buffer.from(one?.der ?? '').toString('base64'))
    const inside = both.map((one) => `<X509Certificate>${one}</X509Certificate>`).join('')
    const hint = '<X509SubjectName>CN=Кто-то</X509SubjectName>'
    const text = signXml(plain, {
      ...identity,
      keyInfo: `<KeyInfo><X509Data>${hint}${inside}</X509Data></KeyInfo>`,
    })
    const asked: string[][] = []
    const result = verifyEnvelopedSignature(Buffer.from(text), {
      at,
      isTrustedSigner: (certificate, when, others) => {
        asked.push([
          certificate.thumbprint,
          when.toISOString(),
          ...others.map(({ thumbprint }) => thumbprint),
        ])
        return true
      },
    })
    t.match(result, { signer: { thumbprint: identity.certificate.thumbprint } })
    t.strictSame(asked, [[identity.certificate.thumbprint, at.toISOString(), root?.thumbprint]])
  },
)

t.test('a signer who is neither pinned nor trusted is refused', async (t) => {
  const bytes = Buffer.from(signXml(plain, identity))
  const other = identityOn('TC26-512-A').certificate.thumbprint
  for (const options of [
    {},
    { pinned: new Set([other]) },
    { isTrustedSigner: () => false },
    { pinned: new Set<never>(), isTrustedSigner: () => false },
  ]) {
    t.match(verifyEnvelopedSignature(bytes, { ...options, at }), { code: 'xmldsig.signer' })
  }
})

t.test('bounds hold on both sides of the edge', async (t) => {
  const padded = (length: number): Uint8Array =>
    Buffer.concat([Buffer.from('<a/>'), Buffer.alloc(length - 4, ' ')])
  t.match(scanSigned(padded(limits.signedXmlBytesMax + 1)), { code: 'xml.limits', seen: /bytes/ })
  t.match(scanSigned(padded(limits.xmlTextLengthMax)), { code: 'xmldsig.absent' })
  const elements = (count: number): Uint8Array => {
    const group = `<b>${'<c/>'.repeat(499)}</b>`
    const groups = Math.floor((count - 1) / 500)
    return Buffer.from(`<a>${group.repeat(groups)}${'<d/>'.repeat(count - 1 - 500 * groups)}</a>`)
  }
  t.match(scanSigned(elements(limits.signedXmlElementsMax)), { code: 'xmldsig.absent' })
  t.match(scanSigned(elements(limits.signedXmlElementsMax + 1)), { code: 'xml.limits', seen: /elements/ })
  const certificate = Buffer.from(identity.certificate.der).toString('base64')
  const keyInfo = (count: number): string => {
    const inside = `<X509Certificate>${certificate}</X509Certificate>`.repeat(count)
    return signXml(plain, { ...identity, keyInfo: `<KeyInfo><X509Data>${inside}</X509Data></KeyInfo>` })
  }
  accepted(t, keyInfo(limits.signerCertificatesMax), plain, 'as many certificates as are allowed')
  t.match(check(keyInfo(limits.signerCertificatesMax + 1)), { code: 'xmldsig.certificate' })
})
