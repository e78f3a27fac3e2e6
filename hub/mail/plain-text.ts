// Texts of people made plain: no control, format or bidirectional characters, a bounded length, lines only where allowed.

/** Marks upon marks climb over the lines above; no language needs more than this on one letter. */
const marks = /(\p{M}{4})\p{M}+/gu
const invisible = /[\p{Cf}\p{Co}]/gu

/** One line: what breaks lines becomes a blank, what drives a terminal or the direction of writing goes. */
export function oneLine(text: string, lengthMax: number): string {
  const plain = text
    .toWellFormed()
    .replace(invisible, '')
    .replace(marks, '$1')
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .trim()
  return cut(plain, lengthMax)
}

/** Several lines, each made plain; more than one empty line in a row becomes one. */
export function plainLines(text: string, lengthMax: number): string[] {
  const lines = cut(text.toWellFormed(), lengthMax)
    .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/u)
    .map((line) => oneLine(line, lengthMax))
  const kept = lines.filter((line, index) => line !== '' || lines[index - 1] !== '')
  while (kept.at(-1) === '') kept.pop()
  while (kept[0] === '') kept.shift()
  return kept
}

/** Counts characters, not halves of them. */
function cut(text: string, lengthMax: number): string {
  // A text of any length costs no more than its beginning.
  const characters = [...text.slice(0, 2 * lengthMax + 2)]
  return characters.length <= lengthMax ? text : `${characters.slice(0, lengthMax - 1).join('')}…`
}
