// Tools of the machine that open ZIPs of ours.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why a test is skipped when the machine lacks a tool. */
export function absent(tool: string): string | false {
  return spawnSync(tool, ['--help']).error === undefined ? false : `${tool} is not installed`
}

/** Runs a tool of the machine on a ZIP in a file. */
export function runTool(zip: Uint8Array, tool: string, args: (file: string) => string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'zip-'))
  try {
    writeFileSync(join(folder, 'a.zip'), zip)
    return execFileSync(tool, args(join(folder, 'a.zip')), { encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Names and sizes of the entries; throws where a content is not what its CRC says. */
export function readByPython(zip: Uint8Array): [string, number][] {
  const script = [
    'import sys, zipfile, json',
    'z = zipfile.ZipFile(sys.argv[1])',
    'assert z.testzip() is None',
    'print(json.dumps([[i.filename, i.file_size] for i in z.infolist()]))',
  ].join('\n')
  return JSON.parse(runTool(zip, 'python3', (file) => ['-c', script, file]))
}
