// Behaviours of a partner that show on the way in, as faults of its own SFTP server: lost answers, cut connections.

import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parsePackageName } from '../../../schemas/ids.ts'
import type { SftpSite } from '../../../schemas/sftp.ts'
import type { Behaviour, TakingManner } from '../behaviours.ts'
import type { Reception } from '../reception.ts'
import type { Fault, Faults, Operation } from './faults.ts'
import type { SiteFolders } from './site.ts'
import { statuses } from './wire.ts'

/** Behaviours of these kinds need a server of the partner's own. */
export const needOwnServer: readonly TakingManner['how'][] = ['drop', 'lost', 'proxied']

/**
 * The faults. The behaviour towards a package is decided when its last step comes, or when it is to be cut at its
 * first bytes; `planned` tells the intake.
 */
export function makeManners(of: {
  folders: SiteFolders
  site: SftpSite
  reception: Reception
  planned: Map<string, Behaviour>
}): Faults {
  const { folders, site, reception, planned } = of
  const { conduct } = reception
  const put = posix.resolve('/', site.putFolder)

  function cut(path: string): Fault | undefined {
    if (posix.dirname(path) !== put || conduct.peek().take.how !== 'drop') return undefined
    const name = posix.basename(path, site.temporarySuffix)
    const arriving = { name, bytes: new Uint8Array(), at: new Date(), behaviour: conduct.next() }
    reception.note(arriving, { status: 0, isCut: true })
    return 'drop-before'
  }

  function finish(name: string, operation: Operation): Fault | undefined {
    // It will be refused: there is nothing to take yet.
    if (operation.op === 'rename' && existsSync(join(folders.put, name))) return undefined
    const behaviour = planned.get(name) ?? conduct.next()
    planned.set(name, behaviour)
    switch (behaviour.take.how) {
      case 'lost':
        return 'drop-after'
      case 'proxied':
        return { status: statuses.failure, isDone: true }
      default:
        return undefined
    }
  }

  return (operation) => {
    if (operation.op === 'write') return cut(operation.path)
    const name = finishedName(operation, { put, site })
    return name === undefined ? undefined : finish(name, operation)
  }
}

/** The package that is whole once this operation is done. */
function finishedName(
  { op, path, newPath = '' }: Operation,
  { put, site }: { put: string; site: SftpSite },
): string | undefined {
  const isRename = op === 'rename' || op === 'posix-rename'
  const isMarker = op === 'close' && path.endsWith(site.markerSuffix)
  const final = site.putWhole === 'rename' ? (isRename ? newPath : '') : isMarker ? path : ''
  if (posix.dirname(final) !== put) return undefined
  const name = site.putWhole === 'rename' ? posix.basename(final) : posix.basename(final, site.markerSuffix)
  return name.endsWith(site.temporarySuffix) || name.startsWith('.') ? undefined : parsePackageName(name)
}
