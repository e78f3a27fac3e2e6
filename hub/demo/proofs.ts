// The proofs at the end of the demo: counts on both sides, and the journal verified from its export alone.

import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { exportLines } from '../journal/export.ts'
import { faultText } from '../journal/faults.ts'
import { verifyExportFile } from '../journal/verify-file.ts'
import type { RecordedMessage } from '../simulate/record.ts'
import type { Side } from './sides.ts'
import type { Stage } from './stage.ts'
import { countOf, type Scene } from './steps.ts'

const sealedWithinMs = 15_000
const sealedLookMs = 50

/** Compares what was sent with what came, message by message and receipt by receipt. */
export async function proveCounts({ stage, plot, found }: Scene): Promise<void> {
  const { a, b, c, home } = stage
  const sides = [a, b, c, home]
  await Promise.all(sides.map(({ operator }) => operator.settled()))
  for (const side of sides) {
    const { code, record } = side.operator
    const toIt = plot.carried.filter(({ to }) => to === side)
    const byIt = plot.carried.filter(({ from }) => from === side)
    await record.waitForReceipts(byIt.length)
    found.fact(`${code}: отправлено ЛС (sent)`, byIt.length)
    const earlier = await earlierOf(stage, record.messages)
    found.fact(`${code}: получено ЛС (got)`, record.messages.length - earlier.length)
    // A demo on the same data that was cut off left them, and the hub owes them still.
    if (earlier.length > 0) found.fact(`${code}: ЛС прошлого показа (of an earlier demo)`, earlier.length)
    found.fact(`${code}: квитанций (receipts)`, record.receipts.length)
    const isOnce = toIt.every((carried) => countOf(carried) === 1)
    found.check(`${code}: каждое сообщение пришло один раз (each message once)`, isOnce)
    const isAll = record.messages.length - earlier.length === toIt.length
    found.check(`${code}: и ничего больше (and nothing else)`, isAll)
    const isTold = byIt.every(({ message }) => isToldOnce(side, message.id))
    found.check(`${code}: на каждое — одна квитанция (one receipt for each)`, isTold)
  }
}

/** Those of the messages that the hub had taken before this story began. */
async function earlierOf(
  { hub, begunAt }: Stage,
  messages: readonly RecordedMessage[],
): Promise<readonly RecordedMessage[]> {
  const { rows } = await hub.store.query({
    text: 'select wire_id from message where received_at < $1 and wire_id = any($2::text[])',
    values: [begunAt, messages.map(({ id }) => id)],
  })
  const taken = new Set(rows.map((row) => row['wire_id']))
  return messages.filter(({ id }) => taken.has(id))
}

function isToldOnce({ operator }: Side, id: string): boolean {
  const receipts = operator.record.receiptsOf(id)
  return receipts.length === 1 && receipts[0]?.item.outcome === 'success'
}

/** Waits for the sealer, exports all blocks into the data folder, and verifies the file by itself. */
export async function proveJournal({ stage, found }: Scene): Promise<void> {
  const { hub, dataFolder, hubThumbprint } = stage
  const isSealed = await untilSealed(stage)
  found.check('все записи закрыты блоками (every entry is sealed)', isSealed)
  const file = join(dataFolder, 'demo-journal.jsonl')
  await pipeline(Readable.from(exportLines(hub.store, {})), createWriteStream(file))
  const report = await verifyExportFile(file, { signer: hubThumbprint })
  found.fact('выгрузка (export)', file)
  found.fact('блоков (blocks)', report.blocks)
  found.fact('записей (entries)', report.entries)
  const seen = report.faults.map(faultText).join('; ')
  found.check('цепочка, записи и подписи хаба верны (the journal is sound)', report.isSound, seen)
}

async function untilSealed({ hub }: Stage): Promise<boolean> {
  const deadline = performance.now() + sealedWithinMs
  while (performance.now() < deadline) {
    const { rows } = await hub.store.query(
      "select count(*)::int as open from journal where xid >= coalesce((select max(to_xid) from journal_block), '0')",
    )
    if (rows[0]?.['open'] === 0) return true
    await pause(sealedLookMs)
  }
  return false
}
