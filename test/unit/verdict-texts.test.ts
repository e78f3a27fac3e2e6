// Texts of verdicts are packed and read back octet by octet, also those of years ago, and never into more than was packed.

import { hash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { dictionary1 } from '../../hub/store/verdict/dictionary.ts'
import { packVerdictTexts, unpackVerdictTexts } from '../../hub/store/verdict/texts.ts'
import { freezeFacts, verdictText } from '../../hub/trust/verdict/freeze.ts'
import { judgeMessage } from '../../hub/trust/verdict/judge.ts'
import { limits } from '../../schemas/limits.ts'
import { message, signer } from '../support/verdict-facts.ts'

/** What follows the octet of the dictionary: the length, and the text by RFC 1951. */
function packedOf(length: number, text: string): Buffer {
  const header = Buffer.alloc(5, 1)
  header.writeUInt32BE(length, 1)
  return Buffer.concat([header, deflateRawSync(text, { dictionary: dictionary1 })])
}

t.test('texts come back as they were, on both sides of the length that is packed at once', async (t) => {
  const lengths = [0, limits.verdictPackedAtOnceBytesMax, 20 * limits.verdictPackedAtOnceBytesMax]
  for (const length of lengths) {
    for (const facts of ['x'.repeat(length), `Общество «Ёж» \u{1f994}${'я'.repeat(length / 2)}`]) {
      const texts = { facts, verdict: '{"seen":"\\n"}' }
      t.strictSame(await unpackVerdictTexts(await packVerdictTexts(texts)), texts)
    }
  }
})

t.test('what was packed with a dictionary is unpacked with it years later', async (t) => {
  t.equal(
    hash('sha256', dictionary1, 'hex'),
    '114c9ea87e3d9bfafdde3dfc8e2cbcc981687dac0f377c21463cc08bbf91d0b1',
  )
  const kept = '01000000adc333c48418558a72d435373731343637373530d4353737303430343133d00517af18a332342b8f6b01'
  t.strictSame(await unpackVerdictTexts(Buffer.from(kept, 'hex')), {
    facts: '{"form":"edo-hub-facts/2","sender":"2ZA-7741377501-770101460-1","isEncrypted":false}',
    verdict: '{"form":"edo-hub-verdict/1","indication":"TOTAL-PASSED","action":"forward","because":[]}',
  })
})

t.test('a verdict of one signature takes less than a third of its texts', async (t) => {
  const facts = message(signer())
  const texts = { facts: freezeFacts(facts).text, verdict: verdictText(judgeMessage(facts)) }
  const packed = await packVerdictTexts(texts)
  t.ok(packed.length * 3 < texts.facts.length + texts.verdict.length, `${packed.length} octets`)
})

t.test('what is not what was packed is not unpacked', async (t) => {
  const large = 'x'.repeat(10 * limits.verdictPackedAtOnceBytesMax)
  const cases: [string, Uint8Array][] = [
    ['nothing', Buffer.alloc(0)],
    ['no length', Buffer.from('0100', 'hex')],
    ['a dictionary nobody knows', Buffer.concat([Buffer.from([2]), packedOf(3, 'a\nb').subarray(1)])],
    ['more than it says', packedOf(100, `a\n${large}`)],
    ['one octet more than it says', packedOf(2, 'a\nb')],
    ['more than it says, beside the loop', packedOf(limits.verdictPackedAtOnceBytesMax + 1, `a\n${large}`)],
    ['less than it says', packedOf(4, 'a\nb')],
    ['one text alone', packedOf(2, 'ab')],
    ['cut short', packedOf(large.length + 2, `a\n${large}`).subarray(0, 100)],
  ]
  for (const [name, packed] of cases) await t.rejects(unpackVerdictTexts(packed), name)
})
