// Loads the seed of partners: a folder of YAML files, each a partner file, merged into one.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { limits } from '../../schemas/limits.ts'
import type { PartnerFile } from '../../schemas/partner.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import { isRefused, readPartnerFile } from './partner-file.ts'

/** The seed that comes with the hub. */
const seedFolder = join(import.meta.dirname, '../../operators/partners')

/**
 * Reads every *.yaml and *.yml of a folder in the order of their names. All faults of all files are given
 * at once, each by file and path: partner.invalid. Rows that contradict each other are found when the seed
 * is applied.
 */
export async function loadSeed(folder: string = seedFolder): Promise<PartnerFile | Refusal[]> {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort()
  const files = await Promise.all(
    names.map(async (name) => readSeed(name, await readFile(join(folder, name), 'utf8'))),
  )
  const refusals = files.filter(isRefused).flat()
  if (refusals.length > 0) return refusals
  const read = files.flatMap((file) => (isRefused(file) ? [] : [file]))
  return {
    operators: read.flatMap((file) => file.operators ?? []),
    peers: read.flatMap((file) => file.peers ?? []),
    grants: read.flatMap((file) => file.grants ?? []),
    overrides: read.flatMap((file) => file.overrides ?? []),
  }
}

/** Reads one seed file. An empty file is an empty seed. */
export function readSeed(name: string, text: string): PartnerFile | Refusal[] {
  if (text.length > limits.adminBodyBytesMax)
    return [refuse('partner.invalid', `${text.length} символов`, name)]
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true })
  if (document.errors.length > 0) {
    return document.errors.map(({ message, linePos }) => {
      const line = linePos?.[0].line
      return refuse(
        'partner.invalid',
        message.split('\n')[0] ?? message,
        line === undefined ? name : `${name}:${line}`,
      )
    })
  }
  const content = withoutAliases(() => document.toJS({ maxAliasCount: 0 }) as unknown)
  if (content instanceof ReferenceError) return [refuse('partner.invalid', content.message, name)]
  return readPartnerFile(content ?? {}, name)
}

// A few lines of aliases can stand for gigabytes; the reader throws at the first one.
function withoutAliases(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof ReferenceError) return error
    throw error
  }
}
