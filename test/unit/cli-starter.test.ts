// Checks the starter under old and new Nodes, and how signals end what runs behind it.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { projectFolder } from '../../hub/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'hub cli '))
const starter = join(projectFolder, 'hub/cli/hub.js')

/** Runs the starter as a person would, under a Node of choice. */
function runStarter(node: string, words: readonly string[], options: { file?: string; cwd?: string } = {}) {
  return spawnSync(node, [options.file ?? starter, ...words], {
    cwd: options.cwd ?? folder,
    encoding: 'utf8',
  })
}

/** A Node too old to run the hub itself, if this machine has one. */
function oldNode(): string | undefined {
  const found = ['/usr/bin/node', '/usr/local/bin/node'].filter((path) => existsSync(path))
  return found.find(
    (path) =>
      Number(spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.')[0]) <
      24,
  )
}
const old = oldNode()
const skipOld = old === undefined && 'this machine has no older Node'

t.test('the starter runs the command line from any folder and through a link', async (t) => {
  const link = join(folder, 'hub-link')
  symlinkSync(starter, link)
  const told = runStarter(process.execPath, ['--version'], { file: link, cwd: '/' })
  t.match(told, { status: 0, stderr: '', stdout: /^\d+\.\d+\.\d+\n$/ })
  t.equal(runStarter(process.execPath, ['nonsense']).status, exitCodes.usage)
})

t.test(
  'under an old Node the pinned one is run, with the same arguments and exit code',
  { skip: skipOld },
  async (t) => {
    const told = runStarter(old ?? '', ['start', '--print-config', '--set', 'data.folder=/a b'])
    t.match(told, { status: 0, stderr: '', stdout: /folder: \/a b/ })
    t.equal(runStarter(old ?? '', ['nonsense']).status, exitCodes.usage)
  },
)

t.test(
  'under an old Node without a pinned one the starter says what is needed',
  { skip: skipOld },
  async (t) => {
    const alone = join(folder, 'alone')
    mkdirSync(alone)
    writeFileSync(join(alone, 'package.json'), '{"type":"module"}')
    cpSync(starter, join(alone, 'hub.js'))
    const told = runStarter(old ?? '', ['--version'], { file: join(alone, 'hub.js') })
    t.match(told, { status: exitCodes.internal, stderr: /Нужен Node\.js 24\.3[\s\S]*is needed/ })
  },
)

t.test(
  'signals reach the hub behind the starter, and it does not outlive a killed starter',
  { skip: skipOld },
  async (t) => {
    // A copy of the starter with a hub that tells its process id and waits stands in for the real one.
    const stand = join(folder, 'stand')
    mkdirSync(stand)
    writeFileSync(join(stand, 'package.json'), '{"type":"module"}')
    cpSync(starter, join(stand, 'hub.js'))
    symlinkSync(join(projectFolder, 'node_modules'), join(stand, 'node_modules'))
    writeFileSync(
      join(stand, 'main.ts'),
      `export async function runProcess(): Promise<void> {
      const timer = setInterval(() => {}, 1000)
      process.on('SIGTERM', () => { clearInterval(timer); process.exitCode = 7; process.stdout.write('ended\\n') })
      process.stdout.write('pid ' + process.pid + ' ' + (process.env.EDO_HUB_STARTER ?? 'unset') + '\\n')
    }`,
    )
    const run = async () => {
      const child = spawn(old ?? '', [join(stand, 'hub.js')], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [first] = await once(child.stdout, 'data')
      const [, pid, variable] = String(first).trim().split(' ')
      t.equal(variable, 'unset')
      return { child, pid: Number(pid) }
    }
    const ended = await run()
    ended.child.kill('SIGTERM')
    t.same(await once(ended.child, 'exit'), [7, null])

    const killed = await run()
    const closed = once(killed.child.stdout, 'close')
    killed.child.kill('SIGKILL')
    // The pipe is held by the hub behind as well: it closes only when both are gone.
    await closed
    t.pass('both are gone')
  },
)

/** Runs a program around `runUntilSignal`; it prints `started`, then `stopped` when it was stopped. */
async function runWaiting(start: string, signalsAt: 'begun' | 'started') {
  const program = `
    import { runUntilSignal } from ${JSON.stringify(join(projectFolder, 'hub/cli/run-until-signal.ts'))}
    const timer = setInterval(() => {}, 1000)
    const say = (text) => process.stdout.write(text + '\\n')
    const running = { stop: async () => say('stopped') }
    ${start}`
  const words = ['--input-type=module-typescript', '--eval', program]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', (chunk) => {
    if (!text.includes(signalsAt) && `${text}${chunk}`.includes(signalsAt)) {
      child.kill('SIGTERM')
      child.kill('SIGTERM')
      child.kill('SIGINT')
    }
    text += chunk
  })
  const [code] = await once(child, 'close')
  return { code, text }
}

t.test('signals that come together end the hub in order, once', async (t) => {
  const start = "await runUntilSignal({ stopWithinMs: 10000, start: async () => running }); say('started')"
  t.same(await runWaiting(start, 'started'), { code: exitCodes.ok, text: 'started\nstopped\n' })
})

t.test('a signal during the start ends the hub once it has started', async (t) => {
  const start = `await runUntilSignal({ stopWithinMs: 10000, start: async () => {
    say('begun')
    await new Promise((settle) => process.once('SIGINT', settle))
    return running
  } })`
  t.same(await runWaiting(start, 'begun'), { code: exitCodes.ok, text: 'begun\nstopped\n' })
})

t.test('a stop that fails or takes too long ends with code 4', async (t) => {
  const failing =
    "await runUntilSignal({ stopWithinMs: 10000, start: async () => ({ stop: async () => { throw new Error() } }) }); say('started')"
  t.equal((await runWaiting(failing, 'started')).code, exitCodes.internal)
  const endless =
    "await runUntilSignal({ stopWithinMs: 10, start: async () => ({ stop: () => new Promise(() => {}) }) }); say('started')"
  t.equal((await runWaiting(endless, 'started')).code, exitCodes.internal)
})
