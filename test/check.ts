// `npm run check`: types, lint, dead code and stale pages; every part is run, then the failing ones are shown.

import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'

const project = dirname(import.meta.dirname)
const tool = (path: string) => join(project, 'node_modules', path)

/** What is checked, by name; each is a command that ends with 0 when all is well. Import rules are in test/tidy. */
const parts: Record<string, string[]> = {
  types: [tool('.bin/tsc'), '--noEmit'],
  lint: [tool('.bin/biome'), 'check', '--max-diagnostics=50'],
  'dead code': [tool('.bin/knip'), '--no-progress'],
  pages: [process.execPath, join(project, 'docs/generate.ts'), '--check'],
}

function run(command: string[]): Promise<{ code: number; output: string }> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

let failed = 0
for (const [name, command] of Object.entries(parts)) {
  const { code, output } = await run(command)
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}\n`)
  if (code !== 0) {
    failed += 1
    process.stdout.write(`${output.trimEnd()}\n`)
  }
}
process.exit(failed === 0 ? 0 : 1)
