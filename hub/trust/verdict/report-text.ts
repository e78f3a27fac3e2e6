// A report as plain text for a terminal and as a page of HTML that needs nothing else.

import type { Report } from './report.ts'
import type { Tone } from './report-lines.ts'

const marks: Record<Tone, string> = { good: '+', doubt: '?', bad: '!', plain: ' ' }

/** Lines of text: each with a mark for its tone, notes below. Control characters are shown, not sent. */
export function reportText(report: Report): string {
  const lines = [report.title, '']
  for (const { title, lines: rows } of report.sections) {
    lines.push(title)
    for (const { label, value, tone, notes } of rows) {
      lines.push(`${marks[tone]} ${label}: ${value}`)
      for (const note of notes) lines.push(`    ${note}`)
    }
    lines.push('')
  }
  return lines.map(visible).join('\n')
}

/** A line with its control and format characters shown: names of certificates and files are a stranger's text. */
export function visible(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

const style = `body{font:16px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #ccc}
h1,h2{overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(12rem,24rem) 1fr;gap:.35rem 1rem}
dt{color:#444}dd{margin:0;overflow-wrap:anywhere}
.good{color:#126b33}.doubt{color:#8a5a00}.bad{color:#a31515;font-weight:600}
ul{margin:.25rem 0 0;padding-left:1.2rem;color:#444}
@media (max-width:40rem){dl{display:block}dd{margin-bottom:.6rem}}
@media print{body{margin:0}}`

/** A whole page, without scripts or anything fetched. Everything shown is escaped. */
export function reportPage(report: Report): string {
  const sections = report.sections.map(({ title, lines }) => {
    const rows = lines.map(({ label, value, tone, notes }) => {
      const list =
        notes.length === 0 ? '' : `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`
      return `<dt>${escapeHtml(label)}</dt><dd class="${tone}">${escapeHtml(value)}${list}</dd>`
    })
    return `<section><h2>${escapeHtml(title)}</h2><dl>${rows.join('')}</dl></section>`
  })
  return [
    '<!doctype html><html lang="ru"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(report.title)}</title><style>${style}</style></head>`,
    `<body><h1>${escapeHtml(report.title)}</h1>${sections.join('')}</body></html>`,
  ].join('\n')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
