// The kernel against OpenSSL with the GOST engine, live: each checks what the other signed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type Curve, curveByOid } from '../../hub/trust/gost/curves.ts'
import { fromBigEndian, toBigEndian } from '../../hub/trust/gost/integers.ts'
import { digest, publicKeyOf, signRandom, verify } from '../../hub/trust/gost/kernel.ts'
import {
  askEngine,
  type EngineKey,
  type EngineRequest,
  engineSets,
  findEngine,
  makeEngineKey,
  openssl,
} from '../support/gost-engine.ts'
import { seeded } from '../support/seeded.ts'

const signaturesPerSet = 90

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

t.test('more than a thousand random signatures of the engine, of all sets, are good', options, async (t) => {
  const keys = engineSets.map(makeEngineKey)
  const messages = keys.map(() => randomMessages(signaturesPerSet))
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
  t.ok(count > 1000, `${count} signatures`)
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

/** A key pair of ours in the wrapping that the engine gives to its own public keys. */
function ownKey(set: (typeof engineSets)[number]): { privateKey: Uint8Array; spki: Buffer } {
  const curve = curveOf(set.oid)
  const number = (fromBigEndian(random.bytes(set.bits / 8)) % (curve.q - 1n)) + 1n
  const privateKey = toBigEndian(number, set.bits / 8)
  const spki = Buffer.from(makeEngineKey(set).spki)
  spki.set(publicKeyOf({ curve, privateKey }), spki.length - set.bits / 4)
  return { privateKey, spki }
}

function checking({ set, spki }: EngineKey, message: Uint8Array, signature: Uint8Array) {
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
