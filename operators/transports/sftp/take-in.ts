// Takes one file of a peer in: claim, read, ask the door, answer, remove, each step harmless when it is done again.
// A crash leaves the file where it was or among the claims, and the door knows a package by its name (RULES 11).

import { parsePackageName } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import { type Refusal, refusalText, refuse } from '../../../schemas/refusals.ts'
import type { SftpSite } from '../../../schemas/sftp.ts'
import type { Door, DoorAnswer } from '../../../schemas/transport.ts'
import { pathIn } from './address.ts'
import { writeAnswer } from './answers.ts'
import type { ByteGate } from './byte-gate.ts'
import type { Claim, Claims } from './claims.ts'
import { isAnswered, unlessMissing } from './fault.ts'
import type { FileFacts, SftpFiles } from './files.ts'

/** Points at which a test ends the process: after each, another run takes the file to the same end. */
export type PickupPoint =
  /** Renamed, not read. */
  | 'pickup.claimed'
  /** Read, the door not asked. */
  | 'pickup.read'
  /** The door said 200, nothing else was done. */
  | 'pickup.accepted'
  /** The answer file is written, the file still there. */
  | 'pickup.answered'
  /** Archived or deleted. */
  | 'pickup.removed'

/** What became of a file. `gone`: another node or its sender has it. `returned`: it was no file at all. */
export type TakenAs = 'taken' | 'refused' | 'postponed' | 'gone' | 'returned'

/** What a file is taken in with. */
export type TakeOptions = {
  site: SftpSite
  files: SftpFiles
  claims: Claims
  door: Door
  room: ByteGate
  clock: () => Date
  reach: (point: PickupPoint) => Promise<void> | void
  /** The door failed where it must not; the file is tried again. */
  onDoorFault: (error: unknown) => void
}

/** Claims a file of the pickup folder and takes it in. After an SftpFault it lies where a later poll finds it. */
export async function takeFresh(name: string, options: TakeOptions): Promise<TakenAs> {
  const { site, files, claims } = options
  const claim = claims.make(name)
  if (!(await move(files, pathIn(site, site.pickupFolder, name), claimPath(site, claim)))) return 'gone'
  if (site.pickupWhole === 'marker') {
    // Only when the claim is seen: a file that lost its marker where it lies would never be picked up.
    if ((await files.look(claimPath(site, claim))) === undefined) return 'gone'
    await files.remove(pathIn(site, site.pickupFolder, name + site.markerSuffix))
  }
  return takeClaimed(claim, options)
}

/** Claims what another node left behind and takes it in. */
export async function takeLapsed(lapsed: Claim, options: TakeOptions): Promise<TakenAs> {
  const { site, files, claims } = options
  const claim = claims.make(lapsed.name)
  if (!(await move(files, claimPath(site, lapsed), claimPath(site, claim)))) return 'gone'
  return takeClaimed(claim, options)
}

/** Takes a file in that is claimed by us. What the server refuses about it is tried again, later each time. */
export async function takeClaimed(claim: Claim, options: TakeOptions): Promise<TakenAs> {
  try {
    return await finish(claim, options)
  } catch (error) {
    if (isAnswered(error)) options.claims.postpone(claim, 0)
    throw error
  }
}

async function finish(claim: Claim, options: TakeOptions): Promise<TakenAs> {
  const { site, files, claims, reach } = options
  await reach('pickup.claimed')
  const path = claimPath(site, claim)
  const facts = await files.look(path)
  if (facts === undefined) return 'gone'
  if (facts.kind !== 'file') return giveBack(claim, options)
  const answer = await ask(claim, facts, options)
  if (answer === undefined) return 'gone'
  if (answer === 'unsteady') {
    claims.postpone(claim, 0)
    return 'postponed'
  }
  const isTaken = answer.status === 200
  if (!isTaken && !isFinal(answer.status)) {
    claims.postpone(claim, (answer.retryAfterS ?? 0) * 1000)
    return 'postponed'
  }
  if (isTaken) await reach('pickup.accepted')
  if (!isTaken || site.answers === 'all') {
    await writeAnswer(files, site, { name: claim.name, answer })
    await reach('pickup.answered')
  }
  await putAway(claim, options)
  await reach('pickup.removed')
  return isTaken ? 'taken' : 'refused'
}

/** No for these bytes under this name; 408 and 5xx mean that the same may be taken later. */
function isFinal(status: number): boolean {
  return status >= 400 && status <= 499 && status !== 408
}

function claimPath(site: SftpSite, { file }: Claim): string {
  return pathIn(site, site.claimedFolder, file)
}

/** Renames without overwriting; false when somebody else was first. */
async function move(files: SftpFiles, path: string, newPath: string): Promise<boolean> {
  const moved = await unlessMissing(files.rename(path, newPath).then(() => true))
  if (moved === true) return true
  // The folder of claims may be what is missing.
  if ((await files.look(path)) === undefined) return false
  await files.rename(path, newPath)
  return true
}

/** What was put in the place of a file after it was listed goes back, where the next listing tells it by its kind. */
async function giveBack(claim: Claim, { site, files }: TakeOptions): Promise<TakenAs> {
  try {
    await files.rename(claimPath(site, claim), pathIn(site, site.pickupFolder, claim.name))
  } catch (error) {
    // The name is taken again: it stays among the claims, where only files are looked at.
    if (!isAnswered(error)) throw error
  }
  return 'returned'
}

/** The door's answer; undefined when the file is gone, `unsteady` while somebody writes to it. */
async function ask(
  claim: Claim,
  { size, modifiedMs }: FileFacts,
  options: TakeOptions,
): Promise<DoorAnswer | 'unsteady' | undefined> {
  const { site, files, room, reach, door, clock } = options
  const name = parsePackageName(claim.name)
  if (name === undefined) return turnAway(claim, refuse('door.name-invalid', claim.name), options)
  if (size === 0) {
    // A size is only a word of the server's, and what is refused is removed.
    const start = await unlessMissing(files.read(claimPath(site, claim), 1))
    if (start === undefined) return undefined
    return start.length > 0
      ? 'unsteady'
      : turnAway(claim, refuse('door.empty', 'a file of no bytes'), options)
  }
  if (size > limits.packageBytesMax) {
    const seen = `${size} bytes of at most ${limits.packageBytesMax}`
    return turnAway(claim, refuse('door.too-large', seen), options)
  }
  const leave = await room.enter(size)
  try {
    const bytes = await readSteady(files, claimPath(site, claim), { size, modifiedMs })
    if (bytes === undefined || bytes === 'unsteady') return bytes
    await reach('pickup.read')
    const arrival = { transport: 'sftp', name, bytes, receiptAddress: undefined } as const
    return await guarded(door.accept({ ...arrival, remote: remoteOf(site), at: clock() }), options)
  } finally {
    leave()
  }
}

/** All bytes of a file that nobody writes to any more: its size and time are the same before and after. */
async function readSteady(
  files: SftpFiles,
  path: string,
  before: Pick<FileFacts, 'size' | 'modifiedMs'>,
): Promise<Uint8Array | 'unsteady' | undefined> {
  // One byte more than there should be, to see whether there is one.
  const bytes = await unlessMissing(files.read(path, before.size + 1))
  const after = await files.look(path)
  if (bytes === undefined || after === undefined) return undefined
  const isSame = after.size === before.size && after.modifiedMs === before.modifiedMs
  return isSame && bytes.length === before.size ? bytes : 'unsteady'
}

function turnAway(claim: Claim, refusal: Refusal, options: TakeOptions): Promise<DoorAnswer> {
  const { site, door, clock } = options
  const from = { transport: 'sftp', remote: remoteOf(site), name: claim.name, at: clock() } as const
  return guarded(door.turnAway(refusal, from), options)
}

/** A door that fails has stored nothing: the file is tried again. */
async function guarded(asked: Promise<DoorAnswer>, { onDoorFault }: TakeOptions): Promise<DoorAnswer> {
  try {
    return await asked
  } catch (error) {
    onDoorFault(error)
    const refusal = refuse('door.failed', 'nothing is stored')
    return { status: 500, code: refusal.code, text: refusalText(refusal) }
  }
}

async function putAway(claim: Claim, { site, files }: TakeOptions): Promise<void> {
  if (site.archiveFolder === undefined) await files.remove(claimPath(site, claim))
  else await move(files, claimPath(site, claim), pathIn(site, site.archiveFolder, claim.file))
}

function remoteOf({ address }: SftpSite): string {
  return URL.parse(address)?.host ?? 'unknown'
}
