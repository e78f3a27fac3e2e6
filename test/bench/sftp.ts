// The SFTP bench: files of one partner become files of the other, at a steady backlog and from a full folder.

import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  ask,
  type BenchResult,
  machine,
  processCpu,
  profiling,
  quantile,
  type Reply,
  reply,
  type StartChild,
  withChildren,
  wrongCounts,
} from './children.ts'
import { type PreparedWork, prepareWork, trustSettings } from './prepare.ts'

/** The work; DESIGN.md section 7 gives the defaults. */
export type SftpBench = {
  /** At a steady backlog. */
  messages: number
  perPackage: number
  /** Of the run whose packages hold several messages. */
  perGroup: number
  /** Files that lie there before the hub looks for the first time; 0 leaves that run out. */
  lying: number
  bodyBytes: number
  signers: number
  /** Files that lie there at most at a steady backlog. */
  backlogMax: number
  pollMs: number
  /** The simulated servers even where there is OpenSSH's. */
  simulated: boolean
  profileFolder: string | undefined
}

type Run = { messages: number; perPackage: number; isLying: boolean }
type Measured = { report: Record<string, unknown>; perSecond: number; faults: string[] }

const sshdPlace = '/usr/sbin/sshd'

/** Runs the three of them. Hub, both partners and both servers are processes of their own. */
export async function benchSftp(bench: SftpBench): Promise<BenchResult> {
  const sshd = !bench.simulated && existsSync(sshdPlace) ? sshdPlace : undefined
  const measure = (run: Run) => withChildren((within) => benchRun({ ...bench, ...run, sshd }, within))
  const steady = await measure({ ...bench, isLying: false })
  const full =
    bench.lying === 0 ? undefined : await measure({ messages: bench.lying, perPackage: 1, isLying: true })
  const grouped = await measure({ ...bench, perPackage: bench.perGroup, isLying: false })
  const report = {
    machine: machine(),
    servers: sshd === undefined ? 'simulated (hub/simulate/sftp)' : 'OpenSSH (sshd of this machine)',
    work: `bodies of ${bench.bodyBytes} B, ${bench.signers} signers, a look every ${bench.pollMs} ms`,
    steady: steady.report,
    ...(full === undefined
      ? {}
      : { fullFolder: full.report, drainToSteady: Number((full.perSecond / steady.perSecond).toFixed(2)) }),
    grouped: grouped.report,
  }
  return { report, faults: [...steady.faults, ...(full?.faults ?? []), ...grouped.faults] }
}

type OneRun = SftpBench & Run & { sshd: string | undefined }
type Within = { folder: string; start: StartChild }
type Partner = { child: ReturnType<StartChild>; address: string; hostKeys: string[] }

async function benchRun(run: OneRun, { folder, start }: Within): Promise<Measured> {
  const { messages, perPackage, isLying, pollMs } = run
  process.stderr.write(`preparing ${messages} messages, ${perPackage} a package\n`)
  const work = await prepareWork({ ...run, folder })
  const data = join(folder, 'data')
  const hub = start(
    'hub-child.ts',
    [data, ...trustSettings(folder, work.trust)],
    profiling(run.profileFolder),
  )
  const pid = Number((await reply(hub))['pid'])
  const hubKey = readFileSync(join(data, 'identity', 'sftp.key.pub'), 'utf8')
  const partner = (code: string, receiptsFor: string) =>
    startPartner({ code, receiptsFor, hubKey, work, run }, { folder, start })
  const a = await partner('2ZA', '2ZB')
  const b = await partner('2ZB', '2ZA')

  const laying = { lay: { file: work.file, backlogMax: isLying ? messages : run.backlogMax } }
  let laid = isLying ? await ask(a.child, laying) : {}
  const cpuBefore = processCpu(pid)
  const begunAt = Date.now()
  await ask(hub, { partners: partnersOf(work, { '2za': a, '2zb': b, pollMs }) })
  const delivered = ask(b.child, { wait: { messages } })
  if (!isLying) laid = await ask(a.child, laying)
  const told = ask(a.child, { wait: { receipts: messages } })
  const [gotA, gotB] = await Promise.all([told, delivered])
  const cpuMs = processCpu(pid) - cpuBefore
  const counts = await ask(hub, { counts: true })
  const left = { a: await ask(a.child, { left: true }), b: await ask(b.child, { left: true }) }
  const ended = once(hub, 'exit')
  await ask(hub, { stop: true })
  await ended
  const startedAt = isLying ? begunAt : Number(laid['startedAt'])
  return summary(run, { laid, gotA, gotB, counts, left, cpuMs, startedAt })
}

async function startPartner(
  of: { code: string; receiptsFor: string; hubKey: string; work: PreparedWork; run: OneRun },
  { folder, start }: Within,
): Promise<Partner> {
  const root = join(folder, of.code)
  mkdirSync(root)
  const child = start('sftp-partner-child.ts')
  await ask(child, { root, ...of.work.pki[of.code], receiptsFor: of.receiptsFor })
  const { sshd } = of.run
  const place = await ask(start('sftp-server-child.ts'), { root, hubKey: of.hubKey, ...(sshd && { sshd }) })
  return { child, address: String(place['address']), hostKeys: place['hostKeys'] as string[] }
}

function partnersOf(work: PreparedWork, of: { '2za': Partner; '2zb': Partner; pollMs: number }): object {
  const peer = (id: '2za' | '2zb') => {
    const { address, hostKeys } = of[id]
    return {
      id,
      name: id,
      state: 'active',
      dialect: 'roseu',
      address,
      sftp: { address, hostKeys, pollMs: of.pollMs },
      receiptAddresses: [],
      certificates: [{ pem: work.certificates[id] }],
      policy: {},
    }
  }
  const operator = (id: string) => ({ id, name: id, active: true, codes: [{ code: id.toUpperCase() }] })
  const grant = (id: string) => ({ peer: id, operator: id, basis: 'bench', preference: 0 })
  return {
    operators: [operator('2za'), operator('2zb')],
    peers: [peer('2za'), peer('2zb')],
    grants: [grant('2za'), grant('2zb')],
  }
}

type Seen = Record<'laid' | 'gotA' | 'gotB' | 'counts', Reply> & {
  left: { a: Reply; b: Reply }
  cpuMs: number
  startedAt: number
}

function summary({ messages, perPackage, isLying, backlogMax }: OneRun, seen: Seen): Measured {
  const { gotA, gotB, left } = seen
  const perSecond = (lastAt: unknown) => (messages / (Number(lastAt) - seen.startedAt)) * 1000
  const times = seen.laid['times'] as Record<string, number>
  const latencies = Object.entries(gotB['arrivals'] as Record<string, number>)
    .map(([id, at]) => at - (times[id] ?? at))
    .sort((x, y) => x - y)
  const lying = isLying ? 'all there at first' : `at most ${backlogMax} files there`
  const report = {
    work: `${messages} messages, ${perPackage} a package, ${lying}`,
    messagesPerSecondPickupToPut: Math.round(perSecond(gotB['lastAt'])),
    messagesPerSecondAnswered: Math.round(perSecond(gotA['lastAt'])),
    ...(isLying ? {} : { laidToPutMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) } }),
    hubCpuMsPerMessage: Number((seen.cpuMs / messages).toFixed(2)),
    counts: {
      deliveredDistinct: gotB['distinct'],
      deliveredTwice: gotB['twice'],
      packagesOut: gotB['packages'],
      toldSuccess: gotA['success'],
      toldOther: gotA['other'],
      left,
      hub: seen.counts,
    },
  }
  const faults = wrongCounts({
    deliveredDistinct: [gotB['distinct'], messages],
    deliveredTwice: [gotB['twice'], 0],
    toldSuccess: [gotA['success'], messages],
    toldOther: [gotA['other'], 0],
    refusedOfA: [left.a['refusals'], 0],
    refusedOfB: [left.b['refusals'], 0],
    claimedOfA: [left.a['inClaimed'], 0],
    leftOfA: [left.a['inPickup'], 0],
  })
  return {
    report,
    perSecond: perSecond(gotB['lastAt']),
    faults: faults.map((one) => `${report.work}: ${one}`),
  }
}
