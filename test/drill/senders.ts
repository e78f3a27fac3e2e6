// Sends planned packages as correct partners do: the same bytes under the same name until they are answered for good.

import type { RelayPartner } from '../support/relay-partners.ts'
import type { Errand, PlannedPackage } from './traffic.ts'

const sendersPerPartner = 4

/**
 * Every partner sends its errands with a few senders, each package until it is answered for good; a service once
 * `isLetIn` resolves.
 */
export async function sendAll(
  partners: readonly RelayPartner[],
  errands: readonly Errand[],
  of: { isLetIn: Promise<void>; faults: string[] },
): Promise<void> {
  const { isLetIn, faults } = of
  await Promise.all(
    partners.map(async (partner) => {
      const own = errands.filter(([first]) => first?.from === partner)
      if (partner.over === 'home') await isLetIn
      await Promise.all(Array.from({ length: sendersPerPartner }, () => sendFrom(own, faults)))
    }),
  )
}

async function sendFrom(queue: Errand[], faults: string[]): Promise<void> {
  for (let errand = queue.shift(); errand !== undefined; errand = queue.shift()) {
    for (const { from, prepared, refusedAs } of errand as readonly PlannedPackage[]) {
      const outcome = await from.deliver(prepared)
      const isRight =
        refusedAs === undefined
          ? outcome.class === 'accepted'
          : outcome.class === 'rejected' && outcome.text.startsWith(`${refusedAs}:`)
      if (!isRight) faults.push(`package ${prepared.name} was answered ${outcome.class}: ${outcome.text}`)
    }
  }
}
