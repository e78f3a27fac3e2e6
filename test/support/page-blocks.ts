// Blocks of a written page that a test runs, and the tolerant comparison of what they show.

/** A fenced block: commands for a terminal, or what is to be seen in one. `line` is that of its fence. */
export type PageBlock = { kind: 'commands' | 'shown'; terminal: string; text: string; line: number }

/** The terminal of blocks that name none. */
export const mainTerminal = 'work'

/** The blocks of a page: sh fences are commands, text fences what is seen in the terminal of the commands before them. */
export function blocksOf(page: string): PageBlock[] {
  const blocks: PageBlock[] = []
  for (const found of page.matchAll(/^```(sh|text)(?: ([a-z]+))?\n([\s\S]*?)^```$/gm)) {
    const [, language = '', named, text = ''] = found
    const kind = language === 'sh' ? 'commands' : 'shown'
    const terminal = named ?? (kind === 'shown' ? blocks.at(-1)?.terminal : undefined) ?? mainTerminal
    const line = page.slice(0, found.index).split('\n').length
    blocks.push({ kind, terminal, text, line })
  }
  return blocks
}

const anyLines = '(?:[^\\n]*\\n)*?'
/** What differs from run to run, by how it looks on the page. */
const wildcards: readonly (readonly [RegExp, string])[] = [
  [/…/g, '[^\\n]*'],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '[0-9a-f-]{36}'],
  [/\b[0-9a-f]{32}\b/g, '[a-z0-9]{32}'],
  [/127\\\.0\\\.0\\\.1:\d+/g, '127\\.0\\.0\\.1:\\d+'],
]

/** Matches one line of what a page shows. `…` is anything; ids and ports may be others. */
export function patternOfLine(line: string): string {
  const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return wildcards.reduce((text, [looks, pattern]) => text.replace(looks, pattern), escaped)
}

/** Matches all that is shown, line by line; a line of `…` alone is any lines. */
export function patternOf(shown: string): RegExp {
  const lines = shown.trimEnd().split('\n')
  const patterns = lines.map((line) => (line === '…' ? anyLines : `${patternOfLine(line)}\\n`))
  return new RegExp(`^${patterns.join('')}$`)
}

/** The lines of what a page shows that are not in a text; they may stand there in any order, and among others. */
export function missingLines(shown: string, text: string): string[] {
  const lines = shown.split('\n').filter((line) => line !== '' && line !== '…')
  return lines.filter((line) => !new RegExp(`^${patternOfLine(line)}$`, 'm').test(text))
}
