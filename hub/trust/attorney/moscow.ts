// Days of Moscow: powers of attorney count in days, proofs of existence in instants.

/** UTC+3 without summer time; so since 2014, and the unified form is younger. */
const hoursAhead = 3

/** The day of Moscow an instant falls on, YYYY-MM-DD; undefined for what is no instant of a four-digit year. */
export function moscowDay(instant: string): string | undefined {
  const ms = Date.parse(instant)
  if (Number.isNaN(ms)) return undefined
  const moved = new Date(ms + hoursAhead * 3_600_000)
  const year = moved.getUTCFullYear()
  return year >= 1000 && year <= 9999 ? moved.toISOString().slice(0, 10) : undefined
}
