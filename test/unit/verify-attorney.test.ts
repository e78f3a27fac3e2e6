// hub verify with a power of attorney: exit codes, what is compared, what is said.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { type SigningIdentity, signDetached } from '../../hub/trust/sign.ts'
import { limits } from '../../schemas/limits.ts'
import { AttorneySigners, dayFromNow } from '../support/attorney-signers.ts'
import { cast, numbers, originalXml, person, representative } from '../support/attorneys.ts'
import { runLine } from '../support/cli.ts'

const signers = new AttorneySigners()
const chief = signers.head(cast.organisation)
const employee = signers.person(cast.employee)
const dates = { issued: dayFromNow(-1), expires: dayFromNow(300) }
const file = `ON_EMCHD_20260110_${numbers.original}.xml`
const { inn } = cast.organisation

/** A folder with a document of a signer, what is trusted, and a power of attorney by the chief. */
function folderOf(t: Test, signer: SigningIdentity, xml = originalXml(dates)): string {
  const folder = t.testdir({})
  mkdirSync(join(folder, 'trust'))
  signers.write(join(folder, 'trust'))
  const sign = (content: Buffer, by: SigningIdentity) => signDetached({ ...by, content, at: new Date() })
  const document = Buffer.from('договор')
  writeFileSync(join(folder, 'a.txt'), document)
  writeFileSync(join(folder, 'a.sig'), sign(document, signer))
  writeFileSync(join(folder, file), xml)
  writeFileSync(join(folder, 'm.sig'), sign(Buffer.from(xml), chief))
  return folder
}
const usual = [
  '--file',
  'a.txt',
  '--signature',
  'a.sig',
  '--anchors',
  'trust/anchors',
  '--crls',
  'trust/crls',
]
const given = ['--attorney', file, '--attorney-signature', 'm.sig']
const run = (folder: string, ...words: string[]) => runLine(folder, ['verify', ...usual, ...words])

t.test('without a question about it a power of attorney changes no exit code', async (t) => {
  const told = await run(folderOf(t, employee), '--json')
  t.equal(told.exit, exitCodes.ok)
  t.match(told.json().verdict.signatures[0].signers[0].attorney, { status: 'CanNotBeValidated' })
})

t.test('one that holds passes; the sender is compared when it is known', async (t) => {
  const folder = folderOf(t, employee)
  const known = await run(folder, ...given, '--sender-inn', inn, '--json')
  t.equal(known.exit, exitCodes.ok)
  const attorney = (one: typeof known) => one.json().verdict.signatures[0].signers[0].attorney
  t.equal(attorney(known).status, 'HasWarnings', 'nobody asks whether it was revoked')
  const unknown = await run(folder, ...given, '--json')
  t.equal(unknown.exit, exitCodes.ok)
  t.ok(
    attorney(unknown).checks.some(({ finding }: { finding: string }) => finding === 'principal-unknown'),
    'the principal is compared with nobody',
  )
  const text = await run(folder, ...given, '--sender-inn', inn)
  t.match(text.out, `Номер (number): ${numbers.original}, ${file}`)
  t.match(text.out, /Срок \(dates\): \d\d\.\d\d\.\d{4} – /)
  const other = await run(folder, ...given, '--sender-inn', cast.manager.inn)
  t.equal(other.exit, exitCodes.refused, 'the principal is another')
})

t.test('one that is not valid fails; one that is due and missing is indeterminate', async (t) => {
  const folder = folderOf(t, employee)
  t.equal((await run(folder, '--sender-inn', inn)).exit, exitCodes.indeterminate)
  t.equal((await run(folder, '--attorney', file)).exit, exitCodes.refused, 'not signed')
  t.equal((await run(folder, '--attorney', file, '--attorney-signature', 'a.sig')).exit, exitCodes.refused)
  const representatives = representative(3, person('СведФизЛ', cast.deputy))
  t.equal(
    (await run(folderOf(t, employee, originalXml({ ...dates, representatives })), ...given)).exit,
    exitCodes.refused,
  )
  t.equal((await run(folderOf(t, employee, '<x/>'), ...given)).exit, exitCodes.refused)
  const head = await run(folderOf(t, chief), '--sender-inn', inn, '--json')
  t.equal(head.exit, exitCodes.ok)
  t.match(head.json().verdict.signatures[0].signers[0].attorney, { status: 'NotRequired' })
})

t.test('wrong command lines, and files larger than are read', async (t) => {
  const folder = folderOf(t, employee)
  t.equal((await run(folder, '--attorney-signature', 'm.sig')).exit, exitCodes.verifyUsage)
  for (const wrong of ['1', '99000000244', 'x'.repeat(10)]) {
    t.equal((await run(folder, '--sender-inn', wrong)).exit, exitCodes.verifyUsage, wrong)
  }
  t.equal((await run(folder, '--attorney', 'absent')).exit, exitCodes.verifyUsage)
  writeFileSync(join(folder, 'large.xml'), Buffer.alloc(limits.attorneyBytesMax + 1))
  t.match(await run(folder, '--attorney', 'large.xml'), { exit: exitCodes.refused, err: /attorney\.invalid/ })
  writeFileSync(join(folder, 'large.sig'), Buffer.alloc(limits.signatureBytesMax + 1))
  t.match(await run(folder, '--attorney', file, '--attorney-signature', 'large.sig'), {
    err: /cms\.too-complex/,
  })
})
