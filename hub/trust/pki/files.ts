// The files of a development PKI: certificates and lists for everybody to read, keys for their owner only.

import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRefusal, type Refusal } from '../../../schemas/refusals.ts'
import { type Certificate, readCertificates } from '../certificate.ts'
import { equalBytes } from '../der/values.ts'
import { writePem } from '../pem.ts'
import { type PrivateKey, parsePrivateKey } from '../private-key.ts'
import type { Issuer } from './issue.ts'

const ownerOnly = 0o600
const everybodyReads = 0o644

/** What stands under a name. */
export type Existing = { privateKey: PrivateKey; certificate: Certificate | undefined }

/**
 * The key under a name, with its certificate if that is there and belongs to it; undefined when there is no key. A
 * file that is there but holds no key is refused with key.broken: it must not be overwritten unasked.
 */
export async function readExisting(folder: string, name: string): Promise<Existing | Refusal | undefined> {
  const keyFile = join(folder, `${name}.key`)
  const keyPem = await readText(keyFile)
  if (keyPem === undefined) return undefined
  const privateKey = parsePrivateKey(keyPem)
  if (isRefusal(privateKey)) return { ...privateKey, at: keyFile }
  const certificatePem = await readText(join(folder, `${name}.crt`))
  const certificates = certificatePem === undefined ? [] : readCertificates(certificatePem)
  const certificate = isRefusal(certificates) ? undefined : certificates[0]
  const isOfKey =
    certificate?.key?.curve === privateKey.curve &&
    equalBytes(certificate.key.publicKey, privateKey.publicKey())
  return { privateKey, certificate: isOfKey ? certificate : undefined }
}

/** Writes a certificate (name.crt in PEM, name.cer in DER) and its key (name.key, mode 0600). */
export async function writeIssued(folder: string, name: string, issued: Issuer): Promise<void> {
  await replaceFile(join(folder, `${name}.key`), issued.privateKey.toPem(), ownerOnly)
  await replaceFile(join(folder, `${name}.cer`), issued.certificate.der, everybodyReads)
  await replaceFile(join(folder, `${name}.crt`), certificatePem(issued.certificate), everybodyReads)
}

/** Writes a revocation list (name.crl in DER, name.crl.pem). */
export async function writeRevocationList(folder: string, name: string, der: Uint8Array): Promise<void> {
  await replaceFile(join(folder, `${name}.crl`), der, everybodyReads)
  await replaceFile(join(folder, `${name}.crl.pem`), writePem('X509 CRL', der), everybodyReads)
}

/** Writes a file everybody may read. */
export async function writePublicFile(folder: string, name: string, content: string): Promise<void> {
  await replaceFile(join(folder, name), content, everybodyReads)
}

/** A certificate in PEM. */
export function certificatePem(certificate: Certificate): string {
  return writePem('CERTIFICATE', certificate.der)
}

/** Through a new file and a rename: never half a file, and never a moment in which a key can be read by others. */
async function replaceFile(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`
  await writeFile(draft, content, { mode, flag: 'wx' })
  await rename(draft, path)
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // A file that is not there yet is made; anything else must be seen.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
