// The protocol of a verdict for people: Russian first, every finding in words, nothing of a stranger's that runs.

import t from 'tap'
import { reportOf } from '../../hub/trust/verdict/report.ts'
import { reportPage, reportText } from '../../hub/trust/verdict/report-text.ts'
import { signatureChecks } from '../../schemas/verdict/checks.ts'
import type { CertificateFacts } from '../../schemas/verdict/facts.ts'
import { type ProblemCode, problems } from '../../schemas/verdict/problems.ts'
import type { MessageVerdict } from '../../schemas/verdict/verdict.ts'

const hostile = '<script>alert(1)</script>"\'&\u001b[31m\u202e'
const certificate: CertificateFacts = {
  sha256: 'ab'.repeat(32),
  subject: `CN=${hostile}`,
  issuer: `CN=УЦ ${hostile}`,
  serial: '01',
  notBefore: '2025-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  key: 'TC26-256-B',
  names: { organization: `ООО ${hostile}`, innLegal: '7741377501', surname: 'Пробный', givenName: 'Пётр' },
}
const verdict: MessageVerdict = {
  form: 'edo-hub-verdict/1',
  indication: 'INDETERMINATE',
  subIndication: 'REVOKED_NO_POE',
  action: 'refuse',
  because: [{ outcome: 'REVOKED_NO_POE', signature: 's' }],
  policy: 'default',
  signatures: [
    {
      id: 's',
      document: 'd',
      indication: 'INDETERMINATE',
      subIndication: 'REVOKED_NO_POE',
      checks: [{ check: 'document', outcome: 'ok', found: [] }],
      signers: [
        {
          indication: 'INDETERMINATE',
          subIndication: 'REVOKED_NO_POE',
          certificate,
          level: 'CAdES-BES',
          isQualified: false,
          claimedTime: '2026-10-01T08:00:00.000Z',
          provenTime: '2026-10-01T09:00:00.000Z',
          provenBy: 'receipt',
          checks: [
            {
              check: 'revocation',
              outcome: 'failed',
              found: (Object.keys(problems) as ProblemCode[]).map((problem) => ({
                problem,
                weight: 'fail',
                seen: hostile,
              })),
            },
            { check: 'timestamp', outcome: 'not-checked', found: [] },
          ],
          evidence: [],
        },
      ],
    },
  ],
} as MessageVerdict
const about = {
  message: hostile,
  sender: '2ZA-7741377501',
  receivedAt: '2026-10-01T09:00:00.000Z',
  judgedAt: '2026-10-01T09:00:01.000Z',
}

t.test('countersignatures and time-stamps nobody judges are told as not checked', async (t) => {
  const found = (problem: ProblemCode) => [{ problem, weight: 'note', seen: '1' }] as const
  const checks = [
    { check: 'other-timestamps', outcome: 'not-checked', found: found('timestamp.not-used') },
    { check: 'countersignatures', outcome: 'not-checked', found: found('cms.countersignature') },
  ] as const
  const [signature] = verdict.signatures
  const [signer] = signature?.signers ?? []
  if (signature === undefined || signer === undefined) throw new Error('no signer')
  const page = reportPage(
    reportOf({ ...verdict, signatures: [{ ...signature, signers: [{ ...signer, checks }] }] }, about),
  )
  t.match(page, /Метки времени на документ и архивные [^<]*<\/dt><dd class="plain">не проверялось/)
  t.match(page, /Заверяющие подписи [^<]*<\/dt><dd class="plain">не проверялось/)
  t.match(page, 'Есть заверяющие подписи, они не проверялись')
})

t.test(
  'the text is Russian first, in Moscow time, and sends no control characters to a terminal',
  async (t) => {
    const text = reportText(reportOf(verdict, about))
    t.match(text, 'Определённого ответа нет (there is no definite answer): INDETERMINATE, REVOKED_NO_POE')
    t.match(text, '01.10.2026, 12:00:00 МСК')
    t.match(text, 'Пробный Пётр')
    t.match(text, 'ИНН организации 7741377501')
    t.match(text, signatureChecks.revocation.ru)
    t.notOk(/[\p{Cf}]/u.test(text) || text.includes('\u001b'))
    for (const row of Object.values(problems)) t.ok(text.includes(row.ru), row.ru)
  },
)

t.test('the page escapes everything a stranger wrote and needs nothing from outside', async (t) => {
  const page = reportPage(reportOf(verdict, about))
  t.match(page, '<html lang="ru">')
  t.notMatch(page, '<script')
  t.notOk(/[\p{Cf}]/u.test(page) || page.includes('\u001b'))
  t.notMatch(page, /\b(src|href)=|@import|url\(/)
  t.match(page, '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;')
})

t.test('a message without signatures says so', async (t) => {
  const { signatures: _, ...rest } = verdict
  const none: MessageVerdict = { ...rest, indication: 'NOT-SIGNED', subIndication: undefined, signatures: [] }
  t.match(reportText(reportOf(none, about)), 'Подписей нет')
})
