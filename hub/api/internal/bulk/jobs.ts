// What the routes of bulk jobs share: the job a path names, and how it is shown.

import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { BulkJob } from '../../../../schemas/bulk/api.ts'
import { jobView } from '../../../bulk/view.ts'
import type { Bulk } from '../../../bulk/wiring.ts'
import type { PipelineContext } from '../../../pipeline/context.ts'
import { countRows, readJob } from '../../../store/bulk/jobs.ts'
import type { BulkJobRow } from '../../../store/bulk/rows.ts'
import { type ApiParts, callerOf, root } from '../app.ts'
import { notFound, readMessageKey } from '../checks.ts'

/** What the routes need: the parts of the plane, and the jobs. */
export type BulkParts = ApiParts & { bulk: Pick<Bulk, 'take' | 'wake'> }

/** Schema of the id of a job in a path. */
export const JobKey = Type.Object({
  id: Type.String({ maxLength: 100, description: 'Идентификатор задания' }),
})

/** A job with how far it is. */
export async function viewOf({ store }: PipelineContext, job: BulkJobRow): Promise<BulkJob> {
  return jobView(job, await countRows(store, job.id), `${root}/bulk/${job.id}`)
}

/** The job of a path, if it is of the home code of the caller. */
export async function findJob({ store }: PipelineContext, request: FastifyRequest): Promise<BulkJobRow> {
  const { id } = request.params as { id: string }
  const job = await readJob(store, { home: callerOf(request).home, id: readMessageKey(id) })
  if (job === undefined) throw notFound(id)
  return job
}
