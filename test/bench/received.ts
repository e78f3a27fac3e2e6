// Counts what a receiving operator of a bench gets: messages, each with the time of its arrival, and receipts.

import { readSigned } from '../../hub/trust/cms.ts'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { readZip } from '../../operators/containers/zip/read.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import type { MessageId } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'

/** What came so far. */
export type Received = {
  arrivals: Record<string, number>
  /** Messages no receipt was told of yet. */
  owed: MessageId[]
  counts: {
    distinct: number
    twice: number
    packages: number
    success: number
    other: number
    lastAt: number
  }
  /** Takes a package. */
  take(bytes: Buffer): void
}

/** Counts from nothing. The hub's signature is trusted, for the checks of a receiver are not what is measured. */
export function countReceived(): Received {
  const counts = { distinct: 0, twice: 0, packages: 0, success: 0, other: 0, lastAt: 0 }
  const arrivals: Record<string, number> = {}
  const owed: MessageId[] = []
  function takeReceipts(xml: ReturnType<typeof inflateEntry>): void {
    const read = isRefusal(xml) ? xml : roseu.readReceipts(xml)
    if (isRefusal(read)) throw new Error(read.code)
    for (const item of read.items) counts[item.outcome === 'success' ? 'success' : 'other'] += 1
  }
  return {
    arrivals,
    owed,
    counts,
    take(bytes) {
      const signed = readSigned(bytes)
      if (isRefusal(signed)) throw new Error(signed.code)
      const zip = readZip(signed.content)
      if (isRefusal(zip)) throw new Error(zip.code)
      counts.packages += 1
      counts.lastAt = Date.now()
      const receipts = zip.entries.find((entry) => entry.name === 'receipts.xml')
      if (receipts !== undefined) return takeReceipts(inflateEntry(signed.content, receipts))
      for (const entry of zip.entries) {
        const [id = '', file] = entry.name.split('/')
        if (file !== 'description.xml') continue
        if (id in arrivals) {
          counts.twice += 1
          continue
        }
        counts.distinct += 1
        owed.push(id as MessageId)
        arrivals[id] = counts.lastAt
      }
    },
  }
}
