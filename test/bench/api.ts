// The bench of the internal API: services submit for one home code, and the inbox of another is read to its end.

import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  ask,
  type BenchResult,
  machine,
  processCpu,
  profiling,
  type Reply,
  reply,
  withChildren,
  wrongCounts,
} from './children.ts'

/** The work. */
export type ApiBench = {
  /** Of each form: JSON with base64, and multipart. */
  messages: number
  /** Keys that submit. */
  services: number
  connections: number
  bodyBytes: number
  signers: number
  profileFolder: string | undefined
}

type Child = Parameters<typeof ask>[0]
type Bench = ApiBench & { hub: Child; pid: number; services: number; child: Child; address: string }

const forms = ['json', 'multipart'] as const
const lookEveryMs = 50
const settleWithinMs = 120_000

/** Runs the bench. Hub and services are two processes; everything goes from home code 2AB to home code 2AC. */
export async function benchApi(options: ApiBench): Promise<BenchResult> {
  return withChildren(async ({ folder, start }) => {
    const settings = ['home.codes=2AB,2AC']
    const hub = start('hub-child.ts', [join(folder, 'data'), ...settings], profiling(options.profileFolder))
    const { internal, pid } = (await reply(hub)) as { internal: string; pid: number }
    const bench: Bench = { ...options, hub, pid, child: start('services-child.ts'), address: internal }
    const keys = await makeKeys(bench, '2AB', options.services)
    const submitted: Record<string, Reply & { cpuMs: number }> = {}
    for (const form of forms) submitted[form] = await submitForm(bench, { form, keys })
    const entries = forms.length * options.messages
    const read = await readInbox(bench, { keys: await makeKeys(bench, '2AC', 1), entries })
    const answers = await readInbox(bench, { keys: keys.slice(0, 1), entries })
    const counts = await ask(hub, { counts: true })
    const ended = once(hub, 'exit')
    await ask(hub, { stop: true })
    await ended
    return summary(options, { submitted, read, answers, counts })
  })
}

async function makeKeys({ hub }: Bench, home: string, count: number): Promise<string[]> {
  const keys: string[] = []
  while (keys.length < count) keys.push(String((await ask(hub, { key: home }))['key']))
  return keys
}

async function submitForm(
  bench: Bench,
  { form, keys }: { form: string; keys: string[] },
): Promise<Reply & { cpuMs: number }> {
  const { child, address, connections, messages, bodyBytes, signers, pid } = bench
  process.stderr.write(`preparing ${messages} messages as ${form}\n`)
  await ask(child, { prepare: { form, messages, bodyBytes, signers } })
  const cpuBefore = processCpu(pid)
  const submitted = await ask(child, { submit: { address, keys, connections } })
  await settled(bench)
  return { ...submitted, cpuMs: processCpu(pid) - cpuBefore }
}

/** Waits until the hub has nothing to do, so that the way of one form's messages is not counted with the next. */
async function settled({ hub }: Bench): Promise<void> {
  const untilMs = performance.now() + settleWithinMs
  while (performance.now() < untilMs) {
    const { work } = (await ask(hub, { counts: true })) as { work: unknown[] }
    if (work.length === 0) return
    await pause(lookEveryMs)
  }
}

async function readInbox(
  { child, address, connections, pid }: Bench,
  of: { keys: string[]; entries: number },
): Promise<Reply & { cpuMs: number }> {
  const cpuBefore = processCpu(pid)
  const read = await ask(child, { read: { address, connections, ...of } })
  return { ...read, cpuMs: processCpu(pid) - cpuBefore }
}

type Seen = {
  submitted: Record<string, Reply & { cpuMs: number }>
  read: Reply & { cpuMs: number }
  answers: Reply & { cpuMs: number }
  counts: Reply
}

function summary({ messages, services, connections, bodyBytes }: ApiBench, seen: Seen): BenchResult {
  const { submitted, read, answers } = seen
  const all = forms.length * messages
  const perSecond = (count: number, { ms }: Reply) => Math.round((count / Number(ms)) * 1000)
  const perOne = (count: number, { cpuMs }: { cpuMs: number }) => Number((cpuMs / count).toFixed(2))
  const submissions = Object.entries(submitted).map(([form, of]) => [
    form,
    {
      submissionsPerSecond: perSecond(messages, of),
      answerMs: of['answerMs'],
      hubCpuMsPerMessageToTheInbox: perOne(messages, of),
      statuses: of['statuses'],
    },
  ])
  const countsOf = ({ ms: _ms, cpuMs: _cpuMs, ...counts }: Reply) => counts
  const report = {
    machine: machine(),
    work: `${messages} messages of each form, ${services} keys, ${connections} connections, body ${bodyBytes} B`,
    ...Object.fromEntries(submissions),
    inbox: {
      entriesPerSecondWithBodies: perSecond(all, read),
      hubCpuMsPerEntry: perOne(all, read),
      counts: countsOf(read),
    },
    answers: { entriesPerSecond: perSecond(all, answers), counts: countsOf(answers) },
    hub: seen.counts,
  }
  const faults = wrongCounts({
    ...Object.fromEntries(
      Object.entries(submitted).map(([form, { statuses }]) => [
        `${form} 201`,
        [(statuses as Record<string, number>)['201'], messages] as const,
      ]),
    ),
    entries: [read['entries'], all],
    entriesTwice: [read['twice'], 0],
    bodiesMissing: [read['missing'], 0],
    bodiesDoubled: [read['doubled'], 0],
    bodiesStrange: [read['strange'], 0],
    answers: [answers['entries'], all],
    answersTwice: [answers['twice'], 0],
  })
  return { report, faults }
}
