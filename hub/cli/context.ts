// What every verb gets and gives: streams, the form of the output, exit codes.

/** Exit codes of `hub`. They are part of its interface. */
export const exitCodes = {
  /** Done, or the answer is yes. */
  ok: 0,
  /** Refused, or the answer is no. */
  refused: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** The running hub cannot be reached. */
  unreachable: 3,
  /** A fault of the hub itself. */
  internal: 4,
  /** Of the verbs that verify: neither passed nor failed. */
  indeterminate: 2,
  /** Of the verbs that verify, whose 2 is taken: the command line is wrong (EX_USAGE of sysexits). */
  verifyUsage: 64,
} as const

/** One of the exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The outside of the command line, so that tests can stand in for a terminal. */
export type CliIo = {
  out(text: string): void
  err(text: string): void
  env: Readonly<Record<string, string | undefined>>
  cwd: string
}

/** What a verb works with. `exitCode` is what it ends with, `usageExit` what it ends with when called wrongly. */
export type CliContext = { io: CliIo; json: boolean; exitCode: ExitCode; usageExit: Exclude<ExitCode, 0> }

/** Gives a result: as JSON with `--json`, else as the text for a person. Returns the exit code given. */
export function report(
  context: CliContext,
  result: { json: unknown; text: string | readonly string[]; exit?: ExitCode },
): ExitCode {
  const text = typeof result.text === 'string' ? result.text : result.text.join('\n')
  context.io.out(context.json ? `${JSON.stringify(result.json, null, 2)}\n` : `${text}\n`)
  return result.exit ?? exitCodes.ok
}
