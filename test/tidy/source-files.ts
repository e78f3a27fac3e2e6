// The source files of the project, for the tidy tests.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Folder of the project. */
export const project = dirname(dirname(import.meta.dirname))
const tops = ['schemas', 'routing', 'operators', 'monitoring', 'hub', 'test', 'docs']
const passedBy = ['hub/trust/gost/wasm/assembly', 'test/fixtures', 'docs/generated']

/** TypeScript files by path from the project; generated ones only on request. */
export function sourceFiles(options: { generated?: boolean } = {}): string[] {
  return tops
    .flatMap((top) => walk(join(project, top)))
    .map((file) => relative(project, file))
    .filter((file) => options.generated === true || !isGenerated(file))
    .sort()
}

/** Whether the first line of a file says that it is generated. */
export function isGenerated(file: string): boolean {
  const [first = ''] = readFileSync(join(project, file), 'utf8').split('\n', 1)
  return /generated/i.test(first)
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (passedBy.includes(relative(project, path))) return []
    if (entry.isDirectory()) return walk(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}
