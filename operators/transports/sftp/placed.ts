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

/** Watches the packages of one peer. `graceMs`: so long after a package is gone its refusal may still come. */
export function createPlacedWatch(options: { site: SftpSite; clock: () => Date; graceMs: number }) {
  const { site, clock, graceMs } = options
  let goneSince = new Map<string, number>()
  let unclear = new Map<string, { size: number; modifiedMs: number; sinceMs: number }>()
  /** Answer files as they are spelled, by the key of the package. */
  let spelled = new Map<string, string>()

  /** Words without a status may be the beginning of an answer that is still being written. */
  function isSettled({ name, size, modifiedMs }: FolderEntry, next: typeof unclear): boolean {
    const nowMs = clock().getTime()
    const before = unclear.get(name)
    const isSame = before?.size === size && before.modifiedMs === modifiedMs
    next.set(name, { size, modifiedMs, sinceMs: isSame ? before.sinceMs : nowMs })
    return isSame && nowMs - before.sinceMs >= site.stableMs
  }
  function isGoneForGood(id: string, next: Map<string, number>): boolean {
    const nowMs = clock().getTime()
    const sinceMs = goneSince.get(id) ?? nowMs
    next.set(id, sinceMs)
    return nowMs - sinceMs >= graceMs
  }

  /** The order matters: a peer writes its refusal before it removes the package, so the folder is listed first. */
  async function look(files: SftpFiles, placed: readonly PlacedPackage[]): Promise<PlacedLook> {
    const putFolder = pathIn(site, site.putFolder)
    const there = await files.list(putFolder, limits.sftpNamesPerPollMax)
    const names = new Set(there.entries.map(({ name }) => name))
    const answers = await listAnswers(files, site)
    const gone = new Map<string, number>()
    const stillUnclear: typeof unclear = new Map()
    const found: PlacedLook = { ends: [], strays: 0 }
    spelled = new Map([...answers.byKey].map(([key, { name }]) => [key, name]))
    for (const { id, name } of placed) {
      const entry = answers.byKey.get(packageKey(name)) ?? (await lookUp(files, name, answers.isWhole))
      answers.byKey.delete(packageKey(name))
      const answer = entry === undefined ? undefined : await readEntry(files, entry)
      if (answer === 'unreadable') continue
      if (entry !== undefined && answer !== undefined) {
        if (answer.status === undefined && !isSettled(entry, stillUnclear)) continue
        const is = meanings[answer.status ?? 0] ?? 'refused'
        found.ends.push({ id, name, is, status: answer.status, text: answer.text })
        continue
      }
      const isThere =
        names.has(name) || (!there.isWhole && (await files.look(`${putFolder}/${name}`)) !== undefined)
      if (isThere || !isGoneForGood(id, gone)) continue
      found.ends.push({ id, name, is: 'taken', status: undefined, text: '' })
    }
    goneSince = gone
    unclear = stillUnclear
    found.strays = answers.byKey.size
    return found
  }

  async function lookUp(files: SftpFiles, name: string, isWhole: boolean): Promise<FolderEntry | undefined> {
    if (isWhole) return undefined
    const facts = await files.look(pathIn(site, site.answersInFolder, name + answerSuffix))
    return facts?.kind === 'file' ? { name: name + answerSuffix, ...facts } : undefined
  }
  async function readEntry(
    files: SftpFiles,
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

  /** Archives or deletes the answer of an end that is written down; again is harmless. */
  async function forget(files: SftpFiles, claims: Claims, { name, status, is }: NamedEnd): Promise<void> {
    if (is === 'taken' && status === undefined) return
    const file = spelled.get(packageKey(name)) ?? name + answerSuffix
    const path = pathIn(site, site.answersInFolder, file)
    if (site.archiveFolder === undefined) await files.remove(path)
    else await unlessMissing(files.rename(path, pathIn(site, site.archiveFolder, claims.make(file).file)))
  }
  return { look, forget }
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
