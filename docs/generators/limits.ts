// The page of limits, from schemas/limits.ts.

import { type LimitName, limits } from '../../schemas/limits.ts'
import { code, markdownPage, markdownTable } from './markdown.ts'

const intro = `Постоянные границы, которые защищают хаб. То, что у каждого узла или установки своё, — в
настройках и в политике узла.

Fixed bounds that protect the hub. What differs per peer or installation is in the settings and in the
peer's policy.`

/** docs/generated/limits.md */
export function limitsPage(): string {
  const rows = (Object.keys(limits) as LimitName[]).map((name) => [code(name), shown(name, limits[name])])
  return markdownPage({
    title: 'Границы хаба (limits)',
    source: 'schemas/limits.ts',
    parts: [intro, markdownTable(['Граница', 'Значение'], rows)],
  })
}

const mebibyte = 1024 * 1024

/** The unit is read from the name, where STYLE 8 puts it. */
function shown(name: string, value: number): string {
  if (/Ms$/.test(name)) return duration(value)
  if (/bytes/i.test(name)) return `${size(value)}${/PerSecond/.test(name) ? '/s' : ''}`
  return String(value)
}

function duration(ms: number): string {
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`
}

function size(bytes: number): string {
  if (bytes >= mebibyte && bytes % mebibyte === 0) return `${bytes / mebibyte} MiB`
  return bytes >= 1024 && bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`
}
