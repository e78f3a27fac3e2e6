// The settings of the directory of subscribers as they are where nobody sets them.

import { tmpdir } from 'node:os'
import { loadConfig } from '../../hub/config.ts'
import type { Settings } from '../../schemas/settings.ts'

/** The group `directory`. */
export const directoryDefaults: Settings['directory'] = read()

function read(): Settings['directory'] {
  const loaded = loadConfig({ env: {}, cwd: tmpdir() })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
  return loaded.settings.directory
}
