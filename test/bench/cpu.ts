// CPU time of the processes of a bench, by what they do: the figure that other work on the machine changes least.

import { readdirSync, readFileSync } from 'node:fs'

/** CPU time in ms by part. */
export type CpuTimes = Readonly<Record<string, number>>

/** The processes of a bench that are measured; the database is found as the child of the hub. */
export type Measured = { hub: number; others: Readonly<Record<string, number>> }

/** CPU used so far: the hub's event loop, workers and other threads, its database, and the other processes. */
export function cpuTimes({ hub, others }: Measured): CpuTimes {
  const times: Record<string, number> = { ...threadTimes(hub), database: databaseTime(hub) }
  for (const [name, pid] of Object.entries(others)) times[name] = sum(Object.values(threadTimes(pid)))
  return times
}

/** What was used between two readings, per message, in ms with two digits. */
export function cpuPerMessage(before: CpuTimes, after: CpuTimes, messages: number): CpuTimes {
  const parts = Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)] as const)
  const all = [...parts, ['all', sum(parts.map(([, ms]) => ms))] as const]
  return Object.fromEntries(all.map(([name, ms]) => [name, Number((ms / messages).toFixed(2))]))
}

const parts: readonly (readonly [RegExp, string])[] = [
  // Node names threads of its pools after what runs in them.
  [/^(node-V8|V8)/, 'hubGarbage'],
  [/^libuv/, 'hubFiles'],
]

function threadTimes(pid: number): Record<string, number> {
  const times: Record<string, number> = {}
  for (const thread of list(`/proc/${pid}/task`)) {
    const name = read(`/proc/${pid}/task/${thread}/comm`)
    const other = parts.find(([form]) => form.test(name))?.[1] ?? 'hubWorkers'
    const part = Number(thread) === pid ? 'hubLoop' : other
    times[part] =
      (times[part] ?? 0) + Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) / 1e6
  }
  return times
}

/** The server below a process, with what its backends used that have ended. */
function databaseTime(parent: number): number {
  const processes = list('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : ''
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return stat === '' ? [] : [{ pid: Number(name), parent: Number(fields[1]), stat, fields }]
  })
  const servers = processes.filter((one) => one.parent === parent && one.stat.includes('(postgres)'))
  const backends = processes.filter((one) => servers.some(({ pid }) => pid === one.parent))
  const ticks = (from: number, to: number) => (fields: string[]) => sum(fields.slice(from, to).map(Number))
  return (
    10 *
    (sum(servers.map(({ fields }) => ticks(11, 15)(fields))) +
      sum(backends.map(({ fields }) => ticks(11, 13)(fields))))
  )
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
