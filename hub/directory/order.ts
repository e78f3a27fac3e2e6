// Which of several subscribers is the best to write to: what can be done at once first, then the box that works best.

import type { DirectoryHit, Reach } from '../../schemas/directory/directory.ts'

const ranks: Readonly<Record<Reach, number>> = { linked: 0, invitable: 1, application: 2, unreachable: 3 }

/**
 * Best first: by reach; then with the КПП that was asked for, not without one; then a box with traffic within `activeForMs`;
 * then the higher share of deliveries; then the later traffic, the later sight, and the key, so that the order is always one.
 */
export function bestFirst(
  hits: readonly DirectoryHit[],
  { at, activeForMs, kpp }: { at: Date; activeForMs: number; kpp?: string | undefined },
): DirectoryHit[] {
  const keyOf = (hit: DirectoryHit): (number | string)[] => [
    ranks[hit.reach],
    kpp === undefined || hit.kpp === kpp ? 0 : 1,
    at.getTime() - (hit.lastTrafficAt?.getTime() ?? Number.NEGATIVE_INFINITY) <= activeForMs ? 0 : 1,
    -(hit.deliveredShare ?? 0),
    -(hit.lastTrafficAt?.getTime() ?? 0),
    -hit.lastSeenAt.getTime(),
    hit.id.toLowerCase(),
  ]
  return hits
    .map((hit) => ({ hit, key: keyOf(hit) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ hit }) => hit)
}

function compareKeys(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? 0
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}
