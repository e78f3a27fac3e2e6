// Writes CSV that spreadsheets of this country open as it is, and that holds no formula.

/** A mark of the byte order, without which spreadsheets take UTF-8 for windows-1251. */
export const csvStart = '\ufeff'

/** One line; a semicolon between the cells. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(';')}\r\n`
}

/** What a program would take for a formula stands behind an apostrophe (CSV injection); quoted where RFC 4180 asks. */
function csvCell(text: string): string {
  const harmless = /^\s*[=+\-@\t\r]|^[\t\r]/.test(text) ? `'${text}` : text
  return /[";\r\n,\t]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
