// The relay bench: one message per package, distinct bodies, own signatures, receipts both ways, all on this machine.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import {
  ask,
  type BenchResult,
  machine,
  profiling,
  quantile,
  type Reply,
  reply,
  withChildren,
  wrongCounts,
} from './children.ts'
import { type CpuTimes, cpuPerMessage, cpuTimes } from './cpu.ts'
import { prepareWork, trustSettings } from './prepare.ts'

/** The work; DESIGN.md section 7 gives the defaults. */
export type RelayBench = {
  messages: number
  connections: number
  perPackage: number
  bodyBytes: number
  signers: number
  relay: 'repack' | 'original'
  /** Messages relayed before the measured ones: code is compiled, caches and statements are warm. */
  warmUp: number
  /** Folder of packages made before, used again when they fit, made there when they do not. */
  preparedFolder: string | undefined
  /** Folder for a CPU profile of the hub's main thread. */
  profileFolder: string | undefined
}

/** Runs the bench. Hub, generator and the two sinks are four processes; the counts are checked at the sinks. */
export async function benchRelay(bench: RelayBench): Promise<BenchResult> {
  return withChildren(async ({ folder, start }) => {
    process.stderr.write(
      `preparing ${bench.messages} messages of ${bench.bodyBytes} bytes, ${bench.signers} signers\n`,
    )
    const work = await prepareWork({
      ...bench,
      messages: bench.warmUp + bench.messages,
      folder: bench.preparedFolder ?? folder,
    })
    const hub = start(
      'hub-child.ts',
      [join(folder, 'data'), ...trustSettings(folder, work.trust)],
      profiling(bench.profileFolder),
    )
    const { address, pid } = (await reply(hub)) as { address: string; pid: number }
    const sinkA = start('sink-child.ts')
    const sinkB = start('sink-child.ts')
    const [a, b] = [
      await ask(sinkA, { pki: work.pki, code: '2ZA', hub: address }),
      await ask(sinkB, { pki: work.pki, code: '2ZB', hub: address }),
    ]
    await ask(hub, {
      partners: partnersOf(work, { a: String(a['address']), b: String(b['address']), relay: bench.relay }),
    })
    const generator = start('generator-child.ts')
    const others = { generator: pidOf(generator), sinkOrigin: pidOf(sinkA), sinkRecipient: pidOf(sinkB) }
    const measured = { hub: pid, others }
    await ask(generator, { file: work.file })
    const relay = async (messages: number, all: number) => {
      const told = ask(sinkA, { waitReceipts: all })
      const delivered = ask(sinkB, { waitMessages: all })
      const sent = await ask(generator, { hub: address, connections: bench.connections, messages })
      const [gotA, gotB] = await Promise.all([told, delivered])
      return { sent, gotA, gotB }
    }
    const warm = await relay(bench.warmUp, bench.warmUp)
    process.stderr.write('running\n')
    const before = cpuTimes(measured)
    const { sent, gotA, gotB } = await relay(bench.messages, bench.warmUp + bench.messages)
    const cpu = cpuPerMessage(before, cpuTimes(measured), bench.messages)
    const counts = await ask(hub, { counts: true })
    const ended = once(hub, 'exit')
    await ask(hub, { stop: true })
    await ended
    return summary(bench, { sent, gotA, gotB, counts, cpu, warm: warm.gotB })
  })
}

function pidOf({ pid }: ChildProcess): number {
  return pid ?? 0
}

function partnersOf(
  work: { certificates: Record<string, string> },
  to: { a: string; b: string; relay: string },
): object {
  const peer = (id: string, address: string) => ({
    id,
    name: id,
    state: 'active',
    dialect: 'roseu',
    address,
    receiptAddresses: [],
    certificates: [{ pem: work.certificates[id] }],
    policy: { relay: to.relay },
  })
  const operator = (id: string) => ({ id, name: id, active: true, codes: [{ code: id.toUpperCase() }] })
  const grant = (id: string) => ({ peer: id, operator: id, basis: 'bench', preference: 0 })
  return {
    operators: [operator('2za'), operator('2zb')],
    peers: [peer('2za', to.a), peer('2zb', to.b)],
    grants: [grant('2za'), grant('2zb')],
  }
}

function summary(
  bench: RelayBench,
  of: Record<'sent' | 'gotA' | 'gotB' | 'counts' | 'warm', Reply> & { cpu: CpuTimes },
): BenchResult {
  const startedAt = Number(of.sent['startedAt'])
  const deliveredMs = Number(of.gotB['lastAt']) - startedAt
  const toldMs = Number(of.gotA['lastAt']) - startedAt
  const times = of.sent['times'] as Record<string, number>
  const arrivals = of.gotB['arrivals'] as Record<string, number>
  const latencies = Object.entries(arrivals)
    .flatMap(([id, at]) => (times[id] === undefined ? [] : [at - times[id]]))
    .sort((x, y) => x - y)
  const at = (share: number) => quantile(latencies, share)
  const report = {
    machine: machine(),
    work: `${bench.messages} messages, ${bench.perPackage} a package, body ${bench.bodyBytes} B, ${bench.signers} signers, relay ${bench.relay}, ${bench.connections} connections`,
    messagesPerSecondDelivered: Math.round((bench.messages / deliveredMs) * 1000),
    messagesPerSecondAnswered: Math.round((bench.messages / toldMs) * 1000),
    doorAnswerMs: of.sent['door'],
    senderToRecipientMs: { p50: at(0.5), p99: at(0.99) },
    cpuMsPerMessage: of.cpu,
    counts: {
      sent: of.sent['sent'],
      refused: of.sent['refused'],
      deliveredDistinct: latencies.length,
      deliveredTwice: of.gotB['twice'],
      packagesOut: Number(of.gotB['packages']) - Number(of.warm['packages']),
      toldSuccess: of.gotA['success'],
      toldOther: of.gotA['other'],
      hub: of.counts,
    },
  }
  const faults = wrongCounts({
    refused: [of.sent['refused'], 0],
    deliveredDistinct: [latencies.length, bench.messages],
    deliveredTwice: [of.gotB['twice'], 0],
    toldSuccess: [of.gotA['success'], bench.warmUp + bench.messages],
    judgedSound: [passedOf(of.counts), bench.warmUp + bench.messages],
  })
  return { report, faults }
}

/** Messages whose every signature was verified to its end: digest, signature, chain, revocation. */
function passedOf({ verdicts }: Reply): number {
  const rows = verdicts as { indication: string; messages: number }[]
  return rows.find(({ indication }) => indication === 'TOTAL-PASSED')?.messages ?? 0
}
