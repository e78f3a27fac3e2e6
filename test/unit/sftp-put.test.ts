// Tests of putting packages over SFTP: what the peer sees, what every failure means, and how sessions are kept.

import { mkdirSync, rmdirSync } from 'node:fs'
import { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { generateSshKey } from '../../hub/sftp/ssh-key.ts'
import type { Fault, Operation } from '../../hub/simulate/sftp/faults.ts'
import { createSftpCourier } from '../../operators/transports/sftp/put.ts'
import {
  departureTo,
  hubKey,
  namesIn,
  packageName,
  posixRename,
  type SftpPeer,
  startSessions,
  startSftpCourier,
  startSftpPeer,
} from '../support/sftp-peers.ts'

t.test('puts a package under a temporary name and renames it', async (t) => {
  const peer = await startSftpPeer(t)
  const seen: string[] = []
  peer.server.setFaults(({ op, path, newPath }) => {
    seen.push([op, path, newPath].filter((part) => part !== undefined && part !== '').join(' '))
    return undefined
  })
  const outcome = await startSftpCourier(t).send(departureTo(peer.site))
  t.match(outcome, { class: 'accepted', reason: 'put.renamed', isPlaced: true, status: undefined, text: '' })
  t.equal(peer.file('from-hub/a1b2.cms').read(), 'signed package')
  t.strictSame(namesIn(peer, 'from-hub'), ['a1b2.cms'])
  t.match(seen.join('\n'), /open .*from-hub\/a1b2\.cms\.tmp/)
  t.notMatch(seen.join('\n'), /open .*from-hub\/a1b2\.cms$/m, 'nothing is written under the final name')
})

t.test('puts a package and then its marker', async (t) => {
  const peer = await startSftpPeer(t, { putWhole: 'marker' })
  const courier = startSftpCourier(t)
  t.match(await courier.send(departureTo(peer.site)), {
    class: 'accepted',
    reason: 'put.marked',
    isPlaced: true,
  })
  t.strictSame(namesIn(peer, 'from-hub'), ['a1b2.cms', 'a1b2.cms.done'])
  t.equal(peer.file('from-hub/a1b2.cms.done').read(), '')
  t.match(await courier.send(departureTo(peer.site)), { class: 'accepted', reason: 'put.already-there' })
})

t.test('never leaves an old marker beside a package that is being written', async (t) => {
  const peer = await startSftpPeer(t, { putWhole: 'marker' })
  peer.file('from-hub/a1b2.cms.done').write('')
  peer.server.setFaults(({ op }) => (op === 'write' ? 'drop-before' : undefined))
  const outcome = await startSftpCourier(t).send(departureTo(peer.site))
  t.match(outcome, { class: 'transient', reason: 'put.cut' })
  t.notOk(namesIn(peer, 'from-hub').includes('a1b2.cms.done'))
})

t.test('a peer that leaves files has the package when it is put', async (t) => {
  const peer = await startSftpPeer(t, { leavesFiles: true })
  const outcome = await startSftpCourier(t).send(departureTo(peer.site))
  t.equal(outcome.class, 'accepted')
  t.equal(outcome.isPlaced, undefined)
})

t.test('finds its way below the folder of the address, and to absolute folders', async (t) => {
  const peer = await startSftpPeer(t)
  mkdirSync(peer.file('deep').path)
  mkdirSync(peer.file('deep/from-hub').path)
  const site = { ...peer.site, address: `${peer.site.address}/deep` }
  t.equal((await startSftpCourier(t).send(departureTo(site))).class, 'accepted')
  t.strictSame(namesIn(peer, 'deep/from-hub'), ['a1b2.cms'])
  const absolute = { ...site, putFolder: '/from-hub' }
  t.equal((await startSftpCourier(t).send(departureTo(absolute))).class, 'accepted')
  t.strictSame(namesIn(peer, 'from-hub'), ['a1b2.cms'])
})

for (const extensions of [[posixRename], []]) {
  const how = extensions.length > 0 ? 'with posix-rename' : 'without posix-rename'
  t.test(`${how}: the same package there already is accepted, another one replaced`, async (t) => {
    const peer = await startSftpPeer(t, {}, { extensions })
    const courier = startSftpCourier(t)
    t.match(await courier.send(departureTo(peer.site)), { class: 'accepted', reason: 'put.renamed' })
    t.match(await courier.send(departureTo(peer.site)), { class: 'accepted', reason: 'put.already-there' })
    peer.file('from-hub/a1b2.cms').write('something else')
    peer.file('from-hub/a1b2.cms.tmp').write('left over from an attempt that wrote more than there is')
    t.match(await courier.send(departureTo(peer.site)), { class: 'accepted', reason: 'put.renamed' })
    t.equal(peer.file('from-hub/a1b2.cms').read(), 'signed package')
    t.strictSame(namesIn(peer, 'from-hub'), ['a1b2.cms'])
  })
}

t.test('a package that appears while it is written is compared before it is replaced', async (t) => {
  const peer = await startSftpPeer(t, {}, { extensions: [] })
  peer.server.setFaults(({ op }) => {
    if (op === 'rename') peer.file('from-hub/a1b2.cms').write('signed package')
    return undefined
  })
  const outcome = await startSftpCourier(t).send(departureTo(peer.site))
  t.match(outcome, { class: 'accepted', reason: 'put.already-there' })
  t.strictSame(namesIn(peer, 'from-hub'), ['a1b2.cms'])
})

t.test('large and empty packages arrive whole', async (t) => {
  const peer = await startSftpPeer(t)
  const courier = startSftpCourier(t)
  for (const size of [0, 1, 32 * 1024, 32 * 1024 + 1, 3_000_000]) {
    const bytes = Buffer.alloc(size, `${size} `)
    const name = packageName(`size-${size}.cms`)
    t.equal((await courier.send(departureTo(peer.site, { bytes, name }))).class, 'accepted')
    t.equal(peer.file(`from-hub/${name}`).read(), bytes.toString())
  }
})

type Cut = { op: Operation['op']; fault: Fault; class: string; reason: string; timeoutMs?: number }

/** The steps of putting a package by rename, each cut in each way. */
const renameCuts: Cut[] = [
  { op: 'connect', fault: 'drop-before', class: 'transient', reason: 'connect.cut' },
  { op: 'connect', fault: 'lie', class: 'transient', reason: 'connect.protocol' },
  { op: 'auth', fault: 'drop-before', class: 'transient', reason: 'connect.cut' },
  { op: 'lstat', fault: 'drop-before', class: 'transient', reason: 'put.cut' },
  { op: 'lstat', fault: { status: 3 }, class: 'transient', reason: 'put.denied' },
  { op: 'open', fault: 'drop-before', class: 'transient', reason: 'put.cut' },
  { op: 'open', fault: 'drop-after', class: 'transient', reason: 'put.cut' },
  { op: 'open', fault: { status: 3 }, class: 'transient', reason: 'put.denied' },
  { op: 'open', fault: { status: 2 }, class: 'transient', reason: 'put.no-folder' },
  { op: 'write', fault: 'drop-before', class: 'transient', reason: 'put.cut' },
  { op: 'write', fault: 'drop-after', class: 'transient', reason: 'put.cut' },
  { op: 'write', fault: { status: 4 }, class: 'transient', reason: 'put.failed' },
  { op: 'write', fault: 'lie', class: 'transient', reason: 'put.short' },
  { op: 'write', fault: 'hang', class: 'transient', reason: 'timeout.put', timeoutMs: 500 },
  { op: 'close', fault: 'drop-before', class: 'transient', reason: 'put.cut' },
  { op: 'posix-rename', fault: 'drop-before', class: 'ambiguous', reason: 'place.cut' },
  { op: 'posix-rename', fault: 'drop-after', class: 'ambiguous', reason: 'place.cut' },
  { op: 'posix-rename', fault: 'hang', class: 'ambiguous', reason: 'timeout.place', timeoutMs: 500 },
  { op: 'posix-rename', fault: { status: 3 }, class: 'transient', reason: 'put.denied' },
  { op: 'posix-rename', fault: { status: 4 }, class: 'transient', reason: 'put.failed' },
  { op: 'posix-rename', fault: 'lie', class: 'transient', reason: 'put.not-renamed' },
]

const plainCuts: Cut[] = [
  { op: 'rename', fault: 'drop-before', class: 'ambiguous', reason: 'place.cut' },
  { op: 'rename', fault: 'drop-after', class: 'ambiguous', reason: 'place.cut' },
  { op: 'rename', fault: { status: 4 }, class: 'transient', reason: 'put.failed' },
  { op: 'rename', fault: 'lie', class: 'transient', reason: 'put.not-renamed' },
]

/** The marker is a file: its opening places the package, and so may whatever follows. */
const markerCuts: (Cut & { marker: true })[] = [
  { op: 'open', fault: 'drop-before', class: 'ambiguous', reason: 'place.cut', marker: true },
  { op: 'open', fault: 'drop-after', class: 'ambiguous', reason: 'place.cut', marker: true },
  { op: 'open', fault: { status: 3 }, class: 'transient', reason: 'put.denied', marker: true },
  { op: 'close', fault: 'drop-after', class: 'ambiguous', reason: 'place.cut', marker: true },
]

/** One attempt is cut; the next one ends with exactly one whole package. */
async function cutOnce(t: Test, peer: SftpPeer, cut: Cut & { marker?: true }): Promise<void> {
  const courier = startSftpCourier(t)
  // A short time is for the step alone, and not for the login before it.
  if (cut.timeoutMs !== undefined) await courier.send(departureTo({ ...peer.site, putFolder: 'nowhere' }))
  let isCut = false
  peer.server.setFaults(({ op, path }) => {
    if (isCut || op !== cut.op || (cut.marker && !path.endsWith('.done'))) return undefined
    isCut = true
    return cut.fault
  })
  const first = await courier.send(departureTo(peer.site, { timeoutMs: cut.timeoutMs ?? 10_000 }))
  t.ok(isCut, 'the step was reached')
  t.match(first, { class: cut.class, reason: cut.reason })
  t.match(await courier.send(departureTo(peer.site)), { class: 'accepted', isPlaced: true })
  t.equal(peer.file('from-hub/a1b2.cms').read(), 'signed package')
  t.strictSame(
    namesIn(peer, 'from-hub').filter((name) => !name.endsWith('.done')),
    ['a1b2.cms'],
  )
}

for (const cut of renameCuts) {
  const how = typeof cut.fault === 'object' ? `status ${cut.fault.status}` : cut.fault
  t.test(`${cut.op} meets ${how}: ${cut.class}, and the next attempt puts it once`, async (t) => {
    await cutOnce(t, await startSftpPeer(t), cut)
  })
}
for (const cut of plainCuts) {
  const how = typeof cut.fault === 'object' ? `status ${cut.fault.status}` : cut.fault
  t.test(`plain ${cut.op} meets ${how}: ${cut.class}, and the next attempt puts it once`, async (t) => {
    await cutOnce(t, await startSftpPeer(t, {}, { extensions: [] }), cut)
  })
}
for (const cut of markerCuts) {
  const how = typeof cut.fault === 'object' ? `status ${cut.fault.status}` : cut.fault
  t.test(
    `${cut.op} of the marker meets ${how}: ${cut.class}, and the next attempt puts it once`,
    async (t) => {
      const peer = await startSftpPeer(t, { putWhole: 'marker' })
      await cutOnce(t, peer, cut)
      t.strictSame(namesIn(peer, 'from-hub'), ['a1b2.cms', 'a1b2.cms.done'])
    },
  )
}

t.test('a missing folder is a transient fault', async (t) => {
  const peer = await startSftpPeer(t)
  rmdirSync(peer.file('from-hub').path)
  const outcome = await startSftpCourier(t).send(departureTo(peer.site))
  t.match(outcome, { class: 'transient', reason: 'put.no-folder' })
})

t.test('an abort before the rename is transient, while its answer is awaited ambiguous', async (t) => {
  for (const [op, kind] of [
    ['write', 'transient'],
    ['posix-rename', 'ambiguous'],
  ]) {
    const peer = await startSftpPeer(t)
    const end = new AbortController()
    peer.server.setFaults((operation) => {
      if (operation.op !== op) return undefined
      end.abort()
      return 'hang'
    })
    const outcome = await startSftpCourier(t).send(departureTo(peer.site, { signal: end.signal }))
    t.match(outcome, { class: kind, reason: 'aborted' })
  }
})

t.test('closing the courier ends what runs', async (t) => {
  const peer = await startSftpPeer(t)
  const courier = startSftpCourier(t)
  const reached = Promise.withResolvers<void>()
  peer.server.setFaults(({ op }) => {
    if (op !== 'write') return undefined
    reached.resolve()
    return 'hang'
  })
  const sending = courier.send(departureTo(peer.site))
  await reached.promise
  await courier.close()
  t.match(await sending, { class: 'transient', reason: 'aborted' })
  t.match(await courier.send(departureTo(peer.site)), { class: 'transient', reason: 'aborted' })
})

t.test('refuses what is not the address of the site, and addresses it may not connect to', async (t) => {
  const peer = await startSftpPeer(t)
  const courier = startSftpCourier(t)
  const { site: _, ...bare } = departureTo(peer.site)
  t.match(await courier.send(bare), { class: 'forbidden', reason: 'site.missing' })
  const elsewhere = departureTo(peer.site, { address: 'sftp://hub@127.0.0.1:1' })
  t.match(await courier.send(elsewhere), { class: 'forbidden', reason: 'site.missing' })

  const strict = startSftpCourier(t, { allowPrivateAddresses: false })
  t.match(await strict.send(departureTo(peer.site)), { class: 'forbidden', reason: 'address.network' })
  const byName = { ...peer.site, address: `sftp://hub@localhost:${peer.server.port}` }
  t.match(await strict.send(departureTo(byName)), { class: 'forbidden', reason: 'address.network' })
  const withPassword = { ...peer.site, address: `sftp://hub:secret@127.0.0.1:${peer.server.port}` }
  t.match(await courier.send(departureTo(withPassword)), {
    class: 'forbidden',
    reason: 'address.credentials',
  })
  t.equal(peer.server.connections, 0, 'nobody was called')
})

t.test('a server that is away is a transient fault with its reason', async (t) => {
  const peer = await startSftpPeer(t)
  await peer.server.close()
  t.match(await startSftpCourier(t).send(departureTo(peer.site)), {
    class: 'transient',
    reason: 'connect.refused',
  })
})

t.test('a silent server is given up after the time to connect', async (t) => {
  const peer = await startSftpPeer(t)
  peer.server.setFaults(({ op }) => (op === 'connect' || op === 'auth' ? 'hang' : undefined))
  const courier = startSftpCourier(t, { connectTimeoutMs: 200 })
  t.match(await courier.send(departureTo(peer.site)), { class: 'transient', reason: 'connect.timeout' })
  const patient = startSftpCourier(t)
  t.match(await patient.send(departureTo(peer.site, { timeoutMs: 200 })), {
    class: 'transient',
    reason: 'connect.timeout',
  })
})

t.test('a server that falls silent is left after the time of one operation', async (t) => {
  const peer = await startSftpPeer(t)
  peer.server.setFaults(({ op, count }) => (op === 'posix-rename' && count === 1 ? 'hang' : undefined))
  const { sessions, events } = startSessions(t, { operationTimeoutMs: 1000 })
  const courier = createSftpCourier({ sessions })
  t.match(await courier.send(departureTo(peer.site)), { class: 'ambiguous', reason: 'timeout.place' })
  t.match(await courier.send(departureTo(peer.site)), { class: 'accepted' })
  t.equal(peer.server.connections, 2)
  t.match(
    events.filter(({ kind }) => kind === 'closed'),
    [{ why: 'lost' }],
  )
})

t.test('a server with another host key is refused before anything is sent, and told of', async (t) => {
  const peer = await startSftpPeer(t)
  const { sessions, events } = startSessions(t)
  const courier = createSftpCourier({ sessions })
  t.equal((await courier.send(departureTo(peer.site))).class, 'accepted')
  const other = generateSshKey('another host')
  peer.server.setHostKey(other)
  peer.server.dropAll()
  let logins = 0
  peer.server.setFaults(({ op }) => {
    if (op === 'auth') logins += 1
    return undefined
  })
  const name = packageName('second.cms')
  const again = async (site = peer.site) => {
    for (let tries = 0; tries < 5; tries += 1) {
      const outcome = await courier.send(departureTo(site, { name }))
      if (outcome.reason !== 'put.cut') return outcome
    }
    throw new Error('the lost session is still used')
  }
  t.match(await again(), { class: 'transient', reason: 'connect.host-key' })
  t.match(
    events.filter(({ kind }) => kind === 'host-key'),
    [{ peer: '2zb', fingerprint: other.fingerprint }],
  )
  t.equal(logins, 0, 'no key of ours was shown')
  const both = { ...peer.site, hostKeys: [...peer.site.hostKeys, other.fingerprint] }
  t.match(await again(both), { class: 'accepted' }, 'two keys are pinned while one takes over')
})

t.test('keys of the hub change with overlap: each is tried, and nothing but keys', async (t) => {
  const peer = await startSftpPeer(t)
  const next = generateSshKey('next')
  const keys = [Buffer.from('no key at all'), Buffer.from(next.privateKey), Buffer.from(hubKey.privateKey)]
  const { sessions, events } = startSessions(t, { keys: () => keys })
  const courier = createSftpCourier({ sessions })
  t.equal(
    (await courier.send(departureTo(peer.site))).class,
    'accepted',
    'the server knows the last key only',
  )
  t.match(
    events.filter(({ kind }) => kind === 'key-unreadable'),
    [{ index: 0 }],
  )
  const stranger = startSftpCourier(t, { keys: () => [Buffer.from(next.privateKey)] })
  t.match(await stranger.send(departureTo(peer.site)), { class: 'transient', reason: 'connect.auth' })
  peer.server.authorise('hub', next.publicKey)
  t.equal((await stranger.send(departureTo(peer.site))).class, 'accepted')
  t.match(await startSftpCourier(t, { keys: () => [] }).send(departureTo(peer.site)), {
    reason: 'connect.auth',
  })
})

t.test('one session carries many packages, and no more than two are opened at once', async (t) => {
  const peer = await startSftpPeer(t)
  const courier = startSftpCourier(t)
  for (let index = 0; index < 20; index += 1) {
    const name = packageName(`one-${index}.cms`)
    t.equal((await courier.send(departureTo(peer.site, { name }))).class, 'accepted')
  }
  t.equal(peer.server.connections, 1)
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      courier.send(departureTo(peer.site, { name: packageName(`many-${index}.cms`) })),
    ),
  )
  t.ok(outcomes.every((outcome) => outcome.class === 'accepted'))
  t.equal(peer.server.connections, 2)
  t.equal(namesIn(peer, 'from-hub').length, 70)
  await courier.send(departureTo(peer.site, { peer: 'another' }))
  t.equal(peer.server.connections, 3, 'peers share no session')
})

t.test('an idle session is closed, and made again when it is needed', async (t) => {
  const peer = await startSftpPeer(t)
  const closed = Promise.withResolvers<string>()
  const { sessions } = startSessions(t, {
    idleMs: 30,
    onEvent: (event) => event.kind === 'closed' && closed.resolve(event.why),
  })
  const courier = createSftpCourier({ sessions })
  t.equal((await courier.send(departureTo(peer.site))).class, 'accepted')
  t.equal(await closed.promise, 'idle')
  t.equal((await courier.send(departureTo(peer.site, { name: packageName('b.cms') }))).class, 'accepted')
  t.equal(peer.server.connections, 2)
})

t.test('connections to servers send small packets at once', async (t) => {
  const peer = await startSftpPeer(t)
  const { setNoDelay } = Socket.prototype
  const told: Socket[] = []
  Socket.prototype.setNoDelay = function (isOn) {
    if (isOn === true) told.push(this)
    return setNoDelay.call(this, isOn)
  }
  t.teardown(() => {
    Socket.prototype.setNoDelay = setNoDelay
  })
  await startSftpCourier(t).send(departureTo(peer.site))
  t.ok(
    told.some(({ remotePort }) => remotePort === peer.server.port),
    'the socket of the connection was told',
  )
})
