// A signer outside of the process, for tests: holds a key and signs digests in plain numbers, asked by messages.

import { randomBytes } from 'node:crypto'
import { curves } from '../../hub/trust/gost/curves.ts'
import { signReference } from '../../hub/trust/gost/reference.ts'

const [name, number = '0'] = process.argv.slice(2)
const curve = curves.find((one) => one.name === name)
if (curve === undefined) throw new Error(`no curve ${name}`)

process.on('message', (digest: string) => {
  for (;;) {
    const random = randomBytes(curve.bits / 8)
    const input = { curve, privateKey: BigInt(number), digest: Buffer.from(digest, 'base64'), random }
    const signature = signReference(input)
    if (signature === undefined) continue
    process.send?.(Buffer.from(signature).toString('base64'))
    return
  }
})
