// Counts what all partners of a drill got, and waits for counts by the events of their records.

import type { PartnerRecord } from '../../hub/simulate/record.ts'

/** What all partners together got so far. */
export type Progress = {
  /** Messages taken and receipts told. */
  counts(): { messages: number; receipts: number }
  /** Resolves once `isReached` holds; rejects with `what` and the counts after `withinMs`. */
  until(
    isReached: (counts: { messages: number; receipts: number }) => boolean,
    what: string,
    withinMs: number,
  ): Promise<void>
  /** Calls back once, at the next message that is taken and began to arrive from now on. */
  onNextMessage(tell: () => void): void
}

/** Puts itself behind the records. */
export function watchProgress(records: readonly PartnerRecord[]): Progress {
  const looks = new Set<() => void>()
  const tellers: { since: number; tell: () => void }[] = []
  const counts = () => ({
    messages: records.reduce((sum, record) => sum + record.messages.length, 0),
    receipts: records.reduce((sum, record) => sum + record.receipts.length, 0),
  })
  for (const record of records) {
    const add = record.add.bind(record)
    record.add = (news) => {
      add(news)
      for (const { at } of news.messages ?? []) callBack(tellers, at)
      for (const look of [...looks]) look()
    }
  }
  return {
    counts,
    until(isReached, what, withinMs) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const look = () => {
        if (!isReached(counts())) return
        clearTimeout(timer)
        looks.delete(look)
        resolve()
      }
      const timer = setTimeout(() => {
        looks.delete(look)
        reject(new Error(`waited ${withinMs} ms in vain for ${what}: ${JSON.stringify(counts())}`))
      }, withinMs)
      looks.add(look)
      look()
      return promise
    },
    onNextMessage: (tell) => void tellers.push({ since: Date.now(), tell }),
  }
}

function callBack(tellers: { since: number; tell: () => void }[], at: Date): void {
  const later = tellers.splice(0).filter(({ since, tell }) => {
    if (at.getTime() <= since) return true
    tell()
    return false
  })
  tellers.push(...later)
}
