// Makes test/fixtures/gost/engine-vectors.json with OpenSSL's GOST engine. Run by hand:
//
//   apt-get install openssl libengine-gost-openssl
//   node test/support/make-engine-vectors.ts
//
// Keys and signatures are random, so each run gives another file of the same shape: for each parameter set
// several public keys (DER, base64) with signatures (s || r, base64) of the messages that vectorMessage()
// gives.

import { mkdirSync, writeFileSync } from 'node:fs'
import { vectorMessage } from './engine-vectors.ts'
import { askEngine, engineSets, findEngine, makeEngineKey } from './gost-engine.ts'

const keysPerSet = 3
const signaturesPerKey = 30

const engine = findEngine()
if ('reason' in engine) throw new Error(engine.reason)

const keys = engineSets.flatMap((set) => Array.from({ length: keysPerSet }, () => makeEngineKey(set)))
const messages = Array.from({ length: signaturesPerKey }, (_, index) => vectorMessage(index))
const answers = askEngine(
  engine.path,
  keys.map(({ set, pem }) => ({
    do: 'sign',
    bits: set.bits,
    pem,
    messages: messages.map((message) => message.toString('base64')),
  })),
)
const vectors = keys.map(({ set, spki }, index) => ({
  oid: set.oid,
  bits: set.bits,
  spki: spki.toString('base64'),
  signatures: answers[index],
}))
const folder = new URL('../fixtures/gost/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('engine-vectors.json', folder), `${JSON.stringify(vectors, undefined, 1)}\n`)
