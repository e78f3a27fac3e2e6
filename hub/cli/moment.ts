// A time as people give it to offline verbs.

/** ISO 8601, a day or with a time; without a zone it is UTC. Undefined for anything else. */
export function readMoment(text: string): Date | undefined {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text)
  if (!isDay && !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.test(text))
    return undefined
  const isZoned = isDay || /(Z|[+-]\d\d:?\d\d)$/.test(text)
  const time = new Date(isZoned ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`)
  return Number.isNaN(time.getTime()) ? undefined : time
}
