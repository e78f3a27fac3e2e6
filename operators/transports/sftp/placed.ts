// Finds out what became of packages we put: gone from the folder, or answered by a file (RULES 24).

import type { PackageName } from '../../../schemas/ids.ts'
import { packageKey } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import type { SftpSite } from '../../../schemas/sftp.ts'
import type { PlacedEnd, PlacedPackage } from '../../../schemas/transport.ts'
import { pathIn } from './address.ts'
import { answerSuffix, type ReadAnswer, readAnswer } from './answers.ts'
import type { Claims } from './claims.ts'
import { isAnswered, unlessMissing } from './fault.ts'
import type { FolderEntry, SftpFiles } from './files.ts'

/** An end, with the name under which its answer file is forgotten. */
export type NamedEnd = PlacedEnd & { name: PackageName }

/** What one look finds. `strays`: answers to names that are not among the placed. */
export type PlacedLook = { ends: NamedEnd[]; strays: number }

/** What follows from the status of an answer; any other, and none, is a refusal. */
const meanings: Record<number, PlacedEnd['is']> = {
  200: 'taken',
  408: 'wanted-again',
  500: 'wanted-again',
  503: 'wanted-again',
}

/** Settings of a watch. `graceMs`: so long after a package is gone its refusal may still come. */
export type PlacedWatchOptions = { site: SftpSite; clock: () => Date; graceMs: number }

type Unclear = Map<string, { size: number; modifiedMs: number; sinceMs: number }>

/** The packages we put to one peer; of what it saw it remembers only what the last look saw too. */
export class PlacedWatch {
  readonly #options: PlacedWatchOptions
  #goneSince = new Map<string, number>()
  #unclear: Unclear = new Map()
  /** Answer files as they are spelled, by the key of the package. */
  #spelled = new Map<string, string>()

  constructor(options: PlacedWatchOptions) {
    this.#options = options
  }

  /** The order matters: a peer writes its refusal before it removes the package, so the folder is listed first. */
  async look(files: SftpFiles, placed: readonly PlacedPackage[]): Promise<PlacedLook> {
    const { site } = this.#options
    const putFolder = pathIn(site, site.putFolder)
    const there = await files.list(putFolder, limits.sftpNamesPerPollMax)
    const names = new Set(there.entries.map(({ name }) => name))
    const answers = await listAnswers(files, site)
    const gone = new Map<string, number>()
    const unclear: Unclear = new Map()
    const ends: NamedEnd[] = []
    this.#spelled = new Map([...answers.byKey].map(([key, { name }]) => [key, name]))
    for (const one of placed) {
      const key = packageKey(one.name)
      const entry =
        answers.byKey.get(key) ?? (answers.isWhole ? undefined : await lookUp(files, site, one.name))
      answers.byKey.delete(key)
      const answer = entry === undefined ? undefined : await readEntry(files, site, entry)
      if (answer === 'unreadable') continue
      if (entry !== undefined && answer !== undefined) {
        if (answer.status === undefined && !this.#isSettled(entry, unclear)) continue
        ends.push({ ...one, is: meanings[answer.status ?? 0] ?? 'refused', ...answer })
        continue
      }
      const isThere = names.has(one.name)
      if (isThere || (!there.isWhole && (await files.look(`${putFolder}/${one.name}`)) !== undefined))
        continue
      if (this.#isGoneForGood(one.id, gone)) ends.push({ ...one, is: 'taken', status: undefined, text: '' })
    }
    this.#goneSince = gone
    this.#unclear = unclear
    return { ends, strays: answers.byKey.size }
  }

  /** Archives or deletes the answer of an end that is written down; again is harmless. */
  async forget(files: SftpFiles, claims: Claims, { name, status, is }: NamedEnd): Promise<void> {
    const { site } = this.#options
    if (is === 'taken' && status === undefined) return
    const file = this.#spelled.get(packageKey(name)) ?? name + answerSuffix
    const path = pathIn(site, site.answersInFolder, file)
    if (site.archiveFolder === undefined) await files.remove(path)
    else await unlessMissing(files.rename(path, pathIn(site, site.archiveFolder, claims.make(file).file)))
  }

  /** Words without a status may be the beginning of an answer that is still being written. */
  #isSettled({ name, size, modifiedMs }: FolderEntry, next: Unclear): boolean {
    const { site, clock } = this.#options
    const nowMs = clock().getTime()
    const before = this.#unclear.get(name)
    const isSame = before?.size === size && before.modifiedMs === modifiedMs
    next.set(name, { size, modifiedMs, sinceMs: isSame ? before.sinceMs : nowMs })
    return isSame && nowMs - before.sinceMs >= site.stableMs
  }

  #isGoneForGood(id: string, next: Map<string, number>): boolean {
    const { clock, graceMs } = this.#options
    const nowMs = clock().getTime()
    const sinceMs = this.#goneSince.get(id) ?? nowMs
    next.set(id, sinceMs)
    return nowMs - sinceMs >= graceMs
  }
}

/** An answer beyond what was listed. */
async function lookUp(files: SftpFiles, site: SftpSite, name: string): Promise<FolderEntry | undefined> {
  const facts = await files.look(pathIn(site, site.answersInFolder, name + answerSuffix))
  return facts?.kind === 'file' ? { name: name + answerSuffix, ...facts } : undefined
}

async function readEntry(
  files: SftpFiles,
  site: SftpSite,
  { name }: FolderEntry,
): Promise<ReadAnswer | 'unreadable' | undefined> {
  const path = pathIn(site, site.answersInFolder, name)
  try {
    const bytes = await unlessMissing(files.read(path, limits.sftpAnswerBytesMax))
    return bytes === undefined ? undefined : readAnswer(bytes)
  } catch (error) {
    // One answer that the server does not give us keeps no other package waiting.
    if (isAnswered(error)) return 'unreadable'
    throw error
  }
}

/** Answers by the key of their package; a peer that never answers needs no folder for it. */
async function listAnswers(files: SftpFiles, site: SftpSite) {
  const path = pathIn(site, site.answersInFolder)
  const listed = await unlessMissing(files.list(path, limits.sftpNamesPerPollMax))
  const { entries, isWhole } = listed ?? { entries: [], isWhole: true }
  const answers = entries.filter(
    ({ name, kind }) => kind === 'file' && name.toLowerCase().endsWith(answerSuffix) && !name.startsWith('.'),
  )
  const keyOf = (name: string) => name.slice(0, -answerSuffix.length).toLowerCase()
  return { byKey: new Map(answers.map((entry) => [keyOf(entry.name), entry])), isWhole }
}
