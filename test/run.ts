// Runs the test areas given as arguments with tap, and ends with a plain line of real counts.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import pg from 'pg'
import { parse } from 'yaml'
import { startEmbeddedPostgres } from '../hub/adapters/embedded-postgres.ts'
import { makeReapedFolder } from './support/reaper.ts'
import { failuresOf } from './support/tap-failures.ts'

type Counts = { pass: number; fail: number; skip: number }

const project = dirname(import.meta.dirname)
const tap = join(project, 'node_modules/tap/dist/esm/run.mjs')
const areas = process.argv.slice(2)

/** Areas many files of which want a database. */
const databaseAreas: ReadonlySet<string> = new Set(['contract', 'flow', 'attack'])

/**
 * Where the databases of the tests are made: one server for all files of the run, for making one takes a file longer than
 * most of its tests. Where it does not start, each file begins its own and tells what is wrong.
 */
async function databaseVariables(): Promise<Record<string, string>> {
  if (process.env['HUB_TEST_DATABASE_URL'] || !areas.some((area) => databaseAreas.has(area))) return {}
  try {
    const settings = { max_connections: '400' }
    const dataFolder = join(makeReapedFolder(), 'data')
    const { url } = await startEmbeddedPostgres({ dataFolder, settings, log: () => {} })
    await hasten(url)
    return { HUB_TEST_DATABASE_URL: url, HUB_TEST_TEMPLATES: String(process.pid) }
  } catch (error) {
    process.stderr.write(`each test file starts a database of its own: ${String(error)}\n`)
    return {}
  }
}

/** Nothing of these databases is to outlive the run: they need not be on disk. What must be durable is tested elsewhere. */
async function hasten(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const setting of ['fsync', 'full_page_writes']) await client.query(`alter system set ${setting} = off`)
  await client.query('select pg_reload_conf()')
  await client.end()
}

/** Where Node keeps the code it has compiled: every file of the tests loads much of the hub, and its workers do again. */
const compiled = join(project, 'node_modules', '.cache', 'compiled')

/** Runs a command with this very Node first in the path, so that tap and its children use it too. */
function run(command: string[], quiet: boolean, variables: Record<string, string> = {}): Promise<number> {
  const [program = '', ...args] = command
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`
  const child = spawn(program, args, {
    cwd: project,
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
    env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...variables, PATH: path },
  })
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
}

/**
 * Whether tap is built with the plugins .taprc asks for. A run builds it anew otherwise, but goes on with the import hooks of
 * the former list, the compiler of TypeScript among them where the packages have just been installed.
 */
function isBuiltAsAsked(): boolean {
  const { plugin: asked } = parse(readFileSync(join(project, '.taprc'), 'utf8')) as { plugin: string[] }
  const code = readFileSync(join(project, 'node_modules/@tapjs/test/test-built/dist/esm/index.js'), 'utf8')
  const built = (/ signature = `([^`]*)`/.exec(code)?.[1] ?? '').split('\n')
  return asked.every((name) => (name.startsWith('!') ? !built.includes(name.slice(1)) : built.includes(name)))
}

/** The last summary comment of a TAP file: `# { total: 18, pass: 17, skip: 1 }`. */
function countsOf(tapFile: string): Counts {
  const text = existsSync(tapFile) ? readFileSync(tapFile, 'utf8') : ''
  const summary = [...text.matchAll(/^# \{ total: .*\}$/gm)].at(-1)?.[0] ?? ''
  const count = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  return { pass: count('pass'), fail: count('fail'), skip: count('skip') }
}

/** Reasons of skipped tests, so that nobody has to guess what did not run. */
function skippedOf(tapFile: string): string[] {
  const text = existsSync(tapFile) ? readFileSync(tapFile, 'utf8') : ''
  const lines = [...text.matchAll(/^\s*ok \d+ - (.*?) # SKIP ?(.*)$/gim)]
  return [...new Set(lines.map(([, name = '', reason = '']) => `${name}: ${reason}`))]
}

const files = areas.flatMap((area) => {
  const folder = join(project, 'test', area)
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.test.ts')) : []
  return names.sort().map((name) => join('test', area, name))
})
if (files.length === 0) {
  process.stderr.write(`no test files in: ${areas.join(' ')}\n`)
  process.exit(1)
}
const results = process.env['HUB_TEST_RESULTS'] ?? mkdtempSync(join(tmpdir(), 'edo-hub-tests-'))
mkdirSync(results, { recursive: true })
const tapFile = join(results, `${areas.join('-')}.tap`)
rmSync(tapFile, { force: true })
if (!isBuiltAsAsked()) await run([process.execPath, tap, 'build'], true)
const code = await run(
  [
    process.execPath,
    tap,
    'run',
    `--reporter=${process.stdout.isTTY ? 'terse' : 'silent'}`,
    `--output-file=${tapFile}`,
    ...files,
  ],
  false,
  await databaseVariables(),
)
const counts = countsOf(tapFile)
const written = existsSync(tapFile) ? readFileSync(tapFile, 'utf8') : ''
for (const line of failuresOf(written)) process.stdout.write(`${line}\n`)
for (const reason of skippedOf(tapFile)) process.stdout.write(`skipped: ${reason}\n`)
process.stdout.write(`results: ${tapFile}\n`)
process.stdout.write(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped\n`)
process.exit(code === 0 && counts.fail === 0 && counts.pass > 0 ? 0 : 1)
