// hub simulate: its options, its table, and a partner over SFTP that runs by itself, with no hub.

import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { behaviours } from '../../hub/simulate/behaviours.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { packMessages } from '../../hub/simulate/packages.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { createSigner } from '../../hub/trust/sign.ts'
import { startAlonePartner } from '../support/alone-partner.ts'
import { runLine } from '../support/cli.ts'
import { clientKey, openSession, putFile } from '../support/sftp-session.ts'

t.setTimeout(120_000)

const folder = mkdtempSync(join(tmpdir(), 'hub simulate '))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const hub = (words: readonly string[]) => runLine(folder, ['simulate', ...words])
const keyFile = join(folder, 'hub.pub')
writeFileSync(keyFile, `# keys of the hub\n${clientKey.publicKey}\n`)

t.test('the table of behaviours is shown in both languages', async (t) => {
  const told = await hub(['behaviours'])
  t.equal(told.exit, exitCodes.ok)
  for (const [name, { ru, about }] of Object.entries(behaviours)) {
    t.ok(
      told.out.split('\n').some((line) => [name, ru, about].every((text) => line.includes(text))),
      name,
    )
    t.match(ru, /^[А-Я][^a-z]+\.$/, 'the Russian is Russian')
  }
  const json = await hub(['behaviours', '--json'])
  t.equal(json.json().length, Object.keys(behaviours).length)
})

t.test('an option that has no meaning is refused, not ignored', async (t) => {
  const http = ['--hub', 'http://127.0.0.1:1/']
  const wrong = [
    ['--code', '2Z', ...http],
    ['--code', '2ZX'],
    ['--code', '2ZX', '--hub', 'sftp://there'],
    ['--code', '2ZX', '--transport', 'mail', ...http],
    ['--code', '2ZX', '--transport', 'sftp', ...http],
    ['--code', '2ZX', '--hub-key', keyFile, ...http],
    ['--code', '2ZX', '--transport', 'sftp', '--hub-key', join(folder, 'none')],
    ['--code', '2ZX', '--port', '70000', ...http],
    ['--code', '2ZX', '--signer', 'abc', ...http],
    ['--code', '2ZX', '--behaviour', 'nonsense', ...http],
    ['--code', '2ZX', '--pause-ms', '5', ...http],
    ['--code', '2ZX', '--to', '2ZA-1', ...http],
    ['--code', '2ZX', '--send-every-ms', '5', ...http],
    ['--code', '2ZX', '--receipt-delay-ms', '-1', ...http],
  ]
  writeFileSync(join(folder, 'private'), clientKey.privateKey)
  for (const words of [
    ...wrong,
    ['--code', '2ZX', '--transport', 'sftp', '--hub-key', join(folder, 'private')],
  ]) {
    const told = await hub(['partner', ...words])
    t.equal(told.exit, exitCodes.usage, words.join(' '))
    t.not(told.err, '')
  }
})

t.test(
  'a partner over SFTP takes a package, sends one, is the same after a restart, and leaves no port',
  async (t) => {
    const place = join(folder, 'partner')
    const words = ['--code', '2zx', '--transport', 'sftp', '--folder', place, '--hub-key', keyFile]
    const sending = ['--send-every-ms', '10', '--to', '2ZA-1', '--count', '1']
    const partner = await startAlonePartner(t, [...words, ...sending, '--behaviour', 'no-receipt'])
    const { address, partnerFile, sftp, subscriber } = partner.ready as unknown as {
      address: string
      partnerFile: string
      sftp: { hostKeys: string[] }
      subscriber: string
    }
    const checked = await runLine(folder, ['partners', 'apply', partnerFile, '--dry-run', '--json'])
    t.equal(checked.exit, exitCodes.ok, checked.out)
    t.match(checked.json(), {
      peers: [{ id: 'sim-2zx', address, sftp: { address, hostKeys: sftp.hostKeys } }],
      grants: [{ peer: 'sim-2zx', operator: 'sim-2zx' }],
    })
    const { hostname: host, port } = new URL(address)
    const session = await openSession(t, { host, port: Number(port) })
    t.same([session.seen.fingerprint], sftp.hostKeys)
    const at = new Date()
    const authority = new SimulatedAuthority(at)
    const { identity } = authority.operator({ code: '2ZA', name: 'ООО "Оператор А"', inn: '7705717142' })
    const from = authority.subscriber({ id: '2ZA-1', name: 'ООО "Ромашка"', inn: '7741377501' })
    const documents = [freeDocument({ at, size: 2000 })]
    const message = composeMessage({ from, to: { id: subscriber as typeof from.id }, at, documents })
    const { name, bytes } = packMessages(createSigner(identity), { messages: [message], at })
    t.same(await putFile(session.sftp, { path: `from-hub/${name}`, bytes }), {})
    await partner.waitFor(({ event, id }) => event === 'message' && id === message.id, 'the message')
    const taken = await partner.waitFor(({ event }) => event === 'package', 'the package')
    t.match(taken, { name, behaviour: 'no-receipt', status: 200, repeated: false })
    await new Promise<void>((done, failed) => {
      session.sftp.readdir('to-hub', (error, names = []) => {
        const file = names.find(({ filename }) => filename.endsWith('.cms'))
        if (error !== undefined || file === undefined) return failed(error ?? new Error('nothing was sent'))
        session.sftp.unlink(`to-hub/${file.filename}`, (fault) => (fault ? failed(fault) : done()))
      })
    })
    const sent = await partner.waitFor(({ event }) => event === 'sent', 'what became of its own')
    t.match(sent, { class: 'accepted', recipient: '2ZA-1' })
    t.equal(await partner.interrupt(), exitCodes.ok)
    const [refused] = await once(connect(Number(port), host), 'error')
    t.equal(refused.code, 'ECONNREFUSED')

    const certificate = readFileSync(join(place, 'pki/operator-2zx.crt'), 'utf8')
    const again = await startAlonePartner(t, [...words, '--port', port])
    t.match(again.ready, { address, sftp: { hostKeys: sftp.hostKeys } })
    t.equal(readFileSync(join(place, 'pki/operator-2zx.crt'), 'utf8'), certificate)
    const taking = await runLine(folder, ['simulate', 'partner', ...words, '--port', port])
    t.equal(taking.exit, exitCodes.usage, 'a taken port is said')
    t.match(taking.err, 'EADDRINUSE')
    t.equal(await again.interrupt(), exitCodes.ok)
  },
)
