// What refers to something came after it (RULES 15); where it did not, the whole story of the two is told.

import type { ReadEntry } from './journal-story.ts'
import type { PlannedMessage, PlannedPackage } from './traffic.ts'

/** Messages that came before what they refer to, each with what partner and journal know of both. */
export function checkOrder(of: {
  packages: readonly PlannedPackage[]
  entries: readonly ReadEntry[]
}): string[] {
  return of.packages.flatMap(({ messages }) => messages).flatMap((one) => checkOne(one, of))
}

function checkOne(
  { message, from, to, after }: PlannedMessage,
  of: { packages: readonly PlannedPackage[]; entries: readonly ReadEntry[] },
): string[] {
  if (after === undefined || to === undefined) return []
  const order = to.record.messages
  const ownAt = order.findIndex(({ id }) => id === message.id)
  const parentAt = order.findIndex(({ id }) => id === after.id)
  // What never came is told elsewhere.
  if (ownAt < 0 || parentAt < 0 || parentAt < ownAt) return []
  const nameOf = (id: string) =>
    of.packages.find((one) => one.messages.some((planned) => planned.message.id === id))?.prepared.name
  const came = [after.id, message.id].map((id, index) => {
    const [got] = to.record.messagesOf(id)
    const at = got?.at.toISOString()
    return `${index === 0 ? 'parent' : 'child'} ${id} sent in ${nameOf(id)}, came in ${got?.package} at ${at}`
  })
  return [
    `${message.id} came before its parent, from ${from.over} ${from.code} to ${to.over} ${to.code}`,
    ...came,
    ...storyOf([after.id, message.id], of.entries),
  ]
}

/** The entries about messages and about the packages that held them, in their order. */
function storyOf(wireIds: readonly string[], entries: readonly ReadEntry[]): string[] {
  const texts = entries.map((entry) => ({ entry, text: JSON.stringify(entry) }))
  const known = new Set(wireIds)
  for (const { entry, text } of texts) {
    if (entry.subject !== undefined && wireIds.some((id) => text.includes(id))) known.add(entry.subject)
  }
  const isTold = (text: string) => [...known].some((id) => text.includes(id))
  return texts.flatMap(({ entry: { at, kind, subject, facts }, text }) =>
    isTold(text) ? [`${at} ${kind} ${subject} ${JSON.stringify(facts)}`] : [],
  )
}
