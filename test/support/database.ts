// A fresh PostgreSQL database for a test, from one embedded server per test process or from a given server.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import tap from 'tap'
import { startEmbeddedPostgres } from '../../hub/adapters/embedded-postgres.ts'
import { makeReapedFolder } from './reaper.ts'

/**
 * What a database begins with. `prepare` runs once per process and name; each test then gets a copy of its
 * result.
 */
export type Template = { name: string; prepare(url: string): Promise<void> }

type Test = { teardown(handler: () => Promise<void>): void }
type Server = { url: string; stop(): Promise<void> }

let server: Promise<Server> | undefined
const templates = new Map<string, Promise<string>>()

/**
 * The URL of a database of this test's own, dropped with its connections when the test ends. It is made on
 * the server of HUB_TEST_DATABASE_URL (whose user must be allowed to create databases) or on an embedded one.
 * Register the end of your pools by `t.teardown` after this call: tap runs the last one first.
 */
export async function freshDatabase(t: Test, template?: Template): Promise<string> {
  const { url } = await openServer()
  const source = template === undefined ? undefined : await prepareTemplate(url, template)
  const name = `hubtest_${process.pid}_${randomBytes(5).toString('hex')}`
  await administer(url, `create database ${name}${source === undefined ? '' : ` template ${source}`}`)
  t.teardown(async () => dropLater(url, name))
  return nameDatabase(url, name)
}

let dropping: Promise<void> = Promise.resolve()

/** Dropping takes as long as many a test: the next one begins meanwhile. Whoever ends the server waits, and hears of faults. */
function dropLater(url: string, name: string): void {
  const dropped = dropping.then(() => administer(url, `drop database ${name} with (force)`))
  // Until it is waited for a fault is nobody's.
  dropped.catch(() => undefined)
  dropping = dropped
}

function openServer(): Promise<Server> {
  if (server === undefined) {
    const given = process.env['HUB_TEST_DATABASE_URL']
    server = given ? Promise.resolve({ url: given, stop: async () => {} }) : startServer()
    tap.teardown(closeServer)
  }
  return server
}

async function startServer(): Promise<Server> {
  const lines: unknown[] = []
  try {
    return await startEmbeddedPostgres({
      dataFolder: join(makeReapedFolder(), 'data'),
      log: (line, fields) => lines.push([line, fields]),
    })
  } catch (error) {
    throw new Error(`no database for the tests: ${JSON.stringify(lines)}`, { cause: error })
  }
}

async function closeServer(): Promise<void> {
  const running = await server
  if (running === undefined) return
  await dropping
  for (const name of sharedTag === undefined ? templates.values() : []) {
    await administer(running.url, `drop database if exists ${await name} with (force)`)
  }
  await running.stop()
}

/** Names the templates that all files of a run share; they go with the server of the run. */
const sharedTag = process.env['HUB_TEST_TEMPLATES']

function prepareTemplate(url: string, template: Template): Promise<string> {
  const known = templates.get(template.name)
  if (known !== undefined) return known
  if (sharedTag !== undefined) {
    const shared = prepareShared(url, { ...template, name: `hubtest_${sharedTag}_${template.name}` })
    templates.set(template.name, shared)
    return shared
  }
  const name = `hubtest_${process.pid}_from_${templates.size}`
  const prepared = (async () => {
    await administer(url, `create database ${name}`)
    await template.prepare(nameDatabase(url, name))
    return name
  })()
  templates.set(template.name, prepared)
  return prepared
}

/** Made by the first file that wants it, under another name until it is whole; the others wait for it. */
async function prepareShared(url: string, { name, prepare }: Template): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) {
      const begun = `${name}_of_${process.pid}`
      await client.query(`create database ${begun}`)
      await prepare(nameDatabase(url, begun))
      await client.query(`alter database ${begun} rename to ${name}`)
    }
    return name
  } finally {
    await client.end()
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
  })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function nameDatabase(url: string, name: string): string {
  const named = new URL(url)
  named.pathname = `/${name}`
  return named.href
}
