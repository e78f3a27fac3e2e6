// Reading of uploaded lists in a worker, and how what was read comes back without stopping the event loop.

import { setImmediate as turn } from 'node:timers/promises'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import type { ListedOrganisation } from '../lists/organisations.ts'
import { readList } from '../lists/read.ts'

/** Organisations as JSON, limits.listTurnRows in each piece: bytes cost nothing to hand over, objects do. */
export type ListPieces = { pieces: Uint8Array[] }

/** The task: reads a list whole. Refusals: list.*. */
export async function readListPieces(bytes: Uint8Array): Promise<ListPieces | Refusal> {
  const listed = await readList(bytes)
  if (isRefusal(listed)) return listed
  const pieces: Uint8Array[] = []
  for (let at = 0; at < listed.length; at += limits.listTurnRows) {
    pieces.push(Buffer.from(JSON.stringify(listed.slice(at, at + limits.listTurnRows))))
  }
  return { pieces }
}

/** On the main thread: the organisations of the pieces, with a turn for others after each. */
export async function joinListPieces(read: ListPieces | Refusal): Promise<ListedOrganisation[] | Refusal> {
  if (isRefusal(read)) return read
  const listed: ListedOrganisation[] = []
  for (const piece of read.pieces) {
    const rows = JSON.parse(Buffer.from(piece).toString('utf8')) as Partial<ListedOrganisation>[]
    // JSON leaves out what is not there.
    for (const row of rows) listed.push({ ...absent, ...row } as ListedOrganisation)
    await turn()
  }
  return listed
}

const absent = { kpp: undefined, name: undefined, email: undefined, fault: undefined }
