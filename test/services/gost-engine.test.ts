// The kernel against OpenSSL with the GOST engine, live: each checks what the other signed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type Curve, curveByOid } from '../../hub/trust/gost/curves.ts'
import { fromBigEndian, toBigEndian } from '../../hub/trust/gost/integers.ts'
import { digest, publicKeyOf, signRandom, verify } from '../../hub/trust/gost/kernel.ts'
import { PrivateKey } from '../../hub/trust/private-key.ts'
import {
  askEngine,
  type EngineKey,
  type EngineRequest,
  type EngineSet,
  engineSets,
  findEngine,
  makeEngineKey,
  openssl,
} from '../support/gost-engine.ts'
import { withFlippedBit } from '../support/gost-samples.ts'
import { seeded } from '../support/seeded.ts'

/** Of twelve names of parameter sets, each with so many keys and so many signatures of each: 5040 in all. */
const keysPerSet = 84
const signaturesPerKey = 5

const engine = findEngine()
const options = 'reason' in engine ? { skip: engine.reason } : {}
const enginePath = 'path' in engine ? engine.path : ''
const random = seeded()
t.comment(`seed ${random.seed}`)

t.test('digests of random messages are those of the engine', options, async (t) => {
  const messages = Array.from({ length: 300 }, () => random.bytes(random.number(2000)))
  messages.push(random.bytes(1_000_003), Buffer.alloc(4096, 0xff), Buffer.alloc(4096))
  const encoded = messages.map((message) => message.toString('base64'))
  const [short, long] = askEngine(enginePath, [
    { do: 'digest', bits: 256, messages: encoded },
    { do: 'digest', bits: 512, messages: encoded },
  ])
  t.same(
    messages.map((message) => base64(digest('streebog256', message))),
    short,
  )
  t.same(
    messages.map((message) => base64(digest('streebog512', message))),
    long,
  )
})

t.test('signatures by keys that the engine made are good', options, async (t) => {
  const keys = engineSets.map(makeEngineKey)
  const messages = keys.map(() => randomMessages(20))
  const requests = keys.map(
    ({ set, pem }, index): EngineRequest => ({
      do: 'sign',
      bits: set.bits,
      pem,
      messages: messages[index] ?? [],
    }),
  )
  let count = 0
  for (const [index, signatures] of askEngine(enginePath, requests).entries()) {
    const key = keys[index]
    if (key === undefined) return t.fail('more answers than keys')
    for (const [place, signature] of signatures.entries()) {
      const message = Buffer.from(messages[index]?.[place] ?? '', 'base64')
      const input = checking(key, message, Buffer.from(signature, 'base64'))
      if (!verify(input)) t.fail(`${key.set.oid}: ${message.toString('hex')} ${signature}`)
      if (verify({ ...input, digest: changed(input.digest) })) t.fail(`${key.set.oid}: another digest passes`)
      count += 1
    }
  }
  t.equal(count, engineSets.length * 20)
})

t.test('the engine accepts what the kernel signs, and refuses it for another message', options, async (t) => {
  const messages = randomMessages(20)
  const requests = engineSets.flatMap((set): EngineRequest[] => {
    const { privateKey, spki } = ownKey(set)
    const signatures = messages.map((message) => {
      const input = {
        curve: curveOf(set.oid),
        privateKey,
        digest: digestOf(set.bits, Buffer.from(message, 'base64')),
      }
      return base64(signRandom(input))
    })
    const request = { do: 'verify', bits: set.bits, spki: spki.toString('base64'), signatures } as const
    return [
      { ...request, messages },
      { ...request, messages: randomMessages(20) },
    ]
  })
  for (const [index, answers] of askEngine(enginePath, requests).entries()) {
    t.same(new Set(answers), new Set([index % 2 === 0 ? 'true' : 'false']))
    t.equal(answers.length, 20)
  }
})

t.test('kernel and engine agree on 5000 signatures, good and changed, of all sets', options, async (t) => {
  const counts = { cases: 0, good: 0, disagreements: 0 }
  for (const set of engineSets) {
    const cases = casesOf(set)
    const requests = cases.map(({ spki, tries }): EngineRequest => {
      const messages = tries.map(({ message }) => message.toString('base64'))
      const signatures = tries.map(({ signature }) => base64(signature))
      return { do: 'verify', bits: set.bits, spki: spki.toString('base64'), messages, signatures }
    })
    const answers = askEngine(enginePath, requests)
    for (const [index, { spki, tries }] of cases.entries()) {
      for (const [place, { message, signature, isGood }] of tries.entries()) {
        const kernelSays = verify(checking({ set, spki }, message, signature))
        const engineSays = answers[index]?.[place] === 'true'
        counts.cases += 1
        if (engineSays) counts.good += 1
        if (kernelSays === engineSays && engineSays === isGood) continue
        counts.disagreements += 1
        t.comment(`${set.oid} ${spki.toString('hex')} ${message.toString('hex')} ${base64(signature)}`)
      }
    }
  }
  t.comment(JSON.stringify(counts))
  t.ok(counts.cases >= 5000)
  t.equal(counts.disagreements, 0)
  t.ok(counts.good > counts.cases / 2 && counts.good < counts.cases * 0.9, 'some are good and some are not')
})

t.test('the openssl program itself accepts a signature of the kernel, for each set', options, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gost-kernel-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const message = random.bytes(1000)
  for (const set of engineSets) {
    const { privateKey, spki } = ownKey(set)
    const signature = signRandom({ curve: curveOf(set.oid), privateKey, digest: digestOf(set.bits, message) })
    const [keyFile, signatureFile] = [join(folder, 'key.der'), join(folder, 'signature')]
    writeFileSync(keyFile, spki)
    writeFileSync(signatureFile, signature)
    const check = ['dgst', `-md_gost12_${set.bits}`, '-keyform', 'DER', '-verify', keyFile]
    t.match(openssl([...check, '-signature', signatureFile], message).toString(), 'Verified OK', set.oid)
  }
})

type Try = { message: Buffer; signature: Uint8Array; isGood: boolean }

/**
 * Keys with signatures, half of them the engine's and half the kernel's, a third changed in one bit of the message or
 * of the signature or taken for another key. Each key is met several times: without a table first, then with one.
 */
function casesOf(set: EngineSet): { spki: Buffer; tries: Try[] }[] {
  const curve = curveOf(set.oid)
  const template = makeEngineKey(set).spki
  const keys = Array.from({ length: keysPerSet }, () => {
    const { privateKey, spki } = ownKey(set, template)
    return { privateKey, spki, messages: randomMessages(signaturesPerKey) }
  })
  const requests = keys.map(({ privateKey, messages }): EngineRequest => {
    const pem = new PrivateKey(curve, privateKey).toPem()
    return { do: 'sign', bits: set.bits, pem, messages }
  })
  const byEngine = askEngine(enginePath, requests)
  return keys.map(({ privateKey, spki, messages }, index) => {
    const tries = messages.map((text, place): Try => {
      const message = Buffer.from(text, 'base64')
      const signature =
        (index + place) % 2 === 0
          ? signRandom({ curve, privateKey, digest: digestOf(set.bits, message) })
          : Buffer.from(byEngine[index]?.[place] ?? '', 'base64')
      switch (random.number(9)) {
        case 0:
          return { message: Buffer.from(withFlippedBit(message, random)), signature, isGood: false }
        case 1:
          return { message, signature: withFlippedBit(signature, random), isGood: false }
        case 2: {
          const other = ownKey(set, template).privateKey
          const forged = signRandom({ curve, privateKey: other, digest: digestOf(set.bits, message) })
          return { message, signature: forged, isGood: false }
        }
        default:
          return { message, signature, isGood: true }
      }
    })
    return { spki, tries }
  })
}

/** A key pair of ours in the wrapping that the engine gives to its own public keys. */
function ownKey(
  set: EngineSet,
  template: Buffer = makeEngineKey(set).spki,
): { privateKey: Uint8Array; spki: Buffer } {
  const curve = curveOf(set.oid)
  const number = (fromBigEndian(random.bytes(set.bits / 8)) % (curve.q - 1n)) + 1n
  const privateKey = toBigEndian(number, set.bits / 8)
  const spki = Buffer.from(template)
  spki.set(publicKeyOf({ curve, privateKey }), spki.length - set.bits / 4)
  return { privateKey, spki }
}

function checking(
  { set, spki }: Pick<EngineKey, 'set' | 'spki'>,
  message: Uint8Array,
  signature: Uint8Array,
) {
  const publicKey = spki.subarray(-set.bits / 4)
  return { curve: curveOf(set.oid), publicKey, digest: digestOf(set.bits, message), signature }
}

function curveOf(oid: string): Curve {
  const curve = curveByOid(oid)
  if (curve === undefined) throw new Error(`unknown parameter set ${oid}`)
  return curve
}

function digestOf(bits: 256 | 512, message: Uint8Array): Uint8Array {
  return digest(bits === 256 ? 'streebog256' : 'streebog512', message)
}

function randomMessages(count: number): string[] {
  return Array.from({ length: count }, () => random.bytes(1 + random.number(400)).toString('base64'))
}

function changed(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === 5 ? byte ^ 4 : byte))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
