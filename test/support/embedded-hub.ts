// A child process that stands for a hub: starts the embedded database, says so, and waits to be ended.

import { StartRefused } from '../../hub/adapters/embedded-postgres/refused.ts'
import { startEmbeddedPostgres } from '../../hub/adapters/embedded-postgres.ts'

const [dataFolder = '', outsideFolder = ''] = process.argv.slice(2)
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

process.stdin.resume().once('end', () => process.exit(1)) // The test is gone.
try {
  const database = await startEmbeddedPostgres({ dataFolder, outsideFolder, log: () => {} })
  say({ url: database.url, adopted: database.adopted, folder: database.folder, uid: process.geteuid?.() })
  process.once('SIGTERM', () => void database.stop().then(() => process.exit(0)))
} catch (error) {
  process.stdin.pause()
  say(error instanceof StartRefused ? { refused: error.refusal } : { failed: String(error) })
}
