// Fuzz target: time-stamp tokens over a signature.

import assert from 'node:assert/strict'
import { isFound } from '../../../hub/trust/cms/open.ts'
import { oids } from '../../../hub/trust/der/oids.ts'
import { context, derSteps, tags } from '../../../hub/trust/der/reader.ts'
import { constructed, primitive, sequence, smallInteger } from '../../../hub/trust/der/write.ts'
import { type CheckedTimestamp, checkTimestamp } from '../../../hub/trust/timestamp/check.ts'
import { limits } from '../../../schemas/limits.ts'
import { problemRow } from '../../../schemas/verdict/problems.ts'
import {
  authorityOf,
  certificateOf,
  keyUsageExtension,
  nodeForger,
  tokenOf,
} from '../../support/cms-makers.ts'
import { identityOn } from '../../support/signing.ts'
import type { FuzzTarget } from '../target.ts'

const signature = Buffer.alloc(64, 0x5a)
const target = { signature, claimedTime: new Date('2026-10-01T09:00:00Z'), options: {} }

let made: readonly Uint8Array[] | undefined

function tokens(): readonly Uint8Array[] {
  if (made !== undefined) return made
  const ecdsa = nodeForger('ecdsa')
  const certificate = certificateOf({
    spki: ecdsa.certificate.publicKey.spki,
    name: 'TSA',
    extensions: [keyUsageExtension([oids.timeStamping])],
  })
  const more = [
    sequence(smallInteger(1), primitive(context(0), Uint8Array.of(1))),
    primitive(tags.boolean, Uint8Array.of(0xff)),
    primitive(tags.integer, Uint8Array.of(1, 2, 3)),
    constructed(context(0), constructed(context(4), certificate.subject)),
  ]
  made = [
    tokenOf(authorityOf(identityOn('TC26-256-B')), { signature }),
    tokenOf({ ...ecdsa, certificate }, { signature }),
    tokenOf({ ...ecdsa, certificate }, { signature, imprintDigest: 'sha256', more }),
  ]
  return made
}

/** All that a token states, its authority included; undefined when it did not pass. */
function statement({ facts, statement: stated }: CheckedTimestamp): string | undefined {
  if (!facts.problems.every(({ problem }) => problemRow(problem).byDefault === 'note')) return undefined
  const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')
  const { imprint, nonce, ...rest } = stated
  return JSON.stringify([facts.certificate?.sha256, hex(imprint), hex(nonce), rest])
}

let known: ReadonlySet<string> | undefined

export const timestampTarget: FuzzTarget = {
  name: 'timestamp',
  group: 'trust',
  form: 'der',
  share: 12,
  samples: tokens,
  judge(input) {
    known ??= new Set(
      tokens().flatMap((token) => {
        const checked = checkTimestamp(token, target)
        return isFound(checked) ? [] : (statement(checked) ?? [])
      }),
    )
    const checked = checkTimestamp(input, target)
    if (isFound(checked)) return checked.problem
    const said = statement(checked)
    if (said === undefined) return checked.facts.problems[0]?.problem ?? 'no problem'
    assert(known.has(said), `passed, and states what nobody signed: ${said}`)
    return 'passed'
  },
  steps: derSteps,
  stepsMax: (octets) => 4 * octets + 8 * limits.derDepthMax,
}
