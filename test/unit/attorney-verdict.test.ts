// Powers of attorney judged: when one is due, every check on both sides, chains, the rules of subsets.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { attorneyDue } from '../../hub/trust/attorney/due.ts'
import { judgeAttorney } from '../../hub/trust/attorney/judge.ts'
import { comparePowers } from '../../hub/trust/attorney/subset.ts'
import { readCertificates } from '../../hub/trust/certificate.ts'
import {
  type AttorneyFindingName,
  type AttorneyStatus,
  attorneyChecks,
  attorneyFindings,
  attorneyStatuses,
} from '../../schemas/attorney/checks.ts'
import { type AttorneyPower, freezeFacts } from '../../schemas/attorney/value.ts'
import {
  type AttorneyFacts,
  type AttorneyGap,
  type AttorneySender,
  type AttorneySigner,
  defaultAttorneyPolicy,
} from '../../schemas/attorney/verdict.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import {
  attorneyOf,
  cast,
  certificateOf,
  earlier,
  entrepreneur,
  factsOf,
  head,
  headCertificate,
  headed,
  link,
  numbers,
  type Organisation,
  organisation,
  originalXml,
  person,
  power,
  principal,
  representative,
  retrustFacts,
  retrustXml,
  secondRetrustXml,
} from '../support/attorneys.ts'
import { beside } from '../support/beside.ts'
import { below, oneOf, seededRandom } from '../support/random.ts'

const reached = new Set<AttorneyFindingName>()

/** The verdict, after looking that facts survive freezing and JSON. */
function judge(facts: AttorneyFacts, policy = defaultAttorneyPolicy) {
  const verdict = judgeAttorney(freezeFacts(facts), policy)
  t.strictSame(judgeAttorney(JSON.parse(JSON.stringify(facts)), policy), verdict, 'stored facts say the same')
  for (const { finding } of verdict.checks) reached.add(finding)
  return verdict
}

const organisationSender: AttorneySender = {
  kind: 'organisation',
  inn: cast.organisation.inn,
  ogrn: cast.organisation.ogrn,
}
const { inn: personInn } = cast.director
const dues: [name: string, signer: AttorneySigner, sender: AttorneySender, expected: string][] = [
  ['the head by ИННЮЛ', { innLegal: '9900000024' }, organisationSender, 'head-of-sender'],
  ['the head with a personal ИНН too', headCertificate(), organisationSender, 'head-of-sender'],
  ['the head by 00 and ten digits', { inn: '009900000024' }, organisationSender, 'head-of-sender'],
  ['the head by a padded ИННЮЛ', { innLegal: '009900000024' }, organisationSender, 'head-of-sender'],
  ['the head by ОГРН', { ogrn: '1999900000021' }, organisationSender, 'head-of-sender'],
  ['a natural person', { inn: personInn }, organisationSender, 'natural-person'],
  ['a person without numbers', { commonName: 'x' }, organisationSender, 'natural-person'],
  ['another organisation', { innLegal: '9900000017' }, organisationSender, 'other-organisation'],
  ['another organisation by ОГРН', { ogrn: '1999900000032' }, organisationSender, 'other-organisation'],
  ['two organisations', { innLegal: '9900000024', inn: '009900000017' }, organisationSender, 'contradictory'],
  [
    'this ИНН, another ОГРН',
    { innLegal: '9900000024', ogrn: '1999900000032' },
    organisationSender,
    'contradictory',
  ],
  [
    'another ИНН, this ОГРН',
    { innLegal: '9900000017', ogrn: '1999900000021' },
    organisationSender,
    'contradictory',
  ],
  [
    'an entrepreneur',
    { inn: personInn, ogrnip: '319990000000013' },
    { kind: 'entrepreneur', inn: personInn },
    'own-entrepreneur',
  ],
  [
    'somebody for an entrepreneur',
    { inn: cast.employee.inn },
    { kind: 'entrepreneur', inn: personInn },
    'natural-person',
  ],
  [
    'a head of an organisation for himself',
    { inn: personInn, innLegal: '9900000024' },
    { kind: 'entrepreneur', inn: personInn },
    'other-organisation',
  ],
  ['a sender nobody knows', { innLegal: '9900000024' }, { kind: 'organisation' }, 'sender-unknown'],
]

t.test('when a power of attorney is due', async (t) => {
  for (const [name, signer, sender, expected] of dues) {
    const due = attorneyDue(signer, sender)
    t.equal(due.reason, expected, name)
    const isFree = /^(head-of-sender|own-entrepreneur)$/.test(expected)
    t.equal(due.due, isFree ? 'not-required' : expected === 'sender-unknown' ? 'undecided' : 'required', name)
  }
})

const { path: corpus, absent: corpusAbsent } = beside('corpus')

t.test(
  'certificates of the corpus: a head needs none, an employee one that names them',
  { skip: corpusAbsent },
  async (t) => {
    const nameOf = (file: string) => {
      const certificates = readCertificates(readFileSync(join(corpus, 'pki', `${file}.crt`)))
      const [certificate] = isRefusal(certificates) ? [] : certificates
      if (certificate === undefined) throw new Error(file)
      return certificate.subjectName
    }
    const inn = '7741377501'
    const sender: AttorneySender = { kind: 'organisation', inn }
    t.strictSame(attorneyDue(nameOf('org-a-head'), sender), { due: 'not-required', reason: 'head-of-sender' })
    t.match(attorneyDue(nameOf('org-b-head'), sender), { due: 'required', reason: 'other-organisation' })
    t.match(attorneyDue(nameOf('employee'), sender), { due: 'required', reason: 'natural-person' })
    const xml = originalXml({
      ...heads(head(person('СвФЛ', { name: ['Иванов', 'Иван', 'Иванович'], inn: '773055802010' })), {
        name: 'ООО Ромашка',
        inn,
        kpp: '770101460',
      }),
      representatives: representative(
        3,
        person('СведФизЛ', { name: ['Елкин', 'Петр', 'Федорович'], snils: '131-605-306 10' }),
      ),
    })
    const signatures = [{ indication: 'passed' as const, signer: nameOf('org-a-head') }]
    const facts = factsOf({
      chain: [link(attorneyOf(xml), { signatures })],
      documentSigner: nameOf('employee'),
      sender,
    })
    t.match(judge(facts), { status: 'IsValid' })
    t.match(judge({ ...facts, documentSigner: nameOf('org-b-head') }), { status: 'IsNotValid' })
  },
)

t.test('one that is right in everything is valid, and says so check by check', async (t) => {
  const verdict = judge(factsOf({ powersWanted: ['SIGN_DOCUMENTS'] }))
  t.match(verdict, { status: 'IsValid', summary: 'ok' })
  t.strictSame(
    verdict.checks.map(({ finding }) => finding),
    [
      'due-yes',
      'found-file',
      'format-ok',
      'number-ok',
      'dates-ok',
      'signature-ok',
      'signer-ok',
      'registry-valid',
      'representative-inn',
      'jointly-severally',
      'principal-ok',
      'powers-ok',
      'chain-none',
    ],
  )
  t.match(judge(retrustFacts()), { status: 'IsValid', summary: 'ok' })
  const named = { requisites: [{ source: 'document' as const, number: numbers.retrust }] }
  t.match(
    judge(retrustFacts({}, {}, named)),
    { status: 'IsValid' },
    'requisites name the one relied on, not its parents',
  )
})

const gap = (reason: AttorneyGap['reason']) =>
  factsOf({ chain: [], gap: { reason, number: numbers.original } })
const statuses: [
  name: string,
  facts: AttorneyFacts,
  status: AttorneyStatus,
  summary: string,
  finding: AttorneyFindingName,
][] = [
  [
    'not due',
    factsOf({ due: { due: 'not-required', reason: 'head-of-sender' } }),
    'NotRequired',
    'ok',
    'due-not',
  ],
  ['not there', factsOf({ chain: [] }), 'IsNotAttached', 'warning', 'found-none'],
  [
    'perhaps due and not there',
    factsOf({ chain: [], due: { due: 'undecided', reason: 'sender-unknown' } }),
    'CanNotBeValidated',
    'warning',
    'due-undecided',
  ],
  [
    'perhaps due and there',
    factsOf({ due: { due: 'undecided', reason: 'sender-unknown' } }),
    'HasWarnings',
    'warning',
    'due-undecided',
  ],
  [
    'contradictory',
    factsOf({ due: { due: 'required', reason: 'contradictory' } }),
    'HasWarnings',
    'warning',
    'due-contradictory',
  ],
  ['unreadable', gap('unreadable'), 'IsNotValid', 'error', 'format-invalid'],
  ['another format', gap('other-format'), 'CanNotBeValidated', 'warning', 'format-other'],
  ['not in the registry', gap('not-found'), 'IsNotAttached', 'error', 'found-not-in-registry'],
  ['the registry silent', gap('silent'), 'CanNotBeValidated', 'warning', 'found-silent'],
  ['no registry', gap('not-asked'), 'CanNotBeValidated', 'warning', 'found-not-asked'],
  ['revoked by the registry', gap('revoked'), 'IsNotValid', 'error', 'found-revoked'],
  ['a failure of ours', factsOf({ failure: 'timeout' }), 'ValidationError', 'warning', 'found-failure'],
  [
    'a control time that is none',
    factsOf({ controlTime: 'soon' }),
    'ValidationError',
    'warning',
    'found-failure',
  ],
]

t.test('every status is reached', async (t) => {
  const listed = new Set<string>(statuses.map(([, , status]) => status).concat('IsValid'))
  t.strictSame(
    Object.keys(attorneyStatuses).filter((status) => !listed.has(status)),
    [],
  )
  for (const [name, facts, status, summary, finding] of statuses) {
    const verdict = judge(facts)
    t.match(verdict, { status, summary }, name)
    t.ok(
      verdict.checks.some((one) => one.finding === finding),
      name,
    )
  }
})

const only = (
  xml: Parameters<typeof originalXml>[0],
  changes: Partial<AttorneyFacts> = {},
  signer?: AttorneySigner[],
) =>
  factsOf({
    chain: [
      link(
        attorneyOf(originalXml(xml)),
        signer === undefined
          ? {}
          : { signatures: signer.map((one) => ({ indication: 'passed' as const, signer: one })) },
      ),
    ],
    ...changes,
  })
const signedAs = (indication: 'passed' | 'failed' | 'indeterminate', subIndication?: string) =>
  factsOf({
    chain: [
      link(attorneyOf(originalXml()), {
        signatures: [
          {
            indication,
            signer: headCertificate(),
            ...(subIndication === undefined ? {} : { subIndication }),
          },
        ],
      }),
    ],
  })
const registryOf = (status: 'valid' | 'revoked' | 'unknown' | 'silent' | 'not-asked', at?: string) =>
  factsOf({
    registry: [{ number: numbers.original.toUpperCase(), status, ...(at === undefined ? {} : { at }) }],
  })
const heads = (inner: string, of: Organisation = cast.organisation) => ({
  principals: principal(1, headed('РосОргДовер', inner, of)),
})
const company = `<СВЮЛ>${organisation('СвЮЛЕИО', cast.manager)}${person('СвФЛ', cast.director)}</СВЮЛ>`
const joint = head(person('СвФЛ', cast.director), 2) + head(person('СвФЛ', cast.second), 2)
const { name: directorName, snils: directorSnils } = cast.director
const nameless = { innLegal: cast.organisation.inn, commonName: cast.organisation.name }
const notarial =
  `<СвНотУд МестоДовер="Москва" УплНотДейст="100"><СвНотДейств Должность="нотариус" РегНомНот="77/1-н/77"><ФИОНотДейств Фамилия="Нотариусова" Имя="Анна"/></СвНотДейств><ПодпРукопис><ХешPDFДок>x</ХешPDFДок><ПодпИзобр>x</ПодпИзобр><ХешПодп>x</ХешПодп><ДатаВремПодп>1</ДатаВремПодп><ФИООтв Фамилия="И" Имя="И"/></ПодпРукопис></СвНотУд>`.trim()
const foreign = principal(
  2,
  `<ИнОргДовер><СвИнОрг НаимИО="Foreign" ИННЮЛ="9900000017"/>${person('СвРукОП', cast.director)}</ИнОргДовер>`,
)
const natural = (inner = '') =>
  principal(
    4,
    `<ФЛДовер ИННФЛ="${personInn}" СНИЛС="${directorSnils}"><СведФЛ><ФИО Фамилия="Иванов" Имя="Иван" Отчество="Иванович"/></СведФЛ>${inner}</ФЛДовер>`,
  )
const guardian = `<СвЗакПредРук ПолнЮЛ="1">${person('СвФЛ', cast.second)}</СвЗакПредРук>`
const unnumbered = { name: 'ООО Юг', kpp: '990001001' }

const checks: [finding: AttorneyFindingName, why: string, facts: AttorneyFacts][] = [
  [
    'signer-other',
    'a person of the managing company alone',
    only(heads(head(company)), {}, [certificateOf(cast.director)]),
  ],
  [
    'signer-other',
    'the same ИНН and another ОГРН',
    only({}, {}, [{ ...headCertificate(), ogrn: '1999900000032' }]),
  ],
  [
    'found-registry',
    'it came from the registry',
    factsOf({ chain: [link(attorneyOf(originalXml()), { source: 'registry' })] }),
  ],
  [
    'number-ok',
    'without a file name',
    factsOf({ chain: [{ attorney: attorneyOf(originalXml()), source: 'registry', signatures: [] }] }),
  ],
  [
    'number-ok',
    'upper case in the name and the requisites',
    factsOf({
      chain: [
        link(attorneyOf(originalXml()), {
          fileName: `ON_EMCHD_20260110_${numbers.original.toUpperCase()}.xml`,
        }),
      ],
      requisites: [{ source: 'document', number: numbers.original.toUpperCase() }],
    }),
  ],
  [
    'number-unnamed',
    'a name without a number',
    factsOf({ chain: [link(attorneyOf(originalXml()), { fileName: 'мчд.xml' })] }),
  ],
  [
    'number-file-name',
    'another number in the name',
    factsOf({ chain: [link(attorneyOf(originalXml()), { fileName: `ON_EMCHD_1_${numbers.second}.xml` })] }),
  ],
  ['number-file-id', 'another number in ИдФайл', only({ fileId: `ON_EMCHD_1_${numbers.second}` })],
  [
    'number-requisites',
    'the document names another',
    factsOf({ requisites: [{ source: 'document', number: numbers.second }] }),
  ],
  [
    'dates-ok',
    'the first instant of the first day in Moscow',
    factsOf({ controlTime: '2026-01-09T21:00:00Z' }),
  ],
  ['dates-early', 'the instant before', factsOf({ controlTime: '2026-01-09T20:59:59.999Z' })],
  [
    'dates-ok',
    'the last instant of the last day in Moscow',
    factsOf({ controlTime: '2027-01-09T20:59:59.999Z' }),
  ],
  ['dates-late', 'the instant after', factsOf({ controlTime: '2027-01-09T21:00:00Z' })],
  [
    'dates-late-claimed-inside',
    'a claimed time saves nothing',
    factsOf({ controlTime: '2027-01-09T21:00:00Z', claimedTime: '2027-01-09T20:59:59Z' }),
  ],
  [
    'dates-claimed-outside',
    'a claimed time before the first day',
    factsOf({ claimedTime: '2026-01-09T20:59:59Z' }),
  ],
  ['dates-ok', 'a claimed time that is none', factsOf({ claimedTime: 'yesterday' })],
  ['dates-order', 'it ends before it begins', only({ issued: '2026-02-01', expires: '2026-01-31' })],
  ['dates-ok', 'one day', only({ issued: '2026-06-01', expires: '2026-06-01' })],
  [
    'signature-absent',
    'no signature',
    factsOf({ chain: [link(attorneyOf(originalXml()), { signatures: [] })] }),
  ],
  ['signature-failed', 'failed', signedAs('failed', 'SIG_CRYPTO_FAILURE')],
  ['signature-indeterminate', 'try later', signedAs('indeterminate', 'TRY_LATER')],
  ['signature-indeterminate-bad', 'revoked', signedAs('indeterminate', 'REVOKED_NO_POE')],
  ['signer-unchecked', 'no signature that could count', signedAs('failed')],
  ['signer-ok', 'the head', factsOf()],
  [
    'signer-ok',
    'the head by СНИЛС',
    only({}, {}, [headCertificate({ name: directorName, snils: directorSnils })]),
  ],
  [
    'signer-by-name',
    'the head by name only',
    only({}, {}, [headCertificate({ name: ['ИВАНОВ', 'Иван', ' ИВАНОВИЧ'] })]),
  ],
  ['signer-organisation-only', 'a certificate that names no person', only({}, {}, [nameless])],
  ['signer-other', 'a person without the organisation', only({}, {}, [certificateOf(cast.director)])],
  [
    'signer-other',
    'the head of another organisation',
    only({}, {}, [headCertificate(cast.director, cast.manager)]),
  ],
  [
    'signer-other',
    'the same ИНН and another ОГРН',
    only({}, {}, [{ ...headCertificate(), ogrn: '1999900000032' }]),
  ],
  ['signer-other', 'another person of the organisation', only({}, {}, [headCertificate(cast.second)])],
  [
    'signer-other',
    'two organisations in one certificate',
    only({}, {}, [{ ...headCertificate(), inn: '009900000017' }]),
  ],
  [
    'signer-ok',
    'a managing company with its own certificate',
    only(heads(head(company)), {}, [headCertificate(cast.director, cast.manager)]),
  ],
  [
    'signer-ok',
    'a managing company with the certificate of the managed',
    only(heads(head(company)), {}, [headCertificate()]),
  ],
  [
    'signer-organisation-only',
    'a managing company without a person',
    only(heads(head(company)), {}, [{ innLegal: cast.manager.inn }]),
  ],
  [
    'signer-other',
    'somebody else of the managing company',
    only(heads(head(company)), {}, [headCertificate(cast.second, cast.manager)]),
  ],
  [
    'signer-ok',
    'an entrepreneur who manages',
    only(heads(head(entrepreneur('СвИП', cast.second))), {}, [certificateOf(cast.second)]),
  ],
  [
    'signer-other',
    'another entrepreneur',
    only(heads(head(entrepreneur('СвИП', cast.second))), {}, [certificateOf(cast.director)]),
  ],
  [
    'signer-ok',
    'all who act jointly',
    only(heads(joint), {}, [headCertificate(), headCertificate(cast.second)]),
  ],
  ['signer-joint', 'one of two who act jointly', only(heads(joint), {}, [headCertificate()])],
  ['signer-joint', 'one nameless certificate for two who act jointly', only(heads(joint), {}, [nameless])],
  [
    'signer-ok',
    'one who acts alone beside them',
    only(heads(joint + head(person('СвФЛ', cast.deputy))), {}, [headCertificate(cast.deputy)]),
  ],
  [
    'signer-ok',
    'by ОГРН',
    only(heads(head(person('СвФЛ', cast.director)), { ...unnumbered, ogrn: '1999900000021' }), {}, [
      headCertificate(),
    ]),
  ],
  [
    'signer-ok',
    'an organisation without numbers, its head by ИНН',
    only(heads(head(person('СвФЛ', cast.director)), unnumbered), {}, [headCertificate()]),
  ],
  [
    'signer-ok',
    'the head of a foreign organisation',
    only({ principals: foreign }, {}, [headCertificate(cast.director, cast.manager)]),
  ],
  [
    'signer-other',
    'another person of a foreign organisation',
    only({ principals: foreign }, {}, [headCertificate(cast.second, cast.manager)]),
  ],
  [
    'signer-ok',
    'an entrepreneur',
    only({ principals: principal(3, entrepreneur('ИПДовер', cast.second)) }, {}, [
      certificateOf(cast.second),
    ]),
  ],
  [
    'signer-other',
    'an entrepreneur with another ОГРНИП',
    only({ principals: principal(3, entrepreneur('ИПДовер', cast.second)) }, {}, [
      { ...certificateOf(cast.second), ogrnip: '319990000000024' },
    ]),
  ],
  ['signer-ok', 'a person', only({ principals: natural() }, {}, [certificateOf(cast.director)])],
  ['signer-other', 'another person', only({ principals: natural() }, {}, [certificateOf(cast.second)])],
  ['signer-ok', 'a guardian', only({ principals: natural(guardian) }, {}, [certificateOf(cast.second)])],
  [
    'signer-other',
    'one of two principals',
    only(
      {
        principals:
          heads(head(person('СвФЛ', cast.director))).principals +
          principal(3, entrepreneur('ИПДовер', cast.second)),
      },
      {},
      [headCertificate()],
    ),
  ],
  [
    'signer-ok',
    'two of two principals',
    only(
      {
        principals:
          heads(head(person('СвФЛ', cast.director))).principals +
          principal(3, entrepreneur('ИПДовер', cast.second)),
      },
      {},
      [headCertificate(), certificateOf(cast.second)],
    ),
  ],
  ['signer-notary', 'a notary', only({ notarial }, {}, [{ surname: 'Нотариусова', givenName: 'Анна' }])],
  ['signer-ok', 'the head beside a notary', only({ notarial }, {}, [headCertificate()])],
  [
    'representative-inn',
    'by ИНН, whatever the name',
    factsOf({ documentSigner: { inn: cast.employee.inn, surname: 'Другая' } }),
  ],
  ['representative-snils', 'by СНИЛС', factsOf({ documentSigner: { snils: '900-000-002 83' } })],
  [
    'representative-name',
    'by name',
    factsOf({ documentSigner: { surname: 'ПЕТРОВ', givenName: 'Петр  Петрович' } }),
  ],
  [
    'representative-name',
    'by name with ё, in CN',
    only(
      { representatives: representative(3, person('СведФизЛ', cast.second)) },
      { documentSigner: { commonName: 'Семин Петр' } },
    ),
  ],
  [
    'representative-other',
    'another ИНН, the same name',
    factsOf({ documentSigner: { ...certificateOf(cast.employee), inn: cast.deputy.inn } }),
  ],
  [
    'representative-other',
    'another СНИЛС, the same name',
    only(
      { representatives: representative(3, person('СведФизЛ', { ...cast.employee, inn: undefined })) },
      { documentSigner: { ...certificateOf(cast.employee), snils: '90000000485' } },
    ),
  ],
  ['representative-other', 'nobody', factsOf({ documentSigner: {} })],
  [
    'representative-inn',
    'the head of an organisation that represents',
    only(
      { representatives: representative(1, organisation('СведОрг', cast.manager)) },
      { documentSigner: headCertificate(cast.second, cast.manager) },
    ),
  ],
  [
    'representative-other',
    'a person of an organisation that represents',
    only({ representatives: representative(1, organisation('СведОрг', cast.manager)) }),
  ],
  [
    'representative-inn',
    'an entrepreneur who represents',
    only({ representatives: representative(2, entrepreneur('СведИП', cast.employee)) }),
  ],
  [
    'representative-other',
    'with another ОГРНИП',
    only(
      { representatives: representative(2, entrepreneur('СведИП', cast.employee)) },
      { documentSigner: { ...certificateOf(cast.employee), ogrnip: '319990000000024' } },
    ),
  ],
  [
    'jointly-all',
    'both of two signed',
    only(
      {
        jointly: 2,
        representatives:
          representative(3, person('СведФизЛ', cast.employee)) +
          representative(3, person('СведФизЛ', cast.deputy)),
      },
      { cosigners: [certificateOf(cast.deputy)] },
    ),
  ],
  [
    'jointly-incomplete',
    'one of two signed',
    only({
      jointly: 2,
      representatives:
        representative(3, person('СведФизЛ', cast.employee)) +
        representative(3, person('СведФизЛ', cast.deputy)),
    }),
  ],
  ['principal-other', 'another sender', factsOf({ sender: { kind: 'organisation', inn: cast.manager.inn } })],
  [
    'principal-ok',
    'an entrepreneur',
    only(
      { principals: principal(3, entrepreneur('ИПДовер', cast.second)) },
      { sender: { kind: 'entrepreneur', inn: cast.second.inn } },
    ),
  ],
  [
    'principal-ok',
    'a person',
    only({ principals: natural() }, { sender: { kind: 'entrepreneur', inn: personInn } }),
  ],
  ['principal-unknown', 'a sender nobody knows', factsOf({ sender: { kind: 'organisation' } })],
  [
    'principal-unknown',
    'a principal without an ИНН',
    only(heads(head(person('СвФЛ', cast.director)), unnumbered)),
  ],
  ['registry-revoked', 'at the very instant', registryOf('revoked', '2026-06-01T09:00:00Z')],
  ['registry-revoked-later', 'an instant later', registryOf('revoked', '2026-06-01T09:00:00.001Z')],
  ['registry-revoked', 'on the day', registryOf('revoked', '2026-06-01')],
  ['registry-revoked-later', 'on the next day', registryOf('revoked', '2026-06-02')],
  ['registry-revoked', 'some time', registryOf('revoked')],
  ['registry-revoked', 'at no time that can be read', registryOf('revoked', 'вчера')],
  [
    'registry-revoked',
    'one of two answers',
    factsOf({
      registry: [
        { number: numbers.original, status: 'valid' },
        { number: numbers.original, status: 'revoked' },
      ],
    }),
  ],
  ['registry-unknown', 'not there', registryOf('unknown')],
  ['registry-silent', 'silent', registryOf('silent')],
  ['registry-not-asked', 'not asked', registryOf('not-asked')],
  [
    'registry-not-asked',
    'asked about another',
    factsOf({ registry: [{ number: numbers.second, status: 'valid' }] }),
  ],
  ['powers-ok', 'a power that is there', factsOf({ powersWanted: ['SIGN_DOCUMENTS'] })],
  ['powers-limited', 'a power with limits', factsOf({ powersWanted: ['SIGN_INVOICES'] })],
  ['powers-missing', 'a power that is not', factsOf({ powersWanted: ['SIGN_DOCUMENTS', 'PAY_TAXES'] })],
  [
    'powers-text',
    'a text',
    only({ powersType: 0, powers: '<ТекстПолн>Всё</ТекстПолн>' }, { powersWanted: ['PAY_TAXES'] }),
  ],
  ['powers-not-compared', 'none wanted', factsOf()],
]

function expectFinding(
  t: Pick<Test, 'ok' | 'match' | 'not'>,
  finding: AttorneyFindingName,
  why: string,
  facts: AttorneyFacts,
): void {
  const { checks, status, summary } = judge(facts)
  const own = checks.filter(
    ({ finding: one }) => attorneyFindings[one].check === attorneyFindings[finding].check,
  )
  t.ok(
    own.some((one) => one.finding === finding),
    `${finding}: ${why}; ${own.map((one) => one.finding)}`,
  )
  const { outcome } = attorneyFindings[finding]
  if (outcome === 'error') t.match({ status, summary }, { status: 'IsNotValid', summary: 'error' }, why)
  if (outcome === 'warning') t.not(summary, 'ok', why)
}

t.test('every check of one power of attorney', async (t) => {
  for (const [finding, why, facts] of checks) expectFinding(t, finding, why, facts)
})

const both =
  representative(3, person('СведФизЛ', cast.employee)) + representative(3, person('СведФизЛ', cast.director))
const third = (
  child: Parameters<typeof secondRetrustXml>[0] = {},
  middle: Parameters<typeof retrustXml>[0] = {},
  root: Parameters<typeof originalXml>[0] = {},
) =>
  factsOf({
    chain: [
      link(attorneyOf(secondRetrustXml(child)), {
        signatures: [{ indication: 'passed', signer: certificateOf(cast.deputy) }],
      }),
      link(attorneyOf(retrustXml(middle))),
      link(attorneyOf(originalXml(root))),
    ],
    documentSigner: certificateOf(cast.second),
  })
const alone = (changes: Partial<AttorneyFacts> = {}, parts: Parameters<typeof retrustXml>[0] = {}) =>
  factsOf({
    chain: [link(attorneyOf(retrustXml(parts)))],
    documentSigner: certificateOf(cast.deputy),
    ...changes,
  })
const firstPrincipals = `<СвДоверПерв ТипДоверит="1"><ДоверитПерв>${organisation('РосОргДовер', cast.organisation)}</ДоверитПерв></СвДоверПерв>`
const giver = (type: number, inner: string) => ({
  givers: `<СвПередПолн ТипПерПолн="${type}"><ПередПолн>${inner}</ПередПолн></СвПередПолн>`,
})
const managed = giver(1, headed('РосОргПерПолн', head(person('СвФЛ', cast.director)), cast.manager))
const managedFacts = (of: Organisation) => {
  const facts = retrustFacts(managed, { representatives: representative(1, organisation('СведОрг', of)) })
  const [child, parent] = facts.chain
  if (child === undefined || parent === undefined) throw new Error('no chain')
  return {
    ...facts,
    chain: [
      {
        ...child,
        signatures: [{ indication: 'passed' as const, signer: headCertificate(cast.director, cast.manager) }],
      },
      parent,
    ],
  }
}
const limited = (...values: [string, string][]) => power('SIGN_INVOICES', values)

const chains: [finding: AttorneyFindingName, why: string, facts: AttorneyFacts][] = [
  ['chain-ok', 'two', retrustFacts()],
  ['chain-ok', 'three', third()],
  [
    'chain-broken',
    'the parent is nowhere',
    alone({ gap: { reason: 'not-found', number: numbers.original } }),
  ],
  ['chain-broken', 'facts without a word why', alone()],
  ['chain-silent', 'the registry is silent', alone({ gap: { reason: 'silent', number: numbers.original } })],
  ['chain-silent', 'no registry', alone({ gap: { reason: 'not-asked', number: numbers.original } })],
  [
    'chain-unreadable',
    'another format',
    alone({ gap: { reason: 'other-format', number: numbers.original } }),
  ],
  ['chain-unreadable', 'broken', alone({ gap: { reason: 'unreadable', number: numbers.original } })],
  ['chain-revoked', 'the parent is revoked', alone({ gap: { reason: 'revoked', number: numbers.original } })],
  ['chain-loop', 'told', alone({ gap: { reason: 'loop', number: numbers.original } })],
  [
    'chain-loop',
    'seen',
    factsOf({
      chain: [link(attorneyOf(retrustXml())), link(attorneyOf(retrustXml()))],
      documentSigner: certificateOf(cast.deputy),
    }),
  ],
  ['chain-too-long', 'told', alone({ gap: { reason: 'too-long', number: numbers.original } })],
  ['chain-number', 'another parent', retrustFacts({ first: `НомДоверПерв="${numbers.second}"` })],
  [
    'chain-number',
    'the first is right, the parent is another',
    third({
      parent: earlier(
        'СвПередов',
        ['2026-01-10', '2027-01-09'],
        `НомДоверN="${numbers.retrust.replace('3302', '3309')}"`,
      ),
    }),
  ],
  [
    'chain-number',
    'the parent is right, the first is another',
    third({ first: `НомДоверПерв="${numbers.original.replace('3301', '3304')}"` }),
  ],
  [
    'chain-number',
    'another first',
    third(
      {},
      { first: `НомДоверПерв="${numbers.original}"` },
      { number: numbers.second.replace('3303', '3304') },
    ),
  ],
  ['chain-unnumbered', 'no number', retrustFacts({ first: '' })],
  [
    'chain-kind',
    'told a retrust, is an original',
    retrustFacts({ parentIsRetrust: true, first: `НомДоверN="${numbers.original}"` }),
  ],
  ['chain-kind', 'told an original, is a retrust', third({ parentIsRetrust: false })],
  ['retrust-allowed-ok', 'once', retrustFacts({}, { retrustAllowed: 2 })],
  ['retrust-forbidden', 'not at all', retrustFacts({}, { retrustAllowed: 1 })],
  ['retrust-forbidden', 'once, done twice', third({}, {}, { retrustAllowed: 2 })],
  ['retrust-forbidden', 'the retrust allows none', third({}, { retrustAllowed: 1 })],
  [
    'retrust-irrevocable',
    'an irrevocable one given on',
    retrustFacts({ irrevocable: true }, { irrevocable: true }),
  ],
  ['retrust-irrevocable-wider', 'irrevocable out of a revocable one', retrustFacts({ irrevocable: true })],
  ['giver-ok', 'the representative', retrustFacts()],
  ['giver-ok', 'an organisation that represents', managedFacts(cast.manager)],
  ['giver-ok', 'by ОГРН', managedFacts({ ...cast.manager, inn: undefined })],
  ['giver-other', 'another organisation', managedFacts(cast.organisation)],
  [
    'giver-by-name',
    'an organisation without numbers',
    managedFacts({ ...cast.manager, inn: undefined, ogrn: undefined }),
  ],
  [
    'giver-by-name',
    'a person without numbers',
    retrustFacts(
      {},
      { representatives: representative(3, person('СведФизЛ', { name: cast.employee.name })) },
    ),
  ],
  [
    'giver-other',
    'somebody else',
    retrustFacts({}, { representatives: representative(3, person('СведФизЛ', cast.second)) }),
  ],
  [
    'giver-other',
    'a person for an organisation',
    retrustFacts({}, { representatives: representative(1, organisation('СведОрг', cast.manager)) }),
  ],
  [
    'giver-joint',
    'one of two who hold them jointly',
    retrustFacts({}, { jointly: 2, representatives: both }),
  ],
  ['giver-ok', 'one of two who hold them severally', retrustFacts({}, { representatives: both })],
  [
    'signer-other',
    'the giver did not sign',
    factsOf({
      ...retrustFacts(),
      chain: [
        link(attorneyOf(retrustXml()), { signatures: [{ indication: 'passed', signer: headCertificate() }] }),
        link(attorneyOf(originalXml())),
      ],
    }),
  ],
  ['powers-subset-ok', 'the same limits', retrustFacts({ powers: limited(['SUM', '1000']) })],
  ['powers-subset-ok', 'more limits', retrustFacts({ powers: limited(['SUM', '1000'], ['CITY', 'Тверь']) })],
  ['powers-subset-wider', 'another power', retrustFacts({ powers: power('PAY_TAXES') })],
  ['powers-subset-wider', 'a limit left out', retrustFacts({ powers: limited() })],
  ['powers-subset-wider', 'another value of a limit', retrustFacts({ powers: limited(['SUM', '2000']) })],
  ['powers-subset-text', 'a text', retrustFacts({ powersType: 0, powers: '<ТекстПолн>Всё</ТекстПолн>' })],
  [
    'powers-subset-text',
    'out of a text',
    retrustFacts({}, { powersType: 0, powers: '<ТекстПолн>Всё</ТекстПолн>' }),
  ],
  ['powers-subset-text', 'nothing at all', retrustFacts({ powersType: 0, powers: '' })],
  [
    'powers-subset-ok',
    'the same text',
    retrustFacts(
      { powersType: 0, powers: '<ТекстПолн>Всё</ТекстПолн>' },
      { powersType: 0, powers: '<ТекстПолн>Всё</ТекстПолн>' },
    ),
  ],
  ['dates-subset-ok', 'within', retrustFacts({ issued: '2026-01-11', expires: '2027-01-08' })],
  ['dates-subset-wider', 'ends a day later', retrustFacts({ expires: '2027-01-10' })],
  ['dates-subset-wider', 'begins a day earlier', retrustFacts({ issued: '2026-01-09' })],
  ['dates-subset-told', 'the dates of the first', retrustFacts({ firstDates: ['2026-01-10', '2027-01-08'] })],
  [
    'dates-subset-told',
    'the dates of the parent',
    third({ parent: earlier('СвПередов', ['2026-01-11', '2027-01-09'], `НомДоверN="${numbers.retrust}"`) }),
  ],
  ['principal-unchecked', 'the original is not there', alone()],
  ['principal-unchecked', 'though the retrust names the sender', alone({}, { firstPrincipals })],
  [
    'principal-other',
    'the retrust names another',
    alone({ sender: { kind: 'organisation', inn: cast.manager.inn } }, { firstPrincipals }),
  ],
  [
    'registry-revoked',
    'a parent is revoked',
    retrustFacts(
      {},
      {},
      {
        registry: [
          { number: numbers.original, status: 'revoked' },
          { number: numbers.retrust, status: 'valid' },
        ],
      },
    ),
  ],
  ['dates-late', 'a parent has expired', retrustFacts({}, { expires: '2026-05-31' })],
]

t.test('every check of a chain', async (t) => {
  for (const [finding, why, facts] of chains) expectFinding(t, finding, why, facts)
})

t.test('a chain of as many as are followed is whole, one more is too long', async (t) => {
  const numberOf = (index: number) => numbers.original.replace(/\d\d$/, String(10 + index))
  const ring = [cast.employee, cast.deputy]
  const chainOf = (length: number) => {
    const links = Array.from({ length: length - 1 }, (_, index) => {
      const from = ring[index % 2] ?? cast.employee
      const to = ring[(index + 1) % 2] ?? cast.deputy
      const xml = retrustXml({
        number: numberOf(index + 1),
        parentIsRetrust: index > 0,
        first: `НомДоверПерв="${numberOf(0)}" НомДоверN="${numberOf(index)}"`,
        ...giver(3, person('ФЛПерПолн', from)),
        representatives: representative(3, person('СведФизЛ', to), 'СвПолучПолн'),
      })
      return {
        ...link(attorneyOf(xml)),
        signatures: [{ indication: 'passed' as const, signer: certificateOf(from) }],
      }
    })
    const chain = [...links.reverse(), link(attorneyOf(originalXml({ number: numberOf(0) })))]
    return factsOf({ chain, documentSigner: certificateOf(ring[(length - 1) % 2] ?? cast.employee) })
  }
  t.match(judge(chainOf(limits.attorneyChainMax)), { status: 'IsValid' })
  t.match(judge(chainOf(limits.attorneyChainMax + 1)), { status: 'IsNotValid' })
})

t.test('a policy says otherwise, finding by finding', async (t) => {
  const policy = {
    outcomes: { 'registry-silent': 'error', 'found-none': 'error' },
    failingSubIndications: [],
  } as const
  t.match(judge(registryOf('silent'), policy), { status: 'IsNotValid', summary: 'error' })
  t.match(judge(factsOf({ chain: [] }), policy), { status: 'IsNotAttached', summary: 'error' })
  t.match(judge(signedAs('indeterminate', 'REVOKED_NO_POE'), policy), { status: 'HasWarnings' })
  t.match(judge(registryOf('silent'), { ...policy, outcomes: { 'registry-silent': 'ok' } }), {
    status: 'IsValid',
  })
})

t.test('a signature that failed is not saved by one that passed', async (t) => {
  const signer = headCertificate()
  const facts = factsOf({
    chain: [
      link(attorneyOf(originalXml()), {
        signatures: [
          { indication: 'passed', signer },
          { indication: 'failed', signer },
        ],
      }),
    ],
  })
  t.match(judge(facts), { status: 'IsNotValid' })
})

t.test('nothing that is seen names a person', async (t) => {
  for (const facts of [...checks, ...chains].map(([, , one]) => one)) {
    const { checks: found } = judge(facts)
    t.notMatch(JSON.stringify(found), /Иван|Петр|Сёмин|Орлова|99000000\d{4}/)
  }
})

t.test('every finding is reached and has texts and a check of its own', async (t) => {
  const names = Object.keys(attorneyFindings) as AttorneyFindingName[]
  t.strictSame(
    names.filter((name) => !reached.has(name)),
    [],
  )
  for (const name of names) {
    const { check, ru, en } = attorneyFindings[name]
    t.ok(Object.hasOwn(attorneyChecks, check), name)
    t.match(ru, /[а-я]/, name)
    t.match(en, /[a-z]/, name)
  }
})

t.test('powers are within others just when every act they allow is allowed', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const codes = ['SIGN_A', 'SIGN_B']
  const limitCodes = ['X', 'Y']
  const values = ['1', '2', '3']
  const anyPower = (): AttorneyPower => ({
    code: oneOf(random, codes),
    limits: Array.from({ length: below(random, 4) }, () => ({
      code: oneOf(random, limitCodes),
      value: oneOf(random, values),
      isText: false,
    })),
  })
  const anyPowers = () => Array.from({ length: below(random, 3) }, anyPower)
  const powersOf = (items: AttorneyPower[]) => ({ kind: 'machine' as const, heldJointly: false, items })
  // The oracle knows acts: a power, and for each limit its value, where `0` stands for any value no limit names.
  const acts = codes.flatMap((code) =>
    [...values, '0'].flatMap((x) =>
      [...values, '0'].map((y) => ({ code, at: { X: x, Y: y } as Record<string, string> })),
    ),
  )
  const allows = ({ code, limits: bounds }: AttorneyPower, act: (typeof acts)[number]) =>
    code === act.code &&
    limitCodes.every((name) => {
      const allowed = bounds.filter((one) => one.code === name).map((one) => one.value)
      return allowed.length === 0 || allowed.includes(act.at[name] ?? '')
    })
  const seen = { within: 0, wider: 0 }
  for (let round = 0; round < 5000; round += 1) {
    const child = anyPowers()
    const parent = anyPowers()
    // Each power of the child is covered by one of the parent's, as the rule says, not by several together.
    const expected = child.every((one) =>
      parent.some((other) => acts.every((act) => !allows(one, act) || allows(other, act))),
    )
    const result = comparePowers(powersOf(child), powersOf(parent))
    if (result === 'text') throw new Error('there is no text')
    seen[result] += 1
    if ((result === 'within') !== expected)
      t.fail(JSON.stringify({ child, parent, result, seed: random.seed }))
  }
  t.ok(seen.within > 500 && seen.wider > 500, JSON.stringify(seen))
})

t.test('dates are within others just when every day is', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const anyDay = () => `2026-0${1 + below(random, 3)}-${10 + below(random, 15)}`
  const days = Array.from(
    { length: 3 * 15 },
    (_, index) => `2026-0${1 + Math.floor(index / 15)}-${10 + (index % 15)}`,
  )
  const [child, parent] = [attorneyOf(retrustXml()), attorneyOf(originalXml())]
  let within = 0
  for (let round = 0; round < 1000; round += 1) {
    const [childStart = '', childEnd = ''] = [anyDay(), anyDay()].sort()
    const [parentStart = '', parentEnd = ''] = [anyDay(), anyDay()].sort()
    const facts = factsOf({
      chain: [
        link({ ...child, issued: childStart, expires: childEnd }),
        link({ ...parent, issued: parentStart, expires: parentEnd }),
      ],
      documentSigner: certificateOf(cast.deputy),
    })
    const expected = days.every(
      (day) => !(childStart <= day && day <= childEnd) || (parentStart <= day && day <= parentEnd),
    )
    const found = judgeAttorney(facts).checks.some(({ finding }) => finding === 'dates-subset-ok')
    if (found !== expected)
      t.fail(JSON.stringify({ childStart, childEnd, parentStart, parentEnd, seed: random.seed }))
    if (found) within += 1
  }
  t.ok(within > 50 && within < 950, `${within} within`)
})
