// Sources fetched ahead against a real PostgreSQL and real HTTP servers: editions, refusals, one owner, outages (RULES 29).

import { createHash } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { acquireLease, releaseLease } from '../../hub/store/lease.ts'
import type { Store } from '../../hub/store/orm.ts'
import { hastenSources, insertEvidence, listSources, readEvidence } from '../../hub/store/trust-sources.ts'
import { objectIdentifier, sequence } from '../../hub/trust/der/write.ts'
import { isSignedBy } from '../../hub/trust/revocation/evidence.ts'
import { revocationOids } from '../../hub/trust/revocation/identifiers.ts'
import { judgeRevocation } from '../../hub/trust/revocation/judge.ts'
import { type CurrentTrust, type FollowOptions, followTrust } from '../../hub/trust-sources/current.ts'
import { makeSourceLooks } from '../../hub/trust-sources/looks.ts'
import { readList } from '../../hub/trust-sources/read-list.ts'
import {
  type RefreshOptions,
  refreshDue,
  type SourceReport,
  startRefresh,
} from '../../hub/trust-sources/refresh.ts'
import { wantConfigured, wantResponders, wantSources } from '../../hub/trust-sources/wanted.ts'
import { startTrustSources } from '../../hub/trust-sources/wiring.ts'
import { configureLog } from '../../monitoring/log.ts'
import { createMetrics } from '../../monitoring/metrics.ts'
import type { AdminSource } from '../../schemas/admin.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { startTestPlane } from '../support/admin-plane.ts'
import { runLine } from '../support/cli.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import {
  answerBytes,
  distributionPoints,
  extension,
  keyNamed,
  listBytes,
  makeAuthority,
  makeParty,
  must,
  nameOf,
  ofUri,
  times,
} from '../support/revocation.ts'

const root = makeAuthority('Root')
const ca = makeAuthority('CA', root)
type Test = Parameters<typeof openFreshStore>[0]
type Content = Uint8Array | number | undefined

/** A server whose answers by path may be changed; what is undefined hangs, a number is a status. */
async function serve(t: Test) {
  const contents = new Map<string, Content>()
  const asked: string[] = []
  const listener: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['if-none-match'] ?? ''}`.trim())
    const content = contents.get(request.url ?? '')
    if (content === undefined) return
    if (typeof content === 'number') return void response.writeHead(content).end()
    const etag = `"${createHash('sha1').update(content).digest('hex')}"`
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
    response.setHeader('etag', etag).end(content)
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.teardown(close)
  return { contents, asked, close, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function userAt(...addresses: string[]) {
  const points = distributionPoints([{ full: addresses.map(ofUri) }])
  return makeParty({ name: nameOf('User'), extensions: [points] }, ca).certificate
}

const accessTo = (address: string) =>
  extension(
    revocationOids.authorityInformationAccess,
    sequence(sequence(objectIdentifier(revocationOids.ocsp), ofUri(address))),
  )

const onlyAsking = (address: string) =>
  makeParty({ name: nameOf('Asking'), extensions: [accessTo(`${address}/ocsp`)] }, ca).certificate

/** A clock that stands where it is put, and everything a refresh needs. */
function refresher(store: Store) {
  const clock = { at: times.at, now: () => new Date(clock.at), newId: newRowId, random: () => 0.5 }
  const reports: SourceReport[] = []
  const options: RefreshOptions = {
    store,
    node: '1',
    clock,
    refreshMs: 3_600_000,
    fetching: { allowPrivateAddresses: true, idleMs: 100 },
    onSource: (report) => reports.push(report),
    onFault: (place, error) => {
      throw new Error(place, { cause: error })
    },
  }
  const round = async () => {
    const lease = await acquireLease(store, { name: 'trust-sources', owner: '1' })
    if (lease === undefined) throw new Error('the lease is not free')
    await refreshDue(options, lease, new AbortController().signal)
    await releaseLease(store, lease)
    return reports.splice(0).map(({ outcome, refusal }) => refusal?.code ?? outcome)
  }
  const later = (ms: number) => {
    clock.at = new Date(clock.at.getTime() + ms)
  }
  return { clock, options, round, later }
}

async function follow(t: Test, store: Store, options: Partial<FollowOptions> = {}): Promise<CurrentTrust> {
  const current = await followTrust({
    store,
    ...options,
    onFault: (place, error) => {
      throw new Error(place, { cause: error })
    },
  })
  t.teardown(() => current.stop())
  return current
}

const ask = (current: CurrentTrust, certificate: ReturnType<typeof userAt>) =>
  judgeRevocation({
    certificate,
    issuer: ca.certificate,
    evidence: current.edition().revocation,
    candidates: [],
    pathOf: () => undefined,
    at: times.at,
  })

const noTrust = {
  anchorsFolder: '',
  intermediatesFolder: '',
  listsFolder: '',
  listUrl: undefined,
  listFile: undefined,
  listSigners: [],
}

/** All of the sources, as a hub starts them. */
function startSources(store: Store, metrics: ReturnType<typeof createMetrics>, lists: string[]) {
  return startTrustSources({
    settings: { sources: { lists, refreshMs: 1000, allowPrivateAddresses: true }, trust: noTrust },
    local: { anchors: [], intermediates: [] },
    store,
    node: '1',
    clock: refresher(store).clock,
    metrics,
    onFault: (place, error) => {
      throw new Error(place, { cause: error })
    },
  })
}

/** Waits for a condition, by turns of the loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

const journalled = async (store: Store): Promise<string[]> => {
  const { rows } = await store.query("select kind from journal where kind like 'source.%' order by at, id")
  return rows.map(({ kind }) => String(kind))
}

t.test('evidence is kept in pieces under its digest, once', async (t) => {
  const store = await openFreshStore(t)
  for (const length of [0, 1, limits.evidencePieceBytes, 2 * limits.evidencePieceBytes + 1]) {
    const bytes = Buffer.alloc(length, length % 251)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const row = { sha256, kind: 'crl', bytes, at: times.at } as const
    await insertEvidence(store, row)
    await insertEvidence(store, row)
    t.equal(
      Buffer.compare(bytes, (await readEvidence(store, sha256)) ?? Buffer.from('none')),
      0,
      `${length} bytes`,
    )
  }
  const { rows } = await store.query('select count(*)::integer as n from trust_evidence_piece')
  t.equal(rows[0]?.['n'], 5)
  t.equal(await readEvidence(store, 'none'), undefined)
})

t.test('sources come from certificates and configuration; other schemes are passed over', async (t) => {
  const store = await openFreshStore(t)
  const access = accessTo('http://ocsp.invalid/')
  const delta = distributionPoints(
    [{ full: [ofUri('http://crl.invalid/delta')] }],
    revocationOids.freshestCrl,
  )
  const both = makeParty(
    {
      name: nameOf('Both'),
      extensions: [
        distributionPoints([{ full: [ofUri('ldap://crl.invalid/cn=x'), ofUri('http://crl.invalid/a')] }]),
        delta,
        access,
      ],
    },
    ca,
  ).certificate
  const asking = makeParty({ name: nameOf('Asking'), extensions: [access] }, ca).certificate
  const issuer = ca.certificate
  const seen = [both, asking].map((certificate) => ({ certificate, issuer }))
  t.strictSame(await wantSources(store, seen, times.at), { passedOver: ['ldap://crl.invalid/cn=x'] })
  await wantSources(store, seen, times.at)
  await wantConfigured(store, [{ kind: 'trust-list', address: 'http://tsl.invalid/' }], times.at)
  const rows = await listSources(store)
  t.strictSame(
    rows.map(({ kind, address, subject, isKept }) => [kind, address, subject, isKept]),
    [
      ['crl', 'http://crl.invalid/a', '', false],
      ['crl', 'http://crl.invalid/delta', '', false],
      ['ocsp', 'http://ocsp.invalid/', asking.thumbprint, false],
      ['trust-list', 'http://tsl.invalid/', '', true],
    ],
  )
  const addresses = (count: number, length = 30) =>
    Array.from({ length: count }, (_, index) => `http://x.invalid/${index}/`.padEnd(length, 'x'))
  const wanted = async (list: string[]) => {
    await store.query('delete from trust_source')
    await wantSources(store, [{ certificate: userAt(...list), issuer }], times.at)
    return (await listSources(store)).length
  }
  t.equal(await wanted(addresses(limits.sourcesPerCertificateMax)), limits.sourcesPerCertificateMax)
  t.equal(await wanted(addresses(limits.sourcesPerCertificateMax + 1)), limits.sourcesPerCertificateMax)
  t.equal(await wanted(addresses(1, limits.sourceAddressLengthMax)), 1)
  t.equal(await wanted(addresses(1, limits.sourceAddressLengthMax + 1)), 0)
  await store.query({
    text:
      'insert into trust_source (kind, address, is_kept, wanted_at, due_at) ' +
      "select 'crl', 'http://' || n, true, now(), now() from generate_series(1, $1) n",
    values: [limits.sourcesMax - 1],
  })
  await wantConfigured(
    store,
    addresses(2).map((address) => ({ kind: 'crl', address })),
    times.at,
  )
  t.equal((await listSources(store)).length, limits.sourcesMax)
})

t.test('editions come into use whole; older, broken and unsigned ones do not', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const { round, later } = refresher(store)
  const current = await follow(t, store)
  const user = userAt(`${server.address}/ca.crl`)
  await wantSources(store, [{ certificate: user, issuer: ca.certificate }], times.at)
  t.equal(ask(current, user).status, 'unknown')

  const give = async (content: Content) => {
    server.contents.set('/ca.crl', content)
    await hastenSources(store, times.at)
    const outcome = await round()
    await current.reread()
    return [...outcome, ask(current, user).status]
  }
  const first = listBytes(ca, { number: 5 })
  t.strictSame(await give(first), ['new', 'good'])
  t.strictSame(await give(first), ['same', 'good'])
  t.match(server.asked.at(-1), /^GET \/ca.crl "/, 'asked only for what is new')
  t.strictSame(await round(), [], 'nothing is due')
  t.strictSame(await give(listBytes(ca, { number: 4 })), ['source.older', 'good'])
  const earlier = new Date(times.thisUpdate.getTime() - 1000)
  t.strictSame(await give(listBytes(ca, { number: 6, thisUpdate: earlier })), ['source.older', 'good'])
  const stranger = { ...ca, key: keyNamed('stranger') }
  t.strictSame(await give(listBytes(stranger, { number: 9 })), ['source.signer', 'good'])
  t.strictSame(await give(Buffer.from('<html>')), ['crl.broken', 'good'])
  t.strictSame(await give(503), ['source.answer', 'good'])
  t.strictSame(await give(undefined), ['source.slow', 'good'])
  const entries = [{ of: user, reason: 1 }]
  const second = listBytes(ca, { number: 6, entries })
  t.strictSame(await give(second), ['new', 'revoked'])
  t.strictSame(await journalled(store), [
    'source.taken',
    ...Array<string>(4).fill('source.refused'),
    'source.taken',
  ])
  const [row] = await listSources(store)
  t.match(row, { number: 6n, failures: 0, error: undefined })
  t.same(Buffer.from((await readEvidence(store, row?.evidence ?? '')) ?? []), Buffer.from(second))

  await server.close()
  later(3_600_000)
  t.strictSame(await round(), ['source.unreachable'])
  t.match((await listSources(store))[0], { failures: 1, error: 'source.unreachable', number: 6n })
  t.strictSame(await round(), [], 'it is left alone for a while')
  later(limits.sourceRetryMs)
  t.strictSame(await round(), ['source.unreachable'])
  later(limits.sourceRetryMs)
  t.strictSame(await round(), [], 'and longer after the second failure')
  later(limits.sourceRetryMs)
  t.strictSame(await round(), ['source.unreachable'])
})

t.test('a source that nobody wants any more is left alone, a configured one is not', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const { round, later } = refresher(store)
  server.contents.set('/a', 503).set('/b', 503)
  const seen = [{ certificate: userAt(`${server.address}/a`), issuer: ca.certificate }]
  await wantSources(store, seen, times.at)
  await wantConfigured(store, [{ kind: 'crl', address: `${server.address}/b` }], times.at)
  later(limits.sourceForgottenDays * 86_400_000 - 1)
  t.equal((await round()).length, 2)
  later(86_400_000)
  t.equal((await round()).length, 1)
})

t.test('a round takes a bounded number of sources, and pauses after failures grow to a bound', async (t) => {
  const store = await openFreshStore(t)
  const { round, later } = refresher(store)
  const addresses = Array.from(
    { length: limits.sourcesPerRoundMax + 1 },
    (_, index) => `http://127.0.0.1:1/${index}`,
  )
  const kind = 'crl' as const
  await wantConfigured(
    store,
    addresses.map((address) => ({ kind, address })),
    times.at,
  )
  t.equal((await round()).length, limits.sourcesPerRoundMax)
  t.equal((await round()).length, 1, 'the rest comes next')
  await store.query({ text: 'delete from trust_source where address <> $1', values: [addresses[0]] })
  await store.query('update trust_source set failures = 1000')
  later(limits.sourceRetryMaxMs)
  t.equal((await round()).length, 1)
  later(limits.sourceRetryMaxMs - 1)
  t.equal((await round()).length, 0)
  later(1)
  t.equal((await round()).length, 1)
})

t.test('an answer on a certificate that names no list is asked for and used', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const { round } = refresher(store)
  const user = onlyAsking(server.address)
  await wantSources(store, [{ certificate: user, issuer: ca.certificate }], times.at)
  const of = { of: user, issuer: ca.certificate }
  server.contents.set('/ocsp', answerBytes(ca, [{ ...of, of: ca.certificate }]))
  t.strictSame(await round(), ['ocsp.other-request'], 'an answer on another certificate')
  server.contents.set('/ocsp', answerBytes(ca, [{ ...of, status: 'revoked', reason: 1 }]))
  await hastenSources(store, times.at, `${server.address}/ocsp`)
  t.strictSame(await round(), ['new'])
  const current = await follow(t, store)
  await current.reread()
  t.match(ask(current, user), { status: 'revoked', source: 'ocsp' })
  t.ok(server.asked.every((line) => line === 'POST /ocsp'))
  await store.query("update trust_source set issuer = 'gone'")
  await hastenSources(store, times.at)
  t.strictSame(await round(), ['source.signer'], 'nothing is asked without the issuer')
})

t.test('responders stand in for lists that were looked at and tell nothing, for a while', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const { round, later, clock } = refresher(store)
  const extensions = [
    distributionPoints([{ full: ['/a.crl', '/b.crl'].map((path) => ofUri(server.address + path)) }]),
    accessTo(`${server.address}/ocsp`),
  ]
  const user = makeParty({ name: nameOf('Both'), extensions }, ca).certificate
  const seen = [{ certificate: user, issuer: ca.certificate }]
  const kinds = async () => (await listSources(store)).map(({ kind }) => kind)
  await wantSources(store, seen, clock.at)
  await wantResponders(store, seen, clock.at)
  t.strictSame(await kinds(), ['crl', 'crl'], 'nobody has looked at the lists yet')
  t.strictSame(await round(), ['source.slow', 'source.slow'])
  await wantResponders(store, seen, clock.at)
  t.strictSame(await kinds(), ['crl', 'crl', 'ocsp'])
  server.contents.set('/ocsp', answerBytes(ca, [{ of: user, issuer: ca.certificate, status: 'revoked' }]))
  t.strictSame(await round(), ['new'])
  const current = await follow(t, store)
  await current.reread()
  t.match(ask(current, user), { status: 'revoked', source: 'ocsp' })

  const untilForgottenMs = limits.standInForgottenDays * 86_400_000
  later(untilForgottenMs - 1)
  await hastenSources(store, clock.at)
  t.equal((await round()).length, 3)
  later(1)
  await hastenSources(store, clock.at)
  t.equal((await round()).length, 2, 'the lists are asked, they no longer')
  await wantResponders(store, seen, clock.at)
  t.equal((await round()).length, 1, 'somebody asked in vain again')
  await wantSources(store, [{ certificate: onlyAsking(server.address), issuer: ca.certificate }], clock.at)
  later(untilForgottenMs)
  await hastenSources(store, clock.at)
  t.equal((await round()).length, 3, 'the responder of a certificate that names no list stays')
})

t.test('responders stand in while there is room for lists', async (t) => {
  const store = await openFreshStore(t)
  const list = 'http://crl.invalid/a'
  const extensions = [distributionPoints([{ full: [ofUri(list)] }]), accessTo('http://ocsp.invalid/')]
  const user = makeParty({ name: nameOf('Both'), extensions }, ca).certificate
  const seen = [{ certificate: user, issuer: ca.certificate }]
  await wantSources(store, seen, times.at)
  await store.query('update trust_source set attempted_at = now()')
  await store.query({
    text:
      'insert into trust_source (kind, address, is_kept, wanted_at, due_at) ' +
      "select 'crl', 'http://' || n, true, now(), now() from generate_series(1, $1) n",
    values: [limits.standInSourcesMax - 1],
  })
  await wantResponders(store, seen, times.at)
  t.equal((await listSources(store)).length, limits.standInSourcesMax)
  await store.query("delete from trust_source where address = 'http://1'")
  await wantResponders(store, seen, times.at)
  t.ok((await listSources(store)).some(({ kind }) => kind === 'ocsp'))
})

t.test('a trust list is judged by whoever knows how, and kept', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const { round, options } = refresher(store)
  const current = await follow(t, store)
  server.contents.set('/tsl', Buffer.from('<list/>'))
  await wantConfigured(store, [{ kind: 'trust-list', address: `${server.address}/tsl` }], times.at)
  t.strictSame(await round(), [], 'nobody knows how')
  options.acceptTrustList = async ({ bytes }) => ({
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    number: 1n,
    issuedAt: times.thisUpdate,
    nextAt: undefined,
  })
  t.strictSame(await round(), ['new'])
  await current.reread()
  t.match(current.edition(), { number: 1, trustList: undefined }, 'a node without a reader has none')
  const places: string[] = []
  options.onFault = (place) => places.push(place)
  options.acceptTrustList = () => Promise.reject(new Error('a fault of the reader'))
  server.contents.set('/tsl', Buffer.from('<other/>'))
  await hastenSources(store, times.at)
  t.strictSame(await round(), ['source.answer'], 'a fault in reading waits like any failure')
  t.strictSame(places, ['trust-sources.look'])
  t.strictSame(await round(), [])
})

t.test(
  'RULES 29: one node fetches, the other does after its death, and both hear of what came',
  async (t) => {
    const store = await openFreshStore(t)
    const server = await serve(t)
    const user = userAt(`${server.address}/ca.crl`)
    server.contents.set('/ca.crl', listBytes(ca, { number: 1 }))
    await wantSources(store, [{ certificate: user, issuer: ca.certificate }], times.at)
    const fetchedBy: string[] = []
    const start = (node: string) => {
      const { options } = refresher(store)
      const loop = startRefresh({
        ...options,
        node,
        lookEveryMs: 5,
        leaseMs: 500,
        renewMs: 50,
        onSource: () => fetchedBy.push(node),
        onFault: () => undefined,
      })
      return loop
    }
    const nodes = [start('1'), start('2')]
    t.teardown(async () => void (await Promise.all(nodes.map((node) => node.stop()))))
    const currents = [await follow(t, store), await follow(t, store)]
    await until(() => currents.every((current) => ask(current, user).status === 'good'))
    t.equal(fetchedBy.length, 1, 'one of them, once')
    const [owner] = nodes.filter((node) => node.isOwner())
    t.equal(nodes.filter((node) => node.isOwner()).length, 1)
    await owner?.stop()
    server.contents.set('/ca.crl', listBytes(ca, { number: 2, entries: [{ of: user }] }))
    await hastenSources(store, times.at)
    await until(() => currents.every((current) => ask(current, user).status === 'revoked'))
    t.equal(new Set(fetchedBy).size, 2, 'then the other')
    t.strictSame(store.faults, [])
  },
)

t.test(
  'a silent source keeps neither the others nor the next round waiting, and is asked once',
  async (t) => {
    const store = await openFreshStore(t)
    const server = await serve(t)
    const silent = Array.from({ length: limits.failingSourcesAtOnceMax + 2 }, (_, index) => `/silent${index}`)
    const kind = 'crl' as const
    const sources = silent.map((path) => ({ kind, address: `${server.address}${path}` }))
    await wantConfigured(store, sources, times.at)
    const user = userAt(`${server.address}/a`, `${server.address}/b`)
    await wantSources(store, [{ certificate: user, issuer: ca.certificate }], times.at)
    // They were silent before, and are due longer than the others.
    await store.query(
      "update trust_source set failures = 1, due_at = due_at - interval '1 hour' where address like '%silent%'",
    )
    const list = listBytes(ca, { number: 1 })
    server.contents.set('/a', list).set('/b', list)
    const { options } = refresher(store)
    const outcomes: string[] = []
    const loop = startRefresh({
      ...options,
      fetching: { allowPrivateAddresses: true },
      lookEveryMs: 5,
      onSource: ({ source, outcome }) => outcomes.push(`${URL.parse(source.address)?.pathname} ${outcome}`),
    })
    t.teardown(() => loop.stop())
    await until(() => outcomes.length === 2)
    t.strictSame(outcomes.splice(0).sort(), ['/a new', '/b new'])
    await hastenSources(store, times.at)
    await until(() => outcomes.length === 2)
    t.strictSame(outcomes.splice(0).sort(), ['/a same', '/b same'], 'round after round')
    const askedOf = () => server.asked.filter((path) => path.includes('silent'))
    await until(() => askedOf().length >= limits.failingSourcesAtOnceMax)
    const asked = askedOf()
    t.equal(new Set(asked).size, asked.length)
    t.equal(asked.length, limits.failingSourcesAtOnceMax)
    await loop.stop()
    t.strictSame(outcomes, [], 'of looks that were cut short nothing is said')
    t.ok(
      (await listSources(store)).every(
        ({ address, failures }) => !address.includes('silent') || failures === 1,
      ),
    )
  },
)

t.test('at most so many sources are looked at side by side', async (t) => {
  const ends: (() => void)[] = []
  const begun: string[] = []
  const rows = Array.from({ length: limits.sourcesAtOnceMax + 3 }, (_, index) => ({
    kind: 'crl',
    address: `a${index}`,
    subject: '',
    failures: 0,
    number: null,
  }))
  let due = rows
  const looks = makeSourceLooks({
    store: {
      query: async (query: string | { text: string }) => {
        const text = typeof query === 'string' ? query : query.text
        return { rows: text.includes('due_at <=') ? due : [] }
      },
    } as never,
    clock: { now: () => times.at },
    lookAt: ({ source }) => {
      begun.push(source.address)
      const { promise, resolve } = Promise.withResolvers<void>()
      ends.push(resolve)
      return promise
    },
    onFault: (_, error) => {
      throw error
    },
  })
  const signal = new AbortController().signal
  await looks.round(undefined as never, signal)
  t.equal(begun.length, limits.sourcesAtOnceMax)
  await looks.round(undefined as never, signal)
  t.equal(begun.length, limits.sourcesAtOnceMax, 'none of them is begun again')
  ends[0]?.()
  await until(() => begun.length === limits.sourcesAtOnceMax + 1)
  due = []
  await looks.round(undefined as never, signal)
  for (const end of ends.splice(0)) end()
  await looks.settled()
  t.equal(begun.length, limits.sourcesAtOnceMax + 1, 'what is not due any more is left out')
})

t.test('what a node that lost its lease has fetched is not committed', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const { options } = refresher(store)
  server.contents.set('/ca.crl', listBytes(ca))
  const user = userAt(`${server.address}/ca.crl`)
  await wantSources(store, [{ certificate: user, issuer: ca.certificate }], times.at)
  const lease = await acquireLease(store, { name: 'trust-sources', owner: '1' })
  if (lease === undefined) throw new Error('the lease is not free')
  await releaseLease(store, lease)
  await t.rejects(refreshDue(options, lease, new AbortController().signal), { name: 'Error', lease })
  t.match((await listSources(store))[0], { attemptedAt: undefined, evidence: undefined })
})

t.test('with every source away all is unknown, and says so', async (t) => {
  const store = await openFreshStore(t)
  const { round } = refresher(store)
  const user = userAt('http://127.0.0.1:1/ca.crl')
  await wantSources(store, [{ certificate: user, issuer: ca.certificate }], times.at)
  t.strictSame(await round(), ['source.unreachable'])
  const current = await follow(t, store)
  await current.reread()
  t.match(ask(current, user), { status: 'unknown', problems: [{ problem: 'revocation.no-source' }] })
})

t.test('lists beyond the bytes of memory are left out, what was wanted longest ago first', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const { round, clock, later } = refresher(store)
  const [early, late] = ['/early.crl', '/late.crl'].map((path) => userAt(`${server.address}${path}`))
  const own = listBytes(ca, { number: 1 })
  const newer = listBytes(ca, { number: 2 })
  server.contents.set('/early.crl', own).set('/late.crl', newer)
  for (const certificate of [early, late]) {
    if (certificate === undefined) throw new Error('no certificate')
    await wantSources(store, [{ certificate, issuer: ca.certificate }], clock.now())
    later(1)
  }
  t.strictSame(await round(), ['new', 'new'])
  const bytes = own.length + newer.length
  const numbers = async (bytesMax: number) => {
    const current = await follow(t, store, { bytesMax })
    await current.reread()
    const { revocation, leftOut } = current.edition()
    return [leftOut, revocation.listsOf(ca.certificate.subject).map((list) => Number(list.number))]
  }
  t.strictSame(await numbers(bytes), [0, [2, 1]])
  t.strictSame(await numbers(bytes - 1), [1, [2]])
  t.strictSame(await numbers(Math.min(own.length, newer.length) - 1), [2, []])
  t.strictSame(limits.listsHeldBytesMax > limits.crlBytesMax, true, 'one list always fits')
})

t.test('large lists are read in a thread, with who signed them', async (t) => {
  const large = (key = ca.key) => {
    const one = Buffer.from('3012020101170d3236303630313030303030305a', 'hex')
    const count = Math.ceil(limits.listInThreadBytes / one.length) + 1
    return Uint8Array.from(listBytes({ ...ca, key }, { rawEntries: Buffer.concat(Array(count).fill(one)) }))
  }
  t.ok(large().length > limits.listInThreadBytes)
  const { list, isSigned } = must(await readList(large(), [root.certificate, ca.certificate]))
  t.ok(isSigned)
  t.ok(list.entries.count * 20 > limits.listInThreadBytes)
  t.ok(isSignedBy(list.signed, ca.certificate.publicKey))
  t.notOk(must(await readList(large(keyNamed('stranger')), [ca.certificate])).isSigned)
  t.notOk(must(await readList(large(), [root.certificate])).isSigned, 'nobody of its name is known')
  const broken = large().subarray(0, -1)
  t.ok(isRefusal(await readList(Uint8Array.from(broken), [])))
  const stopping = new AbortController()
  const reading = readList(large(), [ca.certificate], stopping.signal)
  stopping.abort()
  t.match(await reading, { code: 'source.slow', seen: 'the hub stops' })
  t.match(await readList(large(), [], stopping.signal), { code: 'source.slow' })
})

t.test('sources are shown and hastened by the admin plane and the command line', async (t) => {
  const plane = await startTestPlane(t)
  const { store } = plane
  const server = await serve(t)
  const address = `${server.address}/ca.crl`
  server.contents.set('/ca.crl', listBytes(ca, { number: 3 }))
  const user = userAt(address)
  await wantSources(store, [{ certificate: user, issuer: ca.certificate }], times.at)
  const lease = await acquireLease(store, { name: 'trust-sources', owner: '1' })
  if (lease === undefined) throw new Error('the lease is not free')
  await refreshDue(refresher(store).options, lease, new AbortController().signal)
  const { items } = (await plane.ask('/admin/v1/sources')).json() as { items: AdminSource[] }
  t.match(items, [
    { kind: 'crl', address, certificate: null, number: '3', failures: 0, error: null, isKept: false },
  ])
  t.equal(items[0]?.nextAt, times.nextUpdate.toISOString())
  const folder = t.testdir({})
  const hub = (...words: string[]) =>
    runLine(folder, ['sources', ...words, '--address', plane.address], { HUB_ADMIN_TOKEN: plane.token })
  t.match(await hub('list'), { exit: exitCodes.ok, out: address })
  t.same((await hub('list', '--json')).json(), { items, trustList: null })
  t.match(await hub('refresh'), { exit: exitCodes.ok, out: '1' })
  t.same((await hub('refresh', address, '--json')).json(), { due: 1 })
  t.match(await hub('refresh', 'http://other.invalid/'), { exit: exitCodes.refused })
  const [row] = await listSources(store)
  t.ok((row?.dueAt.getTime() ?? 0) > times.at.getTime() && (row?.dueAt.getTime() ?? 0) <= Date.now())
  const long = (length: number) => ({ method: 'POST', body: { address: 'x'.repeat(length) } })
  t.equal((await plane.ask('/admin/v1/sources/refresh', long(limits.sourceAddressLengthMax))).status, 200)
  t.equal((await plane.ask('/admin/v1/sources/refresh', long(limits.sourceAddressLengthMax + 1))).status, 400)
})

t.test('whoever asks about a certificate in vain has its responder asked', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const metrics = createMetrics({ version: '0' })
  t.teardown(() => metrics.close())
  configureLog({ level: 'error', to: { write: () => undefined } })
  const extensions = [
    distributionPoints([{ full: [ofUri(`${server.address}/away.crl`)] }]),
    accessTo(`${server.address}/ocsp`),
  ]
  const user = makeParty({ name: nameOf('Both'), extensions }, ca).certificate
  const issuer = ca.certificate
  server.contents.set('/away.crl', 503).set('/ocsp', answerBytes(ca, [{ of: user, issuer }]))
  await wantSources(store, [{ certificate: user, issuer }], times.at)
  const trust = await startSources(store, metrics, [])
  await until(() => server.asked.includes('GET /away.crl'))
  while ((await listSources(store))[0]?.attemptedAt === undefined) await trust.reread()
  t.equal(ask(trust, user).status, 'unknown')
  trust.onUnanswered([{ certificate: user, issuer }])
  trust.onUnanswered([{ certificate: user, issuer }])
  await until(() => ask(trust, user).status === 'good')
  await trust.stop()
  t.equal(server.asked.filter((line) => line === 'POST /ocsp').length, 1)
})

t.test(
  'configured sources are fetched and followed, and monitoring sees their age and failures',
  async (t) => {
    const store = await openFreshStore(t)
    const server = await serve(t)
    const metrics = createMetrics({ version: '0' })
    t.teardown(() => metrics.close())
    const lines: string[] = []
    configureLog({ level: 'info', to: { write: (line) => lines.push(line) } })
    server.contents.set('/ca.crl', listBytes(ca, { number: 3 })).set('/broken.crl', Buffer.from('<html>'))
    const user = userAt('http://127.0.0.1:1/ca.crl')
    await wantSources(store, [{ certificate: user, issuer: ca.certificate }], times.at)
    const lists = ['/ca.crl', '/broken.crl'].map((path) => `${server.address}${path}`)
    const trust = await startSources(store, metrics, lists)
    await until(() => ask(trust, user).status === 'good' && lines.length >= 3)
    await trust.stop()
    const text = await metrics.text()
    t.match(text, /hub_source_looks_total\{kind="crl",outcome="new",code="none"\} 1/)
    t.match(text, /hub_source_looks_total\{kind="crl",outcome="failed",code="crl.broken"\} 1/)
    t.match(text, /hub_source_looks_total\{kind="crl",outcome="failed",code="source.unreachable"\} 1/)
    t.match(text, /hub_source_age_seconds\{kind="crl",source="127.0.0.1:[0-9a-f]{8}"\} 1209600/)
    const told = lines.map((line) => JSON.parse(line) as { event: string; level: string; code?: string })
    t.strictSame(
      told.map(({ event, level, code }) => [event, level, code].filter(Boolean).join(' ')).sort(),
      ['source.away warn source.unreachable', 'source.refused error crl.broken', 'source.taken info'],
    )
  },
)
