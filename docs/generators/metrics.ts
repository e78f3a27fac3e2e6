// The page of metrics, from monitoring/metric-rows.ts.

import { type LabelBound, type MetricRow, metricRows } from '../../monitoring/metric-rows.ts'
import { bilingual, code, markdownPage, markdownTable } from './markdown.ts'

const intro = `Плоскость управления отдаёт их по адресу \`/metrics\` в формате Prometheus, вместе с
обычными \`process_*\` и \`nodejs_*\`. Время — в секундах, размеры — в байтах. Значение метки, которого
нет в таблице или среди известных узлов, считается под \`other\`, поэтому число рядов ограничено.

The admin plane serves them at \`/metrics\` in the format of Prometheus, with the usual \`process_*\` and
\`nodejs_*\`. Times are in seconds, sizes in bytes. A label value that is not in the table or no known
peer is counted as \`other\`, so the number of series is bounded.`

/** docs/generated/metrics.md */
export function metricsPage(): string {
  const rows = Object.entries<MetricRow>(metricRows).map(([name, row]) => [
    code(name),
    row.kind,
    Object.entries(row.labels)
      .map(([label, bound]) => `${code(label)}: ${boundText(bound)}`)
      .join('<br>'),
    bilingual(row) + (row.buckets === undefined ? '' : `<br>≤ ${row.buckets.join(', ')}`),
  ])
  return markdownPage({
    title: 'Показатели хаба (metrics)',
    source: 'monitoring/metric-rows.ts',
    parts: [intro, markdownTable(['Показатель', 'Вид', 'Метки', 'Смысл'], rows)],
  })
}

function boundText(bound: LabelBound): string {
  if ('among' in bound) return bound.among.join(', ')
  return 'peers' in bound ? 'узел (peer)' : `до ${bound.namesMax} имён (names)`
}
