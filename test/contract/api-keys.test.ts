// Keys of the internal API: made and taken back by engineers, on record, their secrets nowhere (RULES 4).

import t from 'tap'
import { isSecretOf, newApiKey, parseApiKey } from '../../hub/api/key-text.ts'
import { configureLog } from '../../monitoring/log.ts'
import type { AdminApiKey, AdminApiKeyMade } from '../../schemas/admin.ts'
import { runLine } from '../support/cli.ts'
import { startTestApi } from '../support/internal-plane.ts'
import { makeReapedFolder } from '../support/reaper.ts'

t.test('a key has its form, and its secret alone fits its digest', async (t) => {
  const [one, other] = [newApiKey(), newApiKey()]
  t.match(one.text, /^hubk_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$/)
  const read = parseApiKey(one.text)
  t.equal(read?.id, one.id)
  t.ok(isSecretOf(read?.secret ?? '', one.digest))
  t.notOk(isSecretOf(read?.secret ?? '', other.digest))
  t.notOk(isSecretOf(read?.secret ?? '', Buffer.alloc(0)))
  for (const text of ['', 'hubk_', `${one.text}x`, one.text.slice(0, -1), one.text.toUpperCase()]) {
    t.equal(parseApiKey(text), undefined, text)
  }
})

t.test('an engineer makes, lists and revokes keys by the command line', async (t) => {
  const lines: string[] = []
  configureLog({ level: 'trace', to: { write: (line) => lines.push(line) } })
  t.teardown(() => configureLog({ level: 'warn' }))
  const api = await startTestApi(t)
  const env = { HUB_ADMIN_TOKEN: api.admin.token }
  const hub = (...words: string[]) =>
    runLine(makeReapedFolder(), ['keys', ...words, '--address', api.admin.address, '--actor', 'ivanova'], env)

  const made = await hub('create', '--home', '2ab', '--name', 'ERP', '--verbs', 'read, inbox', '--json')
  t.equal(made.exit, 0, made.err)
  const key = made.json() as AdminApiKeyMade
  t.match(key, {
    home: '2AB',
    name: 'ERP',
    verbs: ['read', 'inbox'],
    state: 'active',
    createdBy: 'ivanova',
    expiresAt: null,
  })
  t.equal((await api.ask('/api/v1/inbox', { key: key.key })).status, 200)
  t.match((await api.ask('/api/v1/operators', { key: key.key })).json(), { code: 'api.scope', status: 403 })

  const until = await hub('create', '--home', '2CD', '--name', 'x', '--expires', '2999-01-01')
  t.match(until.out, /^hubk_[\w-]+\n/, 'the key stands alone in its line')
  t.match(until.out, /2999-01-01T23:59:59\.999Z/)
  t.match(until.out, /submit read inbox acknowledge invite directory/)

  const listed = await hub('list', '--home', '2AB', '--json')
  const { items } = listed.json() as { items: AdminApiKey[] }
  t.ok(items.some(({ id }) => id === key.id))
  t.notMatch(listed.out, /hubk_/)
  t.match((await hub('list')).out, /ERP/)

  const revoked = await hub('revoke', key.id, '--json')
  t.match(revoked.json(), { id: key.id, state: 'revoked', revokedBy: 'ivanova' })
  t.same((await hub('revoke', key.id, '--json')).json(), revoked.json(), 'the first time stays')
  t.match((await api.ask('/api/v1/inbox', { key: key.key })).json(), { code: 'api.key-revoked', status: 401 })

  const refusals = [
    ['create', '--home', '2QQ', '--name', 'x'],
    ['create', '--home', '2AB', '--name', 'x', '--verbs', 'everything'],
    ['create', '--home', '2AB', '--name', 'x', '--expires', '2001-01-01'],
    ['create', '--home', '2AB', '--name', 'x', '--expires', '2030-02-30'],
    ['create', '--home', '2AB', '--name', ' '],
  ]
  for (const words of refusals) {
    const told = await hub(...words)
    t.match([told.exit, told.err], [1, /admin\.invalid/], words.join(' '))
  }
  t.match((await hub('revoke', 'a'.repeat(12))).err, /admin\.not-found/)

  const { rows } = await api.store.query<{ entry: string }>(
    "select entry from journal where kind in ('key.made', 'key.revoked') order by id",
  )
  const entries = rows.map(({ entry }) => JSON.parse(entry))
  t.match(
    entries.map(({ kind, facts }) => [kind, facts.key, facts.home]),
    [
      ['key.made', key.id, '2AB'],
      ['key.made', /^[a-z0-9]{12}$/, '2CD'],
      ['key.revoked', key.id, '2AB'],
    ],
  )
  const [, secret = ''] = /_([A-Za-z0-9_-]{43})$/.exec(key.key) ?? []
  const dump = await api.store.query('select k::text as text from api_key k')
  const everything = JSON.stringify([lines, entries, dump.rows])
  t.ok(lines.length > 0)
  t.notMatch(everything, secret, 'neither the log, nor the journal, nor a row has the secret')
})
