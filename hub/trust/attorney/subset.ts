// Says whether powers given on are within those they come from (domain rules 6.4; ГК РФ, 187).

import type { AttorneyLimit, AttorneyPower, AttorneyPowers } from '../../../schemas/attorney/value.ts'

/**
 * Compares the powers of a retrust with its parent's. Every machine-readable power must be covered by one of the parent's
 * with the same code. Limits of one code are alternatives, of different codes they add up (our reading: the format gives
 * no meaning); so the child must keep every code of a limit and may not add values to it, but may limit itself further.
 * A text is within only the same text; otherwise people must compare.
 */
export function comparePowers(child: AttorneyPowers, parent: AttorneyPowers): 'within' | 'wider' | 'text' {
  const byCode = Map.groupBy(parent.items, ({ code }) => code)
  const bounds = new Map(
    [...byCode].map(([code, powers]) => [code, powers.map(({ limits }) => valuesByCode(limits))]),
  )
  const isCovered = (power: AttorneyPower): boolean => {
    const own = valuesByCode(power.limits)
    return bounds.get(power.code)?.some((bound) => keeps(own, bound)) ?? false
  }
  if (!child.items.every(isCovered)) return parent.kind === 'text' ? 'text' : 'wider'
  if (child.text !== undefined && child.text !== parent.text) return 'text'
  return child.kind === 'text' && child.text === undefined ? 'text' : 'within'
}

type Values = ReadonlyMap<string, ReadonlySet<string>>

function valuesByCode(limits: readonly AttorneyLimit[]): Values {
  const values = new Map<string, Set<string>>()
  for (const { code, value, isText } of limits) {
    const known = values.get(code) ?? new Set()
    values.set(code, known.add(`${isText ? 't' : 'c'}${value}`))
  }
  return values
}

function keeps(own: Values, bound: Values): boolean {
  return [...bound].every(([code, allowed]) => {
    const values = own.get(code)
    return values !== undefined && [...values].every((value) => allowed.has(value))
  })
}
