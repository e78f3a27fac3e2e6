// The keys the hub signs with: from the settings, or made for trials in the data folder at the first start.

import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { log } from '../monitoring/log.ts'
import { isRefusal, type Refusal, refuse } from '../schemas/refusals.ts'
import type { SettingName, Settings } from '../schemas/settings.ts'
import { withNamed } from './start-refusals.ts'
import { type Identity, openIdentity } from './trust/identity.ts'
import { makeDevelopmentPki } from './trust/pki/development.ts'

/** Name of the hub's own identity; peers name it in policy.signAs. */
export const hubIdentityName = 'hub'

/**
 * Reads every identity and checks that each key belongs to its certificate. Without identity settings a development
 * key is made and kept in `<data>/identity`; the log says so, for no partner will know it.
 */
export async function loadIdentities(settings: Settings, now: Date): Promise<Identity[] | Refusal> {
  const own = await ownIdentity(settings, now)
  if (isRefusal(own)) return own
  const identities = [own, ...(await homeIdentities(settings))]
  for (const identity of identities) {
    const opened = openIdentity(identity)
    if (isRefusal(opened)) return refuse(opened.code, opened.seen, placeOf(settings, identity))
  }
  return identities
}

async function ownIdentity(settings: Settings, now: Date): Promise<Identity | Refusal> {
  const { certificateFile, keyFile } = settings.identity
  if (certificateFile !== undefined && keyFile !== undefined) {
    return readIdentity(hubIdentityName, [
      ['identity.certificateFile', certificateFile],
      ['identity.keyFile', keyFile],
    ])
  }
  const folder = join(settings.data.folder, 'identity')
  const made = await withNamed('data.folder', folder, () =>
    makeDevelopmentPki({ folder, operators: [], subscribers: [], at: now }),
  )
  if (isRefusal(made)) return made
  log.warn('identity.development', { folder })
  return readIdentity(hubIdentityName, [
    ['data.folder', join(folder, made.hub.certificate)],
    ['data.folder', join(folder, made.hub.key)],
  ])
}

async function homeIdentities(settings: Settings): Promise<Identity[]> {
  const folder = settings.identity.homeFolder
  if (folder === undefined) return []
  const names = await withNamed('identity.homeFolder', folder, () => readdir(folder))
  const certificates = names.filter((name) => /^[A-Za-z0-9@.-]{3}\.crt$/.test(name)).sort()
  return Promise.all(
    certificates.map((name) => {
      const code = basename(name, '.crt')
      return readIdentity(code.toUpperCase(), [
        ['identity.homeFolder', join(folder, name)],
        ['identity.homeFolder', join(folder, `${code}.key`)],
      ])
    }),
  )
}

type NamedFile = [setting: SettingName, file: string]

async function readIdentity(
  name: string,
  files: [certificates: NamedFile, key: NamedFile],
): Promise<Identity> {
  const read = ([setting, file]: NamedFile) => withNamed(setting, file, () => readFile(file, 'utf8'))
  const [certificates, key] = await Promise.all([read(files[0]), read(files[1])])
  return { name, certificates, key }
}

/** Where a person looks for the files of an identity. */
function placeOf(settings: Settings, { name }: Identity): string {
  if (name !== hubIdentityName) return `identity.homeFolder: ${name}`
  if (settings.identity.certificateFile === undefined) return `data.folder: ${settings.data.folder}`
  return 'identity.certificateFile, identity.keyFile'
}
