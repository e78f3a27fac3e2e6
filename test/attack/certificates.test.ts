// Absurd certificates as signers of signatures, and in chains: a refusal or a problem each, in counted work.

import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { parseCertificate } from '../../hub/trust/certificate.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { context, tags } from '../../hub/trust/der/reader.ts'
import {
  constructed,
  type Der,
  join,
  nullValue,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
  smallInteger,
} from '../../hub/trust/der/write.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { validateCertificate } from '../../hub/trust/path/validator.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { stepsOfSignature, workDone } from '../fuzz/work.ts'
import { bitString, extension, isAuthority, keyNamed, nameOf, usage } from '../support/revocation.ts'

const signer = keyNamed('signer')
const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const integer = (octets: Uint8Array): Der => primitive(tags.integer, octets)
const utc = (text: string): Der => primitive(tags.utcTime, Buffer.from(text))
const generalized = (text: string): Der => primitive(tags.generalizedTime, Buffer.from(text))

type Fields = {
  version?: Der
  serial?: Der
  subject?: Uint8Array
  validity?: Der
  spki?: Uint8Array
  extensions?: readonly Der[]
  algorithm?: Der
  signature?: Der
}

/** A certificate under the root, sound but for the fields given; always signed as the root signs. */
function made(fields: Fields, isRoot = false): Uint8Array {
  const { algorithm = signer.algorithm } = fields
  const tbs = sequence(
    constructed(context(0), fields.version ?? smallInteger(2)),
    fields.serial ?? smallInteger(5),
    algorithm,
    nameOf('Root'),
    fields.validity ?? sequence(utc('200101000000Z'), utc('400101000000Z')),
    fields.subject ?? nameOf(isRoot ? 'Root' : 'User'),
    fields.spki ?? keyNamed(isRoot ? 'signer' : 'user').spki,
    constructed(context(3), sequence(...(fields.extensions ?? [isRoot ? usage(5, 6) : usage(0)]))),
  )
  return join(sequence(tbs, algorithm, fields.signature ?? bitString(signer.sign(join(tbs)))))
}

const spkiOf = (algorithm: Der, bits: Uint8Array): Uint8Array => join(sequence(algorithm, bitString(bits)))
const ecKey = (parameters: Der, point: Uint8Array): Uint8Array =>
  spkiOf(sequence(objectIdentifier('1.2.840.10045.2.1'), parameters), point)
const p256 = objectIdentifier('1.2.840.10045.3.1.7')
const goodPoint = Buffer.from(keyNamed('user').spki.subarray(-65))
const rsaKey = (modulus: Uint8Array, exponent: Uint8Array): Uint8Array =>
  spkiOf(
    sequence(objectIdentifier(oids.rsaEncryption), nullValue()),
    join(sequence(integer(modulus), integer(exponent))),
  )
const modulus = Buffer.from(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }).n ?? '',
  'base64url',
)
const positive = Buffer.concat([Uint8Array.of(0), modulus])
/** y² = x³ + x over a field so large that nobody has one. */
const explicit = sequence(
  smallInteger(1),
  sequence(objectIdentifier('1.2.840.10045.1.1'), integer(Buffer.alloc(2000, 0x7f))),
  sequence(octetString(Buffer.alloc(2000, 1)), octetString(Buffer.alloc(2000, 0))),
  octetString(Buffer.alloc(4001, 4)),
  integer(Buffer.alloc(2000, 0x7f)),
  smallInteger(1),
)

function gostKey(name: string, x: bigint, y: bigint): Uint8Array {
  const curve = curves.find((one) => one.name === name)
  if (curve === undefined) throw new Error(name)
  const size = curve.bits / 8
  const octets = (value: bigint): Buffer =>
    Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex').reverse()
  const oid = curve.bits === 256 ? oids.gostKey256 : oids.gostKey512
  const algorithm = sequence(objectIdentifier(oid), sequence(objectIdentifier(curve.oids[0] ?? '')))
  return spkiOf(algorithm, join(octetString(Buffer.concat([octets(x), octets(y)]))))
}

/** 1 000 levels deep. */
const nested = Array.from({ length: 1000 }).reduce<Der>((inner) => sequence(inner), nullValue())
const many = (count: number): Der[] =>
  Array.from({ length: count }, (_, index) => extension(`1.2.3.${index}`, nullValue()))

const rows: [name: string, expected: string, certificate: Uint8Array][] = [
  ['a sound one', '', made({})],
  ['nothing', 'certificate.broken', new Uint8Array(0)],
  ['an empty sequence', 'certificate.broken', bytes('3000')],
  ['a length of four gigabytes', 'certificate.broken', bytes('3084ffffffff 3000')],
  [
    'larger than any',
    'certificate.broken',
    made({ subject: nameOf('x'.repeat(limits.certificateBytesMax)) }),
  ],
  ['nested a thousand levels deep', 'certificate.broken', made({ subject: join(nested) })],
  ['a serial number of nothing', 'certificate.broken', made({ serial: integer(new Uint8Array(0)) })],
  ['a serial number of 1 000 octets', 'path.profile', made({ serial: integer(Buffer.alloc(1000, 0x7f)) })],
  ['version 100', 'path.profile', made({ version: smallInteger(99) })],
  ['a thousand unknown extensions', '', made({ extensions: many(1000) })],
  [
    'an extension a thousand times',
    'path.repeated-extension',
    made({ extensions: Array(1000).fill(usage(0)) }),
  ],
  [
    'ended before it began',
    'path.not-yet-valid',
    made({ validity: sequence(utc('300101000000Z'), utc('200101000000Z')) }),
  ],
  ['the year 0', '', made({ validity: sequence(generalized('00000101000000Z'), utc('400101000000Z')) })],
  ['the year 9999', '', made({ validity: sequence(utc('200101000000Z'), generalized('99991231235959Z')) })],
  [
    'the 30th of February',
    'certificate.broken',
    made({ validity: sequence(utc('200230000000Z'), utc('400101000000Z')) }),
  ],
  [
    'the day 0',
    'certificate.broken',
    made({ validity: sequence(utc('200100000000Z'), utc('400101000000Z')) }),
  ],
  [
    'the minute 60',
    'certificate.broken',
    made({ validity: sequence(utc('200101006000Z'), utc('400101000000Z')) }),
  ],
  [
    'the second 99',
    'certificate.broken',
    made({ validity: sequence(utc('200101000099Z'), utc('400101000000Z')) }),
  ],
  [
    'a time of another zone',
    'certificate.broken',
    made({ validity: sequence(utc('200101000000+0300'), utc('400101000000Z')) }),
  ],
  [
    'a time that is no number',
    'certificate.broken',
    made({ validity: sequence(utc('20010100000xZ'), utc('400101000000Z')) }),
  ],
  ['a time of nothing', 'certificate.broken', made({ validity: sequence(utc(''), utc('400101000000Z')) })],
  ['a curve nobody knows', 'path.key', made({ spki: ecKey(objectIdentifier('1.2.3.4'), goodPoint) })],
  ['a curve told in numbers', 'path.key', made({ spki: ecKey(explicit, Buffer.alloc(4001, 4)) })],
  [
    'a curve of 112 bits',
    'path.key',
    made({ spki: ecKey(objectIdentifier('1.3.132.0.6'), Buffer.alloc(29, 4)) }),
  ],
  [
    'a point off the curve',
    'path.key',
    made({ spki: ecKey(p256, goodPoint.with(64, (goodPoint[64] ?? 0) ^ 1)) }),
  ],
  ['the point at infinity', 'path.key', made({ spki: ecKey(p256, Uint8Array.of(0)) })],
  ['a point of nothing', 'path.key', made({ spki: ecKey(p256, new Uint8Array(0)) })],
  ['a point of zeros', 'path.key', made({ spki: ecKey(p256, Buffer.alloc(65).fill(4, 0, 1)) })],
  ['RSA of 100 000 bits', 'path.key', made({ spki: rsaKey(Buffer.alloc(12_500, 0x7f), bytes('010001')) })],
  ['RSA of 64 bits', 'path.weak-algorithm', made({ spki: rsaKey(Buffer.alloc(8, 0x7f), bytes('010001')) })],
  [
    'RSA with the modulus 0',
    'path.weak-algorithm',
    made({ spki: rsaKey(Uint8Array.of(0), bytes('010001')) }),
  ],
  ['RSA with the exponent 1', 'path.key', made({ spki: rsaKey(positive, Uint8Array.of(1)) })],
  ['RSA with the exponent 0', 'path.key', made({ spki: rsaKey(positive, Uint8Array.of(0)) })],
  ['RSA with an even exponent', 'path.key', made({ spki: rsaKey(positive, bytes('010000')) })],
  ['RSA with the exponent 3', '', made({ spki: rsaKey(positive, Uint8Array.of(3)) })],
  ['RSA with an exponent as long as the modulus', '', made({ spki: rsaKey(positive, positive) })],
  ['a key of nothing', 'path.key', made({ spki: ecKey(nullValue(), new Uint8Array(0)) })],
  ...curves.flatMap(({ name, p, x, y }): [string, string, Uint8Array][] => [
    [`${name}: the base point`, '', made({ spki: gostKey(name, x, y) })],
    [`${name}: a point off the curve`, 'path.key', made({ spki: gostKey(name, x, y + 1n) })],
    [`${name}: a coordinate of the field's size`, 'path.key', made({ spki: gostKey(name, p, y) })],
    [`${name}: the point at infinity`, 'path.key', made({ spki: gostKey(name, 0n, 0n) })],
  ]),
  ['a signature of nothing', 'path.signature', made({ signature: bitString(new Uint8Array(0)) })],
  ['a signature of 50 000 octets', 'path.signature', made({ signature: bitString(Buffer.alloc(50_000, 1)) })],
  ['a signature in half bits', 'certificate.broken', made({ signature: bitString(Buffer.alloc(70, 1), 3) })],
  ['r and s of zero', 'path.signature', made({ signature: bitString(bytes('3006 020100 020100')) })],
  ['r below zero', 'path.signature', made({ signature: bitString(bytes('3006 020181 020101')) })],
  ['an algorithm nobody knows', 'path.signature', made({ algorithm: sequence(objectIdentifier('1.2.3')) })],
  [
    'an algorithm of GOST under a key of another family',
    'path.signature',
    made({ algorithm: sequence(objectIdentifier(oids.gostSignature256)) }),
  ],
]

t.test('absurd certificates are refused or have a problem, in counted work', async (t) => {
  const root = parseCertificate(made({ extensions: [isAuthority, usage(5, 6)] }, true))
  if (isRefusal(root)) throw new Error(root.seen)
  const at = new Date('2026-06-01T00:00:00Z')
  for (const [name, expected, der] of rows) {
    const before = workDone()
    const certificate = parseCertificate(der)
    const codes = isRefusal(certificate)
      ? [certificate.code]
      : validateCertificate(certificate, { anchors: [root], intermediates: [], at }).problems.map(
          ({ problem }) => problem,
        )
    const told = codes.filter((code) => code !== 'path.profile' || expected === 'path.profile')
    t.strictSame([...new Set(told)], expected === '' ? [] : [expected], name)
    t.ok(workDone() - before <= 2 * der.length + 4 * stepsOfSignature, `${name}: bounded work`)
  }
})
