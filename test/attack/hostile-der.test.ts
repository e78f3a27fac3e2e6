// Shapes of DER that cost more than they hold, through every reader of DER: refused, in work in proportion to the octets.

import t from 'tap'
import { parseCertificate, readCertificates } from '../../hub/trust/certificate.ts'
import { checkSignature } from '../../hub/trust/cms/check.ts'
import { isFound } from '../../hub/trust/cms/open.ts'
import { parseOcspAnswer } from '../../hub/trust/revocation/ocsp-answer.ts'
import { parseRevocationList, readRevocationLists } from '../../hub/trust/revocation/revocation-list.ts'
import { checkTimestamp } from '../../hub/trust/timestamp/check.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { workDone } from '../fuzz/work.ts'

const target = { signature: Buffer.alloc(64, 1), claimedTime: undefined, options: {} }

/** Whether the bytes are refused. */
const readers: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  certificate: (bytes) => isRefusal(parseCertificate(bytes)),
  'file of certificates': (bytes) => isRefusal(readCertificates(bytes)),
  'revocation list': (bytes) => isRefusal(parseRevocationList(bytes)),
  'file of lists': (bytes) => isRefusal(readRevocationLists(bytes)),
  'OCSP answer': (bytes) => isRefusal(parseOcspAnswer(bytes)),
  'time-stamp': (bytes) => isFound(checkTimestamp(bytes, target)),
  signature: (bytes) => checkSignature(bytes).facts.problems.length > 0,
}

const size = 60_000
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
/** A definite SEQUENCE around content of up to 65 535 octets. */
const sequenceOf = (content: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(0x30, 0x82, content.length >> 8, content.length & 0xff), content])
const filled = (pattern: string): Uint8Array => Buffer.alloc(size, hex(pattern))
/** Definite lengths, each around the next, as deep as the octets allow. */
function nested(depth: number): Uint8Array {
  let inner: Uint8Array = hex('0500')
  for (let level = 0; level < depth; level += 1) inner = sequenceOf(inner)
  return inner
}

const shapes: [name: string, bytes: Uint8Array][] = [
  ['nothing', new Uint8Array(0)],
  ['one octet', hex('30')],
  ['an empty sequence', hex('3000')],
  ['empty sequences in each other', hex('3004 3002 3000')],
  ['zeros', filled('00')],
  ['ones', filled('ff')],
  ['a length of four gigabytes', hex('3084ffffffff')],
  ['a length beyond numbers', hex('3088ffffffffffffffff')],
  ['a length of 127 octets', hex(`30ff${'ff'.repeat(127)}`)],
  ['a tag number without end', hex(`3f${'ff'.repeat(1000)}`)],
  ['indefinite lengths without end', filled('3080')],
  ['indefinite lengths that end at once', sequenceOf(filled('30800000'))],
  ['ends without a beginning', sequenceOf(filled('0000'))],
  ['empty elements', sequenceOf(filled('0500'))],
  ['empty sequences', sequenceOf(filled('3000'))],
  ['numbers of nothing', sequenceOf(filled('0200'))],
  ['identifiers of nothing', sequenceOf(filled('0600'))],
  ['strings in segments of nothing', sequenceOf(filled('2400'))],
  ['as deep as may be', nested(limits.derDepthMax)],
  ['a thousand levels', nested(1000)],
  ['ten thousand levels', nested(10_000)],
]

for (const [reader, isRefused] of Object.entries(readers)) {
  t.test(`${reader}: hostile shapes are refused in work in proportion to their octets`, async (t) => {
    for (const [name, bytes] of shapes) {
      const before = workDone()
      t.ok(isRefused(bytes), name)
      const steps = workDone() - before
      t.ok(steps <= 4 * bytes.length + 100, `${name}: ${steps} steps for ${bytes.length} octets`)
    }
  })
}
