// Imports go one way: schemas <- routing | operators | monitoring <- hub <- test; and there are no cycles.

import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'
import { project, sourceFiles } from './source-files.ts'

/** Which top folders a folder may import from, besides itself. */
const allowed: Record<string, readonly string[]> = {
  schemas: [],
  routing: ['schemas'],
  operators: ['schemas'],
  monitoring: ['schemas'],
  hub: ['schemas', 'routing', 'operators', 'monitoring'],
  docs: ['schemas', 'routing', 'operators', 'monitoring', 'hub'],
  test: ['schemas', 'routing', 'operators', 'monitoring', 'hub', 'docs'],
}

/** Modules that mean IO, a clock or randomness; schemas and routing have none (STYLE 19). */
const impure = /^node:(fs|net|http|https|tls|dns|dgram|child_process|worker_threads|timers|os)/

function importsOf(file: string): string[] {
  const text = readFileSync(join(project, file), 'utf8')
  const found = [
    ...text.matchAll(
      /^(?:import|export)\b[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm,
    ),
  ]
  return found.map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

const files = sourceFiles()
const graph = new Map(
  files.map((file) => [
    file,
    importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => relative(project, resolve(project, dirname(file), target))),
  ]),
)

t.test('imports go only downward', async (t) => {
  const wrong = files.flatMap((file) => {
    const [from = ''] = file.split('/')
    return (graph.get(file) ?? [])
      .filter((target) => {
        const [to = ''] = target.split('/')
        return to !== from && allowed[from]?.includes(to) === false
      })
      .map((target) => `${file} -> ${target}`)
  })
  t.strictSame(wrong, [])
})

t.test('schemas and routing have no IO, clock or randomness', async (t) => {
  const pure = files.filter((file) => /^(schemas|routing)\//.test(file))
  const wrong = pure.filter((file) => {
    const text = readFileSync(join(project, file), 'utf8')
    return (
      importsOf(file).some((target) => impure.test(target)) ||
      /Date\.now\(|new Date\(\)|Math\.random\(/.test(text)
    )
  })
  t.strictSame(wrong, [])
})

t.test('there are no import cycles', async (t) => {
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (file: string, trail: readonly string[]): void => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '))
      return
    }
    state.set(file, 'open')
    for (const target of graph.get(file) ?? []) visit(target, [...trail, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
  t.strictSame(cycles, [])
})
