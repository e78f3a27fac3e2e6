// The status of certificates by revocation lists, clause by clause (RFC 5280, 6.3.3), over chains made here.

import t from 'tap'
import type { Certificate } from '../../hub/trust/certificate.ts'
import { tags } from '../../hub/trust/der/reader.ts'
import { nullValue } from '../../hub/trust/der/write.ts'
import { gatherEvidence } from '../../hub/trust/revocation/evidence.ts'
import { judgeRevocation, judgeRevocations } from '../../hub/trust/revocation/judge.ts'
import type { RevocationList } from '../../hub/trust/revocation/revocation-list.ts'
import { limits } from '../../schemas/limits.ts'
import type { RevocationFacts } from '../../schemas/verdict/facts.ts'
import {
  attribute,
  distributionPoints,
  extension,
  isAuthority,
  keyNamed,
  makeAuthority,
  makeList,
  makeParty,
  nameOf,
  ofName,
  ofUri,
  type Party,
  times,
  usage,
} from '../support/revocation.ts'

const day = 24 * 60 * 60 * 1000
const address = ofUri('http://crl.test.invalid/ca.crl')
const root = makeAuthority('Root')
const ca = makeAuthority('CA', root)
const user = makeParty({ name: nameOf('User') }, ca)
const pointed = makeParty(
  { name: nameOf('Pointed'), extensions: [distributionPoints([{ full: [address] }])] },
  ca,
)
const subordinate = makeAuthority('Subordinate', ca)
/** A second key of the authority for its lists, certified by the root under the same name. */
const listKey = makeParty({ name: nameOf('CA'), key: keyNamed('CA lists'), extensions: [usage(6)] }, root)
/** An issuer of indirect lists. */
const indirect = makeParty({ name: nameOf('Lists'), extensions: [usage(6)] }, root)
const rootList = makeList(root)
const delegated = makeParty(
  {
    name: nameOf('Delegated'),
    extensions: [distributionPoints([{ full: [address], crlIssuer: nameOf('Lists') }])],
  },
  ca,
)

type Question = {
  of?: Certificate
  issuer?: Certificate
  lists: RevocationList[]
  candidates?: Party[]
  at?: Date
  ageMaxMs?: number
}

function ask(question: Question): RevocationFacts {
  const others = (question.candidates ?? []).map(({ certificate }) => certificate)
  return judgeRevocation({
    certificate: question.of ?? user.certificate,
    issuer: question.issuer ?? ca.certificate,
    evidence: gatherEvidence(question.lists, []),
    candidates: others,
    pathOf: (signer) => (others.includes(signer) ? [signer, root.certificate] : undefined),
    at: question.at ?? times.at,
    ...(question.ageMaxMs === undefined ? {} : { ageMaxMs: question.ageMaxMs }),
  })
}

type Row = Question & {
  name: string
  clause: string
  expected: RevocationFacts['status']
  /** The problems noted, in order; not looked at without them. */
  problems?: string[]
  reason?: string
}

const entries = [{ of: user.certificate, reason: 1 }]

function table(title: string, rows: Row[]): void {
  t.test(title, async (t) => {
    for (const { name, clause, expected, problems, reason, ...question } of rows) {
      const facts = ask(question)
      const label = `${clause}: ${name}`
      t.equal(facts.status, expected, `${label} ${JSON.stringify(facts.problems)}`)
      if (problems !== undefined) {
        t.strictSame(
          facts.problems.map(({ problem }) => problem),
          problems.map((problem) => `revocation.${problem}`),
          label,
        )
      }
      if (reason !== undefined) t.equal(facts.reason, reason, label)
      t.equal(expected === 'unknown', facts.problems.length > 0 && facts.evidence === undefined, label)
    }
  })
}

table('times, entries and signatures', [
  { name: 'not on the list', clause: '6.3.3 j', lists: [makeList(ca)], expected: 'good', problems: [] },
  {
    name: 'on the list',
    clause: '6.3.3 j',
    lists: [makeList(ca, { entries })],
    expected: 'revoked',
    reason: 'keyCompromise',
  },
  {
    name: 'a reason not given',
    clause: '5.3.1',
    lists: [makeList(ca, { entries: [{ of: user.certificate }] })],
    expected: 'revoked',
    reason: 'unspecified',
  },
  {
    name: 'on hold',
    clause: '5.3.1',
    lists: [makeList(ca, { entries: [{ of: user.certificate, reason: 6 }] })],
    expected: 'revoked',
    reason: 'certificateHold',
  },
  {
    name: 'another serial number',
    clause: '6.3.3 j',
    lists: [makeList(ca, { entries: [{ of: pointed.certificate }, { of: subordinate.certificate }] })],
    expected: 'good',
  },
  { name: 'nothing', clause: '6.3', lists: [], expected: 'unknown', problems: ['no-source'] },
  {
    name: 'a list of another issuer',
    clause: '6.3.3 b',
    lists: [rootList],
    expected: 'unknown',
    problems: ['no-source'],
  },
  {
    name: 'the moment of issue',
    clause: '5.1.2.4',
    lists: [makeList(ca)],
    at: times.thisUpdate,
    expected: 'good',
  },
  {
    name: 'a millisecond before the issue',
    clause: '5.1.2.4',
    lists: [makeList(ca)],
    at: new Date(times.thisUpdate.getTime() - 1),
    expected: 'unknown',
    problems: ['not-yet'],
  },
  {
    name: 'the last moment',
    clause: '5.1.2.5',
    lists: [makeList(ca)],
    at: times.nextUpdate,
    expected: 'good',
  },
  {
    name: 'a millisecond after the last',
    clause: '5.1.2.5',
    lists: [makeList(ca)],
    at: new Date(times.nextUpdate.getTime() + 1),
    expected: 'unknown',
    problems: ['out-of-date'],
  },
  {
    name: 'no next update, just young enough',
    clause: '5.1.2.5',
    lists: [makeList(ca, { nextUpdate: undefined })],
    at: new Date(times.thisUpdate.getTime() + limits.revocationAgeMaxMs),
    expected: 'good',
  },
  {
    name: 'no next update, too old',
    clause: '5.1.2.5',
    lists: [makeList(ca, { nextUpdate: undefined })],
    at: new Date(times.thisUpdate.getTime() + limits.revocationAgeMaxMs + 1),
    expected: 'unknown',
    problems: ['out-of-date'],
  },
  {
    name: 'fresh enough for the policy',
    clause: 'EN 319 102-1, 5.2.5',
    lists: [makeList(ca)],
    ageMaxMs: 14 * day,
    expected: 'good',
  },
  {
    name: 'not fresh enough for the policy',
    clause: 'EN 319 102-1, 5.2.5',
    lists: [makeList(ca)],
    ageMaxMs: 14 * day - 1,
    expected: 'unknown',
    problems: ['out-of-date'],
  },
  {
    name: 'a version 1 list',
    clause: '5.1.2.1',
    lists: [makeList(ca, { version: [], number: undefined, entries: [{ of: user.certificate }] })],
    expected: 'revoked',
  },
  {
    name: 'a later edition takes a hold back',
    clause: '5.3.1',
    lists: [
      makeList(ca, { entries: [{ of: user.certificate, reason: 6 }] }),
      makeList(ca, { number: 2, thisUpdate: new Date('2026-06-02T00:00:00Z') }),
    ],
    expected: 'good',
  },
  {
    name: 'signed by a key that is not the issuer’s',
    clause: '6.3.3 g',
    lists: [makeList({ ...ca, key: keyNamed('stranger') })],
    expected: 'unknown',
    problems: ['signature'],
  },
  {
    name: 'a newer list with a wrong signature beside a good one',
    clause: '6.3.3 g',
    lists: [
      makeList(ca, { entries }),
      makeList({ ...ca, key: keyNamed('stranger') }, { thisUpdate: new Date('2026-06-03T00:00:00Z') }),
    ],
    expected: 'revoked',
    problems: ['signature'],
  },
  {
    name: 'a name in other letters and of another string type',
    clause: '7.1',
    lists: [makeList(ca, { name: nameOf('  cA ', tags.printableString), entries })],
    expected: 'revoked',
  },
  {
    name: 'a critical extension nobody knows',
    clause: '5.2',
    lists: [makeList(ca, { extensions: [extension('1.2.3.4', nullValue(), true)], entries })],
    expected: 'unknown',
    problems: ['critical-extension'],
  },
  {
    name: 'an extension nobody knows',
    clause: '5.2',
    lists: [makeList(ca, { extensions: [extension('1.2.3.4', nullValue())], entries })],
    expected: 'revoked',
  },
  {
    name: 'a critical extension nobody knows, of the entry of another',
    clause: '5.3',
    lists: [
      makeList(ca, {
        entries: [{ of: pointed.certificate, extensions: [extension('1.2.3.4', nullValue(), true)] }],
      }),
    ],
    expected: 'unknown',
    problems: ['critical-extension'],
  },
  {
    name: 'an entry whose day is in no calendar',
    clause: '5.1.2.6',
    lists: [makeList(ca, { rawEntries: entryOf(user.certificate, '270229000000Z') })],
    expected: 'unknown',
    problems: ['broken-entry'],
  },
])

/** An entry with a time as written. */
function entryOf({ serialOctets }: Certificate, time: string): Uint8Array {
  const content = [
    0x02,
    serialOctets.length,
    ...serialOctets,
    tags.utcTime,
    time.length,
    ...Buffer.from(time),
  ]
  return Uint8Array.from([0x30, content.length, ...content])
}

const noListUsage = makeParty({ name: nameOf('CA'), key: ca.key, extensions: [isAuthority, usage(5)] }, root)
const revokedListKey = makeList(root, { entries: [{ of: listKey.certificate }] })

table('who signed the list', [
  {
    name: 'an issuer whose keyUsage lacks cRLSign',
    clause: '6.3.3 f',
    issuer: noListUsage.certificate,
    lists: [makeList(ca)],
    expected: 'unknown',
    problems: ['signer'],
  },
  {
    name: 'an issuer without keyUsage',
    clause: '6.3.3 f',
    of: makeParty({ name: nameOf('Y') }, makeParty({ name: nameOf('Plain') }, root)).certificate,
    issuer: makeParty({ name: nameOf('Plain') }, root).certificate,
    lists: [makeList(makeParty({ name: nameOf('Plain') }, root))],
    expected: 'good',
  },
  {
    name: 'another key of the same name with a path of its own',
    clause: '6.3.3 f',
    lists: [makeList(listKey, { entries }), rootList],
    candidates: [listKey],
    expected: 'revoked',
  },
  {
    name: 'another key of the same name whose certificate is revoked',
    clause: '6.3.3 f',
    lists: [makeList(listKey), revokedListKey],
    candidates: [listKey],
    expected: 'unknown',
    problems: ['signer'],
  },
  {
    name: 'another key of the same name of which nothing is known',
    clause: '6.3.3 f',
    lists: [makeList(listKey)],
    candidates: [listKey],
    expected: 'unknown',
    problems: ['signer'],
  },
  {
    name: 'the key that the identifier of the list points at is tried though the issuer has another',
    clause: '5.2.1',
    lists: [
      makeList(listKey, {
        entries,
        keyIdentifier: listKey.certificate.subjectKeyIdentifier ?? Uint8Array.of(1),
      }),
      rootList,
    ],
    candidates: [listKey],
    expected: 'revoked',
  },
])

t.test(
  '6.3.3 f: a signer without a path may not sign, and whose revocation runs in a circle is unknown',
  async (t) => {
    const list = makeList(listKey)
    const input = {
      certificate: user.certificate,
      issuer: ca.certificate,
      evidence: gatherEvidence([list], []),
      candidates: [listKey.certificate],
      at: times.at,
    }
    const codes = (facts: RevocationFacts) => facts.problems.map(({ problem }) => problem)
    t.strictSame(codes(judgeRevocation({ ...input, pathOf: () => undefined })), ['revocation.signer'])
    // The signer's certificate is issued by the authority itself, so its own revocation stands in the list it signs.
    const circle = makeParty({ name: nameOf('CA'), key: keyNamed('CA lists'), extensions: [usage(6)] }, ca)
    const around = judgeRevocation({
      ...input,
      candidates: [circle.certificate],
      pathOf: () => [circle.certificate, ca.certificate, root.certificate],
    })
    t.equal(around.status, 'unknown')
    t.strictSame(codes(around), ['revocation.signer'])
  },
)

const other = ofUri('http://crl.test.invalid/other.crl')
const users = { only: 'users' } as const
const authorities = { only: 'authorities' } as const
const indirectScope = { isIndirect: true }
const foreignEntries = [
  { of: user.certificate, issuer: nameOf('Another') },
  { of: user.certificate, issuer: nameOf('CA'), reason: 4 },
]

table('the scope of lists', [
  {
    name: 'the point of the certificate',
    clause: '6.3.3 b 2 i',
    of: pointed.certificate,
    lists: [makeList(ca, { scope: { full: [other, address] } })],
    expected: 'good',
  },
  {
    name: 'another point',
    clause: '6.3.3 b 2 i',
    of: pointed.certificate,
    lists: [makeList(ca, { scope: { full: [other] } })],
    expected: 'unknown',
    problems: ['scope'],
  },
  {
    name: 'a list for all points',
    clause: '6.3.3 b 2',
    of: pointed.certificate,
    lists: [makeList(ca)],
    expected: 'good',
  },
  {
    name: 'a point of a list, none of the certificate',
    clause: '6.3.3 b 2 i',
    lists: [makeList(ca, { scope: { full: [address] } })],
    expected: 'unknown',
    problems: ['scope'],
  },
  {
    name: 'a point named after the issuer',
    clause: '6.3.3',
    lists: [makeList(ca, { scope: { full: [ofName(nameOf('CA'))] } })],
    expected: 'good',
  },
  {
    name: 'points relative to the issuer in both',
    clause: '4.2.1.13',
    of: relativePoint({ relative: attribute('1') }),
    lists: [makeList(ca, { scope: { relative: attribute('1') } })],
    expected: 'good',
  },
  {
    name: 'relative in the certificate, whole in the list',
    clause: '4.2.1.13',
    of: relativePoint({ relative: attribute('1') }),
    lists: [makeList(ca, { scope: { full: [ofName(twoNames('CA', '1'))] } })],
    expected: 'good',
  },
  {
    name: 'another relative point',
    clause: '4.2.1.13',
    of: relativePoint({ relative: attribute('1') }),
    lists: [makeList(ca, { scope: { relative: attribute('2') } })],
    expected: 'unknown',
    problems: ['scope'],
  },
  {
    name: 'users only, of a user',
    clause: '6.3.3 b 2 ii',
    lists: [makeList(ca, { scope: users })],
    expected: 'good',
  },
  {
    name: 'users only, of an authority',
    clause: '6.3.3 b 2 ii',
    of: subordinate.certificate,
    lists: [makeList(ca, { scope: users })],
    expected: 'unknown',
    problems: ['scope'],
  },
  {
    name: 'authorities only, of an authority',
    clause: '6.3.3 b 2 iii',
    of: subordinate.certificate,
    lists: [makeList(ca, { scope: authorities })],
    expected: 'good',
  },
  {
    name: 'authorities only, of a user',
    clause: '6.3.3 b 2 iii',
    lists: [makeList(ca, { scope: authorities })],
    expected: 'unknown',
    problems: ['scope'],
  },
  {
    name: 'attribute certificates only',
    clause: '6.3.3 b 2 iv',
    lists: [makeList(ca, { scope: { only: 'attributes' } })],
    expected: 'unknown',
    problems: ['scope'],
  },
  {
    name: 'the issuer named by the point, indirect',
    clause: '6.3.3 b 1',
    of: delegated.certificate,
    lists: [makeList(indirect, { scope: indirectScope }), rootList],
    candidates: [indirect],
    expected: 'good',
  },
  {
    name: 'the issuer named by the point, not indirect',
    clause: '6.3.3 b 1',
    of: delegated.certificate,
    lists: [makeList(indirect), rootList],
    candidates: [indirect],
    expected: 'unknown',
    problems: ['scope'],
  },
  {
    name: 'a name only in the point of the certificate, none in that of the list',
    clause: '6.3.3 b 2 i',
    of: delegated.certificate,
    lists: [makeList(indirect, { scope: { ...indirectScope, full: [other] } }), rootList],
    candidates: [indirect],
    expected: 'unknown',
    problems: ['scope'],
  },
  {
    name: 'an entry of the certificate’s issuer',
    clause: '5.3.3',
    lists: [makeList(ca, { scope: indirectScope, entries: foreignEntries })],
    expected: 'revoked',
    reason: 'superseded',
  },
  {
    name: 'an entry of another issuer with the same number',
    clause: '5.3.3',
    lists: [makeList(ca, { scope: indirectScope, entries: foreignEntries.slice(0, 1) })],
    expected: 'good',
  },
  {
    name: 'an issuer named by the entry before',
    clause: '5.3.3',
    lists: [
      makeList(ca, {
        scope: indirectScope,
        entries: [{ of: pointed.certificate, issuer: nameOf('Another') }, { of: user.certificate }],
      }),
    ],
    expected: 'good',
  },
])

function twoNames(first: string, second: string): Uint8Array {
  const [one, other] = [nameOf(first), nameOf(second)]
  return Buffer.concat([
    Uint8Array.of(0x30, one.length + other.length - 4),
    one.subarray(2),
    other.subarray(2),
  ])
}

function relativePoint(point: Parameters<typeof distributionPoints>[0][number]): Certificate {
  return makeParty({ name: nameOf('Relative'), extensions: [distributionPoints([point])] }, ca).certificate
}

const some = makeList(ca, { scope: { reasons: [1, 2] } })
const rest = makeList(ca, { number: 2, scope: { reasons: [3, 4, 5, 6, 7, 8] } })
const split = makeParty(
  {
    name: nameOf('Split'),
    extensions: [distributionPoints([{ full: [address], reasons: [1, 2] }, { full: [other] }])],
  },
  ca,
)

table('reasons', [
  { name: 'some only', clause: '6.3.3 l', lists: [some], expected: 'unknown', problems: ['reasons'] },
  { name: 'all, by two lists', clause: '6.3.3 l', lists: [some, rest], expected: 'good' },
  {
    name: 'revoked by one of some reasons',
    clause: '6.3.3',
    lists: [makeList(ca, { scope: { reasons: [1] }, entries })],
    expected: 'revoked',
  },
  {
    name: 'points of the certificate for some reasons each',
    clause: '6.3.3 d',
    of: split.certificate,
    lists: [makeList(ca, { scope: { full: [address] } }), makeList(ca, { scope: { full: [other] } })],
    expected: 'good',
  },
  {
    name: 'only the point of some reasons',
    clause: '6.3.3 d',
    of: split.certificate,
    lists: [makeList(ca, { scope: { full: [address] } })],
    expected: 'unknown',
    problems: ['reasons'],
  },
])

const june = (date: number) => new Date(Date.UTC(2026, 5, date))
const complete = makeList(ca, { number: 5 })
const completeRevoking = makeList(ca, { number: 5, entries })
const removed = [{ of: user.certificate, reason: 8 }]
const late = { thisUpdate: june(10), nextUpdate: june(20) }
const delta = (form: object = {}) => makeList(ca, { number: 7, base: 5, ...late, ...form })

table('deltas', [
  { name: 'adds an entry', clause: '5.2.4', lists: [complete, delta({ entries })], expected: 'revoked' },
  { name: 'adds nothing', clause: '5.2.4', lists: [complete, delta()], expected: 'good' },
  { name: 'leaves an entry', clause: '5.2.4', lists: [completeRevoking, delta()], expected: 'revoked' },
  {
    name: 'removes an entry',
    clause: '6.3.3 k',
    lists: [completeRevoking, delta({ entries: removed })],
    expected: 'good',
  },
  {
    name: 'alone',
    clause: '5.2.4',
    lists: [delta({ entries })],
    expected: 'unknown',
    problems: ['no-base'],
  },
  {
    name: 'to a list newer than the base',
    clause: '5.2.4 c',
    lists: [makeList(ca, { number: 6 }), delta({ entries })],
    expected: 'revoked',
  },
  {
    name: 'to a list older than the base',
    clause: '5.2.4 c',
    lists: [makeList(ca, { number: 4 }), delta({ entries })],
    expected: 'good',
    problems: ['no-base'],
  },
  {
    name: 'not newer than the list',
    clause: '5.2.4 d',
    lists: [makeList(ca, { number: 7 }), delta({ entries })],
    expected: 'good',
    problems: ['no-base'],
  },
  {
    name: 'of another scope',
    clause: '6.3.3 c 2',
    lists: [complete, delta({ entries, scope: users })],
    expected: 'good',
    problems: ['no-base'],
  },
  {
    name: 'of the same scope',
    clause: '6.3.3 c 2',
    lists: [makeList(ca, { number: 5, scope: users }), delta({ entries, scope: users })],
    expected: 'revoked',
  },
  {
    name: 'with another key identifier',
    clause: '6.3.3 c 3',
    lists: [complete, delta({ entries, keyIdentifier: Uint8Array.of(1) })],
    expected: 'good',
    problems: ['no-base'],
  },
  {
    name: 'signed by another key',
    clause: '6.3.3 h',
    lists: [
      complete,
      makeList({ ...ca, key: keyNamed('stranger') }, { number: 7, base: 5, ...late, entries }),
    ],
    expected: 'good',
    problems: ['signature'],
  },
  {
    name: 'out of date, the list is not',
    clause: '6.3.3 a',
    lists: [complete, delta({ entries, nextUpdate: june(12) })],
    expected: 'good',
    problems: ['out-of-date'],
  },
  {
    name: 'brings a list up to date that is out of date',
    clause: '5.2.4',
    lists: [makeList(ca, { number: 5, nextUpdate: june(10) }), delta()],
    expected: 'good',
    problems: ['out-of-date'],
  },
  {
    name: 'both out of date',
    clause: '5.2.4',
    lists: [makeList(ca, { number: 5, nextUpdate: june(10) }), delta({ nextUpdate: june(12) })],
    expected: 'unknown',
    problems: ['out-of-date', 'out-of-date'],
  },
  {
    name: 'with a critical extension nobody knows',
    clause: '5.2',
    lists: [complete, delta({ entries, extensions: [extension('1.2.3.4', nullValue(), true)] })],
    expected: 'good',
    problems: ['critical-extension'],
  },
])

t.test('facts name the lists they rest on, with dates in UTC', async (t) => {
  const invalidity = june(1)
  const list = makeList(ca, { number: 5 })
  const added = delta({ entries: [{ of: user.certificate, at: june(9), reason: 5, invalidity }] })
  t.match(ask({ lists: [list, added] }), {
    certificate: user.certificate.thumbprint,
    status: 'revoked',
    source: 'crl',
    evidence: list.sha256,
    further: [added.sha256],
    thisUpdate: '2026-06-10T00:00:00.000Z',
    nextUpdate: '2026-06-20T00:00:00.000Z',
    revokedAt: '2026-06-09T00:00:00.000Z',
    reason: 'cessationOfOperation',
    invalidityDate: '2026-06-01T00:00:00.000Z',
    problems: [],
  })
  const early = makeList(ca, { thisUpdate: june(3), nextUpdate: june(18), scope: { reasons: [1, 2] } })
  const both = ask({ lists: [early, rest] })
  t.match(both, { evidence: early.sha256, further: [rest.sha256] })
  t.equal(both.thisUpdate, rest.thisUpdate.toISOString(), 'together they are as old as the oldest')
  t.strictSame(ask({ lists: [list, list] }), ask({ lists: [list] }), 'a list given twice counts once')
})

t.test('keys of RSA and of GOST sign lists as those of ECDSA do', async (t) => {
  for (const kind of ['rsa', 'gost'] as const) {
    const authority = makeAuthority('Authority', undefined, { key: keyNamed('authority', kind) })
    const [one, two] = [1, 2].map(
      (serial) => makeParty({ name: nameOf('One'), serial }, authority).certificate,
    )
    if (one === undefined || two === undefined) throw new Error('two were made')
    const lists = [makeList(authority, { entries: [{ of: one }] })]
    t.equal(ask({ of: one, issuer: authority.certificate, lists }).status, 'revoked', kind)
    t.equal(ask({ of: two, issuer: authority.certificate, lists }).status, 'good', kind)
    const forged = makeAuthority('Authority', undefined, { key: keyNamed('forger', kind) })
    t.equal(
      ask({ of: two, issuer: authority.certificate, lists: [makeList(forged)] }).status,
      'unknown',
      kind,
    )
  }
})

t.test('serial numbers are compared as numbers, with their signs', async (t) => {
  const positive = makeParty({ name: nameOf('Positive'), serial: 255 }, ca).certificate
  const negative = { ...positive, serialOctets: Uint8Array.of(0xff) }
  t.equal(ask({ of: positive, lists: [makeList(ca, { entries: [{ of: negative }] })] }).status, 'good')
  const padded = { ...positive, serialOctets: Uint8Array.of(0, 0, 0xff) }
  t.equal(ask({ of: positive, lists: [makeList(ca, { entries: [{ of: padded }] })] }).status, 'revoked')
})

t.test('a path is asked about from the target up, and the anchor not', async (t) => {
  const path = [user, ca, root].map(({ certificate }) => certificate)
  const evidence = gatherEvidence([makeList(ca, { entries }), rootList], [])
  const facts = judgeRevocations(path, { evidence, candidates: [], pathOf: () => undefined, at: times.at })
  t.strictSame(
    facts.map(({ certificate, status }) => [certificate, status]),
    [
      [user.certificate.thumbprint, 'revoked'],
      [ca.certificate.thumbprint, 'good'],
    ],
  )
  t.strictSame(
    judgeRevocations([root.certificate], { evidence, candidates: [], pathOf: () => [], at: times.at }),
    [],
  )
})

t.test('lists of one issuer, signers tried, questions and problems noted are bounded', async (t) => {
  const editions = Array.from({ length: limits.crlEditionsMax + 1 }, (_, number) =>
    makeList({ ...ca, key: keyNamed('stranger') }, { number, thisUpdate: june(1 + (number % 10)) }),
  )
  t.equal(gatherEvidence(editions, []).listsOf(nameOf('CA')).length, limits.crlEditionsMax)
  t.equal(gatherEvidence(editions.slice(1, -1), []).listsOf(nameOf('CA')).length, limits.crlEditionsMax - 1)
  t.equal(ask({ lists: editions }).problems.length, limits.revocationProblemsMax)
  t.equal(
    ask({ lists: editions.slice(0, limits.revocationProblemsMax - 1) }).problems.length,
    limits.revocationProblemsMax - 1,
  )
  const named = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      makeParty({ name: nameOf('CA'), key: keyNamed(`${index % 2}`) }, root),
    )
  // The issuer on the path is the first that is tried; the one that signed stands last.
  const within = [...named(limits.crlSignersMax - 2), listKey]
  const beyond = [...named(limits.crlSignersMax - 1), listKey]
  const lists = [makeList(listKey), rootList]
  t.equal(ask({ lists, candidates: within }).status, 'good')
  t.equal(ask({ lists, candidates: beyond }).status, 'unknown')
})

t.test('signers of lists of signers are asked about to a bounded depth', async (t) => {
  // Each certificate is covered by an indirect list whose signer's certificate is covered by that of the next.
  const chainOf = (length: number) => {
    const signers = Array.from({ length }, (_, index) =>
      makeParty(
        {
          name: nameOf(`Signer ${index}`),
          extensions: [
            usage(6),
            ...(index + 1 < length
              ? [distributionPoints([{ full: [address], crlIssuer: nameOf(`Signer ${index + 1}`) }])]
              : [distributionPoints([{ full: [other] }])]),
          ],
        },
        root,
      ),
    )
    const of = makeParty(
      {
        name: nameOf('Deep'),
        extensions: [distributionPoints([{ full: [address], crlIssuer: nameOf('Signer 0') }])],
      },
      ca,
    ).certificate
    const lists = signers.map((signer) => makeList(signer, { scope: indirectScope }))
    return ask({ of, lists: [...lists, makeList(root, { scope: { full: [other] } })], candidates: signers })
  }
  t.equal(chainOf(limits.revocationDepthMax - 1).status, 'good')
  t.equal(chainOf(limits.revocationDepthMax).status, 'unknown')
})

t.test('an issuer of lists that its own certificate names speaks for itself', async (t) => {
  const itself = distributionPoints([{ full: [address], crlIssuer: nameOf('Itself') }])
  const issuer = makeParty({ name: nameOf('Itself'), extensions: [usage(6), itself] }, root)
  const of = makeParty({ name: nameOf('Covered'), extensions: [itself] }, ca).certificate
  const status = (lists: RevocationList[]) => ask({ of, lists, candidates: [issuer] }).status
  t.equal(status([makeList(issuer, { scope: indirectScope })]), 'good')
  const entry = { of: issuer.certificate, issuer: nameOf('Root') }
  t.equal(status([makeList(issuer, { scope: indirectScope, entries: [entry] })]), 'unknown')
})

t.test('one judgement asks about a bounded number of signers', async (t) => {
  // Each edition is signed by a key four steps below an anchor that publishes no list: four questions in vain.
  const top = makeAuthority('Top', root)
  const middle = makeAuthority('Middle', top)
  const lower = makeAuthority('Lower', middle)
  const vain = makeParty({ name: nameOf('CA'), key: keyNamed('vain'), extensions: [usage(6)] }, lower)
  const useful = makeParty({ name: nameOf('CA'), key: keyNamed('useful'), extensions: [usage(6)] }, lower)
  const own = [makeList(lower), makeList(middle), makeList(top)]
  const status = (editions: number) => {
    const failing = Array.from({ length: editions }, (_, number) =>
      makeList(vain, { number, thisUpdate: june(2) }),
    )
    return judgeRevocation({
      certificate: user.certificate,
      issuer: ca.certificate,
      evidence: gatherEvidence([...failing, makeList(useful), ...own], []),
      candidates: [vain.certificate, useful.certificate],
      pathOf: (signer) =>
        [signer, lower, middle, top, root]
          .map((one) => ('certificate' in one ? one.certificate : one))
          .slice(0, signer === useful.certificate ? 2 : 5),
      at: times.at,
    }).status
  }
  t.equal(limits.revocationQuestionsMax % 4, 0)
  t.equal(status(limits.revocationQuestionsMax / 4 - 1), 'good')
  t.equal(status(limits.revocationQuestionsMax / 4), 'unknown')
})

t.test(
  'distribution points are bounded: with too many of them only the issuer’s own list counts',
  async (t) => {
    const status = (count: number) => {
      const points = Array.from({ length: count }, () => ({ full: [address] }))
      const of = makeParty({ name: nameOf('Many'), extensions: [distributionPoints(points)] }, ca).certificate
      return ask({ of, lists: [makeList(ca, { scope: { full: [address] } })] }).status
    }
    t.equal(status(limits.distributionPointsMax), 'good')
    t.equal(status(limits.distributionPointsMax + 1), 'unknown')
  },
)
