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
  t.teardown(() => administer(url, `drop database ${name} with (force)`))
  return nameDatabase(url, name)
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
  for (const name of templates.values()) {
    await administer(running.url, `drop database if exists ${await name} with (force)`)
  }
  await running.stop()
}

function prepareTemplate(url: string, template: Template): Promise<string> {
  const known = templates.get(template.name)
  if (known !== undefined) return known
  const name = `hubtest_${process.pid}_from_${templates.size}`
  const prepared = (async () => {
    await administer(url, `create database ${name}`)
    await template.prepare(nameDatabase(url, name))
    return name
  })()
  templates.set(template.name, prepared)
  return prepared
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
