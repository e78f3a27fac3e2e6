// How verbs tell what went wrong, and with which exit code.

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
  return reportFailure(context, { exit: exitCodes.usage, code: 'cli.usage', text })
}

/** Something was refused, here and not by a running hub. */
export function reportRefusal(context: CliContext, refusal: Refusal): ExitCode {
  return reportFailure(context, { exit: exitCodes.refused, code: refusal.code, text: refusalText(refusal) })
}

/** Runs work on files the caller named: errors of the file system are the caller's to mend, all others ours. */
export async function guardFiles(context: CliContext, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error
    const path = 'path' in error ? `${String(error.path)}: ` : ''
    const text = `${path}ошибка файла (file error): ${String(error.code)}`
    return reportFailure(context, { exit: exitCodes.usage, code: 'cli.file', text })
  }
}
