// A child process that makes trees of PostgreSQL programs at the same moments as others, and tells which ones it got.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type Binaries, prepareRuntime } from '../../hub/adapters/embedded-postgres/binaries.ts'

const [binaries = '', folder = '', rounds = '', firstAt = '', everyMs = ''] = process.argv.slice(2)
const wanted = JSON.parse(binaries) as Binaries
const trees: number[] = []
for (let round = 0; round < Number(rounds); round++) {
  const at = Number(firstAt) + round * Number(everyMs)
  // Spinning meets the moment better than a timer would.
  while (Date.now() < at);
  trees.push(statSync(prepareRuntime(wanted, join(folder, String(round)))).ino)
}
process.stdout.write(JSON.stringify(trees))
