// Hostile signed XML: wrapping, moved content, foreign algorithms and bombs get a code quickly, and nothing throws.

import t from 'tap'
import { verifyEnvelopedSignature } from '../../hub/trust/xmldsig/verify.ts'
import { isRefusal, type RefusalCode } from '../../schemas/refusals.ts'
import {
  cpxmlsec,
  dsNamespace,
  enveloped,
  exclusive,
  flattest,
  flatXml,
  inclusive,
  signXml,
  type XmlSigning,
} from '../support/signed-lists.ts'
import { identityOn } from '../support/signing.ts'

const patienceMs = 5000
const identity = identityOn('TC26-256-B')
const other = identityOn('TC26-256-C')
const plain = '<Перечень><Строка>Значение</Строка></Перечень>'
const withId = '<Перечень Id="a"><Строка>Значение</Строка></Перечень>'
const signed = signXml(plain, identity)
const signedById = signXml(withId, { ...identity, uri: '#a' })
const signatureOf = (text: string): string => /<Signature .*<\/Signature>/s.exec(text)?.[0] ?? ''
const forged = (signing: Partial<XmlSigning>, text = plain): string =>
  signXml(text, { ...identity, ...signing })
const replaced = (from: string | RegExp, to: string | ((letter: string) => string), text = signed): string =>
  typeof to === 'string' ? text.replace(from, to) : text.replace(from, to)
/** Signs a SignedInfo into which something was written before. */
const edited = (from: string | RegExp, to: string): string =>
  forged({ edit: (info) => info.replace(from, to) })
const keyInfo = (inside: string): string => forged({ keyInfo: `<KeyInfo>${inside}</KeyInfo>` })
const certificate = Buffer.from(identity.certificate.der).toString('base64')
const x509 = `<X509Data><X509Certificate>${certificate}</X509Certificate></X509Data>`
const ds = (name: string, inside = ''): string => `<${name} xmlns="${dsNamespace}">${inside}</${name}>`
const legacy = 'http://www.w3.org/2001/04/xmldsig-more#'
const rsa = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'
const body = '<Строка>Подлог</Строка>'

const attacks: [string, RefusalCode, string | Uint8Array][] = [
  // what is no XML, or more than XML
  ['a DOCTYPE', 'xml.doctype', `<!DOCTYPE a [<!ENTITY x "y">]>${signed}`],
  ['a DOCTYPE in a comment', 'xml.doctype', replaced('Значение', '<!-- <!DOCTYPE a> -->Значение')],
  ['an entity nobody declared', 'xml.broken', replaced('Значение', '&x;')],
  ['nothing', 'xml.broken', ''],
  ['text', 'xml.broken', 'Перечень'],
  ['a document cut short', 'xml.broken', signed.slice(0, -12)],
  ['two roots', 'xml.broken', signed + signed],
  ['XML 1.1', 'xml.broken', `<?xml version="1.1"?>${signed}`],
  ['windows-1251 declared', 'xml.encoding', `<?xml version="1.0" encoding="windows-1251"?>${signed}`],
  ['UTF-16', 'xml.encoding', Buffer.from(signed, 'utf16le')],
  [
    'bytes that are not UTF-8',
    'xml.encoding',
    Buffer.concat([Buffer.from(signed), Buffer.from([0xc0, 0x80])]),
  ],
  ['100 000 levels', 'xml.limits', `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`],
  ['a text without an end', 'xml.limits', replaced('Значение', 'x'.repeat(3_000_000))],
  ['a value without an end', 'xml.limits', replaced('<Строка>', `<Строка a="${'x'.repeat(3_000_000)}">`)],
  ['a text of many pieces', 'xml.limits', replaced('Значение', '<![CDATA[xxxxxxxxxx]]>'.repeat(20_000))],
  ['many attributes', 'xml.limits', replaced('<Строка>', `<Строка ${many(100, (at) => `a${at}=""`)}>`)],
  ['an attribute twice', 'xml.broken', replaced('<Строка>', '<Строка a="1" a="1">')],
  ['a processing instruction in a value', 'xmldsig.structure', replaced('Значение', 'Зна<?че ние?>')],
  ['a processing instruction before the root', 'xmldsig.structure', `<?a b?>${signed}`],
  ['an attribute that begins with xmlns', 'xmldsig.structure', replaced('<Строка>', '<Строка xmlnsa="1">')],
  [
    'a namespace that writes attributes',
    'xmldsig.structure',
    replaced('<Перечень>', '<Перечень xmlns:a="u&quot; b=&quot;c">'),
  ],

  // where the signature stands
  ['no signature', 'xmldsig.absent', plain],
  ['a signature of another namespace', 'xmldsig.absent', signed.replaceAll(dsNamespace, 'urn:other')],
  ['two signatures', 'xmldsig.structure', replaced('</Перечень>', `${signatureOf(signed)}</Перечень>`)],
  ['a signature as the root', 'xmldsig.structure', signatureOf(signed)],
  ['a signature too deep', 'xmldsig.structure', `<Оболочка>${signed}</Оболочка>`],
  [
    'a signature inside the signature',
    'xmldsig.structure',
    replaced('</KeyInfo>', `</KeyInfo>${ds('Object', signatureOf(signed))}`),
  ],
  [
    'the namespace of the signature declared outside of it',
    'xmldsig.structure',
    replaced('<Перечень>', `<Перечень xmlns:d="${dsNamespace}">`)
      .replace(`<Signature xmlns="${dsNamespace}">`, '<d:Signature>')
      .replace('</Signature>', '</d:Signature>'),
  ],

  // wrapping: the signed element stays, and another takes its place
  [
    'the signed root moved into an Object',
    'xmldsig.structure',
    `<Перечень>${body}${signatureOf(signedById).replace('</KeyInfo>', `</KeyInfo><Object>${withId}</Object>`)}</Перечень>`,
  ],
  [
    'the signed root moved below a new one',
    'xmldsig.structure',
    `<Перечень>${body}<Прочее>${withId}</Прочее>${signatureOf(signedById)}</Перечень>`,
  ],
  [
    'the id on the new root and on the old one',
    'xmldsig.structure',
    `<Перечень Id="a">${body}<Прочее>${withId}</Прочее>${signatureOf(signedById)}</Перечень>`,
  ],
  ...['ID', 'id', 'xml:id', 'Id'].map((name): [string, RefusalCode, string] => [
    `the id again as ${name}`,
    'xmldsig.structure',
    signedById.replace('<Строка>', `<Строка ${name}="a">`),
  ]),
  [
    'the id in a namespace of its own',
    'xmldsig.structure',
    signedById.replace('<Перечень Id="a">', '<Перечень xmlns:w="u" w:Id="a">'),
  ],
  [
    'the id as ID of the root and Id below',
    'xmldsig.structure',
    `<Перечень ID="a">${withId}${signatureOf(signedById)}</Перечень>`,
  ],
  [
    'a Reference to a part',
    'xmldsig.structure',
    forged({ uri: '#b' }, '<Перечень Id="a"><Строка Id="b"></Строка></Перечень>'),
  ],
  ['a Reference by XPointer', 'xmldsig.structure', forged({ uri: "#xpointer(id('a'))" }, withId)],
  ['a Reference with a quotation mark', 'xmldsig.structure', forged({ uri: "#a' or 'a'='a" }, withId)],
  [
    'an id with a quotation mark',
    'xmldsig.structure',
    forged({ uri: "#a'b" }, `<Перечень Id="a'b"></Перечень>`),
  ],
  ['an outer Reference', 'xmldsig.structure', forged({ uri: 'http://127.0.0.1/a.xml' })],
  ['a Reference to a file', 'xmldsig.structure', forged({ uri: 'file:///etc/passwd' })],
  ['a Reference without a URI', 'xmldsig.structure', edited(' URI=""', '')],
  ['two References', 'xmldsig.structure', edited(/<Reference.*<\/Reference>/, '$&$&')],
  ['no Reference', 'xmldsig.structure', edited(/<Reference.*<\/Reference>/, '')],
  [
    'a Reference of a Manifest',
    'xmldsig.structure',
    replaced('</KeyInfo>', `</KeyInfo>${ds('Object', ds('Manifest'))}`),
  ],
  ['two SignedInfo', 'xmldsig.structure', replaced(/<SignedInfo>.*<\/SignedInfo>/, '$&$&')],
  ['two values', 'xmldsig.structure', replaced(/<SignatureValue>.*<\/SignatureValue>/, '$&$&')],
  ['two digests', 'xmldsig.structure', edited(/<DigestValue>.*<\/DigestValue>/, '$&$&')],
  [
    'an empty digest',
    'xmldsig.structure',
    edited(/<DigestValue>.*<\/DigestValue>/, '<DigestValue></DigestValue>'),
  ],
  ['a comment inside the digest', 'xmldsig.structure', replaced('<DigestValue>', '<DigestValue><!-- a -->')],
  [
    'a comment inside the value',
    'xmldsig.structure',
    replaced('<SignatureValue>', '<SignatureValue><!-- a -->'),
  ],
  ['text between the parts', 'xmldsig.structure', replaced('<SignatureValue>', 'а<SignatureValue>')],
  ['a foreign attribute', 'xmldsig.structure', edited('<Reference ', '<Reference Вид="1" ')],
  ['spare bits in the value', 'xmldsig.structure', replaced(/.==<\/SignatureValue>/, '/==</SignatureValue>')],

  // algorithms
  ...[
    `${legacy}gostr34102001-gostr3411`,
    `${cpxmlsec}gostr34102001-gostr3411`,
    rsa,
    `${dsNamespace}hmac-sha1`,
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'toString',
    '',
  ].map((uri): [string, RefusalCode, string] => [
    `the signature algorithm ${uri}`,
    'xmldsig.algorithm',
    forged({ signatureUri: uri }),
  ]),
  ...[`${legacy}gostr3411`, `${cpxmlsec}gostr3411`, `${dsNamespace}sha1`, 'constructor', ''].map(
    (uri): [string, RefusalCode, string] => [
      `the digest algorithm ${uri}`,
      'xmldsig.algorithm',
      forged({ digestUri: uri }),
    ],
  ),
  ...[
    `${exclusive}WithComments`,
    `${inclusive}#WithComments`,
    'http://www.w3.org/2006/12/xml-c14n11',
    enveloped,
  ].map((uri): [string, RefusalCode, string] => [
    `the canonicalisation ${uri}`,
    'xmldsig.algorithm',
    forged({ canonicalization: uri }),
  ]),
  ...(
    [
      [],
      [exclusive],
      [exclusive, enveloped],
      [enveloped, `${exclusive}WithComments`],
      [enveloped, 'http://www.w3.org/TR/1999/REC-xpath-19991116'],
      [enveloped, 'http://www.w3.org/TR/1999/REC-xslt-19991116'],
      [enveloped, 'http://www.w3.org/2002/06/xmldsig-filter2'],
      [`${dsNamespace}base64`, exclusive],
    ] as const
  ).map((transforms): [string, RefusalCode, string] => [
    `the transforms ${transforms.join(' ')}`,
    'xmldsig.algorithm',
    forged({ transforms }),
  ]),
  ['three transforms', 'xmldsig.structure', forged({ transforms: [enveloped, exclusive, exclusive] })],
  ['no Transforms', 'xmldsig.structure', edited(/<Transforms>.*<\/Transforms>/, '')],
  [
    'a shortened HMAC',
    'xmldsig.algorithm',
    edited('</SignatureMethod>', '<HMACOutputLength>1</HMACOutputLength></SignatureMethod>'),
  ],
  [
    'a transform with an XPath',
    'xmldsig.algorithm',
    edited('</Transform>', '<XPath>not(ancestor-or-self::Строка)</XPath></Transform>'),
  ],
  [
    'namespaces kept by a list',
    'xmldsig.algorithm',
    edited(
      '</CanonicalizationMethod>',
      `<I xmlns="${exclusive}" PrefixList="a"></I></CanonicalizationMethod>`,
    ),
  ],
  ['the digest of another size', 'xmldsig.digest', forged({ digestUri: `${cpxmlsec}gostr34112012-512` })],
  [
    'the signature of another size',
    'xmldsig.value',
    forged({ signatureUri: `${cpxmlsec}gostr34102012-gostr34112012-512` }),
  ],

  // the key
  ['no KeyInfo', 'xmldsig.structure', forged({ keyInfo: '' })],
  ['an empty KeyInfo', 'xmldsig.structure', keyInfo('')],
  ['a key by reference', 'xmldsig.structure', keyInfo(`<RetrievalMethod URI="#a"></RetrievalMethod>`)],
  ['a key by name beside the certificate', 'xmldsig.structure', keyInfo(`<KeyName>a</KeyName>${x509}`)],
  ['a bare key', 'xmldsig.structure', keyInfo(`<KeyValue></KeyValue>${x509}`)],
  ['two X509Data', 'xmldsig.structure', keyInfo(`${x509}${x509}`)],
  [
    'a CRL beside the certificate',
    'xmldsig.structure',
    keyInfo(x509.replace('</X509Data>', '<X509CRL></X509CRL></X509Data>')),
  ],
  [
    'X509Data without a certificate',
    'xmldsig.certificate',
    keyInfo('<X509Data><X509SKI>AAAA</X509SKI></X509Data>'),
  ],
  ['a certificate that is none', 'xmldsig.certificate', keyInfo(x509.replace(certificate, 'MAMCAQE='))],
  ['a certificate that is no base64', 'xmldsig.structure', keyInfo(x509.replace(certificate, '*'))],
  [
    'the certificate of somebody else',
    'xmldsig.value',
    keyInfo(x509.replace(certificate, Buffer.from(other.certificate.der).toString('base64'))),
  ],
  ['the signature of somebody else', 'xmldsig.signer', signXml(plain, other)],

  // the content
  ['changed content', 'xmldsig.digest', replaced('Значение', 'значение')],
  ['added content', 'xmldsig.digest', replaced('<Signature', '<Строка></Строка><Signature')],
  ['another root', 'xmldsig.digest', signed.replaceAll('Перечень', 'Список')],
  ['an attribute more', 'xmldsig.digest', replaced('<Строка>', '<Строка Вид="1">')],
  ['a namespace in use', 'xmldsig.digest', replaced('<Перечень>', '<Перечень xmlns="urn:a">')],
  ['a changed SignedInfo', 'xmldsig.value', replaced('<Reference URI="">', '<Reference Id="r" URI="">')],
  [
    'another value',
    'xmldsig.value',
    replaced(/(?<=<SignatureValue>)./, (letter) => (letter === 'A' ? 'B' : 'A')),
  ],
  ['a value cut short', 'xmldsig.value', replaced(/(?<=<SignatureValue>).{4}/, '')],
  ['an empty value', 'xmldsig.structure', replaced(/(?<=<SignatureValue>).*(?=<\/SignatureValue>)/, '')],
]

function many(count: number, make: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => make(at)).join(' ')
}

t.test('every trick is refused with its code, quickly', async (t) => {
  const pinned = new Set([identity.certificate.thumbprint])
  for (const [name, code, text] of attacks) {
    const startedAt = performance.now()
    const result = verifyEnvelopedSignature(Buffer.from(text), { pinned, at: new Date() })
    const took = performance.now() - startedAt
    t.match(result, { code }, `${name}: ${code}`)
    t.ok(took < patienceMs, `${name}: took ${took.toFixed(0)} ms`)
  }
})

t.test('what the attacks start from is accepted', async (t) => {
  const pinned = new Set([identity.certificate.thumbprint])
  for (const text of [signed, signedById]) {
    t.notOk(isRefusal(verifyEnvelopedSignature(Buffer.from(text), { pinned, at: new Date() })))
  }
})

t.test('a document flatter than is allowed is refused before its signature is looked at', async (t) => {
  const refused = verifyEnvelopedSignature(flatXml(flattest + 40, identity), { at: new Date() })
  t.match(refused, { code: 'xml.limits', seen: /siblings/ })
})
