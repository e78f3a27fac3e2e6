// Tests of a poll over SFTP: which files are taken, what becomes of them at every answer, and what was put before.

import { existsSync, mkdirSync, readFileSync, rmdirSync, symlinkSync, utimesSync } from 'node:fs'
import t from 'tap'
import { matchesPattern } from '../../operators/transports/sftp/choose.ts'
import { limits } from '../../schemas/limits.ts'
import type { DoorAnswer } from '../../schemas/transport.ts'
import { rememberingDoor } from '../support/http-peers.ts'
import {
  namesIn,
  packageName,
  rowId,
  standingClock,
  startPickup,
  startSessions,
  startSftpPeer,
} from '../support/sftp-peers.ts'

const answered = (status: number, text: string): DoorAnswer => ({ status, code: text, text })

t.test('takes packages in, oldest first, and deletes them', async (t) => {
  const peer = await startSftpPeer(t)
  for (const [index, name] of ['c.cms', 'a.cms', 'b.cms'].entries()) {
    peer.file(`to-hub/${name}`).write(`package ${name}`)
    utimesSync(peer.file(`to-hub/${name}`).path, 1000 + index, 1000 + index)
  }
  const { poll, door } = startPickup(t, { site: { ...peer.site, filesAtOnceMax: 1 } })
  t.match(await poll(), { taken: 3, refused: 0, left: 0, oldestWaitingMs: 0, fault: undefined })
  t.strictSame(
    door.arrivals.map(({ name }) => name as string),
    ['c.cms', 'a.cms', 'b.cms'],
  )
  t.match(door.arrivals[0], {
    transport: 'sftp',
    receiptAddress: undefined,
    remote: `127.0.0.1:${peer.server.port}`,
  })
  t.equal(Buffer.from(door.arrivals[0]?.bytes ?? []).toString(), 'package c.cms')
  t.strictSame(namesIn(peer, 'to-hub'), [])
  t.strictSame(namesIn(peer, 'to-hub/.claimed'), [])
  t.strictSame(namesIn(peer, 'to-hub/.archive'), [])
  t.strictSame(namesIn(peer, 'from-hub-answers'), [], 'what was taken is not told')
  t.match(await poll(), { taken: 0 })
})

t.test('archives under the name of the claim, so that a name may come again', async (t) => {
  const peer = await startSftpPeer(t, { archiveFolder: 'to-hub/.archive', answers: 'all' })
  const { poll } = startPickup(t, peer)
  for (let round = 0; round < 2; round += 1) {
    peer.file('to-hub/a.cms').write('package')
    t.match(await poll(), { taken: 1, fault: undefined })
  }
  const archived = namesIn(peer, 'to-hub/.archive')
  t.equal(archived.length, 2)
  t.ok(archived.every((name) => name.endsWith('.a.cms')))
  t.equal(peer.file('from-hub-answers/a.cms.txt').read(), '200 Принято\n')
})

t.test('a refusal lies beside the name before the package is removed', async (t) => {
  const peer = await startSftpPeer(t)
  peer.file('to-hub/a.cms').write('package')
  const door = rememberingDoor(async () => answered(400, 'cms.digest: Дайджест\nне сходится'))
  const seen: string[][] = []
  const { poll } = startPickup(t, peer, {
    door,
    reach: (point) => {
      seen.push([
        point,
        ...namesIn(peer, 'to-hub/.claimed').map((name) => name.slice(-6)),
        ...namesIn(peer, 'from-hub-answers'),
      ])
    },
  })
  t.match(await poll(), { refused: 1, taken: 0 })
  t.equal(peer.file('from-hub-answers/a.cms.txt').read(), '400 cms.digest: Дайджест не сходится\n')
  t.strictSame(seen, [
    ['pickup.claimed', '.a.cms'],
    ['pickup.read', '.a.cms'],
    ['pickup.answered', '.a.cms', 'a.cms.txt'],
    ['pickup.removed', 'a.cms.txt'],
  ])
})

t.test('answers are cut to what an answer may have, between characters', async (t) => {
  const peer = await startSftpPeer(t, {}, { extensions: [] })
  const { poll } = startPickup(t, peer, {
    door: rememberingDoor(async () => answered(400, 'ы'.repeat(10_000))),
  })
  for (let round = 0; round < 2; round += 1) {
    peer.file('to-hub/a.cms').write('package')
    t.match(await poll(), { refused: 1 }, 'an earlier answer to the name is replaced')
  }
  const bytes = readFileSync(peer.file('from-hub-answers/a.cms.txt').path)
  t.ok(bytes.length <= limits.sftpAnswerBytesMax && bytes.length > limits.sftpAnswerBytesMax - 3)
  t.match(bytes.toString(), /^400 ы+\n$/)
})

for (const status of [500, 503, 408]) {
  t.test(`a file that is answered ${status} is kept and tried again, later each time`, async (t) => {
    const peer = await startSftpPeer(t)
    const { clock, pass } = standingClock()
    peer.file('to-hub/a.cms').write('package')
    let tries = 0
    const door = rememberingDoor(async () => {
      tries += 1
      return tries < 3 ? answered(status, 'later') : answered(200, 'ok')
    })
    const { poll } = startPickup(t, peer, { door, clock })
    t.match(await poll(), { postponed: 1, taken: 0 })
    t.match(await poll(), { postponed: 1 }, 'not at once')
    t.equal(tries, 1)
    pass(limits.faultPauseMs)
    t.match(await poll(), { postponed: 1 })
    pass(limits.faultPauseMs)
    t.match(await poll(), { postponed: 1 })
    t.equal(tries, 2, 'the pause grows')
    pass(limits.faultPauseMs)
    t.match(await poll(), { taken: 1 })
    t.strictSame(namesIn(peer, 'to-hub/.claimed'), [])
    t.strictSame(namesIn(peer, 'from-hub-answers'), [])
  })
}

t.test('the door says how long it wants to be left alone, and may fail', async (t) => {
  const peer = await startSftpPeer(t)
  const { clock, pass } = standingClock()
  peer.file('to-hub/a.cms').write('package')
  let tries = 0
  const door = rememberingDoor(async () => {
    tries += 1
    if (tries === 1) return { ...answered(503, 'busy'), retryAfterS: 100 }
    if (tries === 2) throw new Error('a door that fails')
    return answered(200, 'ok')
  })
  const { poll, events } = startPickup(t, peer, { door, clock })
  await poll()
  pass(99_000)
  t.match(await poll(), { postponed: 1 })
  t.equal(tries, 1)
  pass(1000)
  t.match(await poll(), { postponed: 1, fault: undefined })
  t.strictSame(events, ['fault'])
  pass(limits.faultPauseMaxMs)
  t.match(await poll(), { taken: 1 })
})

t.test('waits for the marker, and takes it away with the package', async (t) => {
  const peer = await startSftpPeer(t, { pickupWhole: 'marker' })
  peer.file('to-hub/a.cms').write('package')
  peer.file('to-hub/b.cms').write('package')
  peer.file('to-hub/b.cms.done').write('')
  peer.file('to-hub/old.cms.done').write('')
  const { poll } = startPickup(t, peer)
  t.match(await poll(), { taken: 1, waiting: 1 })
  t.strictSame(namesIn(peer, 'to-hub'), ['a.cms', 'old.cms.done'])
  t.match(await poll(), { taken: 0, waiting: 1 })
  t.strictSame(namesIn(peer, 'to-hub'), ['a.cms'], 'a marker without its file goes after two listings')
  peer.file('to-hub/a.cms.done').write('')
  t.match(await poll(), { taken: 1, waiting: 0 })
  t.strictSame(namesIn(peer, 'to-hub'), [])
})

t.test('waits until a file is the same for so long, where nothing else says that it is whole', async (t) => {
  const peer = await startSftpPeer(t, { pickupWhole: 'stable', stableMs: 1000 })
  const { clock, pass } = standingClock()
  const file = peer.file('to-hub/a.cms')
  const { poll, door } = startPickup(t, peer, { clock })
  const write = (content: string, second: number) => {
    file.write(content)
    utimesSync(file.path, second, second)
  }
  write('half', 1000)
  t.match(await poll(), { waiting: 1 })
  pass(999)
  t.match(await poll(), { waiting: 1 })
  write('half a', 1000)
  pass(1)
  t.match(await poll(), { waiting: 1 }, 'another size')
  pass(1000)
  write('half b', 1001)
  t.match(await poll(), { waiting: 1 }, 'another time')
  pass(1000)
  t.match(await poll(), { waiting: 0, taken: 1 })
  t.equal(Buffer.from(door.arrivals[0]?.bytes ?? []).toString(), 'half b')
  write('again', 1001)
  t.match(await poll(), { waiting: 1 }, 'a name that vanished is forgotten')
})

t.test('ignores and counts what is no package', async (t) => {
  const peer = await startSftpPeer(t)
  for (const name of ['.hidden.cms', 'b.cms.tmp', 'c.cms.part', 'd.cms.filepart', 'e.xml', 'f.CMS.bak']) {
    peer.file(`to-hub/${name}`).write('no package')
  }
  mkdirSync(peer.file('to-hub/folder.cms').path)
  symlinkSync(peer.file('to-hub/e.xml').path, peer.file('to-hub/link.cms').path)
  const { poll, door } = startPickup(t, peer)
  const report = await poll()
  t.match(report, { taken: 0, refused: 0, waiting: 0 })
  // The folder of claims is hidden too.
  t.strictSame(report.ignored, { folder: 1, link: 1, special: 0, name: 0, temporary: 5, pattern: 2 })
  t.equal(door.arrivals.length, 0)
  t.equal(namesIn(peer, 'to-hub').length, 7, 'all is left as it lay')
})

t.test('patterns match as people mean them', async (t) => {
  const rows: [string, string, boolean][] = [
    ['*.cms', 'a.cms', true],
    ['*.cms', 'a.cms.tmp', false],
    ['*', '', true],
    ['a?c.cms', 'abc.cms', true],
    ['a?c.cms', 'ac.cms', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-b-b-', false],
    ['a.c', 'abc', false],
    ['out-*', 'out-', true],
  ]
  for (const [pattern, name, expected] of rows)
    t.equal(matchesPattern(pattern, name), expected, `${pattern} ${name}`)
  const startedMs = performance.now()
  t.notOk(matchesPattern(`${'*a'.repeat(49)}b`, 'a'.repeat(250)))
  t.ok(performance.now() - startedMs < 1000, 'a hostile name costs nothing')
})

t.test('what the door would not even look at is turned away with its refusal', async (t) => {
  const peer = await startSftpPeer(t, { pickupPattern: '*' })
  peer.file('to-hub/empty.cms').write('')
  peer.file('to-hub/Пакет документов.cms').write('package')
  const { poll, door } = startPickup(t, peer)
  t.match(await poll(), { refused: 2, taken: 0 })
  t.strictSame(door.refusals.map(({ refusal }) => refusal.code).sort(), ['door.empty', 'door.name-invalid'])
  t.match(peer.file('from-hub-answers/empty.cms.txt').read(), /^400 door\.empty: /)
  t.match(peer.file('from-hub-answers/Пакет документов.cms.txt').read(), /^400 door\.name-invalid: /)
  t.strictSame(namesIn(peer, 'to-hub/.claimed'), [])
})

t.test('a node that died leaves its claims to the next', async (t) => {
  const peer = await startSftpPeer(t)
  const { clock, pass } = standingClock()
  peer.file('to-hub/a.cms').write('package')
  const first = startPickup(t, peer, {
    clock,
    reach: (point) => {
      if (point === 'pickup.claimed') throw new Error('the process ends')
    },
  })
  t.match(await first.poll(), { taken: 0, fault: { reason: 'pickup.fault' } })
  const second = startPickup(t, peer, { clock })
  t.match(await second.poll(), { taken: 0, elsewhere: 1 }, 'the other may still be at work')
  pass(limits.sftpClaimLapseMs)
  t.match(await second.poll(), { taken: 1, elsewhere: 0 })
  t.match(await first.poll(), { taken: 0, gone: 0 })
  t.equal(second.door.arrivals.length, 1)
})

t.test('folders of ours are made, those of the peer are not', async (t) => {
  const peer = await startSftpPeer(t, { archiveFolder: 'archive' })
  const { clock, pass } = standingClock()
  const { poll } = startPickup(t, peer, { clock })
  await poll()
  t.ok(existsSync(peer.file('archive').path))
  rmdirSync(peer.file('archive').path)
  peer.file('to-hub/a.cms').write('package')
  t.match(await poll(), { failed: 1, taken: 0 })
  pass(limits.faultPauseMs)
  t.match(await poll(), { failed: 0, taken: 1 }, 'made again')
  const bare = await startSftpPeer(t, { pickupFolder: 'nowhere', claimedFolder: 'to-hub/.claimed' })
  t.match(await startPickup(t, bare).poll(), { fault: { reason: 'pickup.no-folder' } })
})

t.test('a fault of the session ends the poll with its reason', async (t) => {
  const peer = await startSftpPeer(t)
  const { poll } = startPickup(t, peer)
  await poll()
  peer.file('to-hub/a.cms').write('package')
  peer.server.setFaults(({ op }) => (op === 'read' ? 'drop-before' : undefined))
  t.match(await poll(), { taken: 0, fault: { reason: 'pickup.cut' } })
  peer.server.setFaults(undefined)
  t.match(await poll(), { taken: 1, fault: undefined })
  await peer.server.close()
  const { sessions } = startSessions(t)
  t.match(await startPickup(t, peer, { sessions }).poll(), { fault: { reason: 'connect.refused' } })
  await sessions.close()
  t.match(await startPickup(t, peer, { sessions }).poll(), { fault: { reason: 'aborted' } })
})

const placed = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter, index) => ({
  id: rowId(index + 1),
  name: packageName(`${letter}.cms`),
}))

t.test(
  'what was put is taken when it is gone or answered 200, refused and wanted again as answered',
  async (t) => {
    const peer = await startSftpPeer(t)
    for (const name of ['a.cms', 'c.cms', 'd.cms']) peer.file(`from-hub/${name}`).write('package')
    peer.file('to-hub-answers/a.cms.txt').write('200 ok\n')
    peer.file('to-hub-answers/B.CMS.txt').write('400 cms.digest:\tbroken\u0007\n')
    peer.file('to-hub-answers/c.cms.txt').write('503 busy')
    peer.file('to-hub-answers/f.cms.txt').write('\u{FEFF}413 too large')
    peer.file('to-hub-answers/unknown.cms.txt').write('400 whose?')
    peer.file('to-hub-answers/note.cms').write('no answer')
    const { poll, pickup } = startPickup(t, peer)
    const report = await poll(placed)
    t.strictSame(
      report.ends.map(({ name, is, status, text }) => [name as string, is, status, text]),
      [
        ['a.cms', 'taken', 200, 'ok'],
        ['b.cms', 'refused', 400, 'cms.digest: broken'],
        ['c.cms', 'wanted-again', 503, 'busy'],
        ['e.cms', 'taken', undefined, ''],
        ['f.cms', 'refused', 413, 'too large'],
      ],
    )
    t.equal(report.strayAnswers, 1)
    t.equal(namesIn(peer, 'to-hub-answers').length, 6, 'nothing is removed before it is written down')
    for (let round = 0; round < 2; round += 1) await pickup.forget(report.ends, new AbortController().signal)
    t.strictSame(namesIn(peer, 'to-hub-answers'), ['note.cms', 'unknown.cms.txt'])
    t.strictSame(namesIn(peer, 'from-hub'), ['a.cms', 'c.cms', 'd.cms'], 'the peer removes what it was given')
  },
)

t.test('answers are archived where packages are', async (t) => {
  const peer = await startSftpPeer(t, { archiveFolder: 'to-hub/.archive' })
  peer.file('to-hub-answers/a.cms.txt').write('400 no')
  const { poll, pickup } = startPickup(t, peer)
  const { ends } = await poll(placed.slice(0, 1))
  for (let round = 0; round < 2; round += 1) await pickup.forget(ends, new AbortController().signal)
  t.strictSame(namesIn(peer, 'to-hub-answers'), [])
  t.match(namesIn(peer, 'to-hub/.archive'), [/\.a\.cms\.txt$/])
})

t.test('words without a status are a refusal once they stay as they are', async (t) => {
  const peer = await startSftpPeer(t, { stableMs: 1000 })
  const { clock, pass } = standingClock()
  const answer = peer.file('to-hub-answers/a.cms.txt')
  answer.write('')
  const { poll } = startPickup(t, peer, { clock })
  const one = placed.slice(0, 1)
  t.strictSame((await poll(one)).ends, [], 'it may be only begun')
  pass(2000)
  answer.write('4')
  t.strictSame((await poll(one)).ends, [])
  pass(2000)
  answer.write('What is this?')
  t.strictSame((await poll(one)).ends, [])
  pass(1000)
  t.match((await poll(one)).ends, [{ is: 'refused', status: undefined, text: 'What is this?' }])
})

t.test('a refusal may come a little after the package is gone', async (t) => {
  const peer = await startSftpPeer(t)
  const { clock, pass } = standingClock()
  const { poll } = startPickup(t, peer, { clock, goneGraceMs: 1000 })
  const two = placed.slice(0, 2)
  t.strictSame((await poll(two)).ends, [])
  pass(999)
  peer.file('to-hub-answers/a.cms.txt').write('400 no')
  t.match((await poll(two)).ends, [{ name: 'a.cms', is: 'refused' }])
  pass(1)
  t.match((await poll(two.slice(1))).ends, [{ name: 'b.cms', is: 'taken', status: undefined }])
})

t.test(
  'a missing folder of what was put takes nothing for taken, and keeps nothing from being picked up',
  async (t) => {
    const peer = await startSftpPeer(t)
    rmdirSync(peer.file('from-hub').path)
    peer.file('to-hub/a.cms').write('package')
    const report = await startPickup(t, peer).poll(placed)
    t.strictSame(report.ends, [])
    t.match(report, { taken: 1, fault: { reason: 'placed.no-folder', text: /from-hub$/ } })
    rmdirSync(peer.file('to-hub-answers').path)
    mkdirSync(peer.file('from-hub').path)
    t.equal(
      (await startPickup(t, peer).poll(placed)).ends.length,
      6,
      'a peer without answers needs no folder for them',
    )
  },
)

t.test('a small file costs one request to read, and of any size all of it is read', async (t) => {
  const peer = await startSftpPeer(t)
  let reads = 0
  peer.server.setFaults(({ op }) => {
    if (op === 'read') reads += 1
    return undefined
  })
  const { poll, door } = startPickup(t, peer)
  const chunk = limits.sftpChunkBytes
  for (const size of [1, 20_000, chunk - 1, chunk, chunk + 1, 3 * chunk]) {
    reads = 0
    const bytes = Buffer.alloc(size, 'package')
    peer.file(`to-hub/${size}.cms`).write(bytes)
    t.match(await poll(), { taken: 1, fault: undefined })
    t.ok(bytes.equals(door.arrivals.at(-1)?.bytes ?? Buffer.alloc(0)), `${size} bytes`)
    if (size <= 20_000) t.equal(reads, 1, `${size} bytes`)
  }
})
