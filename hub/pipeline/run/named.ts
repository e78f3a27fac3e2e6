// What a stage names for the runner of the message machine (STYLE 20).

import type { MessageEvent, MessageGuard } from '../../../routing/machines/message.ts'
import { type Refusal, type RefusalCode, refusalText } from '../../../schemas/refusals.ts'
import type { MessagePatch, ParentWaitRow } from '../../store/hot/rows.ts'
import type { LinkWaitRow } from '../../store/links/waits.ts'

/** What a stage says happened to a message. */
export type Named = {
  event: MessageEvent
  /** Columns the event brings along. */
  patch?: MessagePatch
  /** Code of the refusal or of the reason to hold. */
  reason?: RefusalCode
  /** Text for the origin, with an error or unknown id. */
  text?: string
  /** Ids named by НеизвестныйИд. */
  ids?: string[]
  /** Guards that hold. */
  holds?: readonly MessageGuard[]
  /** What this one waits for. */
  parents?: readonly Awaited[]
  /** The link it waits for, or what must change in it. */
  wait?: NamedWait
  /** It has a row of link_wait, whether it was ever parked or not. */
  hasLinkWait?: boolean
  /** What its signatures are worth, and the digest of facts and verdict. */
  verdict?: { summary: string; digest: string }
  /** Id of the API key by which a home service said it. */
  apiKey?: string
}

/** A message that is waited for, and the document of it that is named. */
export type Awaited = Pick<ParentWaitRow, 'parent' | 'document'>

/** A row of link_wait to be; its deadline stays once it was set. */
export type NamedWait = Omit<LinkWaitRow, 'message'> & {
  /** Something changed already: it is looked at at once. */
  isLookedAtNow?: boolean
}

/** A per-message refusal, told to the origin by a processing receipt. */
export function refusedBy(refusal: Refusal): Named {
  return { event: 'refused', reason: refusal.code, text: refusalText(refusal) }
}
