// Route of the measures of links: by day, how many opened, how quickly, by themselves or not, and why others did not.

import { Type } from 'typebox'
import { dayOf } from '../../../../routing/periods.ts'
import { limits } from '../../../../schemas/limits.ts'
import type { AdminLinkDay, AdminLinkMeasures } from '../../../../schemas/links/admin.ts'
import { countWaiting, readMeasures } from '../../../store/links/measure-reads.ts'
import type { LinkMeasureRow } from '../../../store/links/rows.ts'
import { countLinkWaits } from '../../../store/links/waits.ts'
import type { AdminApp, AdminParts } from '../app.ts'
import { invalid } from '../checks.ts'

const oneDay = 86_400_000
const shownDays = 30
const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })
const Query = Type.Object(
  { from: Type.Optional(Day), to: Type.Optional(Day) },
  { additionalProperties: false },
)

/** Adds the route. Days are UTC; the last 30 of them unless given, at most limits.linkMeasureDaysMax. */
export function addLinkMeasures(app: AdminApp, { context }: AdminParts): void {
  const path = '/admin/v1/links/measures'
  app.get(path, { schema: { querystring: Query } }, async (request): Promise<AdminLinkMeasures> => {
    const to = readDay(request.query.to, 'querystring/to') ?? context.clock.now()
    const from =
      readDay(request.query.from, 'querystring/from') ?? new Date(to.getTime() - (shownDays - 1) * oneDay)
    const days = (Date.parse(dayOf(to)) - Date.parse(dayOf(from))) / oneDay + 1
    if (days < 1 || days > limits.linkMeasureDaysMax) {
      throw invalid(`дней от 1 до ${limits.linkMeasureDaysMax} (days)`, 'querystring/from')
    }
    const rows = await readMeasures(context.store, { from: dayOf(from), to: dayOf(to) })
    const byDay = Map.groupBy(rows, ({ day }) => day)
    return {
      days: [...byDay].map(([day, ofDay]) => dayView(day, ofDay)),
      waiting: {
        ...(await countWaiting(context.store)),
        messages: (await countLinkWaits(context.store)).map(({ oldestAt, ...of }) => {
          return { ...of, oldestAt: oldestAt.toISOString() }
        }),
      },
    }
  })
}

function readDay(text: string | undefined, at: string): Date | undefined {
  if (text === undefined) return undefined
  const day = new Date(`${text}T00:00:00Z`)
  if (Number.isNaN(day.getTime()) || dayOf(day) !== text) throw invalid('нет такого дня (no such day)', at)
  return day
}

function dayView(day: string, rows: readonly LinkMeasureRow[]): AdminLinkDay {
  const countOf = (label: string) => rows.find((row) => row.label === label)?.count ?? 0
  const opened = rows.filter(({ measure, label }) => measure === 'link' && label.startsWith('accepted:'))
  const count = opened.reduce((sum, row) => sum + row.count, 0)
  const totalMs = opened.reduce((sum, row) => sum + row.total_ms, 0)
  const manual = countOf('linked:manual')
  const refusals = rows
    .filter(isRefused)
    .map(({ measure, label, count }) => ({ what: `${measure}.${label}`, count }))
  return {
    day,
    opened: count,
    transit: countOf('accepted:transit'),
    made: rows.filter(isMade).reduce((sum, row) => sum + row.count, 0),
    automaticShare: count === 0 ? null : Math.max(0, count - manual) / count,
    meanMs: count === 0 ? null : Math.round(totalMs / count),
    refusals,
  }
}

const refused = /^(refused|withdrawn|broken|unanswered|undelivered|lapsed)(:|$)/

function isMade({ measure, label }: LinkMeasureRow): boolean {
  return measure === 'invite' && label.startsWith('made:')
}

function isRefused({ label }: LinkMeasureRow): boolean {
  return refused.test(label)
}
