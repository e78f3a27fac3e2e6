// How verbs tell what went wrong, and with which exit code.

import { readFile } from 'node:fs/promises'
import { type Refusal, refusalText } from '../../schemas/refusals.ts'
import { type CliContext, type ExitCode, exitCodes } from './context.ts'

/** Tells what went wrong: on stderr for a person, as `{"error": ...}` on stdout with `--json`. */
export function reportFailure(
  context: CliContext,
  failure: { exit: Exclude<ExitCode, 0>; code: string; text: string },
): ExitCode {
  if (context.json) {
    context.io.out(`${JSON.stringify({ error: { code: failure.code, text: failure.text } }, null, 2)}\n`)
  } else {
    context.io.err(`${failure.text}\n`)
  }
  return failure.exit
}

/** The command line is wrong. */
export function reportUsage(context: CliContext, text: string): ExitCode {
  return reportFailure(context, { exit: context.usageExit, code: 'cli.usage', text })
}

/** Something was refused, here and not by a running hub. */
export function reportRefusal(
  context: CliContext,
  refusal: Refusal,
  exit: Exclude<ExitCode, 0> = exitCodes.refused,
): ExitCode {
  return reportFailure(context, { exit, code: refusal.code, text: refusalText(refusal) })
}

/** Reads a file; an error names it, as that of reading a folder does not by itself. */
export async function readNamed(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'syscall' in error && !('path' in error)) Object.assign(error, { path })
    throw error
  }
}

const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: 'нет такого файла или папки (there is none)',
  EISDIR: 'это папка, а нужен файл (a folder, not a file)',
  EACCES: 'нет прав (permission denied)',
  ENOTDIR: 'в пути не папка (not a folder)',
  EEXIST: 'уже есть, не перезаписан (exists already)',
  ENOSPC: 'на диске нет места (the disk is full)',
}

/**
 * Runs work on files the caller named: errors of the file system are the caller's to mend, all others ours. Reading
 * a folder fails without a path: `file` is named then.
 */
export async function guardFiles(
  context: CliContext,
  work: () => Promise<ExitCode>,
  file?: string,
): Promise<ExitCode> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error
    const named = 'path' in error ? String(error.path) : file
    const code = String(error.code)
    const what = fileFaults[code] ?? 'ошибка файла (file error)'
    const text = `${named === undefined ? '' : `${named}: `}${what}: ${code}`
    return reportFailure(context, { exit: context.usageExit, code: 'cli.file', text })
  }
}
