// `hub package inspect` explains packages: our golden ones to the letter, a foreign corpus as its index says.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { beside } from '../support/beside.ts'
import { explain, goldenFolder } from '../support/golden-packages.ts'

const { path: corpus, absent: withoutCorpus } = beside('corpus')

type CorpusPackage = {
  file: string
  expect: 'accepted' | 'refused'
  sha256: string
  size: number
  messages?: string[]
  sender?: string
  recipient?: string
}

/** The code each refused package of the corpus must be explained by. */
const codes: Record<string, RegExp> = {
  'refused-flipped-byte.cms': /^cms\.(digest|signature)$/,
  'refused-unknown-operator.cms': /^peer\.unknown$/,
  'refused-not-cms.cms': /^cms\.not-cms$/,
  'refused-mixed-receipts.cms': /^package\.mixed$/,
  'refused-no-description.cms': /^package\.no-description$/,
  'refused-nested-directory.cms': /^package\.nested$/,
  'refused-bad-name.cms': /^zip\.name$/,
  'refused-empty.cms': /^zip\.empty$/,
  'refused-foreign-sender.cms': /^grant\.missing$/,
}

t.test('our golden packages are explained as written down beside them', async (t) => {
  const files = readdirSync(goldenFolder).filter((name) => name.endsWith('.cms'))
  t.ok(files.length >= 10)
  for (const file of files) {
    const beside = (ending: string) => readFileSync(join(goldenFolder, file.replace('.cms', ending)), 'utf8')
    const told = await explain(goldenFolder, file)
    t.equal(told.text, beside('.txt'), file)
    t.equal(told.json, beside('.json'), file)
    t.equal(told.exit, file.startsWith('refused-') ? exitCodes.refused : exitCodes.ok, file)
    t.equal(told.errors, '')
  }
})

t.test('every package of the corpus is explained as its index says', { skip: withoutCorpus }, async (t) => {
  const index = JSON.parse(readFileSync(join(corpus, 'index.json'), 'utf8'))
  const partners = join(t.testdir(), 'partners.yaml')
  writeFileSync(partners, JSON.stringify(partnerFile(index.operators.slice(0, 2))))
  for (const expected of index.packages as CorpusPackage[]) {
    const told = await explain(join(corpus, 'packages'), expected.file, ['--partners', partners])
    const found = told.parsed()
    t.match(found, { sha256: expected.sha256, bytes: expected.size }, expected.file)
    const isAccepted = expected.expect === 'accepted'
    t.equal(told.exit, isAccepted ? exitCodes.ok : exitCodes.refused, expected.file)
    t.equal(found.isSound, isAccepted, expected.file)
    if (expected.messages !== undefined) {
      t.same(found.messages.map(({ id }: { id: string }) => id).sort(), [...expected.messages].sort())
    }
    const code = codes[expected.file]
    if (code !== undefined) t.match(found.faults[0].code, code, expected.file)
    for (const fault of found.faults) t.ok(told.text.includes(fault.text), expected.file)
  }
})

function partnerFile(operators: readonly { code: string; name: string; certificate: string }[]) {
  const id = (code: string) => code.toLowerCase()
  return {
    operators: operators.map(({ code, name }) => ({ id: id(code), name, active: true, codes: [{ code }] })),
    peers: operators.map(({ code, name, certificate }) => ({
      id: id(code),
      name,
      state: 'active',
      certificates: [{ pem: readFileSync(join(corpus, 'pki', `${certificate}.crt`), 'utf8') }],
      policy: {},
    })),
    grants: operators.map(({ code }) => ({ peer: id(code), operator: id(code), basis: 'corpus' })),
  }
}
