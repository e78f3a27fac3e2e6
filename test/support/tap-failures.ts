// Reads out of a TAP file what failed and why, for a log that is all that is left of a run.

/** Lines of one failure that are told: its comparison and its place; a whole story stays in the file. */
const tellLinesMax = 60
/** Comments of a test that are told when it fails: its seed, and what it did. */
const commentsMax = 40

/**
 * The failures of a TAP file, in order: the comments of the test before the failure (a seed repeats it), the line of the
 * failed assertion, and its diagnostics up to the stack. At most `commentsMax` and `tellLinesMax` lines of each.
 */
export function failuresOf(tap: string): string[] {
  const told: string[] = []
  let comments: string[] = []
  const lines = tap.split('\n')
  for (const [index, line] of lines.entries()) {
    if (/^\s*# Subtest:/.test(line)) comments = []
    else if (/^\s+# /.test(line)) comments.push(line)
    if (!/^\s*not ok /.test(line)) continue
    told.push(...comments.slice(-commentsMax), line, ...diagnosticsAfter(lines, index))
    comments = []
  }
  return told
}

/** The YAML block behind a failed assertion, without the stack and the source, which its place leads to. */
function diagnosticsAfter(lines: readonly string[], index: number): string[] {
  const [, indent = ''] = /^(\s*)/.exec(lines[index] ?? '') ?? []
  if (lines[index + 1] !== `${indent}  ---`) return []
  const block: string[] = []
  for (const line of lines.slice(index + 2, index + 2 + tellLinesMax)) {
    if (line === `${indent}  ...` || /^\s*(stack|source): [|>]/.test(line)) break
    block.push(line)
  }
  return block
}
