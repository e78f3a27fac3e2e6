// Routes of the journal: sealed blocks as a stream of lines, for `hub journal export`.

import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { logFailure } from '../../../monitoring/log.ts'
import { limits } from '../../../schemas/limits.ts'
import { refuse } from '../../../schemas/refusals.ts'
import { exportLines } from '../../journal/export.ts'
import { sendRefusals } from './answers.ts'
import type { AdminApp, AdminParts } from './app.ts'

const Block = Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' }))

/**
 * Adds the routes. An export that fails on its way ends without its last line and its connection is cut, so that
 * nobody takes it for whole.
 */
export function addJournal(app: AdminApp, { context }: AdminParts): void {
  let running = 0
  const querystring = Type.Object({ from: Block, to: Block }, { additionalProperties: false })
  app.get('/admin/v1/journal/blocks', { schema: { querystring } }, (request, reply) => {
    if (running >= limits.adminExportsMax) {
      sendRefusals(reply, refuse('admin.busy', `${running} выгрузки уже идут (exports are under way)`))
      return reply
    }
    const { from, to } = request.query
    const range = {
      ...(from === undefined ? {} : { from: Number(from) }),
      ...(to === undefined ? {} : { to: Number(to) }),
    }
    const stream = Readable.from(pieces(exportLines(context.store, range)), { objectMode: false })
    running += 1
    // Comes also when the reader goes away before the first line was asked for.
    stream.once('close', () => {
      running -= 1
    })
    stream.once('error', (error) => logFailure(error, 'admin.export'))
    return reply.type('application/x-ndjson; charset=utf-8').send(stream)
  })
}

/** Lines gathered to pieces worth a write. */
async function* pieces(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = []
  let bytes = 0
  for await (const line of lines) {
    const piece = Buffer.from(line)
    gathered.push(piece)
    bytes += piece.length
    if (bytes < limits.exportPieceBytes) continue
    yield Buffer.concat(gathered)
    gathered = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(gathered)
}
