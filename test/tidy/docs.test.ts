// The documents say what is so: links, verbs, settings, codes, metrics, limits and files they name exist.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import { limitsPage } from '../../docs/generators/limits.ts'
import { policyPage } from '../../docs/generators/policy.ts'
import { sftpPage } from '../../docs/generators/sftp.ts'
import { runHub } from '../../hub/cli/main.ts'
import { planChange } from '../../hub/partners/plan.ts'
import { faultsOfPlan } from '../../hub/partners/rules.ts'
import { readSeed } from '../../hub/partners/seed.ts'
import { metricRows } from '../../monitoring/metric-rows.ts'
import { messageMachine } from '../../routing/machines/message.ts'
import { journalKinds } from '../../schemas/journal.ts'
import { limits } from '../../schemas/limits.ts'
import { PeerPolicy } from '../../schemas/partner.ts'
import { refusals } from '../../schemas/refusals.ts'
import { environmentName, isSettingName, settingNames } from '../../schemas/settings.ts'
import { SftpSite } from '../../schemas/sftp.ts'
import { peerCertificates } from '../fixtures/peer-certificates.ts'
import { project, sourceFiles } from './source-files.ts'

const pages = [
  ...readdirSync(project).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].sort()
const textOf = new Map(pages.map((page) => [page, readFileSync(join(project, page), 'utf8')]))
const written = pages.filter((page) => !page.startsWith('docs/generated/'))
const sources = sourceFiles()
  .filter((file) => !file.startsWith('test/'))
  .map((file) => readFileSync(join(project, file), 'utf8'))
  .join('\n')

/** Faults of a lane are told as `lanes.<hop>`. */
const hops = ['process', 'deliver', 'send', 'watch', 'settle']

/** What stands in backticks within a line, by page. */
const quoted = written.flatMap((page) =>
  [...withoutBlocks(textOf.get(page) ?? '').matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => ({
    page,
    text,
  })),
)

function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}

function slugsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}

t.test('links lead to files and headings that exist', async (t) => {
  const wrong: string[] = []
  for (const page of pages) {
    for (const [, target = ''] of withoutBlocks(textOf.get(page) ?? '').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : relative(project, join(project, dirname(page), path))
      const isThere = existsSync(join(project, file))
      const hasAnchor = anchor === undefined || slugsOf(textOf.get(file) ?? '').includes(anchor)
      if (!isThere || !hasAnchor) wrong.push(`${page}: ${target}`)
    }
  }
  t.strictSame(wrong, [])
})

t.test('every page of docs can be reached from README by links', async (t) => {
  const reached = new Set(['README.md'])
  for (const page of reached) {
    for (const [, target = ''] of (textOf.get(page) ?? '').matchAll(/\]\(([^)#\s]+\.md)(?:#[^)]*)?\)/g)) {
      reached.add(relative(project, join(project, dirname(page), target)))
    }
  }
  t.strictSame(
    pages.filter((page) => !reached.has(page)),
    [],
  )
})

t.test('files and folders named in the documents exist', async (t) => {
  const isPath = /^(?:hub|schemas|routing|operators|monitoring|test|docs)\/[\w./-]*$/
  const wrong = quoted
    .filter(({ text }) => isPath.test(text) && !existsSync(join(project, text)))
    .map(({ page, text }) => `${page}: ${text}`)
  t.strictSame(wrong, [])
})

/** The words of a call of `hub` up to its options and arguments: verb, and subcommands parted by `|`. */
const calls = written.flatMap((page) =>
  [
    ...(textOf.get(page) ?? '').matchAll(
      /(?:`|npx )hub ([a-z]+)((?: [a-z]+(?:\|[a-z]+)*)?)((?: --[a-z-]+)*)/gm,
    ),
  ].map(([call, verb = '', words = '', options = '']) => ({
    page,
    call,
    verb,
    words: words.trim() === '' ? [] : words.trim().split('|'),
    options: options.trim() === '' ? [] : options.trim().split(' '),
  })),
)

t.test('every call of hub in the documents is one the command line knows', async (t) => {
  const io = (out: (text: string) => void) => ({ out, err: out, env: {}, cwd: project })
  const help = async (...words: string[]) => {
    let text = ''
    await runHub(
      [...words, '--help'],
      io((piece) => (text += piece)),
    )
    return text
  }
  const has = (text: string, name: string) => new RegExp(`^ {2}${name}(?: |$)`, 'm').test(text)
  const all = await help()
  const helps = new Map<string, string>()
  const wrong: string[] = []
  for (const { page, call, verb, words, options } of calls) {
    const own = helps.get(verb) ?? (await help(verb))
    helps.set(verb, own)
    const hasSubcommands = /Commands|Команды/.test(own)
    const isKnown = has(all, verb) && (!hasSubcommands || words.every((word) => has(own, word)))
    if (!isKnown) wrong.push(`${page}: ${call}`)
    for (const option of options) {
      const [word = ''] = words
      const place = hasSubcommands && word !== '' ? await help(verb, word) : own
      if (!place.includes(option)) wrong.push(`${page}: ${call}`)
    }
  }
  t.ok(calls.length > 30, `${calls.length} calls`)
  t.strictSame(wrong, [])
})

t.test('options after the first words of a call are known too', async (t) => {
  let text = ''
  const io = { out: (piece: string) => (text += piece), err: () => '', env: {}, cwd: project }
  for (const [verb, word] of new Set(calls.map(({ verb, words }) => `${verb} ${words[0] ?? ''}`.split(' '))))
    await runHub([verb ?? '', ...(word === '' || word === undefined ? [] : [word]), '--help'], io)
  const named = written.flatMap((page) =>
    [...(textOf.get(page) ?? '').matchAll(/npx hub [^\n#`]*/g)].flatMap(([line]) =>
      [...line.matchAll(/ (--[a-z][a-z-]+)/g)].map(([, option = '']) => ({ page, option })),
    ),
  )
  t.ok(named.length > 10)
  t.strictSame(
    named.filter(({ option }) => !text.includes(option)).map(({ page, option }) => `${page}: ${option}`),
    [],
  )
})

t.test('dotted names in the documents are settings, codes, or names the code uses', async (t) => {
  const groups = new Set(settingNames.map((name) => name.split('.')[0]))
  const wrong = quoted
    .filter(({ text }) => /^[a-z]+\.[a-zA-Z][\w-]*$/.test(text))
    .filter(({ text }) => !/\.(?:md|ts|js|json|yaml|log|xml|cms|crt|key|token|xsd|seg)$/.test(text))
    .filter(({ text }) => {
      if (isSettingName(text) || Object.hasOwn(refusals, text) || Object.hasOwn(journalKinds, text))
        return false
      const [group = '', name = ''] = text.split('.')
      if (group === 'policy' || group === 'message') return !sources.includes(name)
      // A name like a setting must be one; reasons of outcomes and places of faults stand in the code.
      if (groups.has(group) && /[A-Z]/.test(name)) return true
      return (
        !/^(?:answer|connect|connection|timeout|breaker|lanes)$/.test(group) && !sources.includes(`'${text}'`)
      )
    })
  t.strictSame(
    wrong.map(({ page, text }) => `${page}: ${text}`),
    [],
  )
  const reasons = quoted.filter(({ text }) =>
    /^(?:connect|connection|timeout|breaker|lanes)\.[a-z-]+$/.test(text),
  )
  const isUsed = (text: string) =>
    sources.includes(`'${text}'`) || hops.some((hop) => text === `lanes.${hop}`)
  t.strictSame(
    reasons.filter(({ text }) => !isUsed(text)).map(({ page, text }) => `${page}: ${text}`),
    [],
  )
})

t.test('settings in files and variables of the documents exist', async (t) => {
  const variables = new Set([...settingNames.map(environmentName), 'HUB_CONFIG', 'HUB_TEST_DATABASE_URL'])
  const wrong = written.flatMap((page) =>
    [...(textOf.get(page) ?? '').matchAll(/\bHUB_[A-Z_]+\b/g)]
      .filter(([name]) => !variables.has(name))
      .map(([name]) => `${page}: ${name}`),
  )
  t.strictSame(wrong, [])
})

t.test('the settings file of README is one the hub takes', async (t) => {
  const { loadConfig } = await import('../../hub/config.ts')
  const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(textOf.get('README.md') ?? '') ?? []
  const folder = t.testdir({ 'hub.yaml': yaml })
  const loaded = loadConfig({ file: join(folder, 'hub.yaml'), env: {}, cwd: folder })
  t.match(loaded, { ok: true, settings: { home: { codes: ['2ZH'] } } })
})

t.test('metrics, limits, policies and states named in the documents exist', async (t) => {
  const policies = [...Object.keys(PeerPolicy.properties), ...Object.keys(SftpSite.properties)]
  const wrong = quoted.filter(({ text }) => {
    const [, metric] = /^(hub_[a-z_]+?)(?:\{[^}]*\})?(?: > 0)?$/.exec(text) ?? []
    if (metric !== undefined && !/^hub_(?:change|intake)/.test(metric))
      return !Object.hasOwn(metricRows, metric)
    if (!/^[a-z]+[A-Za-z]*(?:Max|Min|MaxS|Ms|Ahead)$/.test(text)) return false
    return !Object.hasOwn(limits, text) && !policies.includes(text)
  })
  t.strictSame(
    wrong.map(({ page, text }) => `${page}: ${text}`),
    [],
  )
  const states = Object.keys(messageMachine.states)
  const told = /its \*\*state\*\* \(([^)]*)\)/.exec(
    (textOf.get('docs/architecture.md') ?? '').replace(/\n/g, ' '),
  )
  t.strictSame(
    (told?.[1] ?? '').match(/[a-z-]+/g)?.filter((word) => word !== 'final'),
    states,
  )
})

t.test('values of limits in the documents are those in force', async (t) => {
  const rows = new Map(
    [...limitsPage().matchAll(/^\| `(\w+)` \| (.*?) \|$/gm)].map(([, name, value]) => [name, value]),
  )
  const told = written.flatMap((page) =>
    [...(textOf.get(page) ?? '').matchAll(/^\| `(\w+)` \| (.*?) \|/gm)]
      .filter(([, name]) => rows.has(name))
      .map(([, name, value]) => ({ page, name, value })),
  )
  t.ok(told.length > 10)
  for (const { page, name, value } of told) t.equal(value, rows.get(name), `${page}: ${name}`)
})

t.test('every policy of a peer is explained', async (t) => {
  for (const name of Object.keys(PeerPolicy.properties)) {
    t.match(policyPage(), new RegExp(`^\\| \`${name}\` \\|[^\\n]*[а-я][^\\n]*<br>[^\\n]* \\|$`, 'm'), name)
  }
})

t.test('every setting of the SFTP side of a peer is explained', async (t) => {
  for (const name of Object.keys(SftpSite.properties)) {
    t.match(sftpPage(), new RegExp(`^\\| \`${name}\` \\|[^\\n]*[а-я][^\\n]*<br>[^\\n]* \\|$`, 'm'), name)
  }
})

t.test('every reason to hold has its row in the runbook', async (t) => {
  const page = textOf.get('docs/runbooks/held-messages.md') ?? ''
  for (const code of Object.keys(refusals).filter((name) => /^(?:deliver|receipt|parent)\./.test(name)))
    t.ok(page.includes(`| \`${code}\` |`), code)
})

t.test('every status of the door stands in the protocol', async (t) => {
  const page = textOf.get('docs/protocol.md') ?? ''
  const statuses = new Set(Object.values(refusals).flatMap((row) => ('status' in row ? [row.status] : [])))
  const [, table = ''] = /### Answers([\s\S]*?)### /.exec(page) ?? []
  for (const status of statuses) t.match(table, new RegExp(`^\\|[^|]*\\b${status}\\b`, 'm'), `${status}`)
})

t.test('the partner file of the onboarding page can be applied', async (t) => {
  const page = textOf.get('docs/onboarding.md') ?? ''
  const [first = '', ...others] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    ([, yaml = '']) => yaml,
  )
  const none = { operators: new Map(), peers: new Map(), grants: new Map(), overrides: new Map() }
  const indented = peerCertificates.one.trim().replaceAll('\n', '\n          ')
  const yaml = first.replace(/-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----/, indented)
  const file = readSeed('partner.yaml', yaml)
  t.notOk(Array.isArray(file), 'its form is right')
  if (Array.isArray(file)) return
  const [peer] = file.peers ?? []
  t.match(peer, { state: 'inactive', policy: { packageMessagesMax: 20 } })
  const rules = { at: new Date('2026-06-01T00:00:00Z'), dialects: ['roseu'] }
  const active = { ...file, peers: (file.peers ?? []).map((row) => ({ ...row, state: 'active' as const })) }
  const plan = planChange(none, { file: active, rows: 'all' })
  t.notOk(Array.isArray(plan))
  if (Array.isArray(plan)) return
  t.strictSame(faultsOfPlan(plan, rules), [], 'and it lacks nothing for an exchange')
  t.ok(others.length > 0)
  for (const other of others) {
    const more = readSeed('more.yaml', other)
    t.notOk(Array.isArray(more))
    if (Array.isArray(more)) continue
    const next = planChange(plan.rows, { file: more, rows: 'all' })
    t.notOk(Array.isArray(next))
    if (!Array.isArray(next)) t.strictSame(faultsOfPlan(next, rules), [])
  }
})
