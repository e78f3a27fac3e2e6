// The demo as a person starts it: a child process that tells its story, proves it, and ends by its exit code.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { projectFolder } from '../../hub/config.ts'
import { story } from '../../hub/demo/story.ts'
import { makeReapedFolder } from '../support/reaper.ts'

t.setTimeout(400_000)

const nobody = 65_534
const onceWithinMs = 90_000
const isRoot = process.geteuid?.() === 0

type Line = { event: string; id?: string; happened?: boolean; failure?: string; [name: string]: unknown }

/** Runs `hub demo`; the child and everything it started are gone when the test is. */
function startDemo(t: Test, options: { words: readonly string[]; cwd: string; uid?: number }) {
  const program = join(projectFolder, 'hub/cli/hub.js')
  const child = spawn(process.execPath, [program, 'demo', ...options.words], {
    cwd: options.cwd,
    // A demo that has a starter ends with it (hub.js): none outlives a test that was killed.
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: options.cwd, HOME: options.cwd, EDO_HUB_STARTER: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  t.teardown(() => child.kill('SIGKILL'))
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('the streams of the child are pipes')
  const told = { out: '', err: '', lines: [] as Line[] }
  const events = createInterface(stdout)
  events.on('line', (line) => {
    told.out += `${line}\n`
    if (line.startsWith('{"event"')) told.lines.push(JSON.parse(line) as Line)
  })
  stderr.setEncoding('utf8').on('data', (text: string) => {
    told.err += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const isTold = (id: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => told.lines.some((line) => line.id === id || line.event === id) && resolve()
      events.on('line', look)
      child.once('close', () => reject(new Error(`the demo ended without ${id}: ${told.out}${told.err}`)))
      look()
    })
  return { child, told, ended, isTold }
}

function makeFolder(name: string, uid?: number): string {
  const folder = join(makeReapedFolder(), name)
  mkdirSync(folder, { mode: 0o711 })
  chmodSync(folder, 0o711)
  if (uid !== undefined) chownSync(folder, uid, uid)
  return folder
}

t.test('demo --once tells the whole story within 90 s, ends with 0 and leaves nothing behind', async (t) => {
  const cwd = makeFolder('once')
  const startedMs = performance.now()
  const { told, ended } = startDemo(t, { words: ['--once'], cwd })
  t.equal(await ended, 0, 'it ends with 0', { stderr: told.err })
  t.ok(performance.now() - startedMs < onceWithinMs)
  t.match(told.out, 'Испорченный пакет')
  t.match(told.out, `${story.length} из ${story.length}`)
  t.equal(told.err, '')
  t.notMatch(told.out, '✗')
  t.same(readdirSync(cwd), [])
  t.comment(`${Math.round(performance.now() - startedMs)} ms`)
})

t.test('an ordinary user gets the same in a folder with spaces, as JSON lines', async (t) => {
  const cwd = makeFolder('папка с пробелами', isRoot ? nobody : undefined)
  const user = isRoot ? { uid: nobody } : {}
  const { told, ended } = startDemo(t, { words: ['--once', '--json', '--data', 'my data'], cwd, ...user })
  t.equal(await ended, 0, 'it ends with 0', { stderr: told.err, stdout: told.out })
  const steps = told.lines.filter(({ event }) => event === 'step')
  t.same(
    steps.map(({ id, happened }) => [id, happened]),
    story.map(({ id }) => [id, true]),
  )
  t.match(told.lines.at(-1), { event: 'end', happened: story.length, missed: [] })
  t.ok(readdirSync(join(cwd, 'my data')).includes('demo-journal.jsonl'))
})

t.test(
  'without --once the demo stays until a signal, stops in order, and runs again on the same data',
  async (t) => {
    const cwd = makeFolder('stays')
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { child, told, ended, isTold } = startDemo(t, { words: ['--json'], cwd })
      await isTold('end')
      t.match(told.lines.at(-1), { missed: [] })
      await lookAround(t, told.lines.at(-1)?.['hints'])
      t.equal(child.exitCode, null)
      child.kill(signal)
      t.equal(await ended, 0, 'it ends with 0', { stderr: told.err })
      t.match(told.lines.at(-1), { event: 'stopping', cause: signal })
      t.equal(told.err, '')
    }
    t.ok(readdirSync(cwd).includes('data-demo'))
  },
)

/** What the last hints of a demo that stays lead to. */
async function lookAround(t: Test, hints: unknown): Promise<void> {
  const places = new Map(Object.entries(hints as Record<string, string>))
  const hintOf = (word: string) => [...places].find(([label]) => label.includes(word))?.[1] ?? ''
  const page = await fetch(hintOf('API pages'))
  t.match([page.status, page.headers.get('content-type')], [200, /text\/html/])
  const inbox = new URL('/api/v1/inbox', hintOf('API pages'))
  const asked = await fetch(inbox, { headers: { authorization: `Bearer ${hintOf('key')}` } })
  t.equal(asked.status, 200)
  t.ok(readdirSync(hintOf('SFTP files')).length > 0)
}

t.test('a demo that is interrupted says so, leaves no folder and no errors, and is no success', async (t) => {
  // While it starts, and with messages on their way.
  for (const moment of ['begin', 'home-to-http']) {
    const cwd = makeFolder(`interrupted-${moment}`)
    const { child, told, ended, isTold } = startDemo(t, { words: ['--once', '--json'], cwd })
    await isTold(moment)
    child.kill('SIGINT')
    t.equal(await ended, 1, `it ends with 1 at ${moment}`)
    t.match(told.lines.at(-1), { event: 'stopping', cause: 'SIGINT' })
    t.equal(told.err, '')
    t.same(readdirSync(cwd), [])
  }
})

t.test(
  'what a demo that was cut off left on its way does not disturb the next one on the same data',
  async (t) => {
    const cwd = makeFolder('again')
    const words = ['--json', '--data', 'kept']
    const cut = startDemo(t, { words, cwd })
    await cut.isTold('notice')
    cut.child.kill('SIGINT')
    t.equal(await cut.ended, 0)
    const next = startDemo(t, { words: [...words, '--once'], cwd })
    t.equal(await next.ended, 0, 'it ends with 0', { stderr: next.told.err, stdout: next.told.out })
  },
)

t.test('a signal to a demo whose story is over changes neither its last words nor its end', async (t) => {
  const cwd = makeFolder('over')
  const { child, told, ended, isTold } = startDemo(t, { words: ['--once', '--json'], cwd })
  await isTold('end')
  child.kill('SIGTERM')
  t.equal(await ended, 0)
  t.match(told.lines.at(-1), { event: 'end', missed: [] })
  t.equal(told.err, '')
  t.same(readdirSync(cwd), [])
})

t.test('a demo that cannot begin says why and is no success', async (t) => {
  const cwd = makeFolder('wrong')
  const wrong = startDemo(t, { words: ['--once', '--set', 'partner.prot=1'], cwd })
  t.equal(await wrong.ended, 1)
  t.match(wrong.told.err, 'partner.prot')

  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const busy = startDemo(t, { words: ['--once', '--set', `partner.port=${port}`], cwd })
  t.equal(await busy.ended, 1)
  t.match(busy.told.err, /^start\.address: .* \[partner\.host, partner\.port: 127\.0\.0\.1 \d+\]: .*\n$/)
  t.same(readdirSync(cwd), [])
})
