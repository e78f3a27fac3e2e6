// Periods of whole days (UTC), both ends included, as the rows of partners carry them.

/** A period; an absent end is open. */
export type Period = { from?: string; to?: string }

/** The day (UTC) of a moment, yyyy-mm-dd: days in this form are ordered as text. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}

/** Tells whether a day lies in a period; the last day belongs to it. */
export function isInForce(period: Period, day: string): boolean {
  if (period.from !== undefined && day < period.from) return false
  return period.to === undefined || day <= period.to
}

/** Tells whether two periods share a day. */
export function periodsOverlap(one: Period, other: Period): boolean {
  const startsInTime = (a: Period, b: Period) => a.from === undefined || b.to === undefined || a.from <= b.to
  return startsInTime(one, other) && startsInTime(other, one)
}

/**
 * Says what is wrong with a period, or nothing: days that are in no calendar, an end before the beginning.
 */
export function faultOfPeriod(period: Period): string | undefined {
  for (const day of [period.from, period.to]) {
    if (day === undefined) continue
    const read = new Date(`${day}T00:00:00Z`)
    if (Number.isNaN(read.getTime()) || dayOf(read) !== day) return `дня ${day} нет в календаре`
  }
  if (period.from === undefined || period.to === undefined) return undefined
  return period.from > period.to
    ? `период кончается (${period.to}) раньше, чем начинается (${period.from})`
    : undefined
}

/** A period for people: "с 2024-01-01 по 2024-12-31", "бессрочно". */
export function periodText(period: Period): string {
  const from = period.from === undefined ? [] : [`с ${period.from}`]
  const to = period.to === undefined ? [] : [`по ${period.to}`]
  return from.length + to.length === 0 ? 'бессрочно' : [...from, ...to].join(' ')
}
