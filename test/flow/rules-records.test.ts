// RULES 26, 28, 30, 31 and 32: what is kept as evidence, and what an installation rests on.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { generatedPages, stalePages } from '../../docs/generate.ts'
import { exportLines } from '../../hub/journal/export.ts'
import { verifyExportFile } from '../../hub/journal/verify-file.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { digest } from '../../hub/trust/gost/kernel.ts'
import { type JournalKind, journalKinds } from '../../schemas/journal.ts'
import { limits } from '../../schemas/limits.ts'
import { freshName, postPackage } from '../support/door-client.ts'
import { startRelay } from '../support/relay.ts'

const project = join(import.meta.dirname, '../..')
const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
const [a, b] = relay.partners

t.test('RULES 26: the journal of a whole run is sealed in blocks that an export alone proves', async (t) => {
  const folder = t.testdir()
  b.behave('answer-500', { packages: 1 })
  const first = await relay.send(a, b)
  await a.record.waitForReceipt(first.message.id)
  b.behave('receipt-error', { text: 'текст с именем Иванов' })
  const second = await relay.send(a, b)
  await a.record.waitForReceipt(second.message.id)
  await postPackage(relay.hub.partnerAddress, { name: freshName(), bytes: Buffer.from('это не пакет') })
  await relay.idle()
  const isSealed = async () => {
    const rows = await relay.rows<{ left: number }>(
      'select (select count(*) from journal)::int - (select coalesce(sum(entries), 0) from journal_block)::int as left',
    )
    return rows[0]?.left === 0 || undefined
  }
  await relay.until(isSealed, 'every entry is in a block')

  const file = join(folder, 'journal.export')
  const lines: string[] = []
  for await (const line of exportLines(relay.hub.store, {})) lines.push(line)
  writeFileSync(file, lines.join(''))
  const report = await verifyExportFile(file)
  t.match(report, { isSound: true, faults: [] })
  const entries = await relay.entries()
  t.equal(report.entries, entries.length)
  t.ok((report.blocks ?? 0) > 1)

  const changed = join(folder, 'changed.export')
  writeFileSync(changed, lines.join('').replace(first.message.id, first.message.id.replace(/^./, 'z')))
  t.match(await verifyExportFile(changed), { isSound: false })

  const kinds = new Set(entries.map(({ kind }) => kind))
  const expected: JournalKind[] = [
    ...(['package.accepted', 'package.refused', 'message.moved', 'out.made'] as const),
    ...(['attempt.started', 'attempt.ended', 'receipts.read', 'hub.started', 'partners.changed'] as const),
  ]
  for (const kind of expected) t.ok(kinds.has(kind), kind)
  t.ok([...kinds].every((kind) => kind in journalKinds))
  const attempts = entries.filter(({ kind }) => kind === 'attempt.ended').length
  const [{ count } = { count: 0 }] = await relay.rows<{ count: number }>(
    'select count(*)::int as count from attempt',
  )
  t.equal(attempts, count, 'one entry for each attempt')
})

t.test(
  'RULES 26: the hundreds of messages of a package are proven by rows, by a count and a digest',
  async (t) => {
    const peer = relay.hub.registry.book().peers.get('2zb')
    const policy = { ...peer?.policy, packageMessagesMax: 500, gatherMs: 2000 }
    const applied = await relay.hub.registry.apply(
      { peers: [{ ...peer, policy }] },
      { actor: 'test', reason: 'test' },
    )
    t.notMatch(applied, { refusals: [] })
    const messages = Array.from({ length: 250 }, () => a.message(b, { size: 10 }))
    const prepared = a.pack(messages)
    t.match(await a.deliver(prepared), { status: 200 })
    await b.record.waitForContent(messages.at(-1)?.contentSha256 ?? '')
    const taken = (await relay.entries('package.accepted')).find(
      ({ facts }) => facts['name'] === prepared.name,
    )
    t.match(taken?.facts, { peer: '2za', sha256: prepared.sha256, messages: { count: 250 } })
    const proofs = [
      [taken, 'select array_to_json(array_agg(wire_id order by id)) as list from message where package = $1'],
      [
        (await relay.entries('out.made')).find(({ facts }) =>
          Object.hasOwn(Object(facts['members']), 'count'),
        ),
        'select array_to_json(members) as list from package_out where id = $1',
      ],
    ] as const
    for (const [entry, list] of proofs) {
      const proof = `select encode(sha256(list::text::bytea), 'hex') as sha256 from (${list}) as rows`
      const [row] = await relay.rows<{ sha256: string }>(proof, [entry?.subject])
      t.match(entry?.facts['messages'] ?? entry?.facts['members'], row ?? 'no row', `${entry?.kind}`)
    }
    await relay.idle()
  },
)

t.test('RULES 26: what is hashed holds no texts, names or addresses', async (t) => {
  const text = JSON.stringify(await relay.entries())
  for (const secret of [
    'Иванов',
    'текст',
    a.subscriber.name,
    a.subscriber.id,
    a.address,
    b.address,
    'договор',
  ]) {
    t.notOk(text.includes(secret), secret)
  }
  for (const entry of await relay.entries()) {
    t.ok(Buffer.byteLength(JSON.stringify(entry)) <= limits.journalEntryBytesMax, entry.kind)
  }
})

t.test(
  'RULES 28: documents are found by id with both digests and their parents, blobs are kept as they came',
  async (t) => {
    b.behave('ok')
    const at = new Date()
    const parent = a.message(b)
    const parents = parent.documents.map(({ id }) => id)
    const document = freeDocument({ at, size: 5000, parents })
    const child = composeMessage({ from: a.subscriber, to: b.subscriber, at, documents: [document] })
    const prepared = a.pack([parent])
    const other = a.pack([child])
    await a.deliver(prepared)
    await a.record.waitForReceipt(parent.id)
    await a.deliver(other)
    await a.record.waitForReceipt(child.id)
    const [row] = await relay.rows<Record<string, string>>('select * from document where wire_id = $1', [
      child.documents[0]?.id,
    ])
    t.match(row, {
      peer: '2za',
      type: 'Неформализованный',
      parents,
      size: 5000,
      sha256: createHash('sha256').update(document.bytes).digest('hex'),
      streebog256: Buffer.from(digest('streebog256', document.bytes)).toString('hex'),
    })
    for (const one of [prepared, other]) {
      const [kept] = await relay.rows<{ blob: string; sha256: string }>(
        'select * from package_in where name = $1',
        [one.name],
      )
      t.equal(kept?.sha256, one.sha256)
      t.ok(Buffer.from(one.bytes).equals(await relay.hub.context.blobs.get(kept?.blob ?? '')))
      t.notOk(kept?.blob.startsWith('/'), 'a reference is not a location')
    }
    const kinds = await relay.rows<{ relname: string; relkind: string }>(
      "select relname, relkind::text from pg_class where relname in ('document', 'message') order by relname",
    )
    t.strictSame(
      kinds.map(({ relkind }) => relkind),
      ['r', 'p'],
      'the index outlives the partitions of messages',
    )
    await relay.idle()
    await relay.restart()
    const [kept] = await relay.rows<{ blob: string }>('select * from package_in where name = $1', [
      other.name,
    ])
    t.ok(
      Buffer.from(other.bytes).equals(await relay.hub.context.blobs.get(kept?.blob ?? '')),
      'also after a restart',
    )
  },
)

t.test(
  'RULES 30: the pages of limits, settings, policies and the machine are those of the tables',
  async (t) => {
    t.strictSame(stalePages(), [])
    const page = generatedPages['limits.md']?.() ?? ''
    for (const name of Object.keys(limits)) t.ok(page.includes(name), name)
  },
)

t.test('RULES 31: the starter runs the pinned Node, whatever Node starts it', async (t) => {
  const starter = join(project, 'hub/cli/hub.js')
  const nodes = new Set([process.execPath, ...systemNodes()])
  t.comment([...nodes].join(', '))
  for (const node of nodes) {
    const { stdout } = await promisify(execFile)(node, [starter, 'package', '--help'], { cwd: '/' })
    t.match(stdout, 'inspect', node)
  }
  const source = readFileSync(starter, 'utf8')
  t.ok(starter.endsWith('.js') && !source.includes('import type'), 'plain JavaScript')
})

function systemNodes(): string[] {
  return ['/usr/local/bin/node', '/usr/bin/node'].filter((path) => {
    const folder = path.slice(0, path.lastIndexOf('/'))
    return readdirSync(folder).includes('node')
  })
}

t.test('RULES 32: with the URL of a PostgreSQL no embedded one is made', async (t) => {
  t.match(relay.settings.database.url, /^postgres/)
  const kept = readdirSync(relay.settings.data.folder)
  t.notOk(
    kept.some((name) => /postgres|pgdata|database/i.test(name)),
    kept.join(', '),
  )
  const [row] = await relay.rows<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  )
  t.ok((row?.version ?? 0) >= 150_000)
})
