// Packages are signed through a port: by the kernel in this process, or by a signer outside that holds the key.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readSigned, type SignedPackage, verifySigned } from '../../hub/trust/cms.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { checkedPort, createPackageSigner, kernelPort, type SignaturePort } from '../../hub/trust/sign.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { identityOn } from '../support/signing.ts'

const at = new Date('2026-06-01T12:00:00Z')
const content = Buffer.from('пакет сообщений')

for (const curve of curves) {
  t.test(`${curve.name}: packages signed through the port of the kernel are good`, async (t) => {
    const identity = identityOn(curve.name)
    const signer = createPackageSigner(kernelPort(identity))
    t.equal(signer.certificate, identity.certificate)
    const signed = mustRead(await signer.sign(content, at))
    t.equal(verifySigned(signed), undefined)
    t.equal(signed.embedded.length, 2, 'the chain goes along')
  })
}

t.test('the port of the kernel takes no key of another certificate', async (t) => {
  const identity = identityOn('TC26-256-B')
  t.throws(
    () => kernelPort({ ...identity, privateKey: identity.issuer.privateKey }),
    /belongs to the certificate/,
  )
})

for (const name of ['TC26-256-B', 'TC26-512-A']) {
  t.test(`${name}: packages signed by another process, which alone has the key, are good`, async (t) => {
    const identity = identityOn(name)
    const { q } = identity.privateKey.curve
    const outside = startSigner(t, [name, `${q - 1_000_033n}`])
    const signer = createPackageSigner(checkedPort(portTo(outside, identity)))
    for (let round = 0; round < 3; round += 1) {
      t.equal(verifySigned(mustRead(await signer.sign(content, at))), undefined)
    }
  })
}

t.test('what a signer outside gives is used only when it is good', async (t) => {
  const identity = identityOn('TC26-256-B')
  const { certificate, chain } = identity
  const foreign = startSigner(t, ['TC26-256-B', '12345'])
  const answers: [string, SignaturePort][] = [
    ['by another key', portTo(foreign, identity)],
    ['nothing', { certificate, chain, sign: async () => new Uint8Array(0) }],
    ['zeros', { certificate, chain, sign: async () => new Uint8Array(64) }],
  ]
  for (const [name, port] of answers) {
    await t.rejects(createPackageSigner(checkedPort(port)).sign(content, at), /no good signature/, name)
  }
})

t.test('a signer that is out of reach makes signing fail, with its own reason', async (t) => {
  const { certificate, chain } = identityOn('TC26-256-B')
  const port = { certificate, chain, sign: () => Promise.reject(new Error('the module does not answer')) }
  await t.rejects(createPackageSigner(checkedPort(port)).sign(content, at), /does not answer/)
})

type Test = { teardown(run: () => Promise<void>): void }

function mustRead(bytes: Uint8Array): SignedPackage {
  const signed = readSigned(bytes)
  if (isRefusal(signed)) throw new Error(signed.code)
  return signed
}

function startSigner(t: Test, args: string[]): ChildProcess {
  const file = fileURLToPath(new URL('../support/outside-signer-child.ts', import.meta.url))
  const child = fork(file, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  t.teardown(async () => {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  return child
}

/** The adapter: digests go to the child as they are, the certificate stays here. */
function portTo(child: ChildProcess, { certificate, chain }: Pick<SignaturePort, 'certificate' | 'chain'>) {
  return {
    certificate,
    chain,
    sign: async (digest: Uint8Array) => {
      child.send(Buffer.from(digest).toString('base64'))
      const [answer] = await once(child, 'message')
      return Buffer.from(String(answer), 'base64')
    },
  } satisfies SignaturePort
}
