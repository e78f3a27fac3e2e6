// The judge: what each kind of finding comes to, at both sides of each edge of time, and that facts alone decide.

import t from 'tap'
import { judgeMessage } from '../../hub/trust/verdict/judge.ts'
import { checkOf, signatureChecks } from '../../schemas/verdict/checks.ts'
import type { Found, RevocationFacts, SignerFacts, TimestampFacts } from '../../schemas/verdict/facts.ts'
import { subIndications } from '../../schemas/verdict/indications.ts'
import type { MessageFacts } from '../../schemas/verdict/message-facts.ts'
import { verdictPolicy } from '../../schemas/verdict/policy.ts'
import { type ProblemCode, problemRow, problems } from '../../schemas/verdict/problems.ts'
import {
  ca,
  chain,
  good,
  leaf,
  message,
  receivedAt,
  revoked,
  signer,
  stamp,
} from '../support/verdict-facts.ts'

const answer = (facts: MessageFacts) => {
  const { indication, subIndication, action } = judgeMessage(facts)
  return [indication, subIndication, action].join(' ')
}

t.test('a sound signature passes, is qualified, and every check is in the protocol', async (t) => {
  const status = { list: 'ff'.repeat(32), name: 'УЦ', seen: '' } as const
  const authority = { ...status, atIssue: 'accredited', atUse: 'accredited' } as const
  const verdict = judgeMessage(message(signer({ chain: chain({ authority }) })))
  t.equal(verdict.indication, 'TOTAL-PASSED')
  t.equal(verdict.action, 'forward')
  t.strictSame(verdict.because, [])
  const [own] = verdict.signatures[0]?.signers ?? []
  t.equal(own?.isQualified, true)
  t.equal(own?.provenBy, 'receipt')
  t.equal(own?.level, 'CAdES-BES')
  t.strictSame(new Set(own?.checks.map(({ outcome }) => outcome)), new Set(['ok']))
  t.ok(own?.evidence.includes('ee'.repeat(32)), 'the list that decided is evidence')
})

t.test(
  'accreditation nobody was asked about, and a chain to a list not at hand, are told as not checked',
  async (t) => {
    const outcomes = (one: SignerFacts) => {
      const [own] = judgeMessage(message(one)).signatures[0]?.signers ?? []
      return Object.fromEntries((own?.checks ?? []).map(({ check, outcome }) => [check, outcome]))
    }
    t.match(outcomes(signer()), { chain: 'ok', revocation: 'ok', authority: 'not-checked' })
    const awaited = chain({ problems: [{ problem: 'trust.list-absent', seen: 'no edition at hand' }] })
    const one = signer({ chain: { ...awaited, path: { ...awaited.path, anchor: undefined } } })
    t.match(outcomes(one), { chain: 'not-checked', revocation: 'not-checked', authority: 'not-checked' })
    t.equal(answer(message(one)), 'INDETERMINATE TRY_LATER mark')
  },
)

t.test('what of a signature was not computed, or is never judged, has a line that says so', async (t) => {
  const outcomes = (changes: Partial<SignerFacts>) => {
    const [own] = judgeMessage(message(signer(changes))).signatures[0]?.signers ?? []
    return Object.fromEntries((own?.checks ?? []).map(({ check, outcome }) => [check, outcome]))
  }
  const found = (...codes: Found['problem'][]) => codes.map((problem) => ({ problem, seen: '' }))
  const [done, not] = ['ok', 'not-checked'] as const
  t.match(outcomes({}), { integrity: done, cryptography: done })
  t.notOk('countersignatures' in outcomes({}) || 'other-timestamps' in outcomes({}))
  t.match(outcomes({ problems: found('cms.countersignature', 'timestamp.not-used') }), {
    attributes: done,
    cryptography: done,
    countersignatures: not,
    'other-timestamps': not,
  })
  t.match(
    outcomes({ problems: found('timestamp.not-used'), timestamps: [stamp('2026-09-30T10:00:00.000Z')] }),
    { timestamp: done, 'other-timestamps': not },
    'a stamp that was judged keeps its own line',
  )
  const cases: [Partial<SignerFacts>, string, string][] = [
    [{ problems: found('cms.key-inherited') }, done, not],
    [{ problems: found('cms.algorithm-unknown') }, not, not],
    [{ problems: found('cms.algorithm') }, not, 'failed'],
    [{ problems: found('cms.broken') }, not, not],
    [{ problems: found('cms.content-missing') }, not, done],
    [{ problems: found('cms.content-missing'), messageDigest: undefined }, not, not],
    [{ problems: found('cms.certificate-missing'), certificate: undefined }, not, not],
  ]
  for (const [changes, integrity, cryptography] of cases) {
    t.match(outcomes(changes), { integrity, cryptography }, changes.problems?.[0]?.problem ?? '')
  }
  t.equal(
    answer(message(signer({ problems: found('cms.key-inherited') }))),
    'INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE mark',
  )
})

t.test('revocation that is not known is told with the sources the certificate names', async (t) => {
  const sources = [
    { kind: 'CRL', address: 'http://ca.invalid/ca.crl' },
    { kind: 'OCSP', address: 'http://ca.invalid/ocsp' },
  ] as const
  const none = [{ problem: 'revocation.no-source', seen: 'nothing at hand' }] as const
  const unknown = {
    ...good(leaf),
    status: 'unknown',
    source: undefined,
    evidence: undefined,
    problems: none,
  } as const
  const seen = (revocation: RevocationFacts) => {
    const facts = message(signer({ chain: chain({ revocations: [revocation, good(ca)] }) }))
    const [own] = judgeMessage(facts).signatures[0]?.signers ?? []
    return own?.checks.find(({ check }) => check === 'revocation')?.found[0]?.seen
  }
  t.equal(
    seen({ ...unknown, sources }),
    'revocation.no-source, CRL http://ca.invalid/ca.crl, OCSP http://ca.invalid/ocsp',
  )
  t.equal(seen(unknown), 'revocation.no-source')
})

t.test('the same facts give the same verdict, octet by octet, after a way through JSON', async (t) => {
  const facts = message(signer({ timestamps: [stamp('2026-09-30T10:00:00.000Z')] }))
  const again = JSON.parse(JSON.stringify(facts)) as MessageFacts
  t.equal(JSON.stringify(judgeMessage(again)), JSON.stringify(judgeMessage(facts)))
})

t.test('RULES 25: what is refused and what goes on marked', async (t) => {
  const digest = signer({ problems: [{ problem: 'cms.digest', seen: '' }] })
  t.equal(answer(message(digest)), 'TOTAL-FAILED HASH_FAILURE refuse')
  const noPath = signer({
    chain: { ...chain({ problems: [{ problem: 'path.no-anchor', seen: '' }] }), revocations: [] },
  })
  t.equal(answer(message(noPath)), 'INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND refuse')
  const silent = { ...good(leaf), status: 'unknown', source: undefined } as const
  t.equal(
    answer(message(signer({ chain: chain({ revocations: [silent] }) }))),
    'INDETERMINATE TRY_LATER mark',
  )
  t.equal(answer(message(undefined, { body: 'absent' })), 'INDETERMINATE SIGNED_DATA_NOT_FOUND mark')
  t.equal(answer(message(undefined, { encrypted: true })), 'INDETERMINATE GENERIC mark')
  t.equal(answer(message(undefined)), 'TOTAL-FAILED FORMAT_FAILURE refuse')
  t.equal(answer(message(signer(), { signatures: [] })), 'NOT-SIGNED  forward')
})

t.test('revocation counts from the proven time on', async (t) => {
  const at = (time: string, of = leaf, timestamps: TimestampFacts[] = []) =>
    answer(message(signer({ chain: chain({ revocations: [revoked(of, time)] }), timestamps })))
  t.equal(at(receivedAt), 'INDETERMINATE REVOKED_NO_POE refuse')
  t.equal(at('2026-10-01T09:00:00.001Z'), 'TOTAL-PASSED  forward', 'revoked after we had it')
  t.equal(at('2026-09-30T00:00:00.000Z', ca), 'INDETERMINATE REVOKED_CA_NO_POE refuse')
  const early = [stamp('2026-09-29T00:00:00.000Z')]
  t.equal(at('2026-09-30T00:00:00.000Z', leaf, early), 'TOTAL-PASSED  forward', 'a stamp is older')
  t.equal(at('2026-09-29T00:00:01.000Z', leaf, early), 'INDETERMINATE REVOKED_NO_POE refuse', 'accuracy')
  t.equal(at('2026-09-29T00:00:01.001Z', leaf, early), 'TOTAL-PASSED  forward')
})

t.test('a time-stamp that proves nothing leaves the receipt, and says so', async (t) => {
  const cases: [string, TimestampFacts][] = [
    ['no chain', { ...stamp('2026-09-29T00:00:00.000Z'), chain: undefined } as never],
    ['broken', stamp('2026-09-29T00:00:00.000Z', { problems: [{ problem: 'cms.digest', seen: '' }] })],
    [
      'revoked',
      stamp('2026-09-29T00:00:00.000Z', { chain: chain({ revocations: [revoked(leaf, receivedAt)] }) }),
    ],
  ]
  for (const [name, timestamp] of cases) {
    const verdict = judgeMessage(message(signer({ timestamps: [timestamp] })))
    const [own] = verdict.signatures[0]?.signers ?? []
    t.equal(own?.provenBy, 'receipt', name)
    t.equal(verdict.indication, 'TOTAL-PASSED', name)
    t.equal(own?.checks.find(({ check }) => check === 'timestamp')?.outcome, 'warning', name)
  }
  const unruly = stamp('2026-09-29T00:00:00.000Z', {
    chain: chain({ problems: [{ problem: 'path.profile', seen: '' }] }),
  })
  for (const [name, provenBy, outcome] of [
    ['default', 'timestamp', 'warning'],
    ['strict', 'receipt', 'ok'],
  ] as const) {
    const facts = message(signer({ timestamps: [unruly] }), { policy: verdictPolicy(name) })
    const [own] = judgeMessage(facts).signatures[0]?.signers ?? []
    t.equal(own?.provenBy, provenBy, `what is a warning for a signer is one for a stamp: ${name}`)
    t.equal(own?.checks.find(({ check }) => check === 'chain')?.outcome, outcome)
  }
  const future = signer({ timestamps: [stamp('2026-10-01T09:00:01.001Z')] })
  t.equal(answer(message(future)), 'INDETERMINATE TIMESTAMP_ORDER_FAILURE mark')
  const within = signer({ timestamps: [stamp('2026-10-01T09:00:01.000Z')] })
  t.equal(answer(message(within)), 'TOTAL-PASSED  forward', 'within its accuracy')
})

t.test('accreditation, qualification and the signer have their say', async (t) => {
  const authority = { list: 'ff', name: 'УЦ', seen: 'Прекращена 2025' }
  type Status = 'accredited' | 'not-accredited' | 'not-listed'
  const listed = (atIssue: Status, atUse: Status) =>
    answer(message(signer({ chain: chain({ authority: { ...authority, atIssue, atUse } }) })))
  t.equal(listed('accredited', 'accredited'), 'TOTAL-PASSED  forward')
  t.equal(listed('not-accredited', 'accredited'), 'INDETERMINATE CHAIN_CONSTRAINTS_FAILURE refuse')
  t.equal(
    listed('accredited', 'not-accredited'),
    'TOTAL-PASSED  forward',
    'what was issued before stays usable',
  )
  t.equal(listed('accredited', 'not-listed'), 'INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND refuse')
  const foreign = judgeMessage(message(signer(), { inn: '7729244833' }))
  t.equal(foreign.subIndication, 'SIG_CONSTRAINTS_FAILURE')
  t.equal(foreign.action, 'mark')
  const unknown = judgeMessage(message(signer(), { inn: '' }))
  t.equal(unknown.indication, 'TOTAL-PASSED', 'noted only')
  t.equal(
    unknown.signatures[0]?.signers[0]?.checks.find(({ check }) => check === 'signer')?.outcome,
    'not-checked',
  )
  const rsa = signer({ certificate: { ...leaf, key: 'rsa 2048' } })
  t.equal(judgeMessage(message(rsa)).signatures[0]?.signers[0]?.isQualified, false)
})

t.test('policy: weights and actions change what a problem does, per code and per answer', async (t) => {
  const digest = signer({ problems: [{ problem: 'cms.digest', seen: '' }] })
  const policy = (row: Parameters<typeof verdictPolicy>[1]) => verdictPolicy('default', row)
  t.equal(
    answer(message(digest, { policy: policy({ actions: { HASH_FAILURE: 'hold' } }) })),
    'TOTAL-FAILED HASH_FAILURE hold',
  )
  t.equal(
    answer(message(digest, { policy: policy({ weights: { 'cms.digest': 'warn' } }) })),
    'TOTAL-PASSED  forward',
  )
  const silent = { ...good(leaf), status: 'unknown', source: undefined } as const
  const facts = message(signer({ chain: chain({ revocations: [silent] }) }))
  t.equal(answer({ ...facts, policy: verdictPolicy('strict') }), 'INDETERMINATE TRY_LATER hold')
})

t.test('a stamp of unknown revocation proves as much as the policy lets what is unknown pass', async (t) => {
  const silent = { ...good(leaf), status: 'unknown', source: undefined } as const
  const timestamp = stamp('2026-09-29T00:00:00.000Z', { chain: chain({ revocations: [silent] }) })
  const facts = message(signer({ timestamps: [timestamp] }))
  const judged = (weight: 'fail' | 'warn') => {
    const policy = verdictPolicy('default', { weights: { 'time.revocation-unknown': weight } })
    return judgeMessage({ ...facts, policy }).signatures[0]?.signers[0]
  }
  t.match(judged('fail'), { provenBy: 'receipt', indication: 'TOTAL-PASSED' })
  const told = judged('warn')
  t.match(told, { provenBy: 'timestamp', indication: 'TOTAL-PASSED' })
  t.equal(told?.checks.find(({ check }) => check === 'revocation')?.outcome, 'not-checked', 'and it is told')
})

t.test('the worst signer and the worst signature name the answer', async (t) => {
  const facts = message(signer())
  const [first] = facts.signatures
  const second = message(signer({ problems: [{ problem: 'cms.digest', seen: '' }] })).signatures[0]
  t.ok(first && second)
  if (first === undefined || second === undefined) return
  const both = { ...facts, signatures: [first, { ...second, id: 's2' }] }
  t.equal(answer(both), 'TOTAL-FAILED HASH_FAILURE refuse')
  t.strictSame(judgeMessage(both).because, [{ outcome: 'HASH_FAILURE', signature: 's2' }])
})

t.test('every problem has a check, an answer of the standard and words in both languages', async (t) => {
  for (const code of Object.keys(problems) as ProblemCode[]) {
    const row = problemRow(code)
    t.ok(signatureChecks[checkOf(code)], code)
    t.ok(subIndications.includes(row.sub), code)
    t.match(row.ru, /[а-я]/i, code)
    t.match(row.en, /[a-z]/i, code)
  }
})
