// The directory of subscribers over the internal API, and what engineers put into it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Compile } from 'typebox/compile'
import { createHttpParticipantsDirectory } from '../../hub/adapters/participants-directory.ts'
import { exitCodes } from '../../hub/cli/context.ts'
import { SubscriberList } from '../../schemas/directory/api.ts'
import { limits } from '../../schemas/limits.ts'
import { runLine } from '../support/cli.ts'
import { startTestApi } from '../support/internal-plane.ts'
import { startParticipantsStub } from '../support/participants-stub.ts'

const inn = '7707083893'
const kpp = '770701001'
const check = Compile(SubscriberList)

async function open(t: Test) {
  const stub = await startParticipantsStub()
  t.teardown(() => stub.close())
  const participants = createHttpParticipantsDirectory({
    address: stub.address,
    allowPrivateAddresses: true,
    timeoutMs: 10_000,
  })
  const api = await startTestApi(t, { plane: { participants } })
  const importRows = (rows: object[]) => api.admin.ask('/admin/v1/subscribers', { body: { rows } })
  const search = async (query: Record<string, string>, over = {}) =>
    api.ask(`/api/v1/directory?${new URLSearchParams(query)}`, over)
  return { ...api, stub, importRows, search }
}

t.test('subscribers are found by ИНН, id and name, with their reach in words', async (t) => {
  const { importRows, search } = await open(t)
  const told = await importRows([
    { row: 1, id: '2ZA-Box', inn, kpp, name: 'ООО «Ромашка»' },
    { row: 2, id: '2ZC-Box', inn },
  ])
  t.same(told.json(), { taken: 2, refused: [] })
  const found = (await search({ inn, viewer: '2AB-me' })).json()
  t.ok(check.Check(found), JSON.stringify([...check.Errors(found)].slice(0, 2)))
  t.match(found, {
    items: [
      {
        id: '2ZA-Box',
        reach: 'invitable',
        reachText: { ru: 'можно пригласить' },
        reason: null,
        sources: ['import'],
      },
      {
        id: '2ZC-Box',
        reach: 'unreachable',
        reason: { code: 'route.unknown-operator', advice: /^Проверьте .*\. \(Check .*\.\)$/ },
      },
    ],
    lookUp: null,
  })
  t.match((await search({ id: '2za-box' })).json(), { items: [{ inn, kpp, operator: { id: 'a' } }] })
  t.match((await search({ name: 'ромаш' })).json(), { items: [{ id: '2ZA-Box' }] })
  t.equal(((await search({ inn, limit: '1' })).json()['items'] as object[]).length, 1)
  t.same((await search({ inn: '7713076301' })).json()['items'], [])
})

t.test('what is asked wrongly is refused by its code', async (t) => {
  const { search, makeKey } = await open(t)
  for (const [query, status, code] of [
    [{}, 400, 'api.invalid'],
    [{ inn, name: 'ромашка' }, 400, 'api.invalid'],
    [{ kpp, id: '2ZA-1' }, 400, 'api.invalid'],
    [{ inn: '7707083894' }, 422, 'inn.check-digit'],
    [{ inn: '77' }, 422, 'inn.form'],
    [{ inn, kpp: '77070100' }, 422, 'kpp.form'],
    [{ inn: '500100732259', kpp }, 422, 'kpp.of-a-person'],
    [{ id: '2Z' }, 400, 'api.invalid'],
    [{ name: 'ООО' }, 422, 'directory.name-short'],
    [{ name: 'x'.repeat(limits.directoryNameLengthMax + 1) }, 400, 'api.invalid'],
    [{ inn, viewer: '2CD-other' }, 422, 'api.sender'],
    [{ inn, viewer: '2ZA-foreign' }, 422, 'api.sender'],
    [{ inn, limit: String(limits.pageRowsMax + 1) }, 400, 'api.invalid'],
    [{ inn, lookUp: 'yes' }, 400, 'api.invalid'],
    [{ name: 'ромашка', lookUp: 'true' }, 400, 'api.invalid'],
    [{ inn, lookUp: 'true' }, 422, 'directory.kpp-needed'],
    [{ id: '2AB-own', lookUp: 'true' }, 422, 'directory.own-id'],
  ] as [Record<string, string>, number, string][]) {
    const told = await search(query)
    t.match([told.status, told.json()['code']], [status, code], JSON.stringify(query).slice(0, 80))
  }
  t.equal((await search({ name: 'x'.repeat(limits.directoryNameLengthMax) })).status, 200)
  const key = await makeKey({ verbs: ['read'] })
  t.match((await search({ inn }, { key })).json(), { code: 'api.scope' })
})

t.test('without an address of the directory of participants nobody is asked', async (t) => {
  const api = await startTestApi(t)
  const told = await api.ask(`/api/v1/directory?inn=${inn}&kpp=${kpp}&lookUp=true`)
  t.match([told.status, told.json()['code']], [422, 'directory.not-set-up'])
})

t.test(
  'the directory of participants is asked on wish, and what it found is among the answers',
  async (t) => {
    const { stub, search } = await open(t)
    stub.participants.push({ FnsParticipantId: '2ZA-Found', Inn: inn, Kpp: kpp, FullName: 'Ромашка' })
    t.same((await search({ inn, kpp })).json(), { items: [], lookUp: null })
    const found = (await search({ inn, kpp, lookUp: 'true' })).json()
    t.ok(check.Check(found))
    t.match(found, {
      items: [{ id: '2ZA-Found', sources: ['look-up'] }],
      lookUp: { status: 'ok', ageS: 0, reason: null },
    })
    stub.behave({ is: 'answer', status: 429, body: {}, headers: { 'retry-after': '30' } })
    const later = (await search({ id: '2ZB-Else', lookUp: 'true' })).json()
    t.match(later, {
      items: [],
      lookUp: { status: 'try-later', reason: { code: 'directory.silent' }, retryAfterS: 30 },
    })
  },
)

t.test('an import takes what is right and tells the rest by row and code', async (t) => {
  const { importRows, admin } = await open(t)
  const long = 'х'.repeat(limits.subscriberNameLengthMax)
  const told = await importRows([
    { row: 2, id: '2ZA-1', inn, kpp, name: long },
    { row: 3, id: 'x' },
    { row: 5, id: '2ZA-2', inn: '7707083894' },
    { row: 6, id: '2ZA-3', inn, kpp: 'x' },
    { row: 7, id: '2ZA-4', kpp },
    { row: 8, id: '2ZA-5', name: `${long}х` },
    { row: 9, id: '2AB-own' },
  ])
  const { taken, refused } = told.json() as { taken: number; refused: { row: number; code: string }[] }
  t.equal(taken, 2)
  t.same(
    refused.map(({ row, code }) => [row, code]),
    [
      [3, 'directory.row'],
      [5, 'inn.check-digit'],
      [6, 'kpp.form'],
      [7, 'directory.row'],
      [8, 'directory.row'],
    ],
  )
  const { rows } = await admin.store.query("select entry from journal where kind = 'subscribers.imported'")
  t.match(JSON.parse(String(rows[0]?.['entry'])), { facts: { account: 'admin', taken: 2, refused: 5 } })
  t.equal((await importRows([])).status, 400)
  const many = Array.from({ length: limits.importRowsMax + 1 }, (_, n) => ({ row: n + 1, id: `2ZA-${n}` }))
  t.equal((await importRows(many)).status, 400)
  t.match((await importRows(many.slice(1))).json(), { taken: limits.importRowsMax })
  t.match((await admin.ask('/admin/v1/subscribers?id=2AB-OWN')).json(), { items: [{ id: '2AB-own' }] })
  for (const wrong of ['', 'inn=1', 'id=x', 'name=OOO', 'id=2ZA-1&name=ромашка']) {
    t.equal((await admin.ask(`/admin/v1/subscribers?${wrong.replace('OOO', 'ооо')}`)).status, 400, wrong)
  }
})

t.test('a file is imported row by row, and its subscribers are found from the command line', async (t) => {
  const { admin } = await open(t)
  const folder = t.testdir()
  const env = { HUB_ADMIN_TOKEN: admin.token }
  const run = (...words: string[]) =>
    runLine(folder, ['--json', 'subscribers', ...words, '--address', admin.address], env)
  const csv = [
    '\uFEFFid;inn;note;name;kpp',
    `2ZA-1;${inn};x;"ООО ""Ромашка; и Ко""";${kpp}`,
    '',
    '2ZA-2;7707083894;;;',
    '2ZA-3;"open',
    '2ZA-4;1',
    `2ZA-5;;;${'х'.repeat(limits.importLineBytesMax)};`,
    '2ZA-6;;;;\r',
  ]
  writeFileSync(join(folder, 'a.csv'), csv.join('\n'))
  const told = await run('import', join(folder, 'a.csv'))
  t.equal(told.exit, exitCodes.refused)
  const { faults, ...counts } = told.json() as { faults: { row: number; code: string }[] }
  t.same(counts, { taken: 2, refused: 4 })
  t.same(faults.map(({ row, code }) => [row, code]).sort(), [
    [4, 'inn.check-digit'],
    [5, 'directory.row'],
    [6, 'directory.row'],
    [7, 'directory.row'],
  ])
  t.match((await run('find', '--inn', inn)).json(), {
    items: [{ id: '2ZA-1', kpp, name: 'ООО "Ромашка; и Ко"' }],
  })
  const lines = ['{"id":"2ZB-1","inn":null}', '{"id":7}', 'x', '[]', `{"id":"2ZB-2","name":"Лютик"}`]
  writeFileSync(
    join(folder, 'a.ndjson'),
    Buffer.concat([Buffer.from(lines.join('\n')), Buffer.from('\n\xff', 'latin1')]),
  )
  t.match((await run('import', join(folder, 'a.ndjson'))).json(), { taken: 2, refused: 4 })
  t.match((await run('find', '--name', 'лют')).json(), { items: [{ id: '2ZB-2' }] })
  t.match((await run('find', '--id', '2zb-1')).json(), { items: [{ id: '2ZB-1' }] })
  writeFileSync(join(folder, 'no-head.csv'), '2ZA-1;7\n2ZA-2;7\n')
  t.match((await run('import', join(folder, 'no-head.csv'))).json(), { taken: 0, refused: 1 })
  t.equal((await run('import', join(folder, 'absent'))).exit, exitCodes.usage)
  t.equal((await run('find')).exit, exitCodes.usage)
  t.equal((await run('find', '--inn', '1')).exit, exitCodes.refused)
  const table = await runLine(folder, ['subscribers', 'find', '--inn', inn, '--address', admin.address], env)
  t.match(table.out, /ДОСТУПНОСТЬ[\s\S]*2ZA-1[\s\S]*можно пригласить/)
})

t.test('of the faults of a file so many are shown, and all are counted', async (t) => {
  const { admin } = await open(t)
  const folder = t.testdir()
  const env = { HUB_ADMIN_TOKEN: admin.token }
  for (const count of [limits.importFaultsShownMax, limits.importFaultsShownMax + 1]) {
    writeFileSync(join(folder, 'f.csv'), `id;inn\n${'2ZA-1;7\n'.repeat(count)}`)
    const line = ['--json', 'subscribers', 'import', join(folder, 'f.csv'), '--address', admin.address]
    const told = (await runLine(folder, line, env)).json() as { refused: number; faults: unknown[] }
    t.equal(told.refused, count)
    t.equal(told.faults.length, limits.importFaultsShownMax)
  }
})
