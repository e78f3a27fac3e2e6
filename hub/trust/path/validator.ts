// Validates certificates against one edition of the anchors, and remembers the answers for as long as they hold.

import { LRUCache } from 'lru-cache'
import { limits } from '../../../schemas/limits.ts'
import type { PathFacts } from '../../../schemas/verdict/facts.ts'
import type { Certificate } from '../certificate.ts'
import { findPath, isSpent, type PathFound, type PathWork } from './build.ts'
import { CertificateIndex } from './certificate-index.ts'
import { pathFacts } from './facts.ts'
import type { PathInputs } from './validate.ts'

/** What a target is validated against. */
export type PathSetting = {
  readonly anchors: readonly Certificate[]
  readonly intermediates: readonly Certificate[]
  readonly inputs?: PathInputs
}

/** Milliseconds since 1970, both included. */
export type Window = { readonly from: number; readonly until: number }

/** A path with its certificates, whose revocation is to be asked, and when the answer stays the same. */
export type ValidatedPath = {
  readonly facts: PathFacts
  /** From the target up to the one below the anchor; empty without a path, and when the target is an anchor. */
  readonly certificates: readonly Certificate[]
  readonly anchor: Certificate | undefined
  /** At any time inside the answer is the same but for `facts.at`. */
  readonly window: Window
}

/** Finds and validates the path of one certificate (RFC 5280, 6.1). Never throws; see findPath for the bounds. */
export function validateCertificate(
  target: Certificate,
  { anchors, intermediates, inputs = {}, at }: PathSetting & { readonly at: Date },
): PathFacts {
  const found = findPath({
    target,
    anchors: new CertificateIndex(anchors),
    intermediates: [new CertificateIndex(intermediates)],
    inputs,
    at,
    remembered: new Map(),
  })
  return pathFacts(target, found, at)
}

/**
 * Validates against one setting again and again. Another setting is another validator (see `over`). Answers are
 * remembered for the target and the certificates that came with it (pathsRememberedMax), signatures by the octets of
 * certificate and key (pathSignaturesRememberedMax).
 */
export class PathValidator {
  readonly #anchors: CertificateIndex
  readonly #intermediates: CertificateIndex
  readonly #inputs: PathInputs
  readonly #answers = new LRUCache<string, ValidatedPath>({ max: limits.pathsRememberedMax })
  readonly #signatures: LRUCache<string, boolean>
  readonly #setting: PathSetting

  constructor(setting: PathSetting, signatures?: LRUCache<string, boolean>) {
    this.#setting = setting
    this.#anchors = new CertificateIndex(setting.anchors)
    this.#intermediates = new CertificateIndex(setting.intermediates)
    this.#inputs = setting.inputs ?? {}
    this.#signatures =
      signatures ?? new LRUCache<string, boolean>({ max: limits.pathSignaturesRememberedMax })
  }

  /**
   * A validator of another setting that need not learn anew what does not depend on it: whether a key made a signature. Of
   * the same certificates in the same order it is this very one, with all its answers.
   */
  over(setting: PathSetting): PathValidator {
    const isSame =
      areSame(setting.anchors, this.#setting.anchors) &&
      areSame(setting.intermediates, this.#setting.intermediates) &&
      setting.inputs === this.#setting.inputs
    return isSame ? this : new PathValidator(setting, this.#signatures)
  }

  /**
   * The path of a target at a time; `beside` are the certificates that came with it, which prove nothing alone. What is
   * found once `work` is spent is not remembered.
   */
  validate(
    target: Certificate,
    at: Date,
    beside: readonly Certificate[] = [],
    work?: PathWork,
  ): ValidatedPath {
    let key: string = target.thumbprint
    for (const { thumbprint } of beside) key += thumbprint
    const known = this.#answers.get(key)
    const time = at.getTime()
    if (known !== undefined && known.window.from <= time && time <= known.window.until)
      return { ...known, facts: { ...known.facts, at: at.toISOString() } }
    const found = findPath({
      target,
      anchors: this.#anchors,
      intermediates: [new CertificateIndex(beside), this.#intermediates],
      inputs: this.#inputs,
      at,
      remembered: this.#signatures,
      work,
    })
    const { certificates, anchor } = found
    const answer = {
      facts: pathFacts(target, found, at),
      certificates,
      anchor,
      window: windowOf(target, found, at),
    }
    if (!isSpent(work)) this.#answers.set(key, answer)
    return answer
  }
}

function areSame(some: readonly Certificate[], others: readonly Certificate[]): boolean {
  if (some === others) return true
  return (
    some.length === others.length &&
    some.every(({ thumbprint }, place) => thumbprint === others[place]?.thumbprint)
  )
}

/**
 * A path without problems holds while all of its certificates do. Another answer may change once one of those
 * looked at begins or ends.
 */
function windowOf(target: Certificate, found: PathFound, at: Date): Window {
  const { certificates, anchor, problems, considered } = found
  const resting =
    problems.length > 0 || anchor === undefined ? considered : new Set([target, ...certificates, anchor])
  const time = at.getTime()
  let from = Number.NEGATIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  for (const { notBefore, notAfter } of resting) {
    // A period ends with the last millisecond of its last second (4.1.2.5 knows whole seconds only).
    for (const start of [notBefore.getTime(), notAfter.getTime() + 1000]) {
      if (start <= time) from = Math.max(from, start)
      else until = Math.min(until, start - 1)
    }
  }
  return { from, until }
}
