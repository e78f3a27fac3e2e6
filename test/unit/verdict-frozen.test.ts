// What is kept of a verdict: the texts hold nothing twice, and those of before are still judged to the same.

import t from 'tap'
import {
  chainNames,
  freezeFacts,
  thawFacts,
  verdictDigest,
  verdictText,
} from '../../hub/trust/verdict/freeze.ts'
import { judgeMessage } from '../../hub/trust/verdict/judge.ts'
import { recheckVerdict } from '../../hub/trust/verdict/recheck.ts'
import { viewOfFiles } from '../../hub/trust/view/local-trust.ts'
import { limits } from '../../schemas/limits.ts'
import type { MessageFacts } from '../../schemas/verdict/message-facts.ts'
import { AttorneySigners } from '../support/attorney-signers.ts'
import { cast } from '../support/attorneys.ts'
import { chain, message, signer } from '../support/verdict-facts.ts'

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

t.test('while a source is silent a signer has one chain, whenever it was asked for', async (t) => {
  const signers = new AttorneySigners()
  const { certificate } = signers.head(cast.organisation)
  const silent = viewOfFiles({ anchors: [signers.root], intermediates: [], lists: [] })
  const begin = Date.now()
  const names = [0, 1, 2].map((turn) => {
    const at = new Date(begin + turn * (limits.chainUnknownForMs + 1)).toISOString()
    const question = { certificate: certificate.thumbprint, embedded: [certificate.der], at, now: at }
    const facts = message(signer({ chain: silent.chainOf(question) }))
    const { text, chains } = freezeFacts(facts)
    t.match(
      thawFacts(text, chains)?.signatures[0]?.signature?.signers[0]?.chain?.path,
      { at },
      'nothing is lost',
    )
    t.match([...chains.values()], ['revocation.no-source'])
    return chainNames(text)
  })
  t.equal(names[0]?.length, 1)
  t.strictSame(names, [names[0], names[0], names[0]])
})

t.test(
  'facts of form 1, whose chains hold the time of their path, are judged again to the same',
  async (t) => {
    const facts: MessageFacts = { ...two, form: 'edo-hub-facts/1' }
    const kept = keptOf(facts, verdictText(judgeMessage(facts)))
    t.match([...kept.chains.values()], [JSON.stringify(chain())])
    t.notMatch(kept.facts, '"at":')
    t.match(recheckVerdict(kept), { unchanged: true, same: true, missingChains: [] })
    const moved = new Map(
      [...kept.chains].map(([name, text]) => [name, text.replace('"at":"2026', '"at":"2025')]),
    )
    t.match(recheckVerdict({ ...kept, chains: moved }), { unchanged: false })
  },
)

t.test('facts of form 2 are thawed to what was frozen, and a changed time or chain is seen', async (t) => {
  const kept = keptOf(two, verdictText(judgeMessage(two)))
  t.match(recheckVerdict(kept), { unchanged: true, same: true, missingChains: [] })
  const thawed = thawFacts(kept.facts, kept.chains)
  t.same(thawed, JSON.parse(JSON.stringify(two)))
  t.match(recheckVerdict({ ...kept, facts: kept.facts.replace('"at":"2026', '"at":"2025') }), {
    unchanged: false,
  })
  const other = new Map([...kept.chains].map(([name, text]) => [name, text.replace('"good"', '"unknown"')]))
  t.match(recheckVerdict({ ...kept, chains: other }), { unchanged: false, same: false })
})
