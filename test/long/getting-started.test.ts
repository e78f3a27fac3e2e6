// docs/getting-started.md as a stranger would follow it: its blocks run in order, and show what the page says.

import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { projectFolder } from '../../hub/config.ts'
import { blocksOf, mainTerminal, missingLines, type PageBlock, patternOf } from '../support/page-blocks.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import { openTerminal, type Terminal } from '../support/terminal.ts'

t.setTimeout(180_000)

const blocks = blocksOf(readFileSync(join(projectFolder, 'docs/getting-started.md'), 'utf8'))
const lacking = ['bash', 'curl', 'npm', 'npx'].filter((tool) => spawnSync(tool, ['--version']).status !== 0)
const skip = lacking.length > 0 && `not here: ${lacking.join(', ')}`

t.test('every block of the page shows what the page says', { skip }, async (t) => {
  const startedMs = performance.now()
  t.ok(blocks.length > 40, `${blocks.length} blocks are found`)
  const terminals = openTerminals(t, await environment())
  for (const block of blocks) {
    if (block.kind === 'shown') await terminals.compare(block)
    else await terminals.run(block)
  }
  for (const name of ['partner', 'hub']) await terminals.interrupt(name)
  t.comment(`${Math.round(performance.now() - startedMs)} ms`)
})

t.test('what a page shows is compared with tolerance for ids, ports and … alone', async (t) => {
  const id = '1e7c2a34-0000-4000-8000-1234567890ab'
  const page = 'a\n…\n"id": "00000000-0000-0000-0000-000000000000", …\nhttp://127.0.0.1:8080/x\n'
  t.match(`a\n"id": "${id}", b\nhttp://127.0.0.1:9/x\n`, patternOf(page))
  t.match(`a\n\nmore\n"id": "${id}", b\nhttp://127.0.0.1:9/x\n`, patternOf(page))
  t.notMatch(`a\n"id": "none", b\nhttp://127.0.0.1:9/x\n`, patternOf(page))
  t.notMatch(`a\n"id": "${id}", b\nhttp://127.0.0.1:9/x\nmore\n`, patternOf(page))
  t.strictSame(missingLines('…\nb\nc\n', 'c\nx\nb c\n'), ['b'])
})

/** The terminals of the page by their names. What stands in `all` is pasted into each of them. */
function openTerminals(t: Test, env: Record<string, string>) {
  const open = new Map<string, Terminal>()

  async function named(name: string): Promise<Terminal> {
    const known = open.get(name)
    if (known !== undefined) return known
    const terminal = openTerminal(t, { cwd: projectFolder, env })
    open.set(name, terminal)
    for (const { terminal: where, text } of blocks) {
      if (where !== 'all') continue
      terminal.begin(text)
      await terminal.done()
    }
    return terminal
  }

  async function interrupt(name: string): Promise<void> {
    await open.get(name)?.interrupt()
    open.delete(name)
  }

  return {
    async run({ terminal: name, text }: PageBlock): Promise<void> {
      if (name === 'all') return
      if (text.startsWith('# Ctrl-C')) await interrupt(name)
      const terminal = await named(name)
      terminal.begin(text)
      if (name === mainTerminal) await terminal.done()
    },
    async compare({ terminal: name, text, line }: PageBlock): Promise<void> {
      const terminal = await named(name)
      const where = `the block of line ${line}`
      if (name === mainTerminal) {
        const shown = await terminal.shown(() => true, where)
        t.match(shown, patternOf(text), where)
        return
      }
      // What runs on shows more, and not always in the same order.
      await terminal.shown((shown) => missingLines(text, shown).length === 0, where)
      t.pass(where)
    },
    interrupt,
  }
}

/** What the page takes from its surroundings: folder and ports of its own, and nothing of whoever runs the test. */
async function environment(): Promise<Record<string, string>> {
  const folder = makeReapedFolder()
  const [packages, admin, api, partner, portal] = await freePorts(5)
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    TRIAL: join(folder, 'trial'),
    PACKAGES_PORT: String(packages),
    ADMIN_PORT: String(admin),
    API_PORT: String(api),
    PARTNER_PORT: String(partner),
    PORTAL_PORT: String(portal),
  }
}

/** Ports that nobody listens at, below those the system gives away by itself: they stay free until they are used. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    ports.add(port)
    server.close()
    await once(server, 'close')
  }
  return [...ports]
}
