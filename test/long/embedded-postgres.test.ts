// The embedded database as hubs meet it: first boot, crashes, other users, other hubs, odd folders.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import t, { type Test } from 'tap'
import { chooseAccount, findClosedFolder } from '../../hub/adapters/embedded-postgres/account.ts'
import { findPostmaster } from '../../hub/adapters/embedded-postgres/postmaster.ts'
import { StartRefused } from '../../hub/adapters/embedded-postgres/refused.ts'
import { startEmbeddedPostgres } from '../../hub/adapters/embedded-postgres.ts'
import { makeReapedFolder } from '../support/reaper.ts'

type Said = {
  url: string
  adopted: boolean
  folder: string
  uid: number
  refused?: { code: string; seen: string }
  failed?: string
}
type Hub = { child: ChildProcess; said: Said }

const isRoot = process.geteuid?.() === 0
const root = makeReapedFolder()
const outsideFolder = join(root, 'var lib')
const hubScript = join(import.meta.dirname, '../support/embedded-hub.ts')
/** Used by most tests one after the other; a name that quoting mistakes would break. */
const dataFolder = join(root, "the hub's данные")
const cluster = join(dataFolder, 'postgres', 'cluster')

t.test('makes a cluster at the first boot and finds its rows at the second', async (t) => {
  const first = await start(dataFolder)
  t.equal(first.adopted, false)
  await query(first.url, 'create table kept as select 42 as answer')
  await first.stop()
  t.equal(findPostmaster(cluster), undefined, 'nothing runs after stop')
  const begun = performance.now()
  const second = await start(dataFolder)
  t.comment(`second boot ${Math.round(performance.now() - begun)} ms`)
  t.same(await query(second.url, 'select answer from kept'), [{ answer: 42 }])
  t.equal(second.url, first.url, 'the address is steady')
  await second.stop()
  await second.stop()
})

t.test('listens on loopback only, asks for the password and keeps durability on', async (t) => {
  const database = await start(dataFolder, { settings: { max_connections: '30' } })
  t.teardown(database.stop)
  const wanted = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '30' }
  const durable = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', data_checksums: 'on' }
  const found = await query<{ name: string; setting: string }>(
    database.url,
    `select name, setting from pg_settings where name = any ('{${Object.keys({ ...wanted, ...durable })}}')`,
  )
  t.same(Object.fromEntries(found.map(({ name, setting }) => [name, setting])), { ...wanted, ...durable })
  const wrong = new URL(database.url)
  wrong.password = 'wrong'
  await t.rejects(query(wrong.href, 'select 1'), { code: '28P01' })
  t.equal(statSync(join(database.folder, 'password')).mode & 0o777, 0o600)
  t.notOk(readFileSync(join(database.folder, 'server.log'), 'utf8').includes(new URL(database.url).password))
})

t.test('refuses settings that would take durability away', async (t) => {
  await refuses(t, start(dataFolder, { settings: { fsync: 'off' } }), 'start.database-setting')
  await refuses(t, start(dataFolder, { settings: { 'port=1 -c x': '1' } }), 'start.database-setting')
  const refused = await refuses(
    t,
    start(dataFolder, { settings: { work_mem: 'much' } }),
    'start.database-failed',
  )
  t.match(refused?.seen, /work_mem/, 'with the words of PostgreSQL')
})

t.test('adopts the server of a hub that was killed', async (t) => {
  const killed = await startHub(t, dataFolder)
  t.equal(killed.said.adopted, false)
  await kill(killed)
  const server = findPostmaster(cluster)
  const database = await start(dataFolder)
  t.equal(database.adopted, true)
  t.equal(database.url, killed.said.url)
  t.equal(findPostmaster(cluster)?.pid, server?.pid, 'it is the same server')
  await database.stop()
  t.equal(findPostmaster(cluster), undefined, 'an adopted server is stopped too')
})

t.test('starts again when hub and server were both killed, with every committed row', async (t) => {
  const killed = await startHub(t, dataFolder)
  await query(killed.said.url, 'insert into kept select generate_series(1, 1000)')
  await kill(killed)
  killServer()
  t.ok(existsSync(join(cluster, 'postmaster.pid')), 'a stale pid file lies there')
  const database = await start(dataFolder)
  t.teardown(database.stop)
  t.equal(database.adopted, false)
  t.same(await query(database.url, 'select count(*)::int from kept'), [{ count: 1001 }])
})

t.test('does not take a stale process id that was given to another process for a server', async (t) => {
  const pidFile = join(cluster, 'postmaster.pid')
  writeFileSync(pidFile, `${process.pid}\n${cluster}\n1700000000\n5432\n\n127.0.0.1\n\nready\n`, {
    mode: 0o600,
  })
  const { uid, gid, switches } = chooseAccount(statSync(cluster))
  if (switches) chownSync(pidFile, uid, gid)
  const database = await start(dataFolder)
  t.equal(database.adopted, false)
  await database.stop()
})

t.test('brings a killed server up again under a running hub, on the same address', async (t) => {
  const ready = Promise.withResolvers<void>()
  let boots = 0
  const log = (line: string) => {
    if (line === 'embedded database ready' && ++boots === 2) ready.resolve()
  }
  const database = await start(dataFolder, { log })
  t.teardown(database.stop)
  killServer()
  const keepAlive = setInterval(() => {}, 60_000) // The database itself does not, on purpose.
  await ready.promise
  clearInterval(keepAlive)
  t.same(await query(database.url, 'select 1 as one'), [{ one: 1 }])
  await refuses(t, start(dataFolder), 'start.database-in-use')
})

t.test('refuses a second hub on the folder and leaves the first one alone', async (t) => {
  const first = await startHub(t, dataFolder)
  const refusal = await refuses(t, start(dataFolder), 'start.database-in-use')
  t.match(refusal?.seen, new RegExp(`owner ${first.child.pid}$`), 'it names the process')
  t.same(await query(first.said.url, 'select 1 as one'), [{ one: 1 }])
  first.child.kill('SIGTERM')
  await once(first.child, 'exit')
  t.equal(findPostmaster(cluster), undefined)
})

t.test('lets one of two hubs win that boot a new folder at the same time', async (t) => {
  const folder = join(root, 'contended')
  const hubs = await Promise.all([startHub(t, folder), startHub(t, folder)])
  const outcomes = hubs.map(({ said }) => said.refused?.code ?? (said.url ? 'runs' : said.failed))
  t.same(outcomes.sort(), ['runs', 'start.database-in-use'])
  const winner = hubs.find(({ said }) => said.url)
  winner?.child.kill('SIGTERM')
  if (winner !== undefined) await once(winner.child, 'exit')
})

t.test('refuses a server that does not take the password of the folder', async (t) => {
  const hub = await startHub(t, dataFolder)
  await kill(hub)
  const passwordFile = join(dataFolder, 'postgres', 'password')
  const password = readFileSync(passwordFile, 'utf8')
  writeFileSync(passwordFile, 'another\n')
  await refuses(t, start(dataFolder), 'start.database-not-ours')
  writeFileSync(passwordFile, password)
  await (await start(dataFolder)).stop()
})

t.test('refuses a cluster of another version and a folder that cannot be', async (t) => {
  const versionFile = join(cluster, 'PG_VERSION')
  const version = readFileSync(versionFile, 'utf8')
  writeFileSync(versionFile, '17\n')
  await refuses(t, start(dataFolder), 'start.database-version')
  writeFileSync(versionFile, version)
  await refuses(t, start(join(versionFile, 'below a file')), 'start.database-place')
})

t.test('ends a start that is called off', async (t) => {
  await t.rejects(start(dataFolder, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  const during = new AbortController()
  const folder = join(root, 'called off')
  const starting = start(folder, { signal: during.signal })
  setImmediate(() => during.abort())
  await t.rejects(starting, { name: 'AbortError' })
  t.notOk(existsSync(join(folder, 'postgres', 'cluster')), 'no half-made cluster')
})

const rootOnly = isRoot ? {} : { skip: 'only root changes users' }

t.test('runs as an ordinary user', rootOnly, async (t) => {
  const nobody = chooseAccount()
  const closed = [process.execPath, hubScript]
    .map((file) => findClosedFolder(join(file, '..'), nobody))
    .find(Boolean)
  if (closed !== undefined) return t.comment(`not possible here: ${closed} is closed`)
  const home = join(root, 'home of nobody')
  mkdirSync(home, { mode: 0o700 })
  chownSync(home, nobody.uid, nobody.gid)
  const folder = join(home, 'data')
  const hub = await startHub(t, folder, nobody)
  t.match(hub.said, { adopted: false, uid: nobody.uid, folder: join(folder, 'postgres') })
  t.same(await query(hub.said.url, 'select 1 as one'), [{ one: 1 }])
  await kill(hub)
  const again = await startHub(t, folder, nobody)
  t.equal(again.said.adopted, true)
  again.child.kill('SIGTERM')
  await once(again.child, 'exit')
  const byRoot = await start(folder)
  t.equal(statSync(`/proc/${findPostmaster(join(folder, 'postgres', 'cluster'))?.pid}`).uid, nobody.uid)
  await byRoot.stop()
  const last = await startHub(t, folder, nobody)
  t.ok(last.said.url, 'a start by root does not lock the user out')
  last.child.kill('SIGTERM')
  await once(last.child, 'exit')
})

t.test(
  'puts the cluster outside a data folder that the server may not enter, and finds it again',
  rootOnly,
  async (t) => {
    const home = join(root, 'closed home')
    mkdirSync(home, { mode: 0o700 })
    const first = await start(join(home, 'data'))
    t.ok(first.folder.startsWith(outsideFolder))
    await query(first.url, 'create table kept ()')
    await first.stop()
    renameSync(join(home, 'data'), join(home, 'moved'))
    const second = await start(join(home, 'moved'))
    t.equal(second.folder, first.folder, 'the record moves with the data folder')
    await query(second.url, 'select from kept')
    await second.stop()
    const fresh = await start(join(home, 'data'))
    t.not(fresh.folder, first.folder, 'a new data folder does not find an old database')
    await fresh.stop()
    rmSync(first.folder, { recursive: true })
    await refuses(t, start(join(home, 'moved')), 'start.database-place')
  },
)

t.test('says so when a cluster inside the data folder can no longer be entered', rootOnly, async (t) => {
  chmodSync(dataFolder, 0o700)
  await refuses(t, start(dataFolder), 'start.database-place')
  chmodSync(dataFolder, 0o711)
})

function start(folder: string, options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}) {
  return startEmbeddedPostgres({ dataFolder: folder, outsideFolder, log: () => {}, ...options })
}

async function startHub(t: Test, folder: string, user?: { uid: number; gid: number }): Promise<Hub> {
  const child = spawn(process.execPath, [hubScript, folder, outsideFolder], {
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, said: JSON.parse(line) as Said }
  }
  throw new Error('the hub said nothing')
}

async function kill(hub: Hub): Promise<void> {
  hub.child.kill('SIGKILL')
  await once(hub.child, 'exit')
}

function killServer(): void {
  const server = findPostmaster(cluster)
  if (server === undefined) throw new Error('no server runs')
  process.kill(server.pid, 'SIGKILL')
}

async function refuses(t: Test, starting: Promise<unknown>, code: string) {
  const error = await starting.then(
    () => new Error('it started'),
    (reason: unknown) => reason,
  )
  t.match(error, { refusal: { code } })
  return error instanceof StartRefused ? error.refusal : undefined
}

async function query<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.end()
  }
}
