// The rows of a package that was taken in: package, messages, documents, invitations, work, journal entry.

import { zipEntryBytes } from '../../operators/containers/zip/write.ts'
import { operatorCodeOf, type RowId } from '../../schemas/ids.ts'
import type { InvitationDescription, OpenedMessage, PackageContent } from '../../schemas/package.ts'
import type { Arrival } from '../../schemas/transport.ts'
import type { Change } from '../store/hot/change.ts'
import type { DocumentRow, InvitationRow, MessageRow, PackageInRow, WorkRow } from '../store/hot/rows.ts'
import { journalMaker, type PipelineContext, peerOf } from './context.ts'

/** What becomes rows. */
export type TakenIn = {
  arrival: Arrival
  sha256: string
  peer: string
  content: PackageContent
  blob: string
  /** Id of the API key of a home service. */
  apiKey?: string
}

/** Makes the rows. Every row id is new: the unique package name decides which of two runs counts. */
export function arrivalRows(context: PipelineContext, taken: TakenIn): { packageId: RowId; change: Change } {
  const { arrival, content, peer } = taken
  const packageId = context.clock.newId()
  const make = journalMaker(context, arrival.at)
  const messages = content.kind === 'messages' ? content.messages : []
  const rows = messages.map((message) => ({ message, row: messageRow(context, taken, packageId, message) }))
  const registered = registeredReceiptAddress(context, taken)
  const packageRow: PackageInRow = {
    id: packageId,
    peer,
    name: arrival.name,
    transport: arrival.transport,
    kind: content.kind,
    received_at: arrival.at,
    bytes: arrival.bytes.length,
    sha256: taken.sha256,
    blob: taken.blob,
    messages: messages.length,
    receipt_address: registered ?? null,
    remote: arrival.remote,
  }
  const facts = {
    peer,
    name: arrival.name,
    sha256: taken.sha256,
    bytes: arrival.bytes.length,
    contents: content.kind,
    messages: messages.map((message) => message.id),
    transport: arrival.transport,
    apiKey: taken.apiKey,
    receiptAddress:
      arrival.receiptAddress === undefined
        ? 'none'
        : registered === undefined
          ? 'not-registered'
          : 'registered',
  }
  const change: Change = {
    packagesIn: [packageRow],
    messages: rows.map(({ row }) => row),
    messagesSeen: rows.map(({ row }) => ({
      wire_id: row.wire_id,
      peer,
      message: row.id,
      content_sha256: row.content_sha256,
    })),
    documents: rows.flatMap(({ message, row }) => documentRows(row, message)),
    invitations: rows.flatMap(({ message, row }) =>
      message.description.kind === 'invitation' ? [invitationRow(row, message.description)] : [],
    ),
    work:
      content.kind === 'receipts'
        ? [workRow(arrival.at, packageId, packageId, 'receipts')]
        : rows.map(({ row }) => workRow(arrival.at, row.id, packageId, 'messages')),
    journal: [make('package.accepted', packageId, facts)],
  }
  return { packageId, change }
}

/** Send-Receipt-To counts only when it is registered for the peer (RULES 14). */
function registeredReceiptAddress(context: PipelineContext, taken: TakenIn): string | undefined {
  const asked = taken.arrival.receiptAddress
  const registered = peerOf(context, taken.peer)?.receiptAddresses ?? []
  return asked !== undefined && registered.includes(asked) ? asked : undefined
}

function messageRow(
  context: PipelineContext,
  taken: TakenIn,
  packageId: string,
  message: OpenedMessage,
): MessageRow {
  const { description } = message
  const { at } = taken.arrival
  return {
    id: context.clock.newId(),
    package: packageId,
    peer: taken.peer,
    wire_id: message.id,
    kind: description.kind,
    origin_code: operatorCodeOf(description.sender),
    sender: description.sender,
    recipient: description.recipient,
    content_sha256: message.contentSha256,
    received_at: at,
    ...sizesOf(message),
    state: 'accepted',
    state_at: at,
    answer: 'none',
    answer_code: null,
    answer_text: null,
    answer_ids: [],
    reason: null,
    next_peer: null,
    route_reason: null,
    out_wire_id: null,
    package_out: null,
    verdict: 'not-judged',
    warnings: description.warnings.slice(0, 20),
    deadline_at: null,
    version: 1,
  }
}

/** What a message will take in a ZIP of ours, which copies its entries as they are, under names as long. */
export function sizesOf({
  entries,
}: OpenedMessage): Pick<MessageRow, 'entries' | 'packed_bytes' | 'plain_bytes'> {
  const packed = entries.map(({ name, compressedSize }) => zipEntryBytes(name, compressedSize))
  return {
    entries: entries.length,
    packed_bytes: packed.reduce((sum, bytes) => sum + bytes, 0),
    plain_bytes: entries.reduce((sum, { size }) => sum + size, 0),
  }
}

/** The index rows of a message's documents: known from the door on, so that children find their parents. */
function documentRows(row: MessageRow, message: OpenedMessage): DocumentRow[] {
  return message.description.documents.map((document) => ({
    wire_id: document.id,
    message: row.id,
    peer: row.peer,
    sender: row.sender,
    recipient: row.recipient,
    type: document.type,
    encrypted: document.encrypted,
    parents: document.parents,
    size: null,
    sha256: null,
    streebog256: null,
    blob: null,
  }))
}

function invitationRow(row: MessageRow, invitation: InvitationDescription): InvitationRow {
  const { from, to } = invitation
  return {
    message: row.id,
    type: invitation.type,
    sent_at: invitation.sentAt,
    from_id: from.id,
    from_inn: from.inn ?? null,
    from_kpp: from.kpp ?? null,
    from_name: from.name ?? null,
    to_id: to.id,
    to_inn: to.inn ?? null,
    to_kpp: to.kpp ?? null,
    to_name: to.name ?? null,
  }
}

function workRow(at: Date, id: string, packageId: string, lane: 'messages' | 'receipts'): WorkRow {
  return {
    id,
    hop: 'process',
    lane,
    batch_key: '',
    package: packageId,
    bytes: 0,
    due_at: at,
    attempt: 0,
    owner: '0',
    created_at: at,
  }
}
