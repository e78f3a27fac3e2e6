// Folders and files for tests of what reads them.

import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A folder with these files, which goes with the test. */
export function folderOf(t: Test, files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = t.testdir({})
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

/** Makes a file of so many zeros, which takes no room. */
export function sparse(path: string, bytes: number): void {
  writeFileSync(path, '')
  truncateSync(path, bytes)
}
