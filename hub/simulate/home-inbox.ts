// What a simulated service does with an entry of its inbox: reads the message whole, and says what became of it.

import type { LinkEventView } from '../../schemas/links/api.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import type { Behaviour } from './behaviours.ts'
import type { ApiCall } from './home-client.ts'
import { sha256 } from './messages.ts'
import type { RecordedMessage, RecordedReceipt } from './record.ts'
import { itemOf } from './tell.ts'

/** An entry of the inbox as the API gives it. */
export type InboxEntry = InboxItem | LinkItem

/** News of a link or an invitation. */
export type LinkItem = { position: number; kind: 'link' | 'invite'; at: string; event: LinkEventView }

/** A message that came, or the final answer to one that was submitted. */
export type InboxItem = {
  position: number
  kind: 'message' | 'answer'
  at: string
  message: {
    id: string
    wireId: string
    answer: { outcome: 'success' | 'error' | 'unknown-id' | null; text: string | null; ids: string[] }
  }
}

/** Whether an entry is news of a link or an invitation. */
export function isLinkItem(entry: InboxEntry): entry is LinkItem {
  return entry.kind === 'link' || entry.kind === 'invite'
}

type Details = {
  id: string
  wireId: string
  kind: 'message' | 'invitation'
  sender: string
  recipient: string
  contentSha256: string
  documents: { id: string; type: string; fileName: string; parents: string[]; href: string }[]
  signatures: { id: string; document: string; signer: string; href: string }[]
}

/** Fetches a message with its bodies and signatures; undefined when a call did not succeed. */
export async function readInboxMessage(call: ApiCall, item: InboxItem): Promise<RecordedMessage | undefined> {
  const found = await call({ method: 'GET', path: `/messages/${item.message.id}` })
  if (found.outcome.class !== 'accepted') return undefined
  const details = found.json as Details
  const fetched = new Map<string, Uint8Array>()
  for (const { id, href } of [...details.documents, ...details.signatures]) {
    const body = await call({ method: 'GET', path: href.replace('/api/v1', '') })
    if (body.outcome.class !== 'accepted') return undefined
    fetched.set(id, body.bytes)
  }
  const bytesOf = (id: string) => fetched.get(id) ?? new Uint8Array()
  return {
    id: details.wireId,
    kind: details.kind,
    invitation: undefined,
    package: 'inbox',
    sender: details.sender,
    recipient: details.recipient,
    contentSha256: details.contentSha256,
    documents: details.documents.map(({ id, type, fileName, parents }) => ({
      id,
      type,
      fileName,
      parents,
      sha256: sha256(bytesOf(id)),
    })),
    signatures: details.signatures.map(({ id, document, signer }) => {
      return { id, document, signer, bytes: bytesOf(id), isRight: undefined }
    }),
    at: new Date(),
  }
}

/** The final answer to a message the service submitted, in the words of a receipt. */
export function receiptOf({ message }: InboxItem): RecordedReceipt {
  const { outcome, text, ids } = message.answer
  const id = message.wireId as ReceiptItem['message']
  const item: ReceiptItem =
    outcome === 'unknown-id'
      ? { outcome, message: id, ids, text: text ?? '' }
      : outcome === 'error'
        ? { outcome, message: id, text: text ?? '' }
        : { outcome: 'success', message: id }
  return { package: 'inbox', item, at: new Date() }
}

/** Acknowledges as the behaviour says, again after `pause` while the hub is away. A second success changes nothing. */
export async function acknowledgeAs(
  call: ApiCall,
  taken: InboxItem,
  message: RecordedMessage,
  behaviour: Behaviour,
  pause: () => Promise<unknown>,
): Promise<void> {
  if (behaviour.receipts === 'none') return
  const item = itemOf(message, behaviour)
  const said =
    item.outcome === 'unknown-id'
      ? { outcome: 'unknown-ids', ids: item.ids, text: item.text }
      : item.outcome === 'error'
        ? { outcome: 'error', text: item.text }
        : { outcome: 'success' }
  for (let times = behaviour.receipts === 'twice' ? 2 : 1; times > 0; ) {
    const path = `/messages/${taken.message.id}/acknowledgement`
    const { outcome } = await call({ method: 'POST', path, json: said })
    if (outcome.class === 'accepted') times -= 1
    else if (outcome.class === 'rejected') throw new Error(`acknowledgement: ${outcome.text}`)
    else await pause()
  }
}
