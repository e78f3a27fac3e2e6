// How long a thread had the processor.

/** Nanoseconds since process.threadCpuUsage() gave `from`. */
export function processorNs(from: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(from)
  return (user + system) * 1000
}
