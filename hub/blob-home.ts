// Holds a database to the folder of its blobs: a row whose bytes lie elsewhere would be a lie (RULES 10, 28).

import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Refusal, refuse } from '../schemas/refusals.ts'
import { makeFolder } from './make-folder.ts'
import type { Sql } from './store/sql.ts'
import { writeDurably } from './write-durably.ts'

const fileName = 'store.id'
const folderMode = 0o700

/**
 * Ties the database to the folder: both bear the same id from the first start on, so that a hub with a mistyped
 * data.folder, an unmounted volume or a folder of its own beside another node's does not start. The file is written
 * before the row; a crash in between leaves a folder that the next start adopts. Refusal: start.blobs-not-ours.
 */
export async function bindBlobs(sql: Sql, folder: string): Promise<Refusal | undefined> {
  const known = await readId(sql)
  const found = idIn(folder)
  if (known !== undefined) {
    if (known === found) return undefined
    const seen = found === undefined ? `there is no ${fileName}` : `its id is ${found}`
    return refuse('start.blobs-not-ours', `${seen}, the database wants ${known}`, folder)
  }
  if (found === undefined) {
    makeFolder(folder, folderMode)
    writeDurably(join(folder, fileName), `${randomUUID()}\n`, 0o600)
  }
  await sql.query({
    text: 'insert into blob_home (id, made_at) values ($1::uuid, now()) on conflict do nothing',
    values: [idIn(folder)],
  })
  // Of two hubs that start on a new database at once with two folders the second one is told here.
  return bindBlobs(sql, folder)
}

/** Where the blobs of a data folder lie. */
export function blobsFolder(dataFolder: string): string {
  return join(dataFolder, 'blobs')
}

/** True while the folder bears an id: a volume may be unmounted under a running hub. */
export function isBlobHome(folder: string): boolean {
  return idIn(folder) !== undefined
}

async function readId(sql: Sql): Promise<string | undefined> {
  const { rows } = await sql.query('select id::text from blob_home')
  const id = rows[0]?.['id']
  return typeof id === 'string' ? id : undefined
}

function idIn(folder: string): string | undefined {
  const file = join(folder, fileName)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}
