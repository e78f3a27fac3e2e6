// Lays out rows and facts as plain text for a terminal.

/** A column: its heading and the text of a row in it. */
export type Column<Row> = { head: string; cell: (row: Row) => string | number | null | undefined }

const gap = '  '

/** Columns under headings, each as wide as its widest cell. No rows give the text `empty`. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  empty: string,
): string {
  if (rows.length === 0) return empty
  const lines = [
    columns.map(({ head }) => head),
    ...rows.map((row) => columns.map(({ cell }) => plain(cell(row)))),
  ]
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => width(cells[i] ?? ''))))
  return lines
    .map((cells) =>
      cells
        .map((cell, i) => pad(cell, widths[i] ?? 0))
        .join(gap)
        .trimEnd(),
    )
    .join('\n')
}

/** Facts as lines `name  value`; facts without a value are left out. */
export function formatFacts(
  facts: readonly (readonly [string, string | number | null | undefined])[],
): string {
  const present = facts.filter(([, value]) => value !== undefined && value !== null && value !== '')
  const widest = Math.max(0, ...present.map(([name]) => width(name)))
  return present.map(([name, value]) => `${pad(name, widest)}${gap}${plain(value)}`).join('\n')
}

/** Text of a cell: a dash for nothing; control characters, which could drive the terminal, are made visible. */
function plain(value: string | number | null | undefined): string {
  if (value === undefined || value === null || value === '') return '–'
  return String(value).replace(/\p{Cc}/gu, '?')
}

function width(text: string): number {
  return [...text].length
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}
