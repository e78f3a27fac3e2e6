// `hub package make` of invitations and processing receipts; `hub package inspect` accepts what it makes.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { readReceiptWords } from '../../hub/cli/make-receipts.ts'
import { readSigned, verifySigned } from '../../hub/trust/cms.ts'
import { writeZip } from '../../operators/containers/zip/write.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { runLine } from '../support/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'hub make '))
const hub = (words: readonly string[]) => runLine(folder, words)
const id = 'a'.repeat(32)
const other = 'b'.repeat(32)

t.before(async () => {
  await hub(['pki', 'dev', 'pki'])
})

const make = (...words: string[]) =>
  hub(['package', 'make', '--certificate', 'pki/hub.crt', '--key', 'pki/hub.key', '--json', ...words])

t.test('an invitation is made, and the inspection tells who asks whom', async (t) => {
  const parties = ['--sender', '2ZA-1', '--recipient', '2ZB-1']
  const named = ['--sender-inn', '7741377501', '--sender-name', 'ООО "Ромашка"', '--comment', 'Просим']
  for (const type of ['ask', 'break']) {
    const made = (await make('--invitation', type, ...parties, ...named)).json()
    const told = await hub(['package', 'inspect', made.file, '--json'])
    t.equal(told.exit, exitCodes.ok)
    const description = { kind: 'invitation', type, sender: '2ZA-1', recipient: '2ZB-1', comment: 'Просим' }
    t.match(told.json(), { messages: [{ id: made.messages[0], description }] })
  }
  t.match(
    await make('--invitation', 'ask', ...parties),
    { exit: exitCodes.refused },
    'ИНН and name must be given',
  )
  t.match(await make('--invitation', 'maybe', ...parties, ...named), { exit: exitCodes.usage })
  t.match(await make('--invitation', 'ask', ...named), { exit: exitCodes.usage })
})

t.test('processing receipts of all outcomes are made, and the inspection tells them', async (t) => {
  const receipts = [
    `success:${id}`,
    `error:${other}:не найден: участник`,
    `unknown-id:${'c'.repeat(32)}:${id},${other}`,
  ]
  const made = await make('--operator', '2za', ...receipts.flatMap((words) => ['--receipt', words]))
  const told = await hub(['package', 'inspect', made.json().file, '--json'])
  t.equal(told.exit, exitCodes.ok)
  const { operator, items } = told.json().receipts
  t.equal(operator, '2ZA')
  t.same(new Set(items), new Set(receipts.map(readReceiptWords)))
  t.match(await make('--receipt', `success:${id}`), { exit: exitCodes.usage }, 'an operator is needed')
})

t.test(
  'a file is signed by a key of development; the signature is right, and no other is overwritten',
  async (t) => {
    writeFileSync(join(folder, 'letter.txt'), 'Просим прислать акт')
    const identity = ['--certificate', 'pki/hub.crt', '--key', 'pki/hub.key']
    const signed = await hub(['pki', 'sign', 'letter.txt', ...identity, '--json'])
    t.match(signed, { exit: exitCodes.ok })
    t.equal(signed.json().file, 'letter.txt.p7s')
    const detachedContent = readFileSync(join(folder, 'letter.txt'))
    const read = readSigned(readFileSync(join(folder, 'letter.txt.p7s')), { detachedContent })
    t.equal(isRefusal(read) ? read : verifySigned(read), undefined)
    t.match(await hub(['pki', 'sign', 'letter.txt', ...identity]), { exit: exitCodes.usage, err: /EEXIST/ })
    const foreign = ['--certificate', 'pki/hub.crt', '--key', 'pki/root.key', '--out', 'other.p7s']
    t.match(await hub(['pki', 'sign', 'letter.txt', ...foreign]), {
      exit: exitCodes.refused,
      err: /^key\.foreign/,
    })
  },
)

t.test('a ZIP without a signature is called one, and what was not read is not counted', async (t) => {
  const zip = writeZip([{ name: 'a.txt', bytes: Buffer.from('a') }])
  writeFileSync(join(folder, 'bare.cms'), zip)
  const told = await hub(['package', 'inspect', 'bare.cms'])
  t.equal(told.exit, exitCodes.refused)
  t.match(told.out, /entries\) +не прочитано/)
  t.match(told.out, /cms\.not-cms.*ZIP без подписи/)
})

t.test('a folder in the place of a file is named, in words', async (t) => {
  const fault = { exit: exitCodes.usage, err: /pki.*это папка.*EISDIR/ }
  for (const words of [
    ['package', 'inspect', 'pki'],
    ['journal', 'verify', 'pki'],
    ['partners', 'apply', 'pki', '--dry-run'],
  ]) {
    t.match(await hub(words), fault, words.join(' '))
  }
  const parties = ['--sender', '2ZA-1', '--recipient', '2ZB-1']
  t.match(await make(...parties, '--document', 'pki'), { exit: exitCodes.usage, out: /pki.*EISDIR/ })
  t.match(await make(...parties, '--document', 'none'), { out: /none: нет такого файла.*ENOENT/ })
})

t.test('an unknown type of document and a wrong participant are named', async (t) => {
  const parties = ['--sender', '2ZA-1', '--recipient', '2ZB-1']
  t.match(await make(...parties, '--document', 'NoSuchType:doc.xml'), {
    exit: exitCodes.usage,
    out: /NoSuchType:doc\.xml: нет такого типа.*Акт/,
  })
  const short = ['--sender', 'X', '--recipient', '2ZB-1', '--document', 'a.xml']
  t.match(await make(...short), { exit: exitCodes.usage, out: /--sender X: 3\.\.46/ })
})

t.test('words that are no receipt, and two kinds of content at once, are a wrong call', async (t) => {
  const wrong = [
    '',
    'success',
    `success:${id}:more`,
    `maybe:${id}`,
    `unknown-id:${id}`,
    `error:${'A'.repeat(32)}:x`,
  ]
  for (const words of wrong) {
    t.equal(readReceiptWords(words), undefined, words)
    t.match(await make('--operator', '2ZA', '--receipt', words), { exit: exitCodes.usage })
  }
  const both = ['--receipt', `success:${id}`, '--operator', '2ZA', '--invitation', 'ask']
  t.match(await make(...both), { exit: exitCodes.usage, out: /cli\.usage/ })
  const badId = ['--operator', '2ZA', '--receipt', `unknown-id:${id}:no-id`]
  t.match(await make(...badId), { exit: exitCodes.refused, out: /receipts\.invalid/ })
})
