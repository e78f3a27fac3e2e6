// Answer files: `<package name>.txt` with the status and the text of a transport receipt (RULES 24).

import { createHash } from 'node:crypto'
import { limits } from '../../../schemas/limits.ts'
import type { SftpSite } from '../../../schemas/sftp.ts'
import type { DoorAnswer } from '../../../schemas/transport.ts'
import { cleanText } from '../outcome.ts'
import { pathIn } from './address.ts'
import { isAnswered } from './fault.ts'
import type { SftpFiles } from './files.ts'
import { checkRenamed, writeWhole } from './whole-files.ts'

/** What ends the name of an answer. */
export const answerSuffix = '.txt'

/** An answer as it was read; `status` is undefined when it begins with none. */
export type ReadAnswer = { status: number | undefined; text: string }

/**
 * Writes our answer to a package of the peer. Resolves when the server has acknowledged that it lies there whole; an
 * earlier answer to the same name is replaced.
 */
export async function writeAnswer(
  files: SftpFiles,
  site: SftpSite,
  { name, answer }: { name: string; answer: DoorAnswer },
): Promise<void> {
  const path = pathIn(site, site.answersOutFolder, answerName(name))
  const temporary = path + site.temporarySuffix
  await writeWhole(files, temporary, answerBytes(answer))
  await placeAnswer(files, temporary, path)
  await checkRenamed(files, temporary, path)
}

async function placeAnswer(files: SftpFiles, temporary: string, path: string): Promise<void> {
  if (files.canReplace) return files.replace(temporary, path)
  try {
    await files.rename(temporary, path)
  } catch (error) {
    if (!isAnswered(error) || error.kind !== 'failed') throw error
    await files.remove(path)
    await files.rename(temporary, path)
  }
}

/** Reads the bytes of a peer's answer: a status of three digits first, then words. */
export function readAnswer(bytes: Uint8Array): ReadAnswer {
  const text = new TextDecoder().decode(bytes)
  const [, digits, words] = /^\s*(\d{3})(?!\S)(.*)$/s.exec(text) ?? []
  if (digits === undefined) return { status: undefined, text: cleanText(text) }
  return { status: Number(digits), text: cleanText(words ?? '') }
}

/** Names that a file of ours had better not bear are told by their digest. */
function answerName(name: string): string {
  const isPlain = /^[^\p{Cc}\p{Cf}\\/]+$/u.test(name) && !name.startsWith('.')
  const shown = isPlain ? name : createHash('sha256').update(name).digest('hex').slice(0, 16)
  return shown + answerSuffix
}

/** One line, cut to limits.sftpAnswerBytesMax between characters. */
function answerBytes({ status, text }: DoorAnswer): Uint8Array {
  const line = `${status} ${text.replace(/[\s\p{Cc}]+/gu, ' ').trim()}`
  const bytes = Buffer.from(line.toWellFormed(), 'utf8')
  let end = Math.min(bytes.length, limits.sftpAnswerBytesMax - 1)
  // A byte 10xxxxxx continues a character (RFC 3629).
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return Buffer.concat([bytes.subarray(0, end), Buffer.from('\n')])
}
