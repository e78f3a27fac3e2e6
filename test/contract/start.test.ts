// A start that ordinary mistakes keep from happening: one coded line for each, which names the setting and the reason.

import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { makeDevelopmentPki } from '../../hub/trust/pki/development.ts'
import { runLine } from '../support/cli.ts'
import { freshDatabase } from '../support/database.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import { devTls, strangeTls } from '../support/tls.ts'

t.setTimeout(180_000)

const password = 'never-told-7316'

/** One folder for all: some starts get as far as to tie it to their database. */
const dataFolder = makeReapedFolder()

/** Runs a hub that must not start. */
function start(settings: Record<string, string | number>, folder = dataFolder) {
  const given = {
    'partner.port': 0,
    'admin.port': 0,
    'internal.port': 0,
    'portal.port': 0,
    'workers.threads': 1,
    'log.level': 'fatal',
    ...settings,
  }
  const words = Object.entries(given).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  return runLine(folder, ['start', ...words])
}

/** Whether a start was refused in the one form; gives the line it said. */
function refusedLine(t: Test, { exit, err, out }: Awaited<ReturnType<typeof start>>): string {
  t.equal(exit, exitCodes.refused, err)
  t.equal(out, '')
  t.match(err, /^start\.[a-z-]+: [А-Яа-я].* \([A-Za-z].*\) \[.*\]: .*\n$/, 'one line in both languages')
  t.notMatch(err, password)
  return err
}

const refusedStart = async (t: Test, settings: Record<string, string | number>) =>
  refusedLine(t, await start(settings))

async function listening(t: Test, onConnection?: Parameters<typeof createServer>[1]): Promise<number> {
  const server: Server = createServer(onConnection)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

const urlAt = (port: number, host = '127.0.0.1') => `postgres://hub:${password}@${host}:${port}/hub`

/** A service that says nothing is given all the time a database may take: the other tests run meanwhile. */
const silent = await listening(t, (socket) => void t.teardown(() => socket.destroy()))
const silentStart = start({ 'database.url': urlAt(silent) }, makeReapedFolder())

t.test('a database that cannot be reached is named with its address and without its password', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  for (const host of ['127.0.0.1', 'localhost']) {
    const line = await refusedStart(t, { 'database.url': urlAt(port, host) })
    t.match(line, 'start.database: ')
    t.match(line, `[database.url: postgres://hub@${host}:${port}/hub]`)
    t.match(line, 'ECONNREFUSED')
  }
  t.match(await refusedStart(t, { 'database.url': urlAt(5432, 'no.such.invalid') }), /getaddrinfo \w+/)
})

t.test('so is another service on its port that answers', async (t) => {
  const http = await listening(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  t.match(await refusedStart(t, { 'database.url': urlAt(http) }), /start\.database: .*Connection terminated/)
})

t.test('and a wrong role, password or database, or a role without rights', async (t) => {
  const url = await freshDatabase(t)
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  const role = `hubtest_${process.pid}`
  await admin.query(`create role ${role} login password '${password}'`)
  t.teardown(async () => {
    await admin.query(`drop role ${role}`)
    await admin.end()
  })
  const changed = (change: (url: URL) => void) => {
    const other = new URL(url)
    change(other)
    return other.href
  }
  const wrongPassword = changed((url) => Object.assign(url, { password }))
  const nobody = changed((url) => Object.assign(url, { username: 'hubtest_nobody' }))
  const cases: Record<string, string> = {
    // A server that trusts its machine asks for no password; there only the role can be wrong.
    ...((await isTaken(wrongPassword)) ? { '28000': nobody } : { '28P01': wrongPassword }),
    '3D000': changed((url) => Object.assign(url, { pathname: '/hubtest_none' })),
    '42501': changed((url) => Object.assign(url, { username: role, password })),
  }
  for (const [state, wrong] of Object.entries(cases)) {
    t.match(await refusedStart(t, { 'database.url': wrong }), `]: ${state} `)
  }
})

async function isTaken(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

t.test(
  'files and folders of settings that are missing or of no use are named by setting and path',
  async (t) => {
    const url = await freshDatabase(t)
    const folder = t.testdir({})
    const at = (name: string, text?: string | Buffer) => {
      if (text !== undefined) writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const cert = at('tls.crt', devTls.cert)
    const key = at('tls.key', devTls.key)
    const [none, junk] = [at('none'), at('junk', 'no PEM')]
    const identity = join(folder, 'identity')
    await makeDevelopmentPki({ folder: identity, operators: [], subscribers: [], at: new Date() })
    mkdirSync(at('home'))
    writeFileSync(at('home/2AE.crt'), '')
    const partner = (of: object) => ({ 'partner.tlsCertificateFile': cert, 'partner.tlsKeyFile': key, ...of })
    const outbound = (of: object) => ({
      'outbound.clientCertificateFile': cert,
      'outbound.clientKeyFile': key,
      ...of,
    })
    const strange = at('strange.key', strangeTls.key)
    const cases: [settings: Record<string, string>, place: string][] = [
      [partner({ 'partner.tlsCertificateFile': none }), `partner.tlsCertificateFile: ${none}`],
      [partner({ 'partner.tlsKeyFile': folder }), `partner.tlsKeyFile: ${folder}`],
      [partner({ 'partner.tlsCertificateFile': junk }), 'partner.tlsCertificateFile'],
      [partner({ 'partner.tlsKeyFile': junk }), 'partner.tlsKeyFile'],
      [partner({ 'partner.tlsKeyFile': strange }), 'partner.tlsCertificateFile, partner.tlsKeyFile'],
      [
        { 'internal.tlsCertificateFile': none, 'internal.tlsKeyFile': key },
        `internal.tlsCertificateFile: ${none}`,
      ],
      [
        { 'internal.tlsCertificateFile': cert, 'internal.tlsKeyFile': strange },
        'internal.tlsCertificateFile, internal.tlsKeyFile',
      ],
      [partner({ 'partner.tlsClientCaFile': none }), `partner.tlsClientCaFile: ${none}`],
      [partner({ 'partner.tlsClientCaFile': junk }), 'partner.tlsClientCaFile'],
      [{ 'outbound.caFile': none }, `outbound.caFile: ${none}`],
      [{ 'outbound.caFile': junk }, 'outbound.caFile'],
      [outbound({ 'outbound.clientCertificateFile': none }), `outbound.clientCertificateFile: ${none}`],
      [outbound({ 'outbound.clientKeyFile': none }), `outbound.clientKeyFile: ${none}`],
      [outbound({ 'outbound.clientKeyFile': junk }), 'outbound.clientKeyFile'],
      [
        { 'identity.certificateFile': none, 'identity.keyFile': join(identity, 'hub.key') },
        `identity.certificateFile: ${none}`,
      ],
      [
        { 'identity.certificateFile': join(identity, 'hub.crt'), 'identity.keyFile': none },
        `identity.keyFile: ${none}`,
      ],
      [{ 'identity.homeFolder': none }, `identity.homeFolder: ${none}`],
      [{ 'identity.homeFolder': at('home') }, `identity.homeFolder: ${at('home/2AE.key')}`],
      [{ 'partners.seedFolder': none }, `partners.seedFolder: ${none}`],
      [{ 'admin.tokenFile': folder }, `admin.tokenFile: ${folder}`],
      [{ 'admin.tokenFile': at('empty', '\n') }, `admin.tokenFile: ${at('empty')}`],
    ]
    for (const [settings, place] of cases) {
      const line = await refusedStart(t, { 'database.url': url, ...settings })
      t.match(line, 'start.file: ')
      t.match(line, `[${place}]: `)
    }
  },
)

t.test('a port that is taken is named by the settings of its plane', async (t) => {
  const url = await freshDatabase(t)
  const port = await listening(t)
  for (const plane of ['partner', 'admin', 'internal']) {
    const line = await refusedStart(t, { 'database.url': url, [`${plane}.port`]: port })
    t.match(line, 'start.address: ')
    t.match(line, `[${plane}.host, ${plane}.port: 127.0.0.1 ${port}]: listen EADDRINUSE`)
  }
})

t.test('a key that is not of its certificate is told once, with the settings of both', async (t) => {
  const url = await freshDatabase(t)
  const folder = t.testdir({})
  await makeDevelopmentPki({ folder, operators: [], subscribers: [], at: new Date() })
  const files = [
    `identity.certificateFile=${join(folder, 'hub.crt')}`,
    `identity.keyFile=${join(folder, 'root.key')}`,
  ]
  const words = ['log.level=fatal', `database.url=${url}`, ...files].flatMap((text) => ['--set', text])
  const { exit, err } = await runLine(t.testdirName, ['start', ...words])
  t.equal(exit, exitCodes.refused)
  t.match(err, /^key\.foreign: .* \[identity\.certificateFile, identity\.keyFile\]: the public key .*\n$/)
  t.equal(err.split('key.foreign').length, 2, 'the code stands there once')
})

t.test('a service on the port of the database that never answers is named too', async (t) => {
  t.match(refusedLine(t, await silentStart), /start\.database: .*timeout expired/)
})
