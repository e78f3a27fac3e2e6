// What is kept of a verdict: the texts hold nothing twice, and those of before are still judged to the same.

import t from 'tap'
import { freezeFacts, verdictDigest, verdictText } from '../../hub/trust/verdict/freeze.ts'
import { judgeMessage } from '../../hub/trust/verdict/judge.ts'
import { recheckVerdict } from '../../hub/trust/verdict/recheck.ts'
import type { MessageFacts } from '../../schemas/verdict/message-facts.ts'
import { message, signer } from '../support/verdict-facts.ts'

const broken = message(signer({ problems: [{ problem: 'cms.digest', seen: '' }] }))
const two: MessageFacts = {
  ...message(signer()),
  signatures: [...message(signer()).signatures, ...broken.signatures.map((one) => ({ ...one, id: 's2' }))],
}

/** Facts and a verdict as they are kept. */
const keptOf = (facts: MessageFacts, verdict: string) => {
  const { text, chains } = freezeFacts(facts)
  return { facts: text, verdict, digest: verdictDigest(text, verdict), chains }
}

t.test('a verdict says what each signature is worth once', async (t) => {
  const verdict = judgeMessage(two)
  t.strictSame(Object.keys(verdict).sort(), [
    'action',
    'because',
    'form',
    'indication',
    'policy',
    'signatures',
    'subIndication',
  ])
  t.match(verdict, { indication: 'TOTAL-FAILED', subIndication: 'HASH_FAILURE' })
})

t.test('a verdict of before, which said the deciding signature twice, is the same today', async (t) => {
  const { form, indication, subIndication, ...rest } = judgeMessage(two)
  const [first, second] = rest.signatures
  t.match(second, { indication, subIndication }, 'the second decides')
  const repeating = verdictText({ form, ...second, ...rest } as never)
  t.match(recheckVerdict(keptOf(two, repeating)), { unchanged: true, same: true })
  const other = verdictText({ form, ...second, signers: first?.signers, ...rest } as never)
  t.match(recheckVerdict(keptOf(two, other)), { unchanged: true, same: false }, 'but nothing else')
  const unsigned = { ...two, signatures: [] }
  const plain = verdictText(judgeMessage(unsigned))
  t.match(recheckVerdict(keptOf(unsigned, plain)), { unchanged: true, same: true })
})
