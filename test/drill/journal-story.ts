// Holds the journal of a hub against what its partners saw: packages in and out, attempts, the way of each message.

import { finalStates } from '../../routing/machines/message.ts'
import type { RelayPartner } from '../support/relay-partners.ts'
import type { PlannedPackage } from './traffic.ts'

/** An entry as it stands in an export. */
export type ReadEntry = {
  id: string
  at: string
  kind: string
  subject?: string
  facts: Record<string, unknown>
}

type Story = {
  all: readonly RelayPartner[]
  packages: readonly PlannedPackage[]
  entries: readonly ReadEntry[]
}

/** Every fault of the story the journal tells. */
export function checkJournal(story: Story): string[] {
  return [...checkIn(story), ...checkOut(story), ...checkAttempts(story), ...checkWays(story)]
}

const ofKind = (entries: readonly ReadEntry[], kind: string) => entries.filter((entry) => entry.kind === kind)

/** Each package that was answered 200 was accepted once, with these bytes; what a service submitted, once by its id. */
function checkIn({ packages, entries, all }: Story): string[] {
  const accepted = Map.groupBy(ofKind(entries, 'package.accepted'), ({ facts }) => String(facts['sha256']))
  const faults = packages.flatMap(({ prepared, from }) => {
    if (from.over === 'home') return []
    const found = accepted.get(prepared.sha256) ?? []
    const isRight = found.length === 1 && found[0]?.facts['peer'] === from.peer
    return isRight ? [] : [`package ${prepared.name} was accepted ${found.length} times by the journal`]
  })
  faults.push(...checkSubmitted({ packages, entries }))
  const repeats = ofKind(entries, 'package.repeated')
  const known = new Set(ofKind(entries, 'package.accepted').map(({ subject }) => subject))
  for (const { subject } of repeats) {
    if (!known.has(subject)) faults.push(`package ${subject} was repeated but never accepted`)
  }
  const refused = ofKind(entries, 'package.refused')
  if (refused.length > 0) faults.push(`${refused.length} packages were refused at the door`)
  if (all.length === 0) faults.push('nobody took part')
  return faults
}

/** The hub forms a package of its own for each message of a service, and of nothing it refused. */
function checkSubmitted({ packages, entries }: Omit<Story, 'all'>): string[] {
  const submitted = ofKind(entries, 'package.accepted').filter(({ facts }) => facts['transport'] === 'api')
  const byMessage = Map.groupBy(submitted, ({ facts }) => `${facts['peer']} ${String(facts['messages'])}`)
  const planned = packages.filter(({ from }) => from.over === 'home').flatMap(({ messages }) => messages)
  const faults = planned.flatMap(({ message, from }) => {
    const count = byMessage.get(`${from.peer} ${message.id}`)?.length ?? 0
    return count === 1 ? [] : [`message ${message.id} was taken in ${count} times by the journal`]
  })
  if (submitted.length === planned.length) return faults
  return [...faults, `${submitted.length} messages of services taken in, ${planned.length} were sent`]
}

/** Each package a partner took was made once, with these bytes; and each that was made was taken. */
function checkOut({ all, entries }: Story): string[] {
  const made = ofKind(entries, 'out.made')
  const byName = Map.groupBy(made, ({ facts }) => `${facts['peer']} ${String(facts['name']).toLowerCase()}`)
  const taken = all.flatMap(({ peer, record }) => record.packages.map((one) => ({ ...one, peer })))
  const faults = taken.flatMap(({ peer, name, sha256 }) => {
    const found = byName.get(`${peer} ${name.toLowerCase()}`) ?? []
    if (found.length !== 1) return [`package ${name} was made ${found.length} times by the journal`]
    return found[0]?.facts['sha256'] === sha256
      ? []
      : [`package ${name} came with other bytes than were made`]
  })
  if (made.length !== taken.length) faults.push(`${made.length} packages made, ${taken.length} taken`)
  return faults
}

/** Attempts are numbered without gaps; each ends once; none reached a partner that was not started before. */
function checkAttempts({ all, entries }: Story): string[] {
  const arrivals = new Map<string, number>()
  for (const { peer, record } of all) {
    for (const { name } of record.arrivals) {
      const key = `${peer} ${name.toLowerCase()}`
      arrivals.set(key, (arrivals.get(key) ?? 0) + 1)
    }
  }
  const bySubject = Map.groupBy(entries, ({ subject }) => subject)
  return ofKind(entries, 'out.made').flatMap(({ subject, facts }) => {
    const own = bySubject.get(subject) ?? []
    const numbers = (kind: string) => ofKind(own, kind).map((entry) => Number(entry.facts['number']))
    const started = numbers('attempt.started')
    const ended = [...numbers('attempt.ended'), ...numbers('attempt.unknown')].sort((a, b) => a - b)
    const right = started.map((_, index) => index + 1).join()
    const faults: string[] = []
    if (started.join() !== right || ended.join() !== right)
      faults.push(`package ${facts['name']}: attempts ${started.join()} started, ${ended.join()} ended`)
    const came = arrivals.get(`${facts['peer']} ${String(facts['name']).toLowerCase()}`) ?? 0
    if (came > started.length) faults.push(`package ${facts['name']} came ${came} times, by the journal less`)
    const last = ofKind(own, 'attempt.ended').at(-1)
    if (last?.facts['outcome'] !== 'accepted') faults.push(`package ${facts['name']} was never accepted`)
    return faults
  })
}

/** The moves of each message make one way from its acceptance to one final state. */
function checkWays({ entries, packages }: Story): string[] {
  const ways = Map.groupBy(ofKind(entries, 'message.moved'), ({ subject }) => subject)
  const faults: string[] = []
  const ids = new Set<string>()
  for (const [subject, moves] of ways) {
    let state = 'accepted'
    for (const { facts } of moves) {
      if (facts['from'] !== state)
        faults.push(`message ${subject} moved from ${facts['from']}, it was ${state}`)
      state = String(facts['to'])
      ids.add(String(facts['wireId']))
    }
    if (!finalStates.some((final) => final === state)) faults.push(`message ${subject} ended as ${state}`)
  }
  const planned = packages.flatMap(({ messages }) => messages).length
  if (ways.size !== planned || ids.size !== planned) {
    faults.push(`${ways.size} messages and ${ids.size} ids in the journal, ${planned} were sent`)
  }
  const impossible = ofKind(entries, 'message.impossible')
  for (const { subject, facts } of impossible) {
    faults.push(`impossible for message ${subject}: ${facts['event']} in ${facts['from']}`)
  }
  const unmatched = ofKind(entries, 'receipts.unmatched')
  for (const { facts } of unmatched) faults.push(`a receipt for ${facts['wireId']} matched nothing`)
  return faults
}
