// The relay bench: one message per package, distinct bodies, own signatures, receipts both ways, all on this machine.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { prepareWork } from './prepare.ts'

/** The work; DESIGN.md section 7 gives the defaults. */
export type RelayBench = {
  messages: number
  connections: number
  perPackage: number
  bodyBytes: number
  signers: number
  relay: 'repack' | 'original'
  /** Folder for a CPU profile of the hub's main thread. */
  profileFolder: string | undefined
}

type Reply = Record<string, unknown>

/** Runs the bench. Hub, generator and the two sinks are four processes; the counts are checked at the sinks. */
export async function benchRelay(bench: RelayBench): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'edo-hub-bench-'))
  // Root's database runs under another account, which must be able to pass, or it would stay elsewhere.
  chmodSync(folder, 0o711)
  const children: ChildProcess[] = []
  const start = (file: string, args: string[] = [], execArgv: string[] = []) => {
    const child = fork(join(import.meta.dirname, file), args, {
      execArgv,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    children.push(child)
    return child
  }
  try {
    process.stderr.write(
      `preparing ${bench.messages} messages of ${bench.bodyBytes} bytes, ${bench.signers} signers\n`,
    )
    const work = await prepareWork({ ...bench, folder })
    const profiling =
      bench.profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${bench.profileFolder}`]
    const hub = start('hub-child.ts', [join(folder, 'data')], profiling)
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
    const told = ask(sinkA, { waitReceipts: bench.messages })
    const delivered = ask(sinkB, { waitMessages: bench.messages })
    const cpuBefore = processCpu(pid)
    const sent = await ask(generator, { file: work.file, hub: address, connections: bench.connections })
    const [gotA, gotB] = await Promise.all([told, delivered])
    const cpuMs = processCpu(pid) - cpuBefore
    const counts = await ask(hub, { counts: true })
    const ended = once(hub, 'exit')
    await ask(hub, { stop: true })
    await ended
    return summary(bench, { sent, gotA, gotB, counts, cpuMs })
  } finally {
    for (const child of children) child.kill('SIGTERM')
    await Promise.all(
      children.map((child) =>
        child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined,
      ),
    )
    rmSync(folder, { recursive: true, force: true })
  }
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
  of: Record<'sent' | 'gotA' | 'gotB' | 'counts', Reply> & { cpuMs: number },
): object {
  const startedAt = Number(of.sent['startedAt'])
  const deliveredMs = Number(of.gotB['lastAt']) - startedAt
  const toldMs = Number(of.gotA['lastAt']) - startedAt
  const times = of.sent['times'] as Record<string, number>
  const arrivals = of.gotB['arrivals'] as Record<string, number>
  const latencies = Object.entries(arrivals)
    .map(([id, at]) => at - (times[id] ?? at))
    .sort((x, y) => x - y)
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]
  return {
    machine: `${cpus()[0]?.model ?? '?'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, node ${process.version}`,
    work: `${bench.messages} messages, ${bench.perPackage} a package, body ${bench.bodyBytes} B, ${bench.signers} signers, relay ${bench.relay}, ${bench.connections} connections`,
    messagesPerSecondDelivered: Math.round((bench.messages / deliveredMs) * 1000),
    messagesPerSecondAnswered: Math.round((bench.messages / toldMs) * 1000),
    doorAnswerMs: of.sent['door'],
    senderToRecipientMs: { p50: at(0.5), p99: at(0.99) },
    hubCpuMsPerMessage: Number((of.cpuMs / bench.messages).toFixed(2)),
    counts: {
      sent: of.sent['sent'],
      refused: of.sent['refused'],
      deliveredDistinct: latencies.length,
      deliveredTwice: of.gotB['twice'],
      packagesOut: of.gotB['packages'],
      toldSuccess: of.gotA['success'],
      toldOther: of.gotA['other'],
      hub: of.counts,
    },
  }
}

/** CPU time of a process and its ended children in ms; 0 where /proc is absent. */
function processCpu(pid: number): number {
  try {
    const stat = readProc(pid)
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}

function readProc(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
}

async function ask(child: ChildProcess, question: object): Promise<Reply> {
  child.send(question)
  return reply(child)
}

async function reply(child: ChildProcess): Promise<Reply> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a child of the bench ended with ${code}`)
  })
  const answer = once(child, 'message').then(([message]) => message as Reply)
  ended.catch(() => undefined)
  return Promise.race([answer, ended])
}
