// The registry of partners: the current book at hand, changes as transactions, every node told of them.

import type { EntityManager } from '@mikro-orm/postgresql'
import { type OperatorCode, type ParticipantId, type PeerId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { PartnerBook, PartnerFile, Peer } from '../../schemas/partner.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import { failedStatement } from '../store/away.ts'
import { PartnerChangeRow } from '../store/entities/partner-change.ts'
import type { Store } from '../store/orm.ts'
import { checkParticipant, type PartnerCheck } from './check.ts'
import { isRefused, readPartnerFile } from './partner-file.ts'
import { type PartnerChange, type PartnerEdit, type PartnerRows, planChange } from './plan.ts'
import {
  type Authorship,
  lockEdition,
  partnersChannel,
  readBook,
  readEdition,
  readRows,
  writeChanges,
} from './rows.ts'
import { faultsOfPlan } from './rules.ts'

/** What the registry needs of its surroundings. */
export type RegistrySettings = {
  store: Pick<Store, 'orm' | 'listen'>
  clock: () => Date
  homeCodes: readonly OperatorCode[]
  /** Names of the dialects this hub speaks; a peer of another one is refused. */
  dialects: readonly string[]
  /** Told when the book could not be read again; the last one stays in use. */
  onFault: (place: string, error: unknown) => void
}

/** Who changes partners and why; both go into the history. */
export type Author = { actor: string; reason: string }
/** A change that was made. Without changes the edition stays what it was. */
export type Applied = { edition: number; changes: { kind: PartnerChange['kind']; key: string }[] }
/** A change that was refused as a whole; nothing of it was written. */
export type Rejected = { refusals: Refusal[] }

/** The registry of partners. */
export type PartnerRegistry = {
  /** The current edition, frozen. Free of cost: ask for it at every decision. */
  book(): PartnerBook
  /** Adds and replaces rows by a partner file, checked here. All or nothing. */
  apply(content: unknown, author: Author): Promise<Applied | Rejected>
  /** Adds the rows that do not exist yet; what was changed at run time stays. May run at every start. */
  seed(file: PartnerFile): Promise<Applied | Rejected>
  /** Activates, suspends or stops an exchange. Refused with partner.incomplete when something lacks. */
  setPeerState(peer: PeerId, state: Peer['state'], author: Author): Promise<Applied | Rejected>
  /** Takes an override back: the code of the participant decides again. */
  removeOverride(participant: ParticipantId, author: Author): Promise<Applied | Rejected>
  /** The answer of `hub partners check`. */
  check(participant: ParticipantId): PartnerCheck
  /** Changes, newest first, at most limits.pageRowsMax; of one row when `kind` and `key` are given. */
  history(of?: { kind: PartnerChange['kind']; key: string }): Promise<PartnerChangeRow[]>
  /** Calls back after each new edition. Returns what ends it. */
  onChange(listener: (book: PartnerBook) => void): () => void
  /** Reads the book again if the store has a newer edition. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the registry: reads the book, then follows the notifications of all nodes. A missed notification is
 * made good after a reconnection and every limits.partnersRereadMs.
 */
export async function openPartnerRegistry(settings: RegistrySettings): Promise<PartnerRegistry> {
  const { store, clock, homeCodes, onFault } = settings
  const listeners = new Set<(book: PartnerBook) => void>()
  let book = await readBook(store.orm.em)

  // Readings follow one another, and an older edition never takes the place of a newer one.
  let reading: Promise<void> = Promise.resolve()
  const refresh = () => {
    reading = reading
      .catch(() => undefined)
      .then(async () => {
        if ((await readEdition(store.orm.em)) <= book.edition) return
        const read = await readBook(store.orm.em)
        if (read.edition <= book.edition) return
        book = read
        for (const listener of listeners) listener(read)
      })
    return reading
  }
  const refreshLater = () => void refresh().catch((error: unknown) => onFault('partners', error))

  const change = async (edit: (rows: PartnerRows) => PartnerEdit | Refusal[], author: Author) => {
    const by: Authorship = { ...author, at: clock() }
    const result = await store.orm.em
      .fork()
      .transactional((em) => changeIn(em, { edit, by, settings }))
      // The ORM passes on what the driver says of its begin and commit as it is.
      .catch((error: unknown) => Promise.reject(failedStatement(error)))
    if ('edition' in result && result.edition > book.edition) await refresh()
    return result
  }

  const stopListening = await store.listen(partnersChannel, {
    notified: (edition) => Number(edition) > book.edition && refreshLater(),
    connected: refreshLater,
  })
  const timer = setInterval(refreshLater, limits.partnersRereadMs).unref()

  return {
    book: () => book,
    async apply(content, author) {
      const file = readPartnerFile(content)
      return isRefused(file) ? { refusals: file } : change(() => ({ file, rows: 'all' }), author)
    },
    seed: (file) => change(() => ({ file, rows: 'missing' }), { actor: 'seed', reason: 'seed of the hub' }),
    setPeerState: (peer, state, author) => change((rows) => editOfState(rows, peer, state), author),
    removeOverride: (participant, author) => change((rows) => editOfRemoval(rows, participant), author),
    check: (participant) => checkParticipant({ book, participant, homeCodes, at: clock() }),
    history: (of) =>
      store.orm.em
        .fork()
        .find(PartnerChangeRow, of ?? {}, { orderBy: { id: 'desc' }, limit: limits.pageRowsMax }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    refresh,
    async close() {
      clearInterval(timer)
      await stopListening()
      await reading.catch(() => undefined)
    },
  }
}

// Runs under the lock of the edition, so what was planned from the rows still holds when it is written.
async function changeIn(
  em: EntityManager,
  {
    edit,
    by,
    settings,
  }: {
    edit: (rows: PartnerRows) => PartnerEdit | Refusal[]
    by: Authorship
    settings: RegistrySettings
  },
): Promise<Applied | Rejected> {
  const edition = await lockEdition(em)
  const rows = await readRows(em)
  const wanted = edit(rows)
  if (isRefused(wanted)) return { refusals: wanted }
  const plan = planChange(rows, wanted)
  if (isRefused(plan)) return { refusals: plan }
  if (plan.changes.length === 0) return { edition, changes: [] }
  const refusals = faultsOfPlan(plan, { at: by.at, dialects: settings.dialects })
  if (refusals.length > 0) return { refusals }
  await writeChanges(em, { edition: edition + 1, changes: plan.changes, by })
  return { edition: edition + 1, changes: plan.changes.map(({ kind, key }) => ({ kind, key })) }
}

function editOfState(rows: PartnerRows, id: PeerId, state: Peer['state']): PartnerEdit | Refusal[] {
  const peer = rows.peers.get(id)
  if (peer === undefined) return [refuse('admin.not-found', `партнёр ${id}`)]
  return { file: { peers: [{ ...peer, state }] }, rows: 'all' }
}

function editOfRemoval(rows: PartnerRows, participant: ParticipantId): PartnerEdit | Refusal[] {
  const key = participantKey(participant)
  if (!rows.overrides.has(key)) return [refuse('admin.not-found', 'исключение для участника')]
  return { file: {}, rows: 'all', removeOverrides: [key] }
}
