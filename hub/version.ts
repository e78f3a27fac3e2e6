// The version of the hub, from its package.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from './config.ts'

/** Version as in package.json. */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'))
  return String((manifest as { version?: unknown }).version)
}
