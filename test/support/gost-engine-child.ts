// The child process of gost-engine.ts: Node's crypto with the GOST engine, requests in, answers out.

import crypto from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { EngineRequest } from './gost-engine.ts'

const { path, requests } = JSON.parse(readFileSync(0, 'utf8')) as { path: string; requests: EngineRequest[] }
crypto.setEngine(path, crypto.constants.ENGINE_METHOD_ALL)
process.stdout.write(JSON.stringify(requests.map(answer)))

function answer(request: EngineRequest): string[] {
  const digest = `md_gost12_${request.bits}`
  const messages = request.messages.map((message) => Buffer.from(message, 'base64'))
  switch (request.do) {
    case 'digest':
      return messages.map((message) => crypto.createHash(digest).update(message).digest('base64'))
    case 'sign': {
      const key = twice(() => crypto.createPrivateKey(request.pem))
      return messages.map((message) => crypto.sign(digest, message, key).toString('base64'))
    }
    case 'verify': {
      const key = twice(() =>
        crypto.createPublicKey({ key: Buffer.from(request.spki, 'base64'), format: 'der', type: 'spki' }),
      )
      return messages.map((message, index) => {
        const signature = Buffer.from(request.signatures[index] ?? '', 'base64')
        return String(crypto.verify(digest, message, key, signature))
      })
    }
  }
}

/** The first key after a digest meets a stale entry in OpenSSL's error queue. */
function twice<Key>(read: () => Key): Key {
  try {
    return read()
  } catch {
    return read()
  }
}
