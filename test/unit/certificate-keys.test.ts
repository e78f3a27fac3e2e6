// Private keys: the forms they come in, what is refused, to whom they belong, and that they stay hidden.

import { readdirSync, readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { algorithmsOf } from '../../hub/trust/algorithms.ts'
import { type Certificate, readCertificates } from '../../hub/trust/certificate.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { tags } from '../../hub/trust/der/reader.ts'
import {
  join,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
  smallInteger,
} from '../../hub/trust/der/write.ts'
import { type Curve, curves } from '../../hub/trust/gost/curves.ts'
import { toBigEndian } from '../../hub/trust/gost/integers.ts'
import { digest, verify } from '../../hub/trust/gost/kernel.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { PrivateKey, parsePrivateKey, readPrivateKey } from '../../hub/trust/private-key.ts'
import { readSigningIdentity } from '../../hub/trust/signing-identity.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { beside } from '../support/beside.ts'
import { curveNamed, identityOn } from '../support/signing.ts'

const { path: corpus, absent: withoutCorpus } = beside('corpus/pki')

function must<T extends object>(value: T): Exclude<T, { code: unknown; seen: unknown }> {
  if (isRefusal(value)) throw new Error(`${value.code}: ${value.seen}`)
  return value as Exclude<T, { code: unknown; seen: unknown }>
}

function oneFrom(path: string): Certificate {
  const [certificate] = must(readCertificates(readFileSync(path)))
  if (certificate === undefined) throw new Error(path)
  return certificate
}

const codeOf = (value: object): string => (isRefusal(value) ? value.code : 'read')
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')

t.test('private keys in every form met', async (t) => {
  for (const curve of curves) {
    const secret = curve.q - 12_345_678_901n
    const size = curve.bits / 8
    const bigEndian = Buffer.from(secret.toString(16).padStart(2 * size, '0'), 'hex')
    const littleEndian = Buffer.from(bigEndian).reverse()
    const mask = 987_654_321n
    const masked = (secret * inverse(mask, curve.q)) % curve.q
    const integer = (secret.toString(16).length % 2 === 0 ? '' : '0') + secret.toString(16)
    const forms: [string, Uint8Array][] = [
      ['octets', littleEndian],
      ['an octet string of octets', join(octetString(littleEndian))],
      ['an integer', join(primitive(tags.integer, Buffer.from(`00${integer}`, 'hex')))],
      ['octets with a mask', Buffer.concat([littleEndianOf(masked, size), littleEndianOf(mask, size)])],
    ]
    const expected = hex(new PrivateKey(curve, bigEndian).publicKey())
    for (const [name, octets] of forms) {
      const key = must(parsePrivateKey(pkcs8(curve, octets)))
      t.equal(hex(key.publicKey()), expected, `${curve.name}: ${name}`)
    }
    const again = must(parsePrivateKey(new PrivateKey(curve, bigEndian).toPem()))
    t.equal(hex(again.publicKey()), expected, `${curve.name}: what we write`)
  }
})

t.test('broken and impossible private keys are refused', async (t) => {
  const curve = curveNamed('TC26-256-B')
  const good = littleEndianOf(5n, 32)
  const cases: [string, string][] = [
    ['nothing', ''],
    ['no key', writePem('CERTIFICATE', good)],
    ['an encrypted key', writePem('ENCRYPTED PRIVATE KEY', good)],
    ['no PKCS#8', writePem('PRIVATE KEY', good)],
    ['zero', pkcs8(curve, littleEndianOf(0n, 32))],
    ['the order of the group', pkcs8(curve, littleEndianOf(curve.q, 32))],
    ['too short', pkcs8(curve, good.subarray(1))],
    ['an empty one', pkcs8(curve, new Uint8Array(0))],
    ['a key of another algorithm', pkcs8(curve, good, { keyOid: '1.2.840.113549.1.1.1' })],
    ['a key of another size', pkcs8(curve, good, { keyOid: oids.gostKey512 })],
    ['an unknown set', pkcs8(curve, good, { paramSet: '1.2.643.2.2.35.9' })],
  ]
  for (const [name, pem] of cases) t.equal(codeOf(parsePrivateKey(pem)), 'key.broken', name)
})

t.test('a private key must belong to the certificate', async (t) => {
  const own = identityOn('TC26-256-B')
  const key = own.privateKey.toPem()
  t.equal(codeOf(readPrivateKey(key, own.certificate)), 'read')
  t.equal(codeOf(readPrivateKey(key, identityOn('TC26-256-A').certificate)), 'key.foreign', 'another set')
  t.equal(codeOf(readPrivateKey(key, own.chain[0] ?? own.certificate)), 'key.foreign', 'another key')
  t.equal(codeOf(readPrivateKey(key, { ...own.certificate, key: undefined })), 'key.foreign')
  t.equal(codeOf(readPrivateKey('', own.certificate)), 'key.broken')
  const pem = writePem('CERTIFICATE', own.certificate.der)
  const chain = own.chain.map(({ der }) => writePem('CERTIFICATE', der)).join('')
  t.equal(must(readSigningIdentity({ certificate: pem, key, chain })).chain.length, 1)
  t.equal(must(readSigningIdentity({ certificate: pem + chain, key })).chain.length, 1)
  t.equal(codeOf(readSigningIdentity({ certificate: chain, key })), 'key.foreign')
  t.equal(codeOf(readSigningIdentity({ certificate: pem, key, chain: 'x' })), 'certificate.broken')
})

t.test('the keys of the corpus belong to their certificates', { skip: withoutCorpus }, async (t) => {
  for (const file of readdirSync(corpus).filter((name) => name.endsWith('.key'))) {
    const certificate = oneFrom(joinPath(corpus, file.replace('.key', '.crt')))
    t.equal(codeOf(readPrivateKey(readFileSync(joinPath(corpus, file), 'utf8'), certificate)), 'read', file)
  }
})

t.test('a private key shows nothing of itself', async (t) => {
  const curve = curveNamed('TC26-256-B')
  const key = new PrivateKey(curve, toBigEndian(0x1234_5678_9abc_def0n, 32))
  const shown = `${inspect(key, { depth: 9, showHidden: true })} ${key} ${Object.keys(key).join()}`
  t.notMatch(shown, /1311768467463790320|123456789abcdef0|18,? ?52,? ?86,? ?120|12 34 56 78/i)
})

t.test('generated keys differ and sign', async (t) => {
  for (const curve of curves) {
    const key = PrivateKey.generate(curve)
    t.not(hex(key.publicKey()), hex(PrivateKey.generate(curve).publicKey()), curve.name)
    const hash = digest(algorithmsOf(curve.bits).digestName, Buffer.from('content'))
    t.ok(verify({ curve, publicKey: key.publicKey(), digest: hash, signature: key.sign(hash) }))
  }
})

function pkcs8(curve: Curve, octets: Uint8Array, other: { keyOid?: string; paramSet?: string } = {}): string {
  const { keyOid = algorithmsOf(curve.bits).keyOid, paramSet = curve.oids.at(-1) ?? '' } = other
  const algorithm = sequence(objectIdentifier(keyOid), sequence(objectIdentifier(paramSet)))
  return writePem('PRIVATE KEY', join(sequence(smallInteger(0), algorithm, octetString(octets))))
}

function littleEndianOf(number: bigint, size: number): Buffer {
  return Buffer.from(number.toString(16).padStart(2 * size, '0'), 'hex').reverse()
}

/** number^(q-2) mod q: q is prime. */
function inverse(number: bigint, q: bigint): bigint {
  let result = 1n
  for (let power = q - 2n, square = number; power > 0n; power >>= 1n, square = (square * square) % q) {
    if (power & 1n) result = (result * square) % q
  }
  return result
}
