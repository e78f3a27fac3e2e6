// OCSP: what answers say, who may give them, requests, and bad input (RFC 6960).

import t from 'tap'
import type { Certificate } from '../../hub/trust/certificate.ts'
import { context, tags } from '../../hub/trust/der/reader.ts'
import {
  constructed,
  join,
  nullValue,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
} from '../../hub/trust/der/write.ts'
import { gatherEvidence, isSignedBy } from '../../hub/trust/revocation/evidence.ts'
import { revocationOids } from '../../hub/trust/revocation/identifiers.ts'
import { judgeRevocation } from '../../hub/trust/revocation/judge.ts'
import { type OcspAnswer, parseOcspAnswer } from '../../hub/trust/revocation/ocsp-answer.ts'
import { checkIsAnswerTo, formOcspRequest } from '../../hub/trust/revocation/ocsp-request.ts'
import type { RevocationList } from '../../hub/trust/revocation/revocation-list.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { RevocationFacts } from '../../schemas/verdict/facts.ts'
import {
  type AnswerForm,
  type AnswersForm,
  answerBytes,
  extension,
  keyNamed,
  makeAnswer,
  makeAuthority,
  makeList,
  makeParty,
  must,
  nameOf,
  noCheck,
  type Party,
  purposes,
  times,
  usage,
} from '../support/revocation.ts'
import { seeded } from '../support/seeded.ts'

const root = makeAuthority('Root')
const ca = makeAuthority('CA', root)
const otherCa = makeAuthority('Other CA', root)
const user = makeParty({ name: nameOf('User') }, ca)
const of = { of: user.certificate, issuer: ca.certificate }
const charged = purposes(revocationOids.ocspSigning)
const responder = makeParty({ name: nameOf('Responder'), extensions: [usage(0), charged, noCheck] }, ca)

/** An answer on the user by a responder that brings its certificate. */
function answerBy(by: Party, more: Partial<AnswerForm> = {}, form: AnswersForm = {}): OcspAnswer {
  return makeAnswer(by, [{ ...of, ...more }], { certificates: [by.certificate], ...form })
}

type Question = {
  answers: OcspAnswer[]
  lists?: RevocationList[]
  certificate?: Certificate
  issuer?: Certificate
  candidates?: Party[]
  at?: Date
}

function ask({ answers, lists = [], candidates = [], ...question }: Question): RevocationFacts {
  return judgeRevocation({
    certificate: user.certificate,
    issuer: ca.certificate,
    evidence: gatherEvidence(lists, answers),
    candidates: candidates.map(({ certificate }) => certificate),
    pathOf: () => undefined,
    at: times.at,
    ...question,
  })
}

type Row = Question & {
  name: string
  clause: string
  expected: RevocationFacts['status']
  problems?: string[]
}

function responderWith(extensions: Parameters<typeof makeParty>[0]['extensions'], issuer: Party = ca): Party {
  return makeParty({ name: nameOf('Responder'), ...(extensions === undefined ? {} : { extensions }) }, issuer)
}

const checked = responderWith([charged])
const unknownExtension = extension('1.2.3.4', nullValue(), true)
const late = new Date(times.nextUpdate.getTime() + 1)
const early = new Date(times.thisUpdate.getTime() - 1)
const rolled = makeAuthority('CA', root, { key: keyNamed('CA rolled') })

const rows: Row[] = [
  {
    name: 'good, by the issuer',
    clause: '4.2.2.2',
    answers: [makeAnswer(ca, [of])],
    expected: 'good',
    problems: [],
  },
  {
    name: 'good, by the issuer named by its key',
    clause: '4.2.1',
    answers: [makeAnswer(ca, [of], { byKey: true })],
    expected: 'good',
  },
  {
    name: 'revoked',
    clause: '2.2',
    answers: [makeAnswer(ca, [{ ...of, status: 'revoked', reason: 1 }])],
    expected: 'revoked',
  },
  {
    name: 'revoked without a reason',
    clause: '2.2',
    answers: [makeAnswer(ca, [{ ...of, status: 'revoked' }])],
    expected: 'revoked',
  },
  {
    name: 'not known to the responder',
    clause: '2.2',
    answers: [makeAnswer(ca, [{ ...of, status: 'unknown' }])],
    expected: 'unknown',
    problems: ['not-known'],
  },
  ...(['sha256', 'streebog256', 'streebog512'] as const).map(
    (digest): Row => ({
      name: `the issuer by ${digest}`,
      clause: '4.1.1',
      answers: [makeAnswer(ca, [{ ...of, digest }])],
      expected: 'good',
    }),
  ),
  {
    name: 'several certificates in one answer',
    clause: '4.2.1',
    answers: [
      makeAnswer(ca, [
        { ...of, of: ca.certificate },
        { ...of, status: 'revoked' },
      ]),
    ],
    expected: 'revoked',
  },
  {
    name: 'another certificate',
    clause: '3.2',
    answers: [makeAnswer(ca, [{ ...of, of: ca.certificate }])],
    expected: 'unknown',
    problems: ['no-source'],
  },
  {
    name: 'the serial number of another issuer',
    clause: '3.2',
    answers: [makeAnswer(otherCa, [{ of: user.certificate, issuer: otherCa.certificate }])],
    expected: 'unknown',
    problems: ['other-certificate'],
  },
  {
    name: 'the issuer’s name with another key',
    clause: '3.2',
    answers: [makeAnswer(rolled, [{ of: user.certificate, issuer: rolled.certificate }])],
    expected: 'unknown',
    problems: ['other-certificate'],
  },
  {
    name: 'signed by another key than the responder’s',
    clause: '3.2',
    answers: [makeAnswer({ ...ca, key: keyNamed('stranger') }, [of])],
    expected: 'unknown',
    problems: ['signature'],
  },
  {
    name: 'signed by another authority',
    clause: '4.2.2.2',
    answers: [makeAnswer(otherCa, [of], { certificates: [otherCa.certificate] })],
    expected: 'unknown',
    problems: ['responder'],
  },
  {
    name: 'nobody has the responder’s certificate',
    clause: '4.2.2.2',
    answers: [makeAnswer(responder, [of])],
    expected: 'unknown',
    problems: ['responder'],
  },
  { name: 'by one charged', clause: '4.2.2.2', answers: [answerBy(responder)], expected: 'good' },
  {
    name: 'by one charged, by its key',
    clause: '4.2.2.2',
    answers: [answerBy(responder, {}, { byKey: true })],
    expected: 'good',
  },
  {
    name: 'by one charged whose certificate was at hand',
    clause: '4.2.2.2',
    answers: [makeAnswer(responder, [of])],
    candidates: [responder],
    expected: 'good',
  },
  {
    name: 'by one not charged',
    clause: '4.2.2.2',
    answers: [answerBy(responderWith([noCheck]))],
    expected: 'unknown',
    problems: ['responder'],
  },
  {
    name: 'by one charged by another authority',
    clause: '4.2.2.2',
    answers: [answerBy(responderWith([charged, noCheck], otherCa))],
    expected: 'unknown',
    problems: ['responder'],
  },
  {
    name: 'by one that claims the authority charged it',
    clause: '4.2.2.2',
    answers: [
      answerBy(
        makeParty(
          { name: nameOf('Responder'), issuerName: nameOf('CA'), extensions: [charged, noCheck] },
          otherCa,
        ),
      ),
    ],
    expected: 'unknown',
    problems: ['responder'],
  },
  {
    name: 'by one charged whose key may not sign',
    clause: 'RFC 5280, 4.2.1.12',
    answers: [answerBy(responderWith([charged, noCheck, usage(2)]))],
    expected: 'unknown',
    problems: ['responder'],
  },
  {
    name: 'by one charged with a critical extension nobody knows',
    clause: 'RFC 5280, 4.2',
    answers: [answerBy(responderWith([charged, noCheck, unknownExtension]))],
    expected: 'unknown',
    problems: ['responder'],
  },
  {
    name: 'by one charged whose certificate has expired',
    clause: '4.2.2.2',
    answers: [
      answerBy(
        makeParty(
          {
            name: nameOf('Responder'),
            extensions: [charged, noCheck],
            notAfter: new Date(times.at.getTime() - 1000),
          },
          ca,
        ),
      ),
    ],
    expected: 'unknown',
    problems: ['responder'],
  },
  {
    name: 'by one charged whose certificate is not valid yet',
    clause: '4.2.2.2',
    answers: [
      answerBy(
        makeParty(
          {
            name: nameOf('Responder'),
            extensions: [charged, noCheck],
            notBefore: new Date(times.at.getTime() + 1000),
          },
          ca,
        ),
      ),
    ],
    expected: 'unknown',
    problems: ['responder'],
  },
  {
    name: 'by one charged, of whose own revocation nothing is known',
    clause: '4.2.2.2.1',
    answers: [answerBy(checked)],
    expected: 'unknown',
    problems: ['responder'],
  },
  {
    name: 'by one charged, whose own revocation a list tells',
    clause: '4.2.2.2.1',
    answers: [answerBy(checked, { status: 'revoked' })],
    lists: [makeList(ca)],
    expected: 'revoked',
  },
  {
    name: 'by one charged and revoked',
    clause: '4.2.2.2.1',
    answers: [answerBy(checked, { status: 'revoked' })],
    lists: [makeList(ca, { entries: [{ of: checked.certificate }] })],
    expected: 'good',
    problems: ['responder'],
  },
  {
    name: 'produced later',
    clause: '4.2.2.1',
    answers: [makeAnswer(ca, [of], { producedAt: new Date(times.at.getTime() + 1000) })],
    expected: 'unknown',
    problems: ['not-yet'],
  },
  {
    name: 'issued later',
    clause: '4.2.2.1',
    answers: [makeAnswer(ca, [of], { producedAt: new Date(0) })],
    at: early,
    expected: 'unknown',
    problems: ['not-yet'],
  },
  {
    name: 'at the last moment',
    clause: '4.2.2.1',
    answers: [makeAnswer(ca, [of])],
    at: times.nextUpdate,
    expected: 'good',
  },
  {
    name: 'after it',
    clause: '4.2.2.1',
    answers: [makeAnswer(ca, [of])],
    at: late,
    expected: 'unknown',
    problems: ['out-of-date'],
  },
  {
    name: 'without a next update, too old',
    clause: '4.2.2.1',
    answers: [makeAnswer(ca, [{ ...of, nextUpdate: undefined }])],
    expected: 'unknown',
    problems: ['out-of-date'],
  },
  {
    name: 'without a next update, young enough',
    clause: '4.2.2.1',
    answers: [makeAnswer(ca, [{ ...of, nextUpdate: undefined }])],
    at: new Date(times.thisUpdate.getTime() + limits.revocationAgeMaxMs),
    expected: 'good',
  },
  {
    name: 'a critical extension nobody knows',
    clause: '4.4',
    answers: [makeAnswer(ca, [of], { extensions: [unknownExtension] })],
    expected: 'unknown',
    problems: ['critical-extension'],
  },
  {
    name: 'a critical extension nobody knows, of the one answer',
    clause: '4.4',
    answers: [makeAnswer(ca, [{ ...of, extensions: [unknownExtension] }])],
    expected: 'unknown',
    problems: ['critical-extension'],
  },
  {
    name: 'the newest of several',
    clause: '4.2.2.1',
    answers: [
      makeAnswer(ca, [{ ...of, status: 'revoked', reason: 6 }]),
      makeAnswer(ca, [{ ...of, thisUpdate: times.at }], { producedAt: times.at }),
    ],
    expected: 'good',
  },
]

t.test('what answers say and who may give them', async (t) => {
  for (const { name, clause, expected, problems, ...question } of rows) {
    const facts = ask(question)
    t.equal(facts.status, expected, `RFC 6960, ${clause}: ${name} ${JSON.stringify(facts.problems)}`)
    if (problems === undefined) continue
    t.strictSame(
      facts.problems.map(({ problem }) => problem),
      problems.map((problem) => `revocation.${problem}`),
      name,
    )
  }
})

t.test('lists and answers together: a revocation stands, of a hold the later word counts', async (t) => {
  const june = (day: number) => new Date(Date.UTC(2026, 5, day))
  const list = (day: number, reason?: number) =>
    makeList(ca, {
      thisUpdate: june(day),
      ...(reason === undefined ? {} : { entries: [{ of: user.certificate, reason }] }),
    })
  const answer = (day: number, reason?: number) =>
    makeAnswer(ca, [
      { ...of, thisUpdate: june(day), ...(reason === undefined ? {} : { status: 'revoked', reason }) },
    ])
  const cases: [RevocationList, OcspAnswer, string, string][] = [
    [list(2), answer(3), 'good', 'ocsp'],
    [list(3), answer(2), 'good', 'crl'],
    [list(2, 1), answer(3), 'revoked', 'crl'],
    [list(3), answer(2, 1), 'revoked', 'ocsp'],
    [list(2, 6), answer(3), 'good', 'ocsp'],
    [list(3, 6), answer(2), 'revoked', 'crl'],
    [list(2), answer(3, 6), 'revoked', 'ocsp'],
    [list(2, 6), answer(3, 1), 'revoked', 'ocsp'],
    [list(2, 1), answer(3, 1), 'revoked', 'ocsp'],
  ]
  for (const [one, other, status, source] of cases) {
    const facts = ask({ lists: [one], answers: [other] })
    t.match(facts, { status, source, problems: [] }, `${one.thisUpdate.toISOString()} ${other.sha256}`)
  }
  const revoked = makeAnswer(ca, [{ ...of, status: 'revoked', reason: 4, revokedAt: june(1) }])
  t.match(ask({ answers: [revoked] }), {
    evidence: revoked.sha256,
    revokedAt: '2026-06-01T00:00:00.000Z',
    reason: 'superseded',
    nextUpdate: times.nextUpdate.toISOString(),
  })
})

t.test('answers signed by keys of RSA and of GOST', async (t) => {
  for (const kind of ['rsa', 'gost'] as const) {
    const authority = makeAuthority('Authority', undefined, { key: keyNamed('authority', kind) })
    const certificate = makeParty({ name: nameOf('One') }, authority).certificate
    const issuer = authority.certificate
    const by = makeParty(
      { name: nameOf('R'), key: keyNamed('r', kind), extensions: [charged, noCheck] },
      authority,
    )
    const answers = [
      makeAnswer(by, [{ of: certificate, issuer, status: 'revoked' }], { certificates: [by.certificate] }),
    ]
    t.equal(ask({ certificate, issuer, answers }).status, 'revoked', kind)
  }
})

t.test('a request names the certificate, and only an answer to it is taken', async (t) => {
  const nonce = Buffer.alloc(32, 7)
  const asked = { certificate: user.certificate, issuer: ca.certificate, digest: 'sha1', nonce } as const
  const request = formOcspRequest(asked)
  const codeOf = (answer: OcspAnswer) => {
    const checked = checkIsAnswerTo(request, answer)
    return isRefusal(checked) ? checked.seen : 'taken'
  }
  t.equal(codeOf(makeAnswer(ca, [of], { nonce })), 'taken')
  t.equal(codeOf(makeAnswer(ca, [of])), 'taken', 'responders that sign ahead give no nonce')
  t.equal(codeOf(makeAnswer(ca, [of], { nonce: Buffer.alloc(32, 8) })), 'another nonce')
  t.match(codeOf(makeAnswer(ca, [{ ...of, of: ca.certificate }], { nonce })), /nothing about/)
  t.not(Buffer.from(request.der).indexOf(nonce), -1)
  const without = formOcspRequest({
    certificate: user.certificate,
    issuer: ca.certificate,
    digest: 'streebog256',
  })
  t.ok(without.der.length < request.der.length)
  const other = checkIsAnswerTo(request, makeAnswer(ca, [{ ...of, of: ca.certificate }]))
  t.ok(isRefusal(other) && other.code === 'ocsp.other-request')
})

const codeOf = (der: Uint8Array): string => {
  const answer = parseOcspAnswer(der)
  return isRefusal(answer) ? answer.code : 'read'
}
const status = (code: number) => join(sequence(primitive(0x0a, Uint8Array.of(code))))

t.test('answers that say nothing, and malformed ones', async (t) => {
  for (const code of [1, 2, 3, 5, 6]) t.equal(codeOf(status(code)), 'ocsp.unsuccessful', `status ${code}`)
  const wrapped = (oid: string, content: Uint8Array) =>
    join(
      sequence(
        primitive(0x0a, Uint8Array.of(0)),
        constructed(context(0), sequence(objectIdentifier(oid), octetString(content))),
      ),
    )
  const broken: [string, Uint8Array][] = [
    ['nothing', new Uint8Array(0)],
    ['success with nothing', status(0)],
    ['a status nobody knows', status(7)],
    ['a status that is a number', join(sequence(primitive(tags.integer, Uint8Array.of(0))))],
    ['another type', wrapped('1.2.3', new Uint8Array(0))],
    ['an empty answer', wrapped(revocationOids.ocspBasic, new Uint8Array(0))],
    ['something behind', Buffer.concat([answerBytes(ca, [of]), Uint8Array.of(0)])],
    ['a list', makeList(ca).der],
    ['an extension twice', answerBytes(ca, [of], { extensions: [unknownExtension, unknownExtension] })],
  ]
  for (const [name, der] of broken) t.equal(codeOf(der), 'ocsp.broken', name)
})

t.test('the bounds of answers hold on both sides', async (t) => {
  const many = (count: number) => codeOf(answerBytes(ca, Array<AnswerForm>(count).fill(of)))
  t.equal(many(limits.ocspAnswersMax), 'read')
  t.equal(many(limits.ocspAnswersMax + 1), 'ocsp.broken')
  const certificates = (count: number) =>
    codeOf(answerBytes(ca, [of], { certificates: Array<Certificate>(count).fill(ca.certificate) }))
  t.equal(certificates(limits.certificatesPerCmsMax), 'read')
  t.equal(certificates(limits.certificatesPerCmsMax + 1), 'ocsp.broken')
  const nonce = (length: number) => codeOf(answerBytes(ca, [of], { nonce: new Uint8Array(length) }))
  const head = 2
  t.equal(nonce(limits.ocspNonceBytesMax - head), 'read')
  t.equal(nonce(limits.ocspNonceBytesMax - head + 1), 'ocsp.broken')
  const sized = (length: number) =>
    answerBytes(ca, [of], { extensions: [extension('1.2.3', octetString(new Uint8Array(length)))] })
  const filling = limits.ocspBytesMax - (sized(200_000).length - 200_000)
  // The length of a signature by ECDSA varies by a few octets.
  t.equal(codeOf(sized(filling - 8)), 'read')
  t.equal(codeOf(sized(filling + 8)), 'ocsp.broken')
  const broken = makeAnswer(ca, [of], {
    certificates: [{ ...ca.certificate, der: join(sequence(nullValue())) }],
  })
  t.equal(broken.certificates.length, 0, 'certificates that cannot be read are passed over')
})

t.test('a nonce that is no OCTET STRING inside is taken as it stands', async (t) => {
  const bare = sequence(objectIdentifier(revocationOids.ocspNonce), octetString(Uint8Array.of(9, 8, 7)))
  const answer = makeAnswer(ca, [of], { extensions: [bare] })
  t.strictSame(Buffer.from(answer.nonce ?? []), Buffer.from([9, 8, 7]))
})

t.test('no byte of a signed answer can be changed, and no cut crashes', async (t) => {
  const der = answerBytes(responder, [{ ...of, status: 'revoked', reason: 1 }], {
    certificates: [responder.certificate],
  })
  const own = Buffer.from(der).indexOf(responder.certificate.der)
  const signedPart = Buffer.from(must(parseOcspAnswer(der)).signed.tbs)
  const start = Buffer.from(der).indexOf(signedPart)
  t.ok(own > start && start > 0)
  const changedMeaning: number[] = []
  for (let place = 0; place < der.length; place += 1) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const changed = Uint8Array.from(der)
      changed[place] = (changed[place] ?? 0) ^ mask
      const answer = parseOcspAnswer(changed)
      if (isRefusal(answer) || !isSignedBy(answer.signed, responder.certificate.publicKey)) continue
      // Only certificates stand outside of what is signed; with the last one changed nobody is charged any more.
      const isInside = place >= start && place < start + signedPart.length
      if (isInside || ask({ answers: [answer] }).status !== 'unknown') changedMeaning.push(place)
    }
    t.not(codeOf(der.subarray(0, place)), 'read', `cut at ${place}`)
  }
  t.strictSame(
    changedMeaning.filter((place) => place < own),
    [],
  )
})

t.test('random changes to an answer never crash what judges by it', async (t) => {
  const random = seeded()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const der = answerBytes(ca, [{ ...of, status: 'revoked' }], {
    nonce: Uint8Array.of(1),
    certificates: [ca.certificate],
  })
  const own = Buffer.from(der).indexOf(ca.certificate.der)
  const statuses = new Set<string>()
  for (let round = 0; round < 3000; round += 1) {
    const changed = Buffer.from(der)
    for (let count = 1 + random.number(4); count > 0; count -= 1)
      changed[random.number(own)] = random.number(256)
    const answer = parseOcspAnswer(changed)
    if (!isRefusal(answer) && !changed.equals(der)) statuses.add(ask({ answers: [answer] }).status)
  }
  t.strictSame([...statuses], ['unknown'])
})
