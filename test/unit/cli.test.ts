// Checks the command line: verbs, exit codes, packages and PKI made without a hub.

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { formatFacts, formatTable } from '../../hub/cli/table.ts'
import { beside } from '../support/beside.ts'
import { runLine } from '../support/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'hub cli '))
const hub = (words: readonly string[], env?: Record<string, string>) => runLine(folder, words, env)

t.test('help names every verb and the exit codes, and each verb has help of its own', async (t) => {
  const help = await hub(['--help'])
  t.equal(help.exit, exitCodes.ok)
  for (const verb of [
    'start',
    'simulate',
    'pki',
    'package',
    'messages',
    'packages',
    'overview',
    'partners',
    'journal',
  ]) {
    t.match(help.out, new RegExp(`^ {2}${verb} `, 'm'))
    const own = await hub([verb, '--help'])
    t.equal(own.exit, exitCodes.ok)
    t.match(own.out, '--json')
  }
  t.match(help.out, /3 {2}хаб недоступен/)
  t.match((await hub(['--version'])).out, /^\d+\.\d+\.\d+\n$/)
})

t.test('a wrong command line ends with code 2, and with --json says so in JSON', async (t) => {
  for (const words of [
    ['nonsense'],
    ['messages', 'nonsense'],
    ['messages', 'show'],
    ['messages', 'find', '--nonsense'],
  ]) {
    t.equal((await hub(words)).exit, exitCodes.usage, words.join(' '))
  }
  const told = await hub(['messages', 'release', 'x', '--json'])
  t.equal(told.exit, exitCodes.usage)
  t.match(told.json(), { error: { code: 'cli.usage' } })
})

t.test('wrong settings are all named and end with code 2', async (t) => {
  const told = await hub(['start', '--print-config', '--set', 'partner.prot=1'], { HUB_NONSENSE: '1' })
  t.equal(told.exit, exitCodes.usage)
  t.match(told.err, 'partner.prot [--set]')
  t.match(told.err, 'HUB_NONSENSE [environment]')
})

t.test('the settings in force are printed without secrets, as YAML or JSON', async (t) => {
  const env = { HUB_DATABASE_URL: 'postgres://hub:pa55word@db/hub' }
  const yaml = await hub(['start', '--print-config'], env)
  t.match(yaml.out, 'url: postgres://hub:***@db/hub # HUB_DATABASE_URL')
  const json = await hub(['start', '--print-config', '--json'], env)
  t.match(json.json(), { database: { url: 'postgres://hub:***@db/hub' }, data: { folder } })
})

t.test('a PKI, a package made with it and its inspection need nothing but files', async (t) => {
  const pki = join(folder, 'pki')
  t.equal((await hub(['pki', 'dev', 'pki'])).exit, exitCodes.ok)
  const index = JSON.parse(readFileSync(join(pki, 'index.json'), 'utf8'))
  const [operator] = index.operators
  const [subscriber, other] = index.subscribers
  mkdirSync(join(folder, 'out'))
  writeFileSync(join(folder, 'акт.txt'), 'тело документа')
  const sign = ['--certificate', join(pki, operator.certificate), '--key', join(pki, operator.key)]
  const parties = ['--sender', subscriber.id, '--recipient', other.id]
  const signer = [
    '--signer-certificate',
    join(pki, subscriber.certificate),
    '--signer-key',
    join(pki, subscriber.key),
  ]
  const words = [
    'package',
    'make',
    ...sign,
    ...parties,
    ...signer,
    '--document',
    'Акт:акт.txt',
    '--out',
    'out',
    '--json',
  ]
  const made = (await hub(words)).json()
  const sound = await hub(['package', 'inspect', made.file, '--json'])
  t.equal(sound.exit, exitCodes.ok)
  t.match(sound.json(), {
    isSound: true,
    signer: { isSignatureRight: true, thumbprint: operator.thumbprint },
    messages: [
      { id: made.messages[0], description: { sender: subscriber.id, documents: [{ type: 'Акт' }] } },
    ],
  })
  t.match((await hub(['package', 'inspect', made.file])).out, /Ошибок нет/)

  const bytes = readFileSync(made.file)
  const at = bytes.indexOf('PK') + 40
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(join(folder, 'tampered.cms'), bytes)
  const tampered = await hub(['package', 'inspect', 'tampered.cms', '--json'])
  t.equal(tampered.exit, exitCodes.refused)
  t.match(tampered.json(), { isSound: false, faults: [{ code: 'cms.digest' }] })

  const pem = JSON.stringify(readFileSync(join(pki, operator.certificate), 'utf8'))
  const peer = `{id: p, name: P, state: active, dialect: roseu, certificates: [{pem: ${pem}}]}`
  const granted = `operators: [{id: a, name: A, active: true, codes: [{code: 2ZA}]}]\npeers: [${peer}]\n`
  writeFileSync(join(folder, 'granted.yaml'), `${granted}grants: [{peer: p, operator: a, basis: b}]\n`)
  writeFileSync(join(folder, 'ungranted.yaml'), granted)
  writeFileSync(join(folder, 'nobody.yaml'), 'peers: []\n')
  const judge = async (file: string) =>
    (await hub(['package', 'inspect', made.file, '--partners', file, '--json'])).json()
  t.match(await judge('granted.yaml'), { isSound: true })
  t.match(await judge('ungranted.yaml'), { faults: [{ code: 'grant.missing' }] })
  t.match(await judge('nobody.yaml'), { faults: [{ code: 'peer.unknown' }] })

  const partial = await hub(['package', 'make', ...sign, ...parties, '--json'])
  t.equal(partial.exit, exitCodes.usage)
  const again = await hub([...words.slice(0, -2), made.file, '--json'])
  t.match(
    again.json(),
    { error: { code: 'cli.file', text: /EEXIST/ } },
    'an existing package is not overwritten',
  )
})

t.test('a folder is packed as it is, and an unsound one only when asked for', async (t) => {
  const pki = join(folder, 'pki')
  const sign = ['--certificate', join(pki, 'hub.crt'), '--key', join(pki, 'hub.key')]
  mkdirSync(join(folder, 'content', 'b'.repeat(32)), { recursive: true })
  writeFileSync(join(folder, 'content', 'b'.repeat(32), 'x.bin'), '1')
  const words = ['package', 'make', ...sign, '--content', 'content', '--out', 'out', '--json']
  t.equal((await hub(words)).exit, exitCodes.refused)
  const made = await hub([...words, '--unchecked'])
  t.equal(made.exit, exitCodes.ok)
  t.equal((await hub(['package', 'inspect', made.json().file])).exit, exitCodes.refused)
  t.equal(
    (await hub(['package', 'make', ...sign.slice(0, 3), 'absent', '--content', 'content'])).exit,
    exitCodes.usage,
  )
})

const { path: corpus, absent: withoutCorpus } = beside('corpus')
t.test('every package of the corpus is explained', { skip: withoutCorpus }, async (t) => {
  const index = JSON.parse(readFileSync(join(corpus, 'index.json'), 'utf8'))
  const pem = (name: string) => JSON.stringify(readFileSync(join(corpus, 'pki', `${name}.crt`), 'latin1'))
  const codes = [
    ['operator-a', '2ZA'],
    ['operator-b', '2ZB'],
  ] as const
  const rows = codes.map(
    ([id, code]) =>
      `operators: [{id: ${id}, name: X, active: true, codes: [{code: ${code}}]}]\n` +
      `peers: [{id: ${id}, name: X, state: active, certificates: [{pem: ${pem(id)}}]}]\n` +
      `grants: [{peer: ${id}, operator: ${id}, basis: b}]\n`,
  )
  const merged = ['operators', 'peers', 'grants'].map((group) => {
    const lists = rows.map((row) => new RegExp(`^${group}: \\[(.*)\\]$`, 'm').exec(row)?.[1])
    return `${group}: [${lists.join(', ')}]`
  })
  writeFileSync(join(folder, 'corpus.yaml'), merged.join('\n'))
  for (const { file, expect } of index.packages) {
    const words = [
      'package',
      'inspect',
      join(corpus, 'packages', file),
      '--partners',
      'corpus.yaml',
      '--json',
    ]
    const told = await hub(words)
    t.equal(told.exit, expect === 'accepted' ? exitCodes.ok : exitCodes.refused, file)
    t.equal(told.json().faults.length > 0, expect === 'refused', file)
  }
})

t.test('tables align Cyrillic text and show nothing as a dash', async (t) => {
  const columns = [
    { head: 'А', cell: (row: string[]) => row[0] },
    { head: 'Б', cell: (row: string[]) => row[1] },
  ]
  t.equal(
    formatTable(
      columns,
      [
        ['приём', ''],
        ['x', 'y'],
      ],
      'нет',
    ),
    'А      Б\nприём  –\nx      y',
  )
  t.equal(formatTable(columns, [], 'нет'), 'нет')
  t.equal(
    formatFacts([
      ['имя', 'a\nb'],
      ['пусто', undefined],
      ['число', 5],
    ]),
    'имя    a?b\nчисло  5',
  )
})
