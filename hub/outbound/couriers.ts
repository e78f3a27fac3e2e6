// Picks the courier of a package by the scheme of its address.

import type { Courier, Outcome } from '../../schemas/transport.ts'

/** Couriers by the scheme of the addresses they serve, as URL has it: `https:`. */
export type CourierTable = Readonly<Record<string, Courier>>

/** One courier for all of them. An address of another scheme is forbidden; `close` closes every courier once. */
export function joinCouriers(table: CourierTable): Courier {
  return {
    async send(departure) {
      const scheme = URL.canParse(departure.address) ? new URL(departure.address).protocol : ''
      const courier = Object.hasOwn(table, scheme) ? table[scheme] : undefined
      return courier === undefined ? noCourier : courier.send(departure)
    },
    async close() {
      await Promise.all([...new Set(Object.values(table))].map((courier) => courier.close()))
    },
  }
}

const noCourier: Outcome = {
  class: 'forbidden',
  status: undefined,
  reason: 'address.scheme',
  text: '',
  durationMs: 0,
}
