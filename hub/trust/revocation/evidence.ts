// Lists and answers at hand, found by the issuer of a list and by the serial number an answer is about.

import { limits } from '../../../schemas/limits.ts'
import type { PublicKey } from '../public-key.ts'
import { verifySignature } from '../signature-scheme.ts'
import { nameKey } from './name-key.ts'
import type { OcspAnswer } from './ocsp-answer.ts'
import type { RevocationList, Signed } from './revocation-list.ts'

/** What a judgement may look at. It does not change; a new edition of it is made from new lists and answers. */
export type RevocationEvidence = {
  /** Lists and deltas of an issuer by its raw Name, the newest first; at most crlEditionsMax. */
  listsOf(issuer: Uint8Array): readonly RevocationList[]
  /** Answers on a serial number (a plain number), the newest first; at most crlEditionsMax. */
  answersOn(serial: Uint8Array): readonly OcspAnswer[]
}

/** Orders lists and answers for looking them up. The same list or answer given twice counts once. */
export function gatherEvidence(
  lists: readonly RevocationList[],
  answers: readonly OcspAnswer[],
): RevocationEvidence {
  const byIssuer = new Map<string, RevocationList[]>()
  for (const list of once(lists).sort(byAge)) add(byIssuer, nameKey(list.issuer), list)
  const bySerial = new Map<string, OcspAnswer[]>()
  const newestFirst = once(answers).sort(
    (one, other) => other.producedAt.getTime() - one.producedAt.getTime(),
  )
  for (const answer of newestFirst) {
    const serials = new Set(answer.answers.map(({ id }) => octetsKey(id.serial)))
    for (const serial of serials) add(bySerial, serial, answer)
  }
  return {
    listsOf: (issuer) => byIssuer.get(nameKey(issuer)) ?? [],
    answersOn: (serial) => bySerial.get(octetsKey(serial)) ?? [],
  }
}

/** Whether a list is a later edition than another: by number, and by time when one of them has none. */
export function isLater(one: RevocationList, other: RevocationList): boolean {
  return byAge(one, other) < 0
}

function byAge(one: RevocationList, other: RevocationList): number {
  const byTime = other.thisUpdate.getTime() - one.thisUpdate.getTime()
  if (byTime !== 0 || one.number === undefined || other.number === undefined) return byTime
  return one.number === other.number ? 0 : one.number > other.number ? -1 : 1
}

function once<T extends { sha256: string }>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [value.sha256, value])).values()]
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else if (values.length < limits.crlEditionsMax) values.push(value)
}

const verified = new WeakMap<Signed, Map<string, boolean>>()

/**
 * Whether a key signed a list or an answer. Checked once for each key and each list or answer as it stands in memory: a
 * list of 100 MB takes a second to digest and is asked about for every message.
 */
export function isSignedBy(signed: Signed, key: PublicKey): boolean {
  const before = verified.get(signed)?.get(octetsKey(key.spki))
  if (before !== undefined) return before
  const { scheme, tbs, signature } = signed
  const isValid = scheme !== undefined && verifySignature({ key, scheme, bytes: tbs, signature })
  noteSignedBy(signed, key, isValid)
  return isValid
}

/** Takes over, from another thread too, whether a key signed. Keys that did not are forgotten when there are many. */
export function noteSignedBy(signed: Signed, key: PublicKey, isValid: boolean): void {
  const byKey = verified.get(signed) ?? new Map<string, boolean>()
  if (byKey.size >= limits.crlEditionsMax) {
    for (const [other, valid] of byKey) if (!valid) byKey.delete(other)
  }
  byKey.set(octetsKey(key.spki), isValid)
  verified.set(signed, byKey)
}

/** Octets as a key of a map. */
function octetsKey(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1')
}
