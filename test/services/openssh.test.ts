// The SFTP edge against OpenSSH: put and pickup in every mode, and the kinds of names that only a real server has.

import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { SftpSite } from '../../schemas/sftp.ts'
import { rememberingDoor } from '../support/http-peers.ts'
import { opensshSite, startOpenssh, withoutOpenssh } from '../support/openssh.ts'
import {
  departureTo,
  folders,
  namesIn,
  packageName,
  rowId,
  standingClock,
  startPickup,
  startSessions,
  startSftpCourier,
  temporaryFolder,
} from '../support/sftp-peers.ts'

const real = { skip: withoutOpenssh, timeout: 120_000 }

async function startServer(t: Test, changes: Partial<SftpSite> = {}) {
  const root = temporaryFolder(t)
  for (const folder of folders) mkdirSync(join(root, folder))
  const server = await startOpenssh(t, root)
  const site = opensshSite(server, changes)
  return {
    root,
    server,
    site,
    write: (path: string, content: string) => writeFileSync(join(root, path), content),
  }
}

t.test('OpenSSH: puts by rename, in one step over what is there', real, async (t) => {
  const peer = await startServer(t)
  const { sessions } = startSessions(t)
  const { signal } = new AbortController()
  t.ok(
    await sessions.use({ peer: '2zb', site: peer.site, signal }, async ({ canReplace }) => canReplace),
    peer.server.log(),
  )
  const courier = startSftpCourier(t)
  const bytes = Buffer.alloc(1_000_000, 'package ')
  t.match(await courier.send(departureTo(peer.site, { bytes })), {
    class: 'accepted',
    reason: 'put.renamed',
    isPlaced: true,
  })
  t.match(await courier.send(departureTo(peer.site, { bytes })), { reason: 'put.already-there' })
  peer.write('from-hub/a1b2.cms', 'something else')
  t.match(await courier.send(departureTo(peer.site, { bytes })), { class: 'accepted', reason: 'put.renamed' })
  t.strictSame(namesIn(peer, 'from-hub'), ['a1b2.cms'])
  t.match(await courier.send(departureTo({ ...peer.site, putFolder: 'nowhere' })), {
    class: 'transient',
    reason: 'put.no-folder',
  })
})

t.test('OpenSSH: puts by marker', real, async (t) => {
  const peer = await startServer(t, { putWhole: 'marker' })
  const courier = startSftpCourier(t)
  t.match(await courier.send(departureTo(peer.site)), { class: 'accepted', reason: 'put.marked' })
  t.match(await courier.send(departureTo(peer.site)), { reason: 'put.already-there' })
  t.strictSame(namesIn(peer, 'from-hub'), ['a1b2.cms', 'a1b2.cms.done'])
})

t.test('OpenSSH: many packages go through two connections', real, async (t) => {
  const peer = await startServer(t)
  const courier = startSftpCourier(t)
  const names = Array.from({ length: 60 }, (_, index) => packageName(`${index}.cms`))
  const outcomes = await Promise.all(names.map((name) => courier.send(departureTo(peer.site, { name }))))
  t.ok(outcomes.every((outcome) => outcome.class === 'accepted'))
  t.equal(peer.server.connections, 2)
  t.equal(namesIn(peer, 'from-hub').length, 60)
})

t.test('OpenSSH: picks up what is renamed, and nothing else', real, async (t) => {
  const peer = await startServer(t, { pickupPattern: '*.cms', archiveFolder: 'archive' })
  const folder = join(peer.root, 'to-hub')
  peer.write('to-hub/a.cms', 'package a')
  peer.write('to-hub/b.cms.tmp', 'half of b')
  peer.write('to-hub/c.cms', '')
  mkdirSync(join(folder, 'folder.cms'))
  symlinkSync('/etc/hostname', join(folder, 'link.cms'))
  spawnSync('mkfifo', [join(folder, 'pipe.cms')])
  writeFileSync(
    Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.cms')]),
    'x',
  )
  const { poll, door } = startPickup(t, peer)
  t.match(await poll(), {
    taken: 1,
    refused: 1,
    ignored: { folder: 1, link: 1, special: 1, name: 1, temporary: 2 },
    fault: undefined,
  })
  t.equal(Buffer.from(door.arrivals[0]?.bytes ?? []).toString(), 'package a')
  t.equal(namesIn(peer, 'archive').length, 2)
  t.strictSame(namesIn(peer, 'to-hub/.claimed'), [])
  t.strictSame(namesIn(peer, 'from-hub-answers'), ['c.cms.txt'])
})

t.test('OpenSSH: picks up what is marked', real, async (t) => {
  const peer = await startServer(t, { pickupWhole: 'marker' })
  for (const name of ['a.cms', 'a.cms.done', 'b.cms']) peer.write(`to-hub/${name}`, name)
  const { poll } = startPickup(t, peer)
  t.match(await poll(), { taken: 1, waiting: 1, fault: undefined })
  t.strictSame(namesIn(peer, 'to-hub'), ['b.cms'])
})

t.test('OpenSSH: picks up what is the same for so long', real, async (t) => {
  const peer = await startServer(t, { pickupWhole: 'stable', stableMs: 1000 })
  const { clock, pass } = standingClock()
  peer.write('to-hub/a.cms', 'half')
  const { poll } = startPickup(t, peer, { clock })
  t.match(await poll(), { taken: 0, waiting: 1 })
  pass(1000)
  peer.write('to-hub/a.cms', 'whole package')
  utimesSync(join(peer.root, 'to-hub/a.cms'), 1000, 1000)
  t.match(await poll(), { taken: 0, waiting: 1 })
  pass(1000)
  t.match(await poll(), { taken: 1, waiting: 0, fault: undefined })
})

t.test('OpenSSH: two pickups at once hand each file to the door once', real, async (t) => {
  const peer = await startServer(t)
  for (let index = 0; index < 100; index += 1) peer.write(`to-hub/${index}.cms`, `package ${index}`)
  const door = rememberingDoor()
  const reports = await Promise.all([1, 2].map(() => startPickup(t, peer, { door }).poll()))
  t.ok(
    reports.every(({ fault, failed }) => fault === undefined && failed === 0),
    JSON.stringify(reports),
  )
  t.equal(door.arrivals.length, 100)
  t.equal(new Set(door.arrivals.map(({ name }) => name)).size, 100)
  t.strictSame(namesIn(peer, 'to-hub/.claimed'), [])
})

t.test('OpenSSH: what was put is taken when it is gone, refused by a file', real, async (t) => {
  const peer = await startServer(t)
  const courier = startSftpCourier(t)
  const placed = ['a', 'b', 'c'].map((letter, index) => ({
    id: rowId(index + 1),
    name: packageName(`${letter}.cms`),
  }))
  for (const { name } of placed.slice(0, 2)) await courier.send(departureTo(peer.site, { name }))
  peer.write('to-hub-answers/b.cms.txt', '400 cms.digest: no\n')
  const { poll, pickup } = startPickup(t, peer)
  const { ends } = await poll(placed)
  t.match(ends, [
    { name: 'b.cms', is: 'refused', status: 400, text: 'cms.digest: no' },
    { name: 'c.cms', is: 'taken', status: undefined },
  ])
  await pickup.forget(ends, new AbortController().signal)
  t.strictSame(namesIn(peer, 'to-hub-answers'), [])
})
