// The task that forms a stored message anew for another recipient: no body, signature or file name is touched.

import assert from 'node:assert/strict'
import { copiedPart, writeZip } from '../../operators/containers/zip/write.ts'
import { dialectOf } from '../../operators/dialects/table.ts'
import { checkLogicalMessage } from '../../operators/validation/schema-check.ts'
import type { OpenedMessage } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { type LookedAt, placesNaming } from '../links/names-recipient.ts'
import { reopenPackage } from '../pipeline/open-package.ts'
import type { ReaddressedPackage, ReaddressJob } from '../pipeline/ports.ts'
import { entryNamed, inflated } from './signatures.ts'
import { signerFor } from './signers.ts'

/** Looks for the old id first: what names it must be changed by whoever signed it. Pure but for signing. */
export async function readdress(job: ReaddressJob): Promise<ReaddressedPackage | Refusal> {
  const opened = reopenPackage(job.source)
  if (isRefusal(opened)) return opened
  const { zip, content } = opened
  assert(content.kind === 'messages', 'a stored package of messages holds receipts')
  const message = content.messages.find(({ id }) => id === job.wireId)
  assert(message?.description.kind === 'message', 'a message is not in its package')
  const dialect = dialectOf(job.dialect)
  assert(dialect, `no dialect ${job.dialect}`)

  const places = placesNaming(lookedAt(zip, message), job.from)
  if (isRefusal(places)) return places
  if (places.length > 0) return { is: 'named', places }

  const { kind: _kind, warnings: _warnings, ...description } = message.description
  const xml = dialect.writeMessage({ ...description, recipient: job.to })
  if (isRefusal(xml)) return xml
  const faults = checkLogicalMessage(xml)
  assert(faults.length === 0, `what the writer took does not fit our schema: ${faults[0]?.message ?? ''}`)
  const name = dialect.entryNames.description(message.id)
  const kept = message.entries.filter((entry) => entry.name !== name && !entry.name.endsWith('/'))
  const copies = kept.map((entry) => copiedPart(zip, entry, entry.name))
  const packed = writeZip([{ name, bytes: xml, deflate: true }, ...copies])
  const formed = dialect.openContent(packed)
  if (isRefusal(formed)) return formed
  const bytes = await signerFor(job.signAs).sign(packed, job.at)
  return { is: 'formed', formed: { bytes, content: formed } }
}

function lookedAt(zip: Uint8Array, { entries, description }: OpenedMessage): LookedAt[] {
  return description.documents.map(({ id, fileName, encrypted }) => {
    const entry = encrypted ? undefined : entryNamed(entries, `${id}.bin`)
    return { id, fileName, body: entry === undefined ? undefined : inflated(zip, entry) }
  })
}
