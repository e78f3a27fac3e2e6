// The lock file: every optional package of another platform stands in it, or `npm ci` refuses the whole lock.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { project } from './source-files.ts'

type Locked = { version?: string; resolved?: string; optionalDependencies?: Record<string, string> }

const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}

t.test('every optional package is locked, also those of other platforms', async (t) => {
  const missing = Object.entries(lock.packages).flatMap(([path, row]) =>
    Object.keys(row.optionalDependencies ?? {}).filter(
      (name) =>
        !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
    ),
  )
  t.strictSame(missing, [])
})

t.test('the lock names no registry of its own', async (t) => {
  const resolved = Object.values(lock.packages).filter((row) => row.resolved !== undefined)
  t.strictSame(resolved, [])
})
