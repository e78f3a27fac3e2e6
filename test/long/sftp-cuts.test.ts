// Hostile input over SFTP: files that change under the hub's hands, servers that lie and break off, names, masses.

import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { generateSshKey } from '../../hub/sftp/ssh-key.ts'
import type { Fault, Operation } from '../../hub/simulate/sftp/faults.ts'
import { createChooser } from '../../operators/transports/sftp/choose.ts'
import { packageKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { SftpSite } from '../../schemas/sftp.ts'
import type { DoorAnswer } from '../../schemas/transport.ts'
import { type RememberingDoor, rememberingDoor } from '../support/http-peers.ts'
import {
  namesIn,
  type SftpPeer,
  standingClock,
  startPickup,
  startSessions,
  startSftpPeer,
} from '../support/sftp-peers.ts'

/** A door that is idempotent by name as the hub's is (RULES 11), and counts what it took in. */
function idempotentDoor(
  answer: Pick<DoorAnswer, 'status' | 'text'>,
): RememberingDoor & { effects: Map<string, string> } {
  const effects = new Map<string, string>()
  const door = rememberingDoor(async ({ name, bytes }) => {
    const repeated = effects.has(packageKey(name))
    if (!repeated) effects.set(packageKey(name), Buffer.from(bytes).toString())
    return { code: 'any', ...answer, repeated }
  })
  return Object.assign(door, { effects })
}

/** The first claimed file of a name. */
function claimOf(peer: SftpPeer, name: string): string {
  const file = namesIn(peer, 'to-hub/.claimed').find((claimed) => claimed.endsWith(`.${name}`)) ?? 'none'
  return peer.file(`to-hub/.claimed/${file}`).path
}

/** Does something once, just before the server does an operation. */
function before(peer: SftpPeer, op: Operation['op'], act: (operation: Operation) => void): () => boolean {
  let isDone = false
  peer.server.setFaults((operation) => {
    if (isDone || operation.op !== op || !operation.path.includes('to-hub/')) return undefined
    isDone = true
    act(operation)
    return undefined
  })
  return () => isDone
}

t.test('a file that still grows after it was claimed is left until it is whole', async (t) => {
  const peer = await startSftpPeer(t)
  const { clock, pass } = standingClock()
  peer.file('to-hub/a.cms').write('half')
  const wasDone = before(peer, 'read', () => appendFileSync(claimOf(peer, 'a.cms'), ' and half'))
  const { poll, door } = startPickup(t, peer, { clock })
  t.match(await poll(), { taken: 0, postponed: 1 })
  t.ok(wasDone())
  t.equal(door.arrivals.length, 0, 'the door sees no half of a package')
  pass(limits.faultPauseMs)
  t.match(await poll(), { taken: 1 })
  t.equal(Buffer.from(door.arrivals[0]?.bytes ?? []).toString(), 'half and half')
})

t.test('a file that shrinks while it is read is left until it stays', async (t) => {
  const peer = await startSftpPeer(t)
  const { clock, pass } = standingClock()
  peer.file('to-hub/a.cms').write('x'.repeat(100_000))
  before(peer, 'read', () => truncateSync(claimOf(peer, 'a.cms'), 10))
  const { poll, door } = startPickup(t, peer, { clock })
  t.match(await poll(), { taken: 0, postponed: 1 })
  pass(limits.faultPauseMs)
  t.match(await poll(), { taken: 1 })
  t.equal(door.arrivals[0]?.bytes.length, 10)
})

t.test('files that vanish before, or after, they are claimed stop nothing', async (t) => {
  for (const op of ['rename', 'lstat', 'open'] as const) {
    const peer = await startSftpPeer(t, { filesAtOnceMax: 1 })
    for (const name of ['a.cms', 'b.cms']) peer.file(`to-hub/${name}`).write('package')
    const wasDone = before(peer, op, ({ path }) => unlinkSync(join(peer.root, path)))
    const { poll } = startPickup(t, peer)
    t.match(await poll(), { taken: 1, gone: 1, failed: 0, fault: undefined }, op)
    t.ok(wasDone())
    t.strictSame(namesIn(peer, 'to-hub/.claimed'), [])
  }
})

t.test('what takes the place of a file after the listing is not read', async (t) => {
  const replacements: [string, (path: string) => void][] = [
    ['link', (path) => symlinkSync('/etc/hostname', path)],
    ['folder', (path) => mkdirSync(path)],
    ['special', (path) => void spawnSync('mkfifo', [path])],
  ]
  for (const [kind, replace] of replacements) {
    const peer = await startSftpPeer(t)
    peer.file('to-hub/a.cms').write('package')
    const wasDone = before(peer, 'rename', ({ path }) => {
      rmSync(join(peer.root, path))
      replace(join(peer.root, path))
    })
    const { poll, door } = startPickup(t, peer)
    t.match(await poll(), { taken: 0, refused: 0, fault: undefined }, kind)
    t.ok(wasDone())
    t.equal(door.arrivals.length + door.refusals.length, 0)
    t.match(await poll(), { ignored: { [kind]: 1 } }, 'it lies where it lay')
    t.strictSame(readdirSync(peer.file('to-hub/.claimed').path), [])
  }
})

t.test('links, folders and pipes are left alone', async (t) => {
  const peer = await startSftpPeer(t)
  symlinkSync('/etc/hostname', peer.file('to-hub/link.cms').path)
  symlinkSync('nowhere', peer.file('to-hub/dangling.cms').path)
  mkdirSync(peer.file('to-hub/folder.cms').path)
  spawnSync('mkfifo', [peer.file('to-hub/pipe.cms').path])
  const { poll, door } = startPickup(t, peer)
  t.match(await poll(), { taken: 0, ignored: { link: 2, folder: 1, special: 1 } })
  t.equal(door.arrivals.length, 0)
})

t.test('names that are no UTF-8 are counted, absurd ones refused with a file that can be read', async (t) => {
  const peer = await startSftpPeer(t, { pickupPattern: '*' })
  const folder = Buffer.from(`${peer.file('to-hub').path}/`)
  writeFileSync(Buffer.concat([folder, Buffer.from([0xcf, 0xe0, 0xea]), Buffer.from('.cms')]), 'package')
  const absurd = [
    'line\nbreak.cms',
    '\u202etxt.cms',
    `${'a'.repeat(251)}.cms`,
    'back\\slash.cms',
    '$(reboot).cms',
    '*.cms',
  ]
  for (const name of absurd) peer.file(`to-hub/${name}`).write('package')
  const { poll, door } = startPickup(t, peer)
  t.match(await poll(), {
    taken: 0,
    refused: absurd.length,
    failed: 0,
    ignored: { name: 1 },
    fault: undefined,
  })
  t.ok(door.refusals.every(({ refusal }) => refusal.code === 'door.name-invalid'))
  const answers = namesIn(peer, 'from-hub-answers')
  t.equal(answers.length, absurd.length)
  t.ok(
    answers.every((name) => /^[\x20-\x7e]+\.txt$/.test(name)),
    answers.join(' '),
  )
  t.strictSame(namesIn(peer, 'to-hub/.claimed'), [])
})

t.test('names with which a server means another place are ignored', async (t) => {
  const site = { pickupPattern: '*', pickupWhole: 'rename', temporarySuffix: '.tmp', markerSuffix: '.done' }
  const entry = { kind: 'file', size: 1, modifiedMs: 0 } as const
  const names = ['../other/a.cms', '/etc/a.cms', '..', '', 'a/b.cms']
  const { choose } = createChooser(site as SftpSite)
  const { whole, ignored } = choose(
    names.map((name) => ({ ...entry, name })),
    0,
  )
  t.strictSame(whole, [])
  t.equal(ignored.name + ignored.temporary, names.length)
})

t.test('too large a file is refused without a byte of it being read, and an empty one', async (t) => {
  const peer = await startSftpPeer(t)
  for (const [name, size] of [
    ['large.cms', limits.packageBytesMax + 1],
    ['empty.cms', 0],
  ] as const) {
    peer.file(`to-hub/${name}`).write('')
    truncateSync(peer.file(`to-hub/${name}`).path, size)
  }
  let reads = 0
  peer.server.setFaults(({ op, path }) => {
    if (op === 'read' && path.includes('large')) reads += 1
    return undefined
  })
  const { poll, door } = startPickup(t, peer)
  t.match(await poll(), { refused: 2 })
  t.equal(reads, 0)
  t.strictSame(door.refusals.map(({ refusal }) => refusal.code).sort(), ['door.empty', 'door.too-large'])
  t.match(peer.file('from-hub-answers/large.cms.txt').read(), /^400 door\.too-large: /)
})

/** A poll of one file, from the first operation to the last. */
const ways: { name: string; site: Partial<SftpSite>; extensions: string[]; status: number }[] = [
  { name: 'taken and deleted', site: {}, extensions: [], status: 200 },
  {
    name: 'taken, told and archived',
    site: { answers: 'all', archiveFolder: 'old' },
    extensions: [],
    status: 200,
  },
  { name: 'refused', site: {}, extensions: ['posix-rename@openssh.com'], status: 400 },
  { name: 'taken by its marker', site: { pickupWhole: 'marker' }, extensions: [], status: 200 },
]
const faults: Fault[] = ['drop-before', 'drop-after', { status: 4 }, 'lie']

for (const way of ways) {
  t.test(`cut at every step, a file is ${way.name} exactly once`, { timeout: 120_000 }, async (t) => {
    const steps = await pollCut(t, way, undefined)
    t.ok(steps.length > 8, steps.join(' '))
    for (const [at, step] of steps.entries()) {
      for (const fault of faults) {
        // A listing that lies is empty, which is as good as no file yet; the others lie at something that was asked.
        const how = typeof fault === 'object' ? `status ${fault.status}` : fault
        await t.test(`${at + 1} ${step} ${how}`, async (t) => void (await pollCut(t, way, { at, fault })))
      }
    }
  })
}

/** Polls until the file is done with, one operation of the first poll being cut; gives the operations. */
async function pollCut(
  t: Test,
  way: (typeof ways)[number],
  cut: { at: number; fault: Fault } | undefined,
): Promise<string[]> {
  const peer = await startSftpPeer(t, way.site, { extensions: way.extensions })
  const { clock, pass } = standingClock()
  const steps: string[] = []
  const isMarked = peer.site.pickupWhole === 'marker'
  peer.file('to-hub/a.cms').write('package')
  if (isMarked) peer.file('to-hub/a.cms.done').write('')
  peer.server.setFaults(({ op }) => {
    steps.push(op)
    return steps.length - 1 === cut?.at ? cut.fault : undefined
  })
  const door = idempotentDoor({ status: way.status, text: 'so it is' })
  const { sessions } = startSessions(t)
  await startPickup(t, peer, { door, clock, sessions }).poll()
  const first = [...steps]
  peer.server.setFaults(undefined)
  // Another process takes over; it may need a poll more where the server lied.
  const next = startPickup(t, peer, { door, clock, sessions })
  for (let round = 0; round < 3; round += 1) {
    pass(limits.sftpClaimLapseMs)
    t.equal((await next.poll()).fault, undefined)
  }
  t.strictSame([...door.effects], [['a.cms', 'package']])
  t.strictSame(namesIn(peer, 'to-hub'), [])
  t.strictSame(namesIn(peer, 'to-hub/.claimed'), [])
  const isTold = way.status !== 200 || peer.site.answers === 'all'
  const told = isTold ? ['a.cms.txt'] : []
  t.strictSame(
    namesIn(peer, 'from-hub-answers').filter((name) => !name.endsWith('.tmp')),
    told,
  )
  if (isTold) t.equal(peer.file('from-hub-answers/a.cms.txt').read(), `${way.status} so it is\n`)
  return first
}

t.test('a full disk keeps the refused file until its refusal can be told', async (t) => {
  const peer = await startSftpPeer(t)
  const { clock, pass } = standingClock()
  peer.file('to-hub/a.cms').write('package')
  peer.file('to-hub/b.cms').write('package')
  peer.server.setFaults(({ op, path }) =>
    op === 'write' && path.includes('a.cms') ? { status: 4 } : undefined,
  )
  const { poll, events } = startPickup(t, peer, { clock, door: idempotentDoor({ status: 400, text: 'no' }) })
  t.match(await poll(), { failed: 1, refused: 1, fault: undefined }, 'the other is answered')
  t.strictSame(events, ['file-failed'])
  t.equal(namesIn(peer, 'to-hub/.claimed').length, 1)
  peer.server.setFaults(undefined)
  t.match(await poll(), { failed: 0, postponed: 1 }, 'not asked for at every poll')
  pass(limits.faultPauseMs)
  t.match(await poll(), { failed: 0, refused: 1 })
  t.equal(peer.file('from-hub-answers/a.cms.txt').read(), '400 no\n')
})

t.test('a server with another host key is shown nothing and keeps its files', async (t) => {
  const peer = await startSftpPeer(t)
  peer.file('to-hub/a.cms').write('package')
  peer.server.setHostKey(generateSshKey('another host'))
  const { sessions, kinds } = startSessions(t)
  t.match(await startPickup(t, peer, { sessions }).poll(), {
    taken: 0,
    fault: { reason: 'connect.host-key' },
  })
  t.ok(kinds().includes('host-key'))
  t.strictSame(namesIn(peer, 'to-hub'), ['a.cms'])
})

t.test('two pickups of one folder at once hand each file to the door exactly once', async (t) => {
  const peer = await startSftpPeer(t)
  for (let index = 0; index < 200; index += 1) peer.file(`to-hub/${index}.cms`).write(`package ${index}`)
  const door = rememberingDoor()
  const pickups = [1, 2].map(() => startPickup(t, peer, { door }))
  const reports = await Promise.all(pickups.map(({ poll }) => poll()))
  t.equal(
    reports.reduce((sum, { taken }) => sum + taken, 0),
    200,
  )
  t.ok(reports.every(({ taken, fault, failed }) => taken > 0 && fault === undefined && failed === 0))
  t.equal(door.arrivals.length, 200)
  t.equal(new Set(door.arrivals.map(({ name }) => name)).size, 200)
  t.strictSame(namesIn(peer, 'to-hub/.claimed'), [])
})

t.test('a folder without end takes bounded memory and time', { timeout: 120_000 }, async (t) => {
  const peer = await startSftpPeer(t)
  const folder = peer.file('to-hub').path
  for (let index = 0; index < limits.sftpNamesPerPollMax + 500; index += 1)
    writeFileSync(`${folder}/${index}.xml`, '')
  renameSync(`${folder}/0.xml`, `${folder}/0.cms`)
  writeFileSync(`${folder}/0.cms`, 'package')
  let listings = 0
  peer.server.setFaults(({ op }) => {
    if (op === 'readdir') listings += 1
    return undefined
  })
  const { poll } = startPickup(t, peer)
  const report = await poll()
  t.match(report, { isWholeFolder: false, fault: undefined })
  t.ok(report.ignored.pattern >= limits.sftpNamesPerPollMax - 2)
  t.ok(listings <= limits.sftpNamesPerPollMax, 'it stops to ask')
})

t.test('one answer after another that is no SFTP ends the session and nothing else', async (t) => {
  const peer = await startSftpPeer(t)
  peer.file('to-hub/a.cms').write('package')
  peer.server.setFaults(({ op }) => (op === 'connect' ? 'lie' : undefined))
  const { poll } = startPickup(t, peer)
  t.match(await poll(), { fault: { reason: 'connect.protocol' } })
  peer.server.setFaults(({ op }) => (op === 'auth' ? { status: 3 } : undefined))
  t.match(await poll(), { fault: { reason: 'connect.auth' } })
  peer.server.setFaults(undefined)
  t.match(await poll(), { taken: 1 })
})
