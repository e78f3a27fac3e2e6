// The trust list as a source, on a real PostgreSQL and a real HTTP server: editions, refusals, and what verdicts say (63-ФЗ, 11).

import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { newRowId } from '../../hub/store/ids.ts'
import type { Store } from '../../hub/store/orm.ts'
import { hastenSources, listSources } from '../../hub/store/trust-sources.ts'
import { checkSignature } from '../../hub/trust/cms/check.ts'
import { issueCertificate, issueRevocationList } from '../../hub/trust/pki/issue.ts'
import { authorityName, organizationName } from '../../hub/trust/pki/subjects.ts'
import { PrivateKey } from '../../hub/trust/private-key.ts'
import { signDetached } from '../../hub/trust/sign.ts'
import { gatherMessage } from '../../hub/trust/verdict/gather.ts'
import { judgeMessage } from '../../hub/trust/verdict/judge.ts'
import { openTrustDesk } from '../../hub/trust-desk.ts'
import { startTrustSources, type TrustSources } from '../../hub/trust-sources/wiring.ts'
import { createMetrics } from '../../monitoring/metrics.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { verdictPolicy } from '../../schemas/verdict/policy.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { listXml, type SampleAuthority, signXml } from '../support/signed-lists.ts'
import { curveNamed, identityOn } from '../support/signing.ts'

const publisher = identityOn('TC26-256-B')
const stranger = identityOn('TC26-256-C')
const now = new Date('2026-09-01T00:00:00Z')
type Test = Parameters<typeof openFreshStore>[0]

async function serve(t: Test) {
  const contents = new Map<string, string | Uint8Array>()
  const server = createServer((request, response) => {
    const content = contents.get(request.url ?? '')
    if (content === undefined) response.writeHead(503)
    response.end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  return { contents, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const curve = curveNamed('TC26-256-B')
const period = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2036-01-01T00:00:00Z') }

/** An authority with a signer, whose list stands at an address. */
function authorityAt(name: string, crlAddress: string) {
  const rootKey = PrivateKey.generate(curve)
  const root = issueCertificate({
    role: 'root',
    subject: authorityName(name),
    subjectKey: rootKey,
    crlAddress,
    ...period,
  })
  const issuer = { certificate: root, privateKey: rootKey }
  const privateKey = PrivateKey.generate(curve)
  const subject = organizationName({ name: `ООО "${name}"`, inn: '7705717142' })
  const leaf = { role: 'leaf' as const, subject, subjectKey: privateKey, crlAddress }
  const certificate = issueCertificate(
    { ...leaf, ...period, notBefore: new Date('2026-03-01T00:00:00Z') },
    issuer,
  )
  const list = issueRevocationList(
    { number: 1, thisUpdate: now, nextUpdate: period.notAfter, revoked: [] },
    issuer,
  )
  return { root, identity: { certificate, privateKey }, list }
}

type Listed = Pick<SampleAuthority, 'status' | 'history'> & { root: SampleAuthority['certificates'][number] }
const standing = { text: 'Действует', from: '2026-01-01T00:00:00Z' }
const ended = { text: 'Прекращена', from: '2026-06-01T00:00:00Z' }

const edition = (
  version: number,
  authorities: readonly (Listed & { addresses?: string[] })[],
  by = publisher,
) =>
  signXml(
    listXml({
      version,
      date: '2026-08-26T03:00:00Z',
      authorities: authorities.map(({ root, ...one }, index) => ({
        name: `УЦ ${index}`,
        ogrn: `102770013219${index}`,
        certificates: [root],
        ...one,
      })),
    }),
    by,
  )

type Wished = { listUrl?: string; listFile?: string; listSigners?: readonly string[]; anchors?: string }

let nodes = 0

/** A node: desk and sources as the hub wires them. */
async function startNode(t: Test, store: Store, wished: Wished) {
  const { anchors = '', ...rest } = wished
  const trust = {
    anchorsFolder: anchors,
    intermediatesFolder: '',
    listsFolder: '',
    listUrl: undefined,
    listFile: undefined,
    listSigners: [publisher.certificate.thumbprint.toUpperCase()],
    ...rest,
  }
  const desk = await openTrustDesk({ trust })
  if (isRefusal(desk)) throw new Error(desk.code)
  const metrics = createMetrics({ version: '0' })
  t.teardown(async () => metrics.close())
  const faults: string[] = []
  const sources = await startTrustSources({
    settings: { trust, sources: { lists: [], refreshMs: 3_600_000, allowPrivateAddresses: true } },
    store,
    node: String(++nodes),
    clock: { now: () => now, newId: newRowId, random: () => 0.5 },
    metrics,
    local: desk.local,
    onFault: (place, error) => faults.push(`${place} ${String(error)}`),
  })
  let isStopped = false
  const stop = async () => {
    if (!isStopped) await sources.stop()
    isStopped = true
  }
  t.teardown(stop)
  desk.follow(sources)
  return { desk, sources, faults, stop }
}

async function until<Found>(ask: () => Promise<Found | undefined | false>): Promise<Found> {
  for (;;) {
    const found = await ask()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Has the list looked at now, and gives what was said: a code, or the version in use. */
async function look(store: Store, ...nodes: { sources: TrustSources }[]): Promise<string> {
  const [before] = (await listSources(store)).filter(({ kind }) => kind === 'trust-list')
  await store.query("update trust_source set attempted_at = null where kind = 'trust-list'")
  await hastenSources(store, now, before?.address)
  for (const { sources } of nodes) sources.hasten()
  const row = await until(async () =>
    (await listSources(store)).find(
      ({ kind, attemptedAt }) => kind === 'trust-list' && attemptedAt !== undefined,
    ),
  )
  if (row.error !== undefined) return row.error
  await until(async () => nodes.every(({ sources }) => sources.edition().trustList?.digest === row.evidence))
  return String(row.number)
}

const content = Buffer.from('a document')
const policy = verdictPolicy('default')

/** The verdict on a document signed by an identity: indication, sub-indication, action and the problems found. */
function verdictOn(
  desk: Awaited<ReturnType<typeof startNode>>['desk'],
  { identity, root }: ReturnType<typeof authorityAt>,
) {
  const signature = signDetached({ ...identity, chain: [root], content, at: now })
  const read = checkSignature(signature, content)
  const facts = gatherMessage(
    {
      message: 'm',
      sender: 's',
      receivedAt: now.toISOString(),
      judgedAt: now.toISOString(),
      documents: [
        {
          id: 'd',
          type: undefined,
          isEncrypted: false,
          body: 'message',
          sha256: undefined,
          streebog256: undefined,
        },
      ],
      signatures: [
        {
          id: 'g',
          document: 'd',
          participant: 'p',
          participantInn: '7705717142',
          facts: read.facts,
          certificates: read.certificates,
        },
      ],
      policy,
    },
    desk.view(),
  )
  const verdict = judgeMessage(facts)
  const found = verdict.signatures[0]?.signers[0]?.checks.flatMap((check) =>
    check.found.map(({ problem, weight }) => `${problem} ${weight}`),
  )
  return [verdict.indication, verdict.subIndication, verdict.action, ...(found ?? [])]
}

const qualified = ['TOTAL-PASSED', undefined, 'forward']

t.test('editions of the list: first, newer, older, broken, differing, by a stranger', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const one = authorityAt('Первый', 'http://crl.invalid/1')
  const node = await startNode(t, store, { listUrl: `${server.address}/tsl` })
  const other = await startNode(t, store, { listUrl: `${server.address}/tsl` })
  t.strictSame(verdictOn(node.desk, one), ['INDETERMINATE', 'TRY_LATER', 'mark', 'trust.list-absent fail'])
  const give = async (content: string) => {
    server.contents.set('/tsl', content)
    return await look(store, node, other)
  }
  const first = edition(2, [{ root: one.root, status: standing }])
  t.equal(await look(store, node, other), 'source.answer', 'the source is away')
  t.equal(await give(first), '2')
  t.equal(await give(edition(1, [{ root: one.root, status: standing }])), 'trust-list.older')
  t.equal(await give(first.replace('УЦ 0', 'УЦ 1')), 'trust-list.signature')
  t.equal(await give(first.slice(0, -10)), 'trust-list.broken')
  t.equal(await give(edition(2, [{ root: one.root, status: ended }])), 'trust-list.differs')
  t.equal(await give(edition(3, [{ root: one.root, status: standing }], stranger)), 'trust-list.signer')
  t.equal(await give(edition(3, [{ root: stranger.certificate, status: standing }])), 'trust-list.shrunk')
  await until(async () => [node, other].every(({ sources }) => sources.edition().trustList?.version === 2))
  const before = node.desk.view().edition
  t.equal(await give(edition(3, [{ root: one.root, status: standing }])), '3')
  await until(async () => [node, other].every(({ sources }) => sources.edition().trustList?.version === 3))
  t.not(node.desk.view().edition, before)
  const { rows } = await store.query(
    "select kind, entry from journal where kind like 'source.%' order by at, id",
  )
  const codes = rows.map(({ kind, entry }) => `${kind} ${JSON.parse(String(entry)).facts.code ?? ''}`.trim())
  t.strictSame(codes.filter((code) => code === 'source.taken').length, 2)
  t.strictSame(codes.filter((code) => code !== 'source.taken').length, 6)

  await Promise.all([node.stop(), other.stop()])
  server.contents.delete('/tsl')
  const again = await startNode(t, store, { listUrl: `${server.address}/tsl` })
  t.match(again.sources.edition(), { trustList: { version: 3 } }, 'at hand from the database after a start')
  const [row] = await listSources(store)
  await again.stop()
  const elsewhere = await startNode(t, store, { listUrl: `${server.address}/other` })
  t.equal(elsewhere.sources.edition().trustList, undefined, 'what is configured no longer counts no longer')
  t.ok(row !== undefined)
  t.strictSame([...node.faults, ...other.faults, ...again.faults, ...elsewhere.faults], [])
})

t.test('63-ФЗ 11: verdicts follow the status of the authority at the proven time', async (t) => {
  const store = await openFreshStore(t)
  const server = await serve(t)
  const at = (path: string) => `${server.address}/${path}`
  const good = authorityAt('Действующий', at('good.crl'))
  const gone = authorityAt('Прекращённый', at('gone.crl'))
  const never = authorityAt('Приостановленный', at('never.crl'))
  const unlisted = authorityAt('Чужой', at('unlisted.crl'))
  for (const [name, { list }] of Object.entries({ good, gone, never }))
    server.contents.set(`/${name}.crl`, list)
  const file = join(t.testdir({}), 'list.xml')
  const node = await startNode(t, store, { listFile: file })
  t.equal(await look(store, node), 'source.unreachable')
  const authorities = [
    { root: good.root, status: standing, addresses: [at('good.crl'), 'ldap://ca.invalid/'] },
    { root: gone.root, status: ended, history: [standing], addresses: [at('gone.crl')] },
    { root: never.root, status: { ...ended, from: '2026-01-01T00:00:00Z' } },
  ]
  await writeFile(file, edition(1, authorities))
  t.equal(await look(store, node), '1')
  await until(async () => {
    const row = (await listSources(store)).find(({ address }) => address === at('good.crl'))
    return (
      row?.evidence !== undefined && node.sources.edition().revocation.listsOf(good.root.subject).length > 0
    )
  })
  t.strictSame(
    (await listSources(store)).map(({ address }) => address).filter((address) => address.startsWith('http')),
    [at('good.crl')],
    'lists of authorities that are accredited are fetched before anybody has sent anything',
  )
  t.strictSame(verdictOn(node.desk, good), qualified)
  const unknown = ['time.revocation-unknown fail', 'authority.ended warn']
  t.strictSame(verdictOn(node.desk, gone), ['INDETERMINATE', 'TRY_LATER', 'mark', ...unknown])
  t.strictSame(verdictOn(node.desk, unlisted), [
    'INDETERMINATE',
    'NO_CERTIFICATE_CHAIN_FOUND',
    'refuse',
    'path.no-anchor fail',
  ])
  // Its source is wanted since the first message, so that later ones are judged in full.
  await until(async () => node.sources.edition().revocation.listsOf(gone.root.subject).length > 0)
  t.strictSame(verdictOn(node.desk, gone), [...qualified, 'authority.ended warn'])
  await until(async () => {
    verdictOn(node.desk, never)
    return node.sources.edition().revocation.listsOf(never.root.subject).length > 0
  })
  t.strictSame(verdictOn(node.desk, never), [
    'INDETERMINATE',
    'CHAIN_CONSTRAINTS_FAILURE',
    'refuse',
    'authority.not-accredited fail',
  ])
  await writeFile(file, edition(2, authorities))
  t.equal(await look(store, node), '2', 'a changed file is read again')
  const addresses = (await listSources(store)).map(({ address }) => address)
  t.notOk(addresses.includes(at('unlisted.crl')), 'nothing is fetched from where a stranger points')
  t.strictSame(node.faults, [])
})
