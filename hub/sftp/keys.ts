// The SSH keys by which the hub logs in to partners' servers: read at the start, made at the first one (RULES 24).

import { readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import ssh2 from 'ssh2'
import type { SettingName, Settings } from '../../schemas/settings.ts'
import { makeFolder } from '../make-folder.ts'
import { unusableFile, withNamed } from '../start-refusals.ts'
import { generateSshKey } from './ssh-key.ts'

const onlyOwner = 0o600
const onlyOwnerFolder = 0o700
const everybody = 0o644

/**
 * Private keys in the order in which they are tried. While keys are changed there are two: partners may know either. The
 * public half of a key that is made here lies beside it (`.pub`), to be given to partners.
 */
export async function loadSftpKeys({ sftp }: Settings): Promise<Buffer[]> {
  await withNamed('sftp.keyFile', sftp.keyFile, () => makeUnlessThere(sftp.keyFile))
  const files: [SettingName, string][] = [['sftp.keyFile', sftp.keyFile]]
  if (sftp.otherKeyFile !== undefined) files.push(['sftp.otherKeyFile', sftp.otherKeyFile])
  return Promise.all(files.map(([setting, file]) => readKey(setting, file)))
}

async function makeUnlessThere(file: string): Promise<void> {
  const { privateKey, publicKey } = generateSshKey('edo-roaming-hub')
  makeFolder(dirname(file), onlyOwnerFolder)
  try {
    await writeFile(file, privateKey, { flag: 'wx', mode: onlyOwner })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    throw error
  }
  await writeFile(`${file}.pub`, `${publicKey}\n`, { mode: everybody })
}

async function readKey(setting: SettingName, file: string): Promise<Buffer> {
  const bytes = await withNamed(setting, file, () => readFile(file))
  const parsed = ssh2.utils.parseKey(bytes)
  const isPrivate = !(parsed instanceof Error) && [parsed].flat().some((key) => key.isPrivateKey())
  if (isPrivate) return bytes
  throw unusableFile(
    `${setting}: ${file}`,
    'не закрытый ключ SSH без пароля (no private SSH key without a pass phrase)',
  )
}
