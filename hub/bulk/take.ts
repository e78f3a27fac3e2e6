// Takes a list in as a bulk job: read, every row judged, all rows durable before the answer.

import { hash } from 'node:crypto'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { writeJournal } from '../journal/write.ts'
import type { ListedOrganisation } from '../lists/organisations.ts'
import { journalMaker, type PipelineContext } from '../pipeline/context.ts'
import { countOfHome, insertJob, type NewBulkRow, readJobByKey } from '../store/bulk/jobs.ts'
import type { BulkJobRow } from '../store/bulk/rows.ts'

/** A list as a home service sends it. */
export type BulkUpload = {
  home: OperatorCode
  key: string
  sender: ParticipantId
  /** Whether the directory of participants is asked about what the hub does not know. */
  asks: boolean
  bytes: Uint8Array
  apiKey: string | undefined
}

/** Takes lists in. */
export type TakeList = (upload: BulkUpload) => Promise<{ job: BulkJobRow; isRepeated: boolean } | Refusal>

/**
 * Makes it. Lists are read by workers, one at a time, for each takes memory and a thread
 * that packages wait for. The key belongs to the home code: the same list under
 * it is the same job. Refusals: list.*, bulk.key-reused, bulk.too-many.
 */
export function makeTakeList(context: PipelineContext): TakeList {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = last.then(work, work)
    last = result.catch(() => undefined)
    return result
  }
  return async (upload) => {
    const digest = digestOf(upload)
    const earlier = await readJobByKey(context.store, upload)
    if (earlier !== undefined) return repeated(earlier, digest)
    const listed = await inTurn(() => context.workers.readList(upload.bytes))
    return isRefusal(listed) ? listed : keep(context, { upload, digest, listed })
  }
}

function digestOf({ sender, asks, bytes }: BulkUpload): string {
  return hash('sha256', JSON.stringify([sender, asks, hash('sha256', bytes, 'hex')]), 'hex')
}

function repeated(job: BulkJobRow, digest: string): { job: BulkJobRow; isRepeated: true } | Refusal {
  if (job.digest === digest) return { job, isRepeated: true }
  return refuse('bulk.key-reused', `под ним принято (taken under it) ${job.made_at.toISOString()}`)
}

/** Of two at once under one key the lock of the home code makes one the later, which finds the job of the first. */
async function keep(
  context: PipelineContext,
  of: { upload: BulkUpload; digest: string; listed: readonly ListedOrganisation[] },
): Promise<{ job: BulkJobRow; isRepeated: boolean } | Refusal> {
  const { upload, digest, listed } = of
  const { home, key, sender, asks, apiKey } = upload
  const at = context.clock.now()
  const rows = listed.map((one) => rowOf(one, at))
  const job: BulkJobRow = {
    id: context.clock.newId(),
    home,
    key,
    digest,
    sender,
    asks,
    state: 'running',
    rows: rows.length,
    made_at: at,
    changed_at: at,
  }
  const faulty = rows.filter(({ state }) => state === 'faulty').length
  return context.store.transaction(async (sql) => {
    const count = await countOfHome(sql, home)
    const earlier = await readJobByKey(sql, upload)
    if (earlier !== undefined) return repeated(earlier, digest)
    if (count.jobs >= limits.bulkJobsPerHomeMax)
      return refuse('bulk.too-many', `заданий (jobs): ${count.jobs}`)
    const waiting = count.waiting + rows.length - faulty
    if (waiting > limits.bulkRowsWaitingMax) return refuse('bulk.too-many', `строк (rows): ${waiting}`)
    await insertJob(sql, job, rows)
    const facts = { home, sender, rows: rows.length, faulty, key: apiKey }
    await writeJournal(sql, [journalMaker(context, at)('bulk.made', job.id, facts)])
    return { job, isRepeated: false }
  })
}

function rowOf(one: ListedOrganisation, at: Date): NewBulkRow {
  const { number, inn, kpp, name, email, fault } = one
  return {
    number,
    inn,
    kpp: kpp ?? null,
    name: name ?? null,
    email: email ?? null,
    state: fault === undefined ? 'waiting' : 'faulty',
    reason: fault?.code ?? null,
    seen: fault?.seen ?? null,
    due_at: fault === undefined ? at : null,
  }
}
