// A child process that puts blobs until it is killed; every line on stdout is a blob it was promised.
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openSegmentBlobs } from '../../hub/adapters/blobs-segments.ts'
import { BlobError } from '../../hub/ports.ts'

const [folder = '', concurrency = '1', putsMax = '1000000'] = process.argv.slice(2)
const store = openSegmentBlobs({ folder, retentionClass: 'packages' })
let putsLeft = Number(putsMax)

async function putAgainAndAgain(): Promise<void> {
  while (putsLeft-- > 0) {
    try {
      const { ref, sha256 } = await store.put(randomBytes(1 + Math.floor(Math.random() * 40_000)))
      writeSync(1, `${ref} ${sha256}\n`)
    } catch (error) {
      if (!(error instanceof BlobError)) throw error
      writeSync(1, `${error.code}\n`)
    }
  }
}

await Promise.all(Array.from({ length: Number(concurrency) }, putAgainAndAgain))
await store.close()
