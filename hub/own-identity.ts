// The keys the hub signs with: from the settings, or made for trials in the data folder at the first start.

import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { log } from '../monitoring/log.ts'
import { isRefusal, type Refusal, refusalText, refuse } from '../schemas/refusals.ts'
import type { Settings } from '../schemas/settings.ts'
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
    if (isRefusal(opened)) return refuse(opened.code, `identity ${identity.name}: ${refusalText(opened)}`)
  }
  return identities
}

async function ownIdentity(settings: Settings, now: Date): Promise<Identity | Refusal> {
  const { certificateFile, keyFile } = settings.identity
  if (certificateFile !== undefined && keyFile !== undefined) {
    return readIdentity(hubIdentityName, certificateFile, keyFile)
  }
  const folder = join(settings.data.folder, 'identity')
  const made = await makeDevelopmentPki({ folder, operators: [], subscribers: [], at: now })
  if (isRefusal(made)) return made
  log.warn('identity.development', { folder })
  return readIdentity(hubIdentityName, join(folder, made.hub.certificate), join(folder, made.hub.key))
}

async function homeIdentities(settings: Settings): Promise<Identity[]> {
  const folder = settings.identity.homeFolder
  if (folder === undefined) return []
  const certificates = (await readdir(folder)).filter((name) => /^[A-Za-z0-9@.-]{3}\.crt$/.test(name)).sort()
  return Promise.all(
    certificates.map((name) => {
      const code = basename(name, '.crt')
      return readIdentity(code.toUpperCase(), join(folder, name), join(folder, `${code}.key`))
    }),
  )
}

async function readIdentity(name: string, certificateFile: string, keyFile: string): Promise<Identity> {
  const [certificates, key] = await Promise.all([
    readFile(certificateFile, 'utf8'),
    readFile(keyFile, 'utf8'),
  ])
  return { name, certificates, key }
}
