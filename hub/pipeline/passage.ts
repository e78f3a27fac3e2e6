// A message on its way through the stages of the PROCESS hop, and what the stages found.

import type { Plan } from '../../routing/route.ts'
import type { JournalEntry } from '../../schemas/journal.ts'
import type {
  ClaimedWork,
  DocumentRow,
  HomeDocumentRow,
  MessageRow,
  PackageInRow,
} from '../store/hot/rows.ts'
import type { DocumentsReaddressed, Readdressed } from '../store/links/waits.ts'
import type { PipelineContext } from './context.ts'
import type { ExaminedMessage } from './ports.ts'
import type { Named } from './run/named.ts'
import type { Judged } from './verdict/judged.ts'

/** Filled in by the stages in order. A stage that ends the way says so in `named`; later stages pass it by. */
export type Passage = {
  work: ClaimedWork
  message: MessageRow
  packageIn: PackageInRow
  /** 2-open: what is in the message. */
  examined?: ExaminedMessage
  /** 3-verify: index rows with digests. */
  documents?: DocumentRow[]
  /** 3-verify: what the signatures are worth, and the rows that keep it. */
  judged?: Judged
  /** 4-route: the next hop. */
  plan?: Plan
  /** 4-route: headers for the search of the home service that gets it. */
  homeDocuments?: HomeDocumentRow[]
  /** 4-route: the refused message of the same id whose place this one takes. */
  takesPlaceOf?: string
  /** 4-route: it has a row of link_wait. */
  hasLinkWait?: boolean
  /** 4-route: it was formed anew for another recipient; the package it is in from now on. */
  readdressed?: { message: Readdressed; packageIn: PackageInRow; journal: JournalEntry }
  /** 4-route: its documents are for another id from now on, in this package or in a new version. */
  documentsReaddressed?: DocumentsReaddressed
  /** What happened, in the words of the message machine. */
  named?: Named
  /** Nothing can be said yet: look again at this time. */
  lookAgainAt?: Date
  /** The hub itself failed at this message. */
  fault?: unknown
}

/** A stage of the PROCESS hop. Works on a batch; idempotent, for a crash runs the hop from its start. */
export type ProcessStage = {
  name: 'open' | 'verify' | 'route' | 'translate'
  run(context: PipelineContext, batch: readonly Passage[], now: Date): Promise<void>
}

/** The passages a stage still has to look at. */
export function onTheWay(batch: readonly Passage[]): Passage[] {
  return batch.filter(
    ({ named, lookAgainAt, fault }) =>
      named === undefined && lookAgainAt === undefined && fault === undefined,
  )
}
