// Small pieces of Markdown that the generated pages are made of.

/** Makes a table; cells are escaped, empty ones shown as a dash. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const separator = head.map(() => '---')
  const body = rows.map((cells) =>
    line(cells.map((cell) => (cell === '' ? '—' : cell.replaceAll('|', '\\|')))),
  )
  return [line(head), line(separator), ...body].join('\n')
}

/** Text in code style, or nothing for an empty text. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}

/** Russian text with its English translation below, in one cell. */
export function bilingual(row: { ru: string; en: string }): string {
  return `${row.ru}<br>${row.en}`
}

/** A page: title, where it comes from, parts. */
export function markdownPage(options: { title: string; source: string; parts: readonly string[] }): string {
  const made = `<!-- generated from ${options.source} by \`npm run docs\`: change the table, not this page -->`
  return `${[`# ${options.title}`, made, ...options.parts].join('\n\n')}\n`
}
