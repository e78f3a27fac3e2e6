// Reads certificates and revocation lists from files and folders the caller names, past whatever else lies there.

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { type Certificate, parseCertificate } from '../trust/certificate.ts'
import { readBounded } from '../trust/files/bounded.ts'
import { readPem } from '../trust/pem.ts'

/** What a file or folder held, and what of it could not be read. */
export type ReadFiles<T> = { readonly found: readonly T[]; readonly unread: readonly Unread[] }

/** A file, or a block of one, that was passed over. */
export type Unread = { readonly file: string; readonly what: string }

/**
 * The certificates of a file or of the files of a folder (not of folders in it): DER, PEM with any number, or base64.
 * A file named by itself may be a pipe; without a path nothing is read. Bounds: trustFilesMax files, trustFileBytesMax each.
 * Errors of the file system are thrown.
 */
export function readCertificateFiles(path: string | undefined): Promise<ReadFiles<Certificate>> {
  return readAll<Certificate>(path, 'CERTIFICATE', (der, file) => {
    const certificate = parseCertificate(der)
    return isRefusal(certificate) ? { file, what: certificate.seen ?? certificate.code } : certificate
  })
}

/** The DER of the revocation lists, within the same bounds. They are not looked into here. */
export function readRevocationFiles(path: string | undefined): Promise<ReadFiles<Uint8Array>> {
  return readAll<Uint8Array>(path, 'X509 CRL', (der, file) =>
    der[0] === 0x30 ? der : { file, what: 'no DER' },
  )
}

async function readAll<T extends object>(
  path: string | undefined,
  label: string,
  read: (der: Uint8Array, file: string) => T | Unread,
): Promise<ReadFiles<T>> {
  const found: T[] = []
  const unread: Unread[] = []
  for (const file of path === undefined ? [] : filesOf(path, unread)) {
    const bytes = await readBounded(file, limits.trustFileBytesMax)
    if (bytes === undefined) {
      unread.push({ file, what: `more than ${limits.trustFileBytesMax} bytes` })
      continue
    }
    const blocks = blocksOf(bytes, label)
    if (blocks.length === 0) unread.push({ file, what: `no ${label}` })
    for (const der of blocks) {
      const one = read(der, file)
      if ('file' in one && 'what' in one) unread.push(one)
      else found.push(one)
    }
  }
  return { found, unread }
}

function filesOf(path: string, unread: Unread[]): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).sort()
  const files = names.map((name) => join(path, name)).filter((file) => isReadable(file, unread))
  if (files.length > limits.trustFilesMax) unread.push({ file: path, what: `${files.length} files` })
  return files.slice(0, limits.trustFilesMax)
}

/** Whether a file in a folder can be read to its end: no folder, and no pipe or device, which may have none. */
function isReadable(file: string, unread: Unread[]): boolean {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.isFile() === true) return true
  if (found?.isDirectory() !== true) {
    unread.push({ file, what: found === undefined ? 'a link to nothing' : 'no regular file' })
  }
  return false
}

function blocksOf(bytes: Buffer, label: string): Uint8Array[] {
  if (bytes[0] === 0x30) return [bytes]
  const text = bytes.toString('latin1')
  if (text.includes('-----BEGIN '))
    return readPem(text)
      .filter((block) => block.label === label)
      .map(({ der }) => der)
  return /^[A-Za-z0-9+/=\s]+$/.test(text) && /\S/.test(text) ? [Buffer.from(text, 'base64')] : []
}
