// What later steps of the demo's story need of earlier ones.

import type { SimulatedMessage } from '../simulate/messages.ts'
import type { RecordedMessage } from '../simulate/record.ts'
import type { Side } from './sides.ts'

/** What later steps need of earlier ones. */
export type Plot = {
  /** Every message the hub accepted, with who sent it and who must have got it. */
  carried: { message: Pick<SimulatedMessage, 'id' | 'contentSha256'>; from: Side; to: Side }[]
  /** The УПД, as it was sent and as it came. */
  transfer?: { message: SimulatedMessage; got: RecordedMessage; sentAt: number }
  /** The invitation by ИНН: where the API shows it, the document that waits for it, the link of its letter. */
  invited?: { href: string; message: SimulatedMessage; link: string | undefined }
}
