// Makes a folder and whatever is missing above it, and says so when it cannot.

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes the folder unless it is there; folders that are made get `mode`, less the umask. Throws the error of the file
 * system. Several processes may do it at once. Step by step, for mkdir with `recursive` never returns where a folder
 * exists that takes no others (/proc, some mounts).
 */
export function makeFolder(folder: string, mode: number): void {
  const missing: string[] = []
  for (let step = resolve(folder); !existsSync(step); step = dirname(step)) missing.unshift(step)
  for (const step of missing) makeOne(step, mode)
  // A file of that name: the words of the file system say it best.
  if (!statSync(folder).isDirectory()) mkdirSync(folder)
}

function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
