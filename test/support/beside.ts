// Material for tests that may lie beside the checkout, in ../shared: used when it is there, never missed in silence.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../hub/config.ts'

const shared = join(projectFolder, '../shared')
const isHere = existsSync(join(shared, 'corpus/index.json'))

/** A place of that material, and why tests of it are skipped, or false. */
export type Beside = { path: string; absent: string | false }

/** Finds a place; throws when the material is here without it, for a misspelt place would skip its tests for ever. */
export function beside(place: string): Beside {
  const path = join(shared, place)
  if (!isHere) return { path, absent: `${place} is not beside the checkout` }
  if (!existsSync(path)) throw new Error(`no ${place} in ${shared}`)
  return { path, absent: false }
}
