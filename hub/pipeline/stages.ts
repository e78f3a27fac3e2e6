// The seven stages of a message's way and the durable hop each belongs to; the tree is named after them.

import { open } from './2-open.ts'
import { verify } from './3-verify.ts'
import { route } from './4-route.ts'
import { translate } from './5-translate.ts'
import type { ProcessStage } from './passage.ts'

/** Stages by number. Those of the PROCESS hop run one after another over a batch and commit once. */
export const stages = [
  { number: 1, name: 'accept', hop: 'intake', does: 'checks at the door, bytes durable, transport receipt' },
  { number: 2, name: 'open', hop: 'process', does: 'container to messages' },
  { number: 3, name: 'verify', hop: 'process', does: 'digests of bodies, signatures, verdict' },
  { number: 4, name: 'route', hop: 'process', does: 'repeats, parents, next hop' },
  { number: 5, name: 'translate', hop: 'process', does: "into the next hop's dialect" },
  { number: 6, name: 'deliver', hop: 'deliver', does: 'group, pack, sign, send, class the outcome' },
  { number: 7, name: 'settle', hop: 'settle', does: 'processing receipts in and out, deadlines' },
] as const

/** The stages of the PROCESS hop in their order. */
export const processStages: readonly ProcessStage[] = [open, verify, route, translate]
