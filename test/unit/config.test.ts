// Checks how settings are loaded, refused by name and printed.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { printConfig, shownConfig } from '../../hub/config/print.ts'
import { readValue } from '../../hub/config/values.ts'
import { type ConfigSources, configFaultText, loadConfig, projectFolder } from '../../hub/config.ts'
import {
  environmentName,
  isSettingName,
  type Settings,
  secretFileName,
  settingNames,
  settingRow,
} from '../../schemas/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'hub config '))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function load(sources: Partial<ConfigSources> = {}): Settings {
  const loaded = loadConfig({ env: {}, cwd: folder, ...sources })
  if (!loaded.ok) throw new Error(loaded.faults.map(configFaultText).join('\n'))
  return loaded.settings
}

/** The faults as `name [source]`, sorted. */
function faults(sources: Partial<ConfigSources>): string[] {
  const loaded = loadConfig({ env: {}, cwd: folder, ...sources })
  return loaded.ok ? [] : loaded.faults.map(({ name, source }) => `${name} [${source}]`).sort()
}

t.test('with nothing set the hub can start: data below the project, two loopback ports', async (t) => {
  const settings = load()
  t.equal(settings.data.folder, join(projectFolder, 'data'))
  t.equal(settings.database.url, undefined)
  t.equal(settings.admin.tokenFile, join(projectFolder, 'data', 'admin.token'))
  t.equal(settings.partners.seedFolder, join(projectFolder, 'operators', 'partners'))
  t.match(settings.partner, { host: '127.0.0.1', port: 8080 })
  t.match(settings.admin, { host: '127.0.0.1', port: 8081 })
  t.equal(settings.outbound.allowPrivateAddresses, false)
})

t.test('wrong values and contradictions are named together, no contradiction of a wrong value', (t) => {
  const overrides = ['partner.prot=1', 'identity.keyFile=a.key', 'admin.port=x', 'partner.port=8081']
  t.same(faults({ overrides }), [
    'admin.port [--set]',
    'identity.certificateFile, identity.keyFile [contradiction]',
    'partner.prot [--set]',
  ])
  t.end()
})

t.test('every default is a value its own row allows', async (t) => {
  for (const name of settingNames) {
    const row = settingRow(name)
    if (row.default === undefined) continue
    const raw = typeof row.default === 'object' ? row.default : String(row.default)
    t.ok('value' in readValue(row, { raw, folder }), name)
  }
})

t.test('every setting has a variable of its own and both descriptions', async (t) => {
  t.equal(environmentName('data.folder'), 'HUB_DATA_FOLDER')
  t.equal(environmentName('database.connectionsMax'), 'HUB_DATABASE_CONNECTIONS_MAX')
  const variables = settingNames.flatMap((name) => [
    environmentName(name),
    secretFileName(name) ?? `none ${name}`,
  ])
  t.equal(new Set(variables).size, variables.length)
  for (const name of settingNames) {
    t.match(name, /^[a-z]+\.[a-zA-Z]+$/)
    t.match(settingRow(name).ru, /[а-я]/, name)
    t.match(settingRow(name).en, /[a-z]/, name)
  }
})

t.test('the command line is stronger than the environment, which is stronger than the file', async (t) => {
  const path = file('order.yaml', 'partner:\n  port: 1001\n  host: 0.0.0.0\nadmin:\n  port: 1002\n')
  const settings = load({
    file: path,
    env: { HUB_PARTNER_PORT: '1003', HUB_ADMIN_PORT: '1004' },
    overrides: ['admin.port=1005'],
  })
  t.match(settings.partner, { host: '0.0.0.0', port: 1003 })
  t.equal(settings.admin.port, 1005)
})

t.test(
  'a file may be YAML or JSON, nested or with dotted names, and may be named by HUB_CONFIG',
  async (t) => {
    const yaml = file(
      'a.yaml',
      '# empty groups are allowed\nhome:\n  codes: [2ZA, 1E2]\nlog.level: debug\nidentity:\n',
    )
    t.match(load({ file: yaml }), { home: { codes: ['2ZA', '1E2'] }, log: { level: 'debug' } })
    const json = file(
      'a.json',
      '{"journal": {"sealEveryMs": 50}, "outbound": {"allowPrivateAddresses": true}}',
    )
    const settings = load({ env: { HUB_CONFIG: json } })
    t.equal(settings.journal.sealEveryMs, 50)
    t.equal(settings.outbound.allowPrivateAddresses, true)
  },
)

t.test('relative paths start where they are given: at the file, or at the current folder', async (t) => {
  const path = file('paths.yaml', 'data: {folder: below}\n')
  const settings = load({
    file: path,
    env: { HUB_IDENTITY_KEY_FILE: 'key', HUB_IDENTITY_CERTIFICATE_FILE: 'c' },
    cwd: '/',
  })
  t.equal(settings.data.folder, join(folder, 'below'))
  t.equal(settings.admin.tokenFile, join(folder, 'below', 'admin.token'))
  t.equal(settings.identity.keyFile, '/key')
})

t.test('a secret may come from a file, and from one place only', async (t) => {
  const secret = file('url', 'postgres://hub:pa55word@db/hub\n')
  t.equal(load({ env: { HUB_DATABASE_URL_FILE: secret } }).database.url, 'postgres://hub:pa55word@db/hub')
  t.same(faults({ env: { HUB_DATABASE_URL_FILE: join(folder, 'absent') } }), [
    'database.url [HUB_DATABASE_URL_FILE]',
  ])
  const both = { HUB_DATABASE_URL: 'postgres://db/hub', HUB_DATABASE_URL_FILE: secret }
  t.same(faults({ env: both }), ['database.url [HUB_DATABASE_URL_FILE]'])
  t.equal(secretFileName('partner.port'), undefined)
})

t.test('all faults are told at once, each by its name and source', async (t) => {
  const path = file(
    'faults.yaml',
    'partner: {prot: 1}\nlog: {level: loud}\nadmin: {port: [1]}\nhome: {codes: {a: b}}\nx:\n',
  )
  t.same(
    faults({
      file: path,
      env: { HUB_PARTNER_PROT: '1', HUB_DATABASE_CONNECTIONS_MAX: '0', PATH: '/bin', HUB_TEST_ANYTHING: '1' },
      overrides: ['nonsense', 'workers.threads=many', 'stop.graceMs=1', 'stop.graceMs=2'],
    }),
    [
      'HUB_PARTNER_PROT [environment]',
      `admin.port [${path}]`,
      'database.connectionsMax [HUB_DATABASE_CONNECTIONS_MAX]',
      `home.codes [${path}]`,
      `log.level [${path}]`,
      'nonsense [--set]',
      `partner.prot [${path}]`,
      'stop.graceMs [--set]',
      'workers.threads [--set]',
      `x [${path}]`,
    ].sort(),
  )
})

t.test('a file that is absent, no YAML, no mapping, doubled or full of aliases is refused', async (t) => {
  t.same(faults({ file: 'absent.yaml' }), ['absent.yaml [--config]'])
  t.same(faults({ env: { HUB_CONFIG: folder } }), [`${folder} [HUB_CONFIG]`])
  const list = file('list.yaml', '- 1\n')
  t.same(faults({ file: list }), [`${list} [${list}]`])
  const broken = file('broken.yaml', 'a: [1\n')
  t.match(faults({ file: broken })[0], /^line \d/)
  const doubled = file('doubled.yaml', 'log: {level: info}\nlog.level: warn\n')
  t.same(faults({ file: doubled }), [`log.level [${doubled}]`])
  const same = file('same.yaml', 'log: {level: info}\nlog: {level: warn}\n')
  t.match(faults({ file: same })[0], /^line 2/)
  const alias = file('alias.yaml', 'home: {codes: &a [2ZA]}\nlog: {level: *a}\n')
  t.same(faults({ file: alias }), [`log.level [${alias}]`])
})

t.test('numbers are allowed up to their bounds and refused beyond them', async (t) => {
  for (const name of settingNames) {
    const row = settingRow(name)
    if (row.type !== 'integer') continue
    const read = (value: number) => readValue(row, { raw: String(value), folder })
    t.same([read(row.min), read(row.max)], [{ value: row.min }, { value: row.max }], name)
    t.ok('fault' in read(row.min - 1) && 'fault' in read(row.max + 1), name)
  }
  t.ok('fault' in readValue(settingRow('partner.port'), { raw: '0x50', folder }))
  t.ok('fault' in readValue(settingRow('partner.port'), { raw: '', folder }))
})

t.test('an empty variable counts as not given', async (t) => {
  t.equal(load({ env: { HUB_DATABASE_URL: '', HUB_DATABASE_URL_FILE: '' } }).database.url, undefined)
})

t.test('settings that contradict each other are refused by name', async (t) => {
  const url = 'postgres://db/hub'
  const cases: [string[], string[]][] = [
    [
      [`database.url=${url}`, 'database.embeddedOutsideFolder=pg'],
      ['database.url, database.embeddedOutsideFolder'],
    ],
    [['partner.port=8081'], ['partner.port, admin.port']],
    [['partner.port=8081', 'partner.host=0.0.0.0'], ['partner.port, admin.port']],
    [['partner.port=8081', 'partner.host=localhost'], ['partner.port, admin.port']],
    [['partner.port=8081', 'partner.host=10.0.0.1'], []],
    [['partner.port=0', 'admin.port=0'], []],
    [['partner.port=8082'], ['partner.port, internal.port']],
    [['internal.port=8081'], ['admin.port, internal.port']],
    [['partner.port=8084'], ['partner.port, portal.port']],
    [['portal.port=8081'], ['admin.port, portal.port']],
    [['portal.port=8082'], ['internal.port, portal.port']],
    [
      ['mail.smtpHost=mail.example.ru', 'portal.publicAddress=https://edo.example.ru'],
      ['mail.smtpHost, mail.from'],
    ],
    [['mail.smtpHost=mail.example.ru', 'mail.from=edo@example.ru'], ['mail.smtpHost, portal.publicAddress']],
    [
      [
        'mail.smtpHost=mail.example.ru',
        'mail.from=edo@example.ru',
        'portal.publicAddress=https://edo.example.ru',
      ],
      [],
    ],
    [['mail.from=nobody'], ['mail.from']],
    [['mail.user=hub'], ['mail.user, mail.password']],
    [['mail.user=hub', 'mail.password=secret', 'mail.tls=none'], ['mail.user, mail.tls']],
    [['internal.port=8081', 'internal.host=10.0.0.1'], []],
    [['internal.tlsCertificateFile=c.pem'], ['internal.tlsCertificateFile, internal.tlsKeyFile']],
    [['internal.tlsKeyFile=k.pem'], ['internal.tlsCertificateFile, internal.tlsKeyFile']],
    [['identity.certificateFile=c.pem'], ['identity.certificateFile, identity.keyFile']],
    [['identity.keyFile=k.pem'], ['identity.certificateFile, identity.keyFile']],
    [['identity.certificateFile=c.pem', 'identity.keyFile=k.pem'], []],
    [['admin.token=0123456789abcdef', 'admin.tokenFile=x'], ['admin.token, admin.tokenFile']],
    [['partner.host=0.0.0.0'], []],
  ]
  for (const [overrides, expected] of cases) {
    t.same(
      faults({ overrides }),
      expected.map((names) => `${names} [contradiction]`),
      overrides.join(' '),
    )
  }
})

t.test('what is printed holds no secret, also none inside an address', async (t) => {
  const env = {
    HUB_DATABASE_URL: 'postgres://hub:pa55word@db:5432/hub?sslmode=require&sslpassword=pa55word',
    HUB_ADMIN_TOKEN: 'token-pa55word-0123',
    HUB_PARTNER_PUBLIC_ADDRESS: 'https://user:pa55word@hub.example/in',
  }
  const loaded = loadConfig({ env, cwd: folder })
  if (!loaded.ok) return t.fail(loaded.faults.map(configFaultText).join('\n'))
  const printed = printConfig(loaded.settings, loaded.origins)
  t.notMatch(printed, /pa55word/)
  t.match(printed, 'url: postgres://hub:***@db:5432/hub?sslmode=require&sslpassword=*** # HUB_DATABASE_URL')
  t.match(printed, 'token: "***" # HUB_ADMIN_TOKEN')
  t.match(printed, '  port: 8080 # default')
  t.match(printed, '  # certificateFile:')
  t.notMatch(JSON.stringify(shownConfig(loaded.settings)), /pa55word/)
})

t.test('a fault never quotes the value of a secret', async (t) => {
  const loaded = loadConfig({
    env: { HUB_DATABASE_URL: 'mysql://u:pa55word@db/x', HUB_ADMIN_TOKEN: 'pa55word' },
    cwd: folder,
  })
  t.equal(loaded.ok, false)
  t.notMatch(JSON.stringify(loaded), /pa55word/)
})

t.test('names are compared exactly', async (t) => {
  t.notOk(isSettingName('constructor'))
  t.notOk(isSettingName('Partner.port'))
  t.same(faults({ overrides: ['Partner.port=1'] }), ['Partner.port [--set]'])
})
