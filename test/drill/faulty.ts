// Peers that fail in several ways at once beside one that is well: what it costs the one that is well, and the end.

import type { BehaviourName } from '../../hub/simulate/behaviours.ts'
import type { SimulatedMessage } from '../../hub/simulate/messages.ts'
import type { PeerPolicy } from '../../schemas/partner.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

/** How the faulty ones fail, by their codes. */
export const faults = {
  '2ZD': 'answer-500',
  '2ZE': 'hang',
  '2ZF': 'drop-mid-body',
  '2ZG': 'late-answer',
  '2ZH': 'answer-lost',
} as const satisfies Record<string, BehaviourName>
type FaultyCode = keyof typeof faults

/** They take a message and only fail to say so; the others do not take any while they fail. */
const takers: readonly BehaviourName[] = ['late-answer', 'answer-lost']

/** How long they fail, and how much each is sent. */
export type FaultyOptions = {
  /** At least so long; and until every faulty peer has failed `failuresMin` times. */
  faultyForMs: number
  failuresMin: number
  /** Messages to each faulty peer, and at least so many to the well one with and without the faulty. */
  messages: number
  policy: Partial<PeerPolicy>
  settings?: readonly string[]
  /** How long everything may take once the peers are well again. */
  recoverWithinMs: number
}

/** What was seen; times in milliseconds from handing a message in until the well peer has it. */
export type FaultyReport = {
  faults: string[]
  withoutMs: number[]
  withMs: number[]
  failures: Record<string, number>
  recoveredMs: number
}

type Test = Parameters<typeof startRelay>[0]
type Sent = { to: RelayPartner; messages: SimulatedMessage[] }

/** Runs it on a hub of its own. */
export async function runFaultyPeers(t: Test, options: FaultyOptions): Promise<FaultyReport> {
  const codes = Object.keys(faults) as FaultyCode[]
  const relay = await startRelay(t, {
    partners: ['2ZA', '2ZB', ...codes].map((code) => ({ code, checks: 'package' as const })),
    policy: options.policy,
    settings: options.settings ?? [],
  })
  const [sender, well] = relay.partners
  const faulty = codes.map((code) => relay.partner(code))
  const withoutMs = await measure(sender, well, (count) => count < options.messages)

  // The late ones answer when the hub has given up.
  const pauseMs = (options.policy.deliverTimeoutMs ?? 1000) + 300
  for (const code of codes) relay.partner(code).behave(faults[code], { pauseMs })
  const sent = await handIn(sender, faulty, options.messages)
  const since = performance.now()
  const isEnough = () =>
    performance.now() - since >= options.faultyForMs &&
    faulty.every(({ record }) => record.arrivals.length >= options.failuresMin)
  const withMs = await measure(sender, well, (count) => count < options.messages || !isEnough())
  const found = checkOutage(faulty, codes)

  const failures = Object.fromEntries(faulty.map(({ code, record }) => [code, record.arrivals.length]))
  const recoveredAt = performance.now()
  for (const partner of faulty) partner.behave('ok')
  const within = options.recoverWithinMs
  await Promise.all(
    sent.flatMap(({ to, messages }) =>
      messages.flatMap(({ id, contentSha256 }) => [
        to.record.waitForContent(contentSha256, within),
        sender.record.waitForReceipt(id, within),
      ]),
    ),
  )
  const recoveredMs = Math.round(performance.now() - recoveredAt)
  await relay.idle(within)
  found.push(...(await checkEnd(relay, sent)))
  return { faults: found, withoutMs, withMs, failures, recoveredMs }
}

/** Sends one message after another, each once the one before is there. */
async function measure(
  from: RelayPartner,
  to: RelayPartner,
  goesOn: (count: number) => boolean,
): Promise<number[]> {
  const times: number[] = []
  while (goesOn(times.length)) {
    const message = from.message(to, { size: 500 })
    const prepared = from.pack([message])
    const startedAt = performance.now()
    const arrived = to.record.waitForContent(message.contentSha256).then(() => performance.now() - startedAt)
    await from.deliver(prepared)
    times.push(Math.round((await arrived) * 10) / 10)
  }
  return times
}

/** The hub takes packages for faulty peers as for any others. */
async function handIn(from: RelayPartner, to: readonly RelayPartner[], count: number): Promise<Sent[]> {
  return Promise.all(
    to.map(async (partner) => {
      const messages = Array.from({ length: count }, () => from.message(partner, { size: 500 }))
      for (const message of messages) await from.deliver(from.pack([message]))
      return { to: partner, messages }
    }),
  )
}

/** The well peer had its last message while nobody else had taken one that does not take while it fails. */
function checkOutage(faulty: readonly RelayPartner[], codes: readonly FaultyCode[]): string[] {
  return faulty.flatMap(({ record }, index) => {
    const code = codes[index] ?? '2ZD'
    if (takers.includes(faults[code]) || record.messages.length === 0) return []
    return [`${code} took a message while it behaved as ${faults[code]}`]
  })
}

/** Everything once, by message and by name, told once; one name always carried the same bytes (RULES 20). */
async function checkEnd(relay: Relay, sent: readonly Sent[]): Promise<string[]> {
  const [sender] = relay.partners
  const found = sent.flatMap(({ to, messages }) => {
    const counts = messages.flatMap(({ id, contentSha256 }) => {
      const copies = to.record.countOf(contentSha256)
      const answers = sender.record.receiptsOf(id).length
      return copies === 1 && answers === 1
        ? []
        : [`message ${id} to ${to.code}: ${copies} copies, ${answers} answers`]
    })
    const whole = to.record.arrivals.filter(({ sha256 }) => sha256 !== undefined)
    const names = new Set(whole.map(({ name }) => name)).size
    const variants = new Set(whole.map(({ name, sha256 }) => `${name} ${sha256}`)).size
    return names === variants ? counts : [...counts, `${to.code} got other bytes under a name it knew`]
  })
  const held = (await relay.entries('message.moved')).filter(({ facts }) => facts['to'] === 'held')
  return held.length === 0 ? found : [...found, `${held.length} messages were held`]
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
