// A database and the folder of its blobs belong together, from the first start on.

import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bindBlobs, isBlobHome } from '../../hub/blob-home.ts'
import { openFreshStore } from '../support/fresh-store.ts'

t.test('RULES 10: a hub starts only on the folder that holds the bytes of its rows', async (t) => {
  const store = await openFreshStore(t)
  const root = t.testdir({})
  const folder = join(root, 'data', 'blobs')
  t.equal(await bindBlobs(store, folder), undefined, 'the first start ties them')
  const id = readFileSync(join(folder, 'store.id'), 'utf8').trim()
  t.match(id, /^[0-9a-f-]{36}$/)
  t.equal(await bindBlobs(store, folder), undefined, 'and every later one finds them so')
  t.ok(isBlobHome(folder))

  const empty = join(root, 'mistyped', 'blobs')
  const missing = await bindBlobs(store, empty)
  t.match(missing, { code: 'start.blobs-not-ours', at: empty, seen: new RegExp(id) })
  t.notOk(existsSync(empty), 'nothing is made there')
  t.notOk(isBlobHome(empty))

  cpSync(folder, join(root, 'restored'), { recursive: true })
  t.equal(await bindBlobs(store, join(root, 'restored')), undefined, 'a restored folder is the same one')
  writeFileSync(join(folder, 'store.id'), '11111111-1111-4111-8111-111111111111\n')
  t.match(await bindBlobs(store, folder), { code: 'start.blobs-not-ours', seen: /11111111/ })
})

t.test('a start that was cut between file and row is taken up by the next one', async (t) => {
  const store = await openFreshStore(t)
  const folder = join(t.testdir({}), 'blobs')
  await bindBlobs(store, folder)
  await store.query('delete from blob_home')
  t.equal(await bindBlobs(store, folder), undefined)
  rmSync(folder, { recursive: true })
  t.match(await bindBlobs(store, folder), { code: 'start.blobs-not-ours' })
})

t.test('of two hubs that start on a new database with two folders one is refused', async (t) => {
  const store = await openFreshStore(t)
  const root = t.testdir({})
  const told = await Promise.all(['one', 'other'].map((name) => bindBlobs(store, join(root, name))))
  t.equal(told.filter((refusal) => refusal !== undefined).length, 1)
})
