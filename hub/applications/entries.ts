// What applications leave in the journal, and how one ends.

import type { JournalEntry } from '../../schemas/journal.ts'
import type { Clock } from '../pipeline/ports.ts'
import type { ApplicationRow, ApplicationRowState, ApplicationState } from '../store/applications/rows.ts'

/** The entry of a change: who did what to how many counterparties; no names, no numbers of requests. */
export function changedEntry(
  context: { clock: Pick<Clock, 'newId'> },
  application: Pick<ApplicationRow, 'id' | 'home' | 'operator'>,
  of: { action: string; rows: number; actor?: string; invites?: readonly string[]; at: Date },
): JournalEntry {
  const { action, rows, actor, invites, at } = of
  const { id: subject, home, operator } = application
  const facts = { action, home, operator, rows, actor, invites }
  return { id: context.clock.newId(), at, kind: 'application.changed', subject, facts }
}

/** How an application ends once no row of it is open: as its rows did, or `closed` where they differ. */
export function endedState(rows: readonly ApplicationRowState[]): ApplicationState | undefined {
  if (rows.includes('open')) return undefined
  const kinds = new Set(rows.filter((row) => row !== 'gone'))
  const [kind] = kinds
  return kinds.size === 1 && (kind === 'confirmed' || kind === 'refused') ? kind : 'closed'
}
