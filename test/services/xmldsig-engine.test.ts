// Enveloped XML signatures made by xmllint and OpenSSL with the GOST engine, live: our verifier must accept them.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseCertificate } from '../../hub/trust/certificate.ts'
import { verifyEnvelopedSignature } from '../../hub/trust/xmldsig/verify.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { type EngineSet, engineSets, findEngine, makeEngineKey, openssl } from '../support/gost-engine.ts'
import {
  digestUriOf,
  dsNamespace,
  enveloped,
  exclusive,
  inclusive,
  signatureUriOf,
} from '../support/signed-lists.ts'

const engine = findEngine()
const xmllint = spawnSync('xmllint', ['--version']).status === 0
const options = 'reason' in engine ? { skip: engine.reason } : xmllint ? {} : { skip: 'no xmllint' }
const folder = mkdtempSync(join(tmpdir(), 'xmldsig-engine-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const document = `<?xml version="1.0" encoding="utf-8"?>
<п:Перечень xmlns:п="urn:list" xmlns:x="urn:x"
   Вид='"а" &lt; б' x:Дата = "2026-08-26" >
  <!-- примечание -->
  <Строка xmlns="urn:row" xmlns:я="urn:ya" я:б="2" а="1"/><![CDATA[<текст>]]>&#x2116;
  <п:Пусто></п:Пусто>
</п:Перечень>
`

/** The canonical form by libxml2, without comments as a same-document Reference demands. */
function canonical(xml: string, uri: string): Buffer {
  const option = uri === exclusive ? '--exc-c14n' : '--c14n'
  const withoutComments = xml.replace(/<!--.*?-->/gs, '')
  const { stdout, status, stderr } = spawnSync('xmllint', [option, '-'], { input: withoutComments })
  if (status !== 0) throw new Error(String(stderr))
  return stdout
}

function signedBy(set: EngineSet, uri: string): { bytes: Buffer; certificate: Uint8Array } {
  const key = makeEngineKey(set)
  const keyFile = join(folder, 'key.pem')
  writeFileSync(keyFile, key.pem)
  const md = `-md_gost12_${set.bits}`
  const subject = ['-subj', '/CN=Engine']
  const request = ['req', '-x509', '-new', md, '-key', keyFile, '-days', '30', ...subject, '-outform', 'DER']
  const certificate = openssl(request)
  const digestValue = openssl(['dgst', md, '-binary'], canonical(document, uri)).toString('base64')
  const pieces = [
    `<d:CanonicalizationMethod Algorithm="${uri}"/><d:SignatureMethod Algorithm="${signatureUriOf(set.bits)}"/>`,
    `<d:Reference URI=""><d:Transforms><d:Transform Algorithm="${enveloped}"/><d:Transform Algorithm="${uri}"/>`,
    `</d:Transforms><d:DigestMethod Algorithm="${digestUriOf(set.bits)}"/>`,
    `<d:DigestValue>${digestValue}</d:DigestValue></d:Reference>`,
  ]
  const info = `\n<d:SignedInfo>${pieces.join('\n')}</d:SignedInfo>`
  // SignedInfo as the apex of what is canonicalised: an inclusive form takes the namespaces of its ancestors along.
  const ancestors = uri === inclusive ? 'xmlns:п="urn:list" xmlns:x="urn:x"' : ''
  const apex = info.trim().replace('<d:SignedInfo>', `<d:SignedInfo xmlns:d="${dsNamespace}" ${ancestors}>`)
  const value = openssl(['dgst', md, '-sign', keyFile, '-binary'], canonical(apex, uri)).toString('base64')
  const x509 = `<d:X509Data><d:X509Certificate>${certificate.toString('base64')}</d:X509Certificate></d:X509Data>`
  const signature = [
    `<d:Signature xmlns:d="${dsNamespace}">${info}`,
    `<d:SignatureValue>${value}</d:SignatureValue><d:KeyInfo>${x509}</d:KeyInfo></d:Signature>`,
  ].join('\n')
  return { bytes: Buffer.from(document.replace('</п:Перечень>', `${signature}</п:Перечень>`)), certificate }
}

t.test(
  'accepts what xmllint and OpenSSL signed, on every parameter set and canonicalisation',
  options,
  async (t) => {
    for (const set of engineSets) {
      for (const uri of [exclusive, inclusive]) {
        const { bytes, certificate } = signedBy(set, uri)
        const signer = parseCertificate(certificate)
        if (isRefusal(signer)) throw new Error(signer.seen)
        const pinned = new Set([signer.thumbprint])
        const result = verifyEnvelopedSignature(bytes, { pinned, at: new Date() })
        const expected = canonical(document, uri).toString()
        t.match(result, { signedXml: expected }, `${set.bits} ${set.name} ${uri}`)
        const changed = Buffer.from(bytes.toString().replace('а="1"', 'а="2"'))
        t.match(verifyEnvelopedSignature(changed, { pinned, at: new Date() }), { code: 'xmldsig.digest' })
      }
    }
  },
)
