// GOST R 34.10-2012 in the kernel: RFC 7091, signatures of OpenSSL's engine, agreement on random inputs.

import { Worker } from 'node:worker_threads'
import t from 'tap'
import { type Curve, curveByOid, curves } from '../../hub/trust/gost/curves.ts'
import { fromLittleEndian, toBigEndian, toLittleEndian } from '../../hub/trust/gost/integers.ts'
import { digest, isPrivateKey, publicKeyOf, sign, signRandom, verify } from '../../hub/trust/gost/kernel.ts'
import { publicKeyReference, signReference, verifyReference } from '../../hub/trust/gost/reference.ts'
import { limits } from '../../schemas/limits.ts'
import { readEngineVectors, vectorMessage } from '../support/engine-vectors.ts'
import { goodSignature, randomKeyAndMessage, secretOf, withFlippedBit } from '../support/gost-samples.ts'
import { rfc7091Examples } from '../support/rfc7091.ts'
import { seeded } from '../support/seeded.ts'

const random = seeded()
t.comment(`seed ${random.seed}`)

for (const example of rfc7091Examples) {
  t.test(`${example.name}: key, signature and check are as printed`, async (t) => {
    const { curve, privateKey, signature } = example
    const size = curve.bits / 8
    const input = { curve, privateKey, digest: toLittleEndian(example.e, size) }
    const publicKey = Buffer.concat([toLittleEndian(example.x, size), toLittleEndian(example.y, size)])
    const secret = secretOf(curve, privateKey)
    t.same(Buffer.from(publicKeyOf({ curve, privateKey: secret })), publicKey)
    t.same(Buffer.from(publicKeyReference(input)), publicKey)
    const expected = Buffer.concat([toBigEndian(signature.s, size), toBigEndian(signature.r, size)])
    const k = toBigEndian(example.k, size)
    t.same(bytes(sign({ ...input, privateKey: secret, random: k })), expected)
    t.same(bytes(signReference({ ...input, random: k })), expected)
    t.ok(verify({ ...input, publicKey, signature: expected }))
    t.ok(verifyReference({ ...input, publicKey, signature: expected }))
  })
}

t.test(
  'more than a thousand signatures of OpenSSL’s engine are good, and bad with one bit changed',
  async (t) => {
    let count = 0
    const sets = new Set<string>()
    for (const { oid, publicKey, signatures } of readEngineVectors()) {
      const curve = curveByOid(oid)
      if (curve === undefined) return t.fail(oid)
      sets.add(oid)
      for (const [index, signature] of signatures.entries()) {
        const input = { curve, publicKey, digest: digestOf(curve, vectorMessage(index)), signature }
        if (!verify(input)) t.fail(`${curve.name} ${index}`)
        const part = (['publicKey', 'digest', 'signature'] as const)[index % 3] ?? 'digest'
        if (verify({ ...input, [part]: withFlippedBit(input[part], random) }))
          t.fail(`${curve.name} ${index} ${part}`)
        count += 1
      }
    }
    t.ok(count >= 1000, `${count} signatures`)
    t.equal(sets.size, curves.flatMap((curve) => curve.oids).length, 'of all parameter sets')
  },
)

for (const curve of curves) {
  t.test(`${curve.name}: the kernel agrees with the plain implementation on random inputs`, async (t) => {
    for (let round = 0; round < (curve.bits === 256 ? 15 : 4); round += 1) {
      const { privateKey, message } = randomKeyAndMessage(curve, random)
      const k = random.bytes(curve.bits / 8)
      k[0] = (k[0] ?? 0) & 0x3f
      const publicKey = publicKeyOf({ curve, privateKey: secretOf(curve, privateKey) })
      t.same(Buffer.from(publicKey), Buffer.from(publicKeyReference({ curve, privateKey })))
      const signing = { curve, privateKey, digest: message, random: k }
      const signature = sign({ ...signing, privateKey: secretOf(curve, privateKey) })
      t.same(bytes(signature), bytes(signReference(signing)))
      if (signature === undefined) return t.fail('no signature')
      const checking = { curve, publicKey, digest: message, signature }
      t.ok(verify(checking))
      t.ok(verifyReference(checking))
      t.notOk(verify({ ...checking, digest: withFlippedBit(message, random) }))
      t.notOk(verifyReference({ ...checking, signature: withFlippedBit(signature, random) }))
    }
  })

  t.test(`${curve.name}: what signRandom makes is good under its key and bad under another`, async (t) => {
    const { privateKey, message } = randomKeyAndMessage(curve, random)
    const publicKey = publicKeyOf({ curve, privateKey: secretOf(curve, privateKey) })
    const other = publicKeyOf({ curve, privateKey: secretOf(curve, (privateKey % (curve.q - 1n)) + 1n) })
    const made = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      const signature = signRandom({ curve, privateKey: secretOf(curve, privateKey), digest: message })
      t.ok(verify({ curve, publicKey, digest: message, signature }))
      t.notOk(verify({ curve, publicKey: other, digest: message, signature }))
      made.add(Buffer.from(signature).toString('hex'))
    }
    t.equal(made.size, 20, 'no number k is used twice')
  })

  t.test(`${curve.name}: private keys at the ends of the range work, others throw`, async (t) => {
    const message = random.bytes(curve.bits / 8)
    for (const privateKey of [1n, 2n, 3n, 15n, 16n, curve.q - 2n, curve.q - 1n]) {
      const publicKey = publicKeyOf({ curve, privateKey: secretOf(curve, privateKey) })
      t.same(Buffer.from(publicKey), Buffer.from(publicKeyReference({ curve, privateKey })))
      const signature = signRandom({ curve, privateKey: secretOf(curve, privateKey), digest: message })
      t.ok(verify({ curve, publicKey, digest: message, signature }))
    }
    const size = curve.bits / 8
    const wrong = [0n, curve.q, curve.q + 1n, 2n ** BigInt(curve.bits) - 1n].map((value) =>
      toBigEndian(value, size),
    )
    for (const privateKey of [...wrong, new Uint8Array(size - 1).fill(1), new Uint8Array(size + 1).fill(1)]) {
      t.notOk(isPrivateKey(curve, privateKey))
      t.throws(() => publicKeyOf({ curve, privateKey }), RangeError)
      t.throws(() => signRandom({ curve, privateKey, digest: message }), RangeError)
    }
    t.throws(
      () => signRandom({ curve, privateKey: secretOf(curve, 1n), digest: message.subarray(1) }),
      RangeError,
    )
  })

  t.test(`${curve.name}: numbers k out of range are refused, the ends of the range work`, async (t) => {
    const size = curve.bits / 8
    const { privateKey, message } = randomKeyAndMessage(curve, random)
    const signing = { curve, privateKey: secretOf(curve, privateKey), digest: message }
    const publicKey = publicKeyOf(signing)
    for (const k of [0n, curve.q, curve.q + 1n, 2n ** BigInt(curve.bits) - 1n]) {
      t.equal(sign({ ...signing, random: toBigEndian(k, size) }), undefined)
    }
    t.equal(sign({ ...signing, random: new Uint8Array(size - 1).fill(1) }), undefined)
    for (const k of [1n, 2n, 3n, 14n, 15n, 16n, 17n, (curve.q - 1n) / 2n, curve.q - 2n, curve.q - 1n]) {
      const input = { ...signing, random: toBigEndian(k, size) }
      const signature = sign(input)
      t.same(bytes(signature), bytes(signReference({ ...input, privateKey })), `k = ${k}`)
      // The generator of TC26-256-D has x = 0, so these two give r = 0 there.
      const isZero = curve.x === 0n && (k === 1n || k === curve.q - 1n)
      if (signature === undefined) t.ok(isZero, `k = ${k} gives nothing`)
      else t.ok(verify({ curve, publicKey, digest: message, signature }))
    }
  })

  t.test(`${curve.name}: a digest that is zero modulo q counts as one`, async (t) => {
    const size = curve.bits / 8
    const privateKey = secretOf(curve, randomKeyAndMessage(curve, random).privateKey)
    const publicKey = publicKeyOf({ curve, privateKey })
    const one = toLittleEndian(1n, size)
    for (const message of [new Uint8Array(size), toLittleEndian(curve.q, size)]) {
      const k = toBigEndian(12345n, size)
      const signature = sign({ curve, privateKey, digest: message, random: k })
      t.same(bytes(signature), bytes(sign({ curve, privateKey, digest: one, random: k })))
      t.ok(signature !== undefined && verify({ curve, publicKey, digest: message, signature }))
    }
    const largest = new Uint8Array(size).fill(0xff)
    const signature = signRandom({ curve, privateKey, digest: largest })
    t.ok(verify({ curve, publicKey, digest: largest, signature }))
    t.ok(verifyReference({ curve, publicKey, digest: largest, signature }))
  })
}

for (const curve of curves.filter(({ cofactor }) => cofactor === 4)) {
  t.test(`${curve.name}: an x above q is compared modulo q`, async (t) => {
    // Three of four points of the field have an x above q; make sure such signatures were met.
    let above = 0
    const { privateKey, message } = randomKeyAndMessage(curve, random)
    const publicKey = publicKeyOf({ curve, privateKey: secretOf(curve, privateKey) })
    for (let round = 0; round < 24; round += 1) {
      const k = random.bytes(curve.bits / 8)
      k[0] = (k[0] ?? 0) & 0x3f
      const point = publicKeyOf({ curve, privateKey: k })
      if (fromLittleEndian(point.subarray(0, curve.bits / 8)) >= curve.q) above += 1
      const signature = sign({ curve, privateKey: secretOf(curve, privateKey), digest: message, random: k })
      t.ok(signature !== undefined && verify({ curve, publicKey, digest: message, signature }))
    }
    t.ok(above > 0, `${above} of 24`)
  })
}

t.test(
  'a parameter set given as another object with the same values works, also when there are many',
  async (t) => {
    const [curve] = curves
    if (curve === undefined) return t.fail()
    const { input } = goodSignature(curve, random)
    for (let copy = 0; copy < 40; copy += 1) t.ok(verify({ ...input, curve: { ...curve } }))
  },
)

t.test('more sets than the kernel keeps are checked by the plain implementation', async (t) => {
  const [, curve] = curves
  if (curve === undefined) return t.fail()
  for (let multiple = 2n; multiple < BigInt(limits.kernelCurvesMax) + 2n; multiple += 1n) {
    const generator = publicKeyReference({ curve, privateKey: multiple })
    const x = fromLittleEndian(generator.subarray(0, 32))
    const y = fromLittleEndian(generator.subarray(32))
    const { input } = goodSignature({ ...curve, x, y }, random)
    t.ok(verify(input))
    t.notOk(verify({ ...input, digest: withFlippedBit(input.digest, random) }))
    t.notOk(verify({ ...input, curve }), 'the generator matters')
  }
})

t.test('a worker thread has a kernel of its own', async (t) => {
  const { input } = goodSignature(curveByOid('1.2.643.7.1.2.1.2.1') as Curve, random)
  const kernel = new URL('../../hub/trust/gost/kernel.ts', import.meta.url)
  const code = `const { parentPort, workerData } = require('node:worker_threads')
    import(${JSON.stringify(kernel.href)}).then(({ verify }) => parentPort.postMessage(verify(workerData)))`
  const worker = new Worker(code, { eval: true, workerData: input })
  const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  t.equal(answer, true)
  await worker.terminate()
})

function digestOf(curve: Curve, message: Uint8Array): Uint8Array {
  return digest(curve.bits === 256 ? 'streebog256' : 'streebog512', message)
}

function bytes(signature: Uint8Array | undefined): Buffer {
  return Buffer.from(signature ?? [])
}
