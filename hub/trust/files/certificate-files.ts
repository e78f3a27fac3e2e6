// Certificates and revocation lists out of local files: anchors of test installations, and what the command line is given.

import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { readPem } from '../pem.ts'
import { type LocalFile, readLocalFiles } from './folder.ts'

/** A certificate and the name of the file it stands in. */
export type CertificateFile = { readonly file: string; readonly certificate: Certificate }
/** The DER of a revocation list, not parsed, and the name of the file it stands in. */
export type CrlFile = { readonly file: string; readonly der: Uint8Array }

const certificateNames = /\.(crt|cer|pem|der|p7b|p7c)$/i
const crlNames = /\.(crl|pem)$/i

/**
 * Reads a file of any name, or the .crt, .cer, .pem and .der files of a folder: one certificate in DER, or PEM with any
 * number. A certificate that stands in several files counts once, at the first. PEM without certificates (keys, lists)
 * is passed over in a folder. Bundles of PKCS#7 (.p7b, .p7c) are not read: they are refused, not overlooked. Refused with
 * trust-files.*, `at` the file; at most trustFileCertificatesMax certificates, repeats included.
 */
export async function readCertificateFiles(path: string): Promise<CertificateFile[] | Refusal> {
  const files = await readLocalFiles(path, certificateNames)
  return isRefusal(files) ? files : parseCertificateFiles(files, path)
}

/**
 * Reads a file of any name, or the .crl and .pem files of a folder: one list in DER, or PEM with any number. PEM without
 * lists is passed over in a folder. Lists are not parsed beyond their outer length. Refused with trust-files.*.
 */
export async function readCrlFiles(path: string): Promise<CrlFile[] | Refusal> {
  const files = await readLocalFiles(path, crlNames)
  return isRefusal(files) ? files : parseCrlFiles(files, path)
}

function parseCertificateFiles(files: readonly LocalFile[], path: string): CertificateFile[] | Refusal {
  const found = new Map<string, CertificateFile>()
  let count = 0
  for (const { file, der } of blocksOf(files, 'CERTIFICATE')) {
    if (der === undefined) return refuse('trust-files.broken', 'no certificate in DER or PEM', file)
    const certificate = parseCertificate(der)
    if (isRefusal(certificate)) return refuse('trust-files.broken', certificate.seen, file)
    if (!found.has(certificate.thumbprint)) found.set(certificate.thumbprint, { file, certificate })
    count += 1
    if (count > limits.trustFileCertificatesMax) {
      return refuse('trust-files.limits', `more than ${limits.trustFileCertificatesMax} certificates`, path)
    }
  }
  return found.size > 0 ? [...found.values()] : refuse('trust-files.empty', 'no certificate', path)
}

function parseCrlFiles(files: readonly LocalFile[], path: string): CrlFile[] | Refusal {
  const found: CrlFile[] = []
  for (const { file, der } of blocksOf(files, 'X509 CRL')) {
    if (der === undefined || !isWholeSequence(der)) {
      return refuse('trust-files.broken', 'no revocation list in DER or PEM', file)
    }
    found.push({ file, der })
  }
  return found.length > 0 ? found : refuse('trust-files.empty', 'no revocation list', path)
}

/** The DER of every block of a label; undefined where a file holds something that cannot be read. */
function* blocksOf(
  files: readonly LocalFile[],
  label: string,
): Generator<{ file: string; der: Uint8Array | undefined }> {
  for (const { file, bytes, isNamed } of files) {
    if (bytes[0] === 0x30) {
      yield { file, der: bytes }
      continue
    }
    const text = Buffer.from(bytes).toString('latin1')
    const blocks = readPem(text)
    const wanted = blocks.filter((block) => block.label === label)
    const beginnings = text.split('-----BEGIN ').length - 1
    // A block that is broken off is left out by the reader of PEM, and must not be overlooked here.
    const isWhole = blocks.length === beginnings && blocks.length > 0
    if (!isWhole || (wanted.length === 0 && (isNamed || !/\.pem$/i.test(file))))
      yield { file, der: undefined }
    for (const { der } of isWhole ? wanted : []) yield { file, der }
  }
}

/** Whether the bytes are one SEQUENCE of definite length to their end. */
function isWholeSequence(der: Uint8Array): boolean {
  const [tag, first = 0] = der
  if (tag !== 0x30) return false
  if (first < 0x80) return der.length === 2 + first
  const octets = first & 0x7f
  if (octets === 0 || octets > 4 || der.length < 2 + octets) return false
  return der.length === 2 + octets + Buffer.from(der.subarray(2, 2 + octets)).readUIntBE(0, octets)
}
