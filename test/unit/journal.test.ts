// The journal: canonical entries, bounded rows, and what a verification of an export finds.

import { createHash } from 'node:crypto'
import t from 'tap'
import { checkBlockSignature, makeBlockSigner } from '../../hub/journal/cms-signature.ts'
import { readExportLine } from '../../hub/journal/export-form.ts'
import type { JournalFaultKind } from '../../hub/journal/faults.ts'
import { readLines } from '../../hub/journal/lines.ts'
import { type Expectations, verifyExport } from '../../hub/journal/verify.ts'
import { reportLines } from '../../hub/journal/verify-file.ts'
import { journalRow } from '../../hub/journal/write.ts'
import { canonicalEntry, type JournalEntry } from '../../schemas/journal.ts'
import { limits } from '../../schemas/limits.ts'
import { checkTestSignature, makeTestSigner } from '../support/block-signer.ts'
import { type MadeBlock, makeBlocks, makeExport, sealEntries } from '../support/journal-export.ts'
import { below, oneOf, seededRandom } from '../support/random.ts'
import { identityOn } from '../support/signing.ts'

const signer = makeTestSigner()
const blocks = makeBlocks(signer, [3, 1, 4]) as [MadeBlock, MadeBlock, MadeBlock]
const [first, second, third] = blocks
const whole = makeExport(signer, blocks)

async function* stream(...chunks: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* chunks
}

const verify = (lines: readonly string[], expect: Expectations = {}) =>
  verifyExport(stream(lines.map((line) => `${line}\n`).join('')), { check: checkTestSignature, expect })

async function kindsFound(lines: readonly string[], expect?: Expectations): Promise<JournalFaultKind[]> {
  const report = await verify(lines, expect)
  return [...new Set(report.faults.map((fault) => fault.kind))]
}

const entry: JournalEntry = {
  id: '019b0000-0000-7000-8000-000000000001',
  at: new Date('2026-11-22T10:00:00.123Z'),
  kind: 'attempt.ended',
  subject: '019b0000-0000-7000-8000-000000000002',
  facts: { peer: 'b', attempt: 2, outcome: 'taken', unset: undefined, ids: ['x', 'y'] },
}

t.test('the canonical text of an entry does not change between versions', async (t) => {
  const text =
    '{"at":"2026-11-22T10:00:00.123Z","facts":{"attempt":2,"ids":["x","y"],"outcome":"taken","peer":"b"},' +
    '"form":"edo-hub-journal/1 sha-256","id":"019b0000-0000-7000-8000-000000000001","kind":"attempt.ended",' +
    '"subject":"019b0000-0000-7000-8000-000000000002"}'
  t.equal(canonicalEntry(entry), text)
  t.equal(journalRow(entry).digest, createHash('sha256').update(text).digest('hex'))
  const { subject: _, ...without } = entry
  t.equal(journalRow(without).subject, null)
  t.notMatch(journalRow(without).entry, 'subject')
})

t.test('the order in which facts are given does not matter', async (t) => {
  const facts = Object.fromEntries(Object.entries(entry.facts).reverse())
  t.equal(canonicalEntry({ ...entry, facts }), canonicalEntry(entry))
})

const sha256Of = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')
const factsOf = (facts: JournalEntry['facts']) => JSON.parse(journalRow({ ...entry, facts }).entry).facts

t.test(
  'of an entry beyond journalEntryBytesMax the longest facts give way to counts and digests',
  async (t) => {
    const empty = Buffer.byteLength(canonicalEntry({ ...entry, facts: { text: '' } }))
    const room = limits.journalEntryBytesMax - empty
    t.match(journalRow({ ...entry, facts: { text: 'я'.repeat(room / 2) } }).entry, 'яяя')
    const text = `${'я'.repeat(room / 2)}a`
    t.strictSame(factsOf({ text }), {
      text: { bytes: Buffer.byteLength(text), sha256: sha256Of(text) },
    })
  },
)

t.test('an entry about five hundred messages keeps every short fact, and proves the messages', async (t) => {
  const members = Array.from({ length: limits.messagesPerPackageMax }, (_, n) => `${n}`.padStart(36, '0'))
  const short = { peer: '2za', name: `${'f'.repeat(32)}.cms`, sha256: 'a'.repeat(64), bytes: 1, empty: [] }
  const others = ['x', 'y']
  const row = journalRow({ ...entry, facts: { ...short, others, members } })
  t.ok(Buffer.byteLength(row.entry) <= limits.journalEntryBytesMax)
  t.strictSame(JSON.parse(row.entry).facts, {
    ...short,
    others,
    members: { count: limits.messagesPerPackageMax, sha256: sha256Of(members) },
  })
  t.equal(row.digest, createHash('sha256').update(row.entry).digest('hex'))
  const twice = factsOf({ ...short, members, again: members.slice(1) })
  t.match(twice, { members: { count: 500 }, again: { count: 499, sha256: sha256Of(members.slice(1)) } })
  const one = factsOf({ ...short, members, some: members.slice(0, 10) })
  t.strictSame(one.some, members.slice(0, 10), 'no more than must')
  const order = Object.fromEntries(Object.entries({ ...short, others, members }).reverse())
  t.equal(journalRow({ ...entry, facts: order }).entry, row.entry)
  t.equal(readExportLine(row.entry).is, 'entry')
})

t.test('a whole export is sound, however its bytes are cut into chunks', async (t) => {
  const report = await verify(whole)
  t.same(report.faults, [])
  t.match(report, { isSound: true, blocks: 3, entries: 8, signers: [first.header.signer] })
  t.equal(report.last?.root, third.header.root)
  t.match(reportLines(report)[0], 'Журнал цел')
  const bytes = Buffer.from(`${whole.join('\n')}\n`)
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
  const again = await verifyExport(stream(...single), { check: checkTestSignature })
  t.same(again, report)
})

t.test('an export from the middle is sound, one of nothing proves nothing', async (t) => {
  t.same(await kindsFound(makeExport(signer, [])), ['empty'])
  t.match(reportLines(await verify(makeExport(signer, [])))[0], 'Проверять нечего')
  t.same(await kindsFound(makeExport(signer, [second, third])), [])
})

t.test('RULES 26: finds what was changed, by the export alone', async (t) => {
  const without = (...texts: string[]) => whole.filter((line) => !texts.includes(line))
  const [a = '', b = ''] = first.entries
  const swapped = whole.map((line) => (line === a ? b : line === b ? a : line))
  const blockLines = (block: MadeBlock) => [block.headerText, block.signatureText, ...block.entries]
  const reordered = [...whole.slice(0, 2), ...blocks.toReversed().flatMap(blockLines), ...whole.slice(-1)]
  const forged = sealEntries(signer, { number: 2, previous: first.header.root, entries: first.entries })
  const forgedLines = makeExport(signer, [first, forged, third])
  const cases: [string, string[], JournalFaultKind[]][] = [
    ['a changed entry', whole.map((line) => line.replace('peer-1"', 'peer-9"')), ['root']],
    ['a removed entry', without(a), ['count']],
    ['an added entry', whole.flatMap((line) => (line === a ? [a, a] : [line])), ['count']],
    ['swapped entries', swapped, ['root']],
    ['an entry moved to another block', makeExport(signer, movedEntry()), ['count']],
    ['a removed block', without(...blockLines(second)), ['number', 'link', 'truncated', 'count']],
    ['a removed first block', without(...blockLines(first)), ['number', 'truncated', 'count']],
    ['a removed last block', without(...blockLines(third)), ['truncated', 'count']],
    ['blocks in another order', reordered, ['number', 'link', 'truncated']],
    ['a block put in twice', twice(), ['number', 'link', 'truncated', 'count']],
    ['a block made anew by the signer', forgedLines, ['link']],
    [
      'a wrong signature',
      whole.map((l) => (l === first.signatureText ? second.signatureText : l)),
      ['signature'],
    ],
    ['no signature', without(first.signatureText), ['signature']],
    ['no certificate', whole.filter((line) => !line.includes('BEGIN CERTIFICATE')), ['signer']],
    ['a changed time', whole.map((line) => line.replace('10:00:02', '10:00:03')), ['signature']],
    [
      'white space in a block',
      whole.map((line) => line.replace('"entries":3,', '"entries": 3,')),
      ['line', 'place'],
    ],
    ['no last line', whole.slice(0, -1), ['truncated']],
    ['a line behind the last', [...whole, a], ['place']],
    ['a second first line', [...whole.slice(0, 1), ...whole], ['place']],
  ]
  function movedEntry(): MadeBlock[] {
    const rest = { ...first, entries: first.entries.slice(0, -1) }
    return [rest, { ...second, entries: [...first.entries.slice(-1), ...second.entries] }, third]
  }
  function twice(): string[] {
    return whole.flatMap((line) => (line === third.headerText ? [...blockLines(second), line] : [line]))
  }
  for (const [name, lines, kinds] of cases) {
    const report = await verify(lines)
    const found = new Set(report.faults.map((fault) => fault.kind))
    t.notOk(report.isSound, name)
    for (const kind of kinds) t.ok(found.has(kind), `${name}: ${kind} among ${[...found]}`)
    for (const kind of kinds)
      t.ok(
        reportLines(report).some((line) => line.startsWith(`${kind}: `)),
        name,
      )
    t.equal(reportLines(report).length, report.faults.length + 2 + report.signers.length, name)
  }
})

t.test('a certificate that was expected must have signed every block', async (t) => {
  t.same(await kindsFound(whole, { signer: first.header.signer }), [])
  t.same(await kindsFound(whole, { signer: '00'.repeat(32) }), ['signer'])
  const other = makeTestSigner()
  const foreign = sealEntries(other, { number: 3, previous: second.header.root, entries: third.entries })
  const mixed = makeExport(signer, [first, second, foreign])
  mixed.splice(2, 0, makeExport(other, [foreign])[1] ?? '')
  t.same(await kindsFound(mixed), [], 'a hub may change its certificate')
  t.same(await kindsFound(mixed, { signer: first.header.signer }), ['signer'])
})

t.test('a certificate under the name of another one is found', async (t) => {
  const other = makeTestSigner()
  const forged = makeExport(other, blocks)
  forged[1] = (forged[1] ?? '').replace(/"signer":"[0-9a-f]+"/, `"signer":"${first.header.signer}"`)
  t.same(await kindsFound(forged), ['signer'])
})

t.test('a block kept elsewhere must be in the file as it was', async (t) => {
  t.same(await kindsFound(whole, { anchor: { number: 2, root: second.header.root } }), [])
  t.same(await kindsFound(whole, { anchor: { number: 2, root: first.header.root } }), ['anchor'])
  t.same(await kindsFound(makeExport(signer, [first]), { anchor: { number: 2, root: second.header.root } }), [
    'anchor',
  ])
})

t.test('no change of one octet passes', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const bytes = Buffer.from(`${whole.join('\n')}\n`)
  // Base64 inside of PEM has more than one spelling; the certificate itself is named by its digest.
  const pem = { from: bytes.indexOf('-----BEGIN'), to: bytes.indexOf('","signer"') }
  for (let round = 0; round < 1500; round += 1) {
    const place = below(random, bytes.length)
    if (place >= pem.from && place < pem.to) continue
    const changed = Buffer.from(bytes)
    changed[place] = ((changed[place] ?? 0) + 1 + below(random, 255)) % 256
    const report = await verifyExport(stream(changed), { check: checkTestSignature })
    if (report.isSound) t.fail(`octet ${place} of seed ${random.seed}: ${bytes[place]} to ${changed[place]}`)
  }
  t.pass('all were found')
})

t.test('no cut passes, wherever it is', async (t) => {
  const bytes = Buffer.from(`${whole.join('\n')}\n`)
  for (let length = 0; length < bytes.length; length += 7) {
    const report = await verifyExport(stream(bytes.subarray(0, length)), { check: checkTestSignature })
    if (report.isSound) t.fail(`cut at ${length}`)
  }
  t.pass('all were found')
})

t.test('hostile files are reported, not suffered', async (t) => {
  const deep = '['.repeat(limits.journalLineBytesMax - 10)
  const cases: [string, string[]][] = [
    ['nothing', []],
    ['no journal', ['<?xml version="1.0"?>']],
    ['null', ['null']],
    ['deep nesting', [deep]],
    ['deep nesting later', [...whole.slice(0, 2), deep, ...whole.slice(2)]],
    ['absurd numbers', ['{"format":"edo-hub-journal-export/1","from":1e300,"to":1e301}']],
    ['a range backwards', ['{"format":"edo-hub-journal-export/1","from":9,"to":1}']],
    [
      'a prototype',
      [...whole.slice(0, 1), '{"__proto__":{"form":"edo-hub-journal/1 sha-256"}}', ...whole.slice(1)],
    ],
    ['an unreadable certificate', whole.map((line) => line.replace('BEGIN CERT', 'BEGIN SERT'))],
  ]
  for (const [name, lines] of cases) t.notOk((await verify(lines)).isSound, name)
  const noise = seededRandom()
  t.comment(`HUB_TEST_SEED=${noise.seed}`)
  const alphabet = [...'{}[]",:0123456789abc\n\\u', whole[2] ?? '', whole[3] ?? '', whole.at(-1) ?? '']
  for (let round = 0; round < 300; round += 1) {
    const tail = Array.from({ length: 200 }, () => oneOf(noise, alphabet)).join('')
    t.notOk((await verify([...whole.slice(0, 4), tail])).isSound, `round ${round}`)
  }
})

t.test('an endless line ends the reading with bounded memory', async (t) => {
  let given = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${whole[0]}\n`)
    const chunk = Buffer.alloc(64 * 1024, 'a')
    for (;;) {
      given += chunk.length
      yield chunk
    }
  }
  const report = await verifyExport(endless(), { check: checkTestSignature })
  t.same([...new Set(report.faults.map((fault) => fault.kind))], ['line', 'truncated'])
  t.ok(given <= limits.journalLineBytesMax + 128 * 1024)
})

t.test('a line of exactly journalLineBytesMax is read, one octet more is not', async (t) => {
  const read = async (text: string) => {
    const lines: boolean[] = []
    for await (const line of readLines(stream(text), 10)) lines.push(line.isWhole)
    return lines
  }
  t.same(await read('0123456789\nab\n'), [true, true])
  t.same(await read('0123456789a\nab\n'), [false])
  t.same(await read('ab\ncd'), [true, false])
  t.same(await read(''), [])
})

t.test('reports journalFaultsMax faults at most and says so', async (t) => {
  const junk = Array.from({ length: limits.journalFaultsMax * 2 }, () => 'junk')
  const report = await verify([...whole.slice(0, 1), ...junk])
  t.equal(report.faults.length, limits.journalFaultsMax)
  t.equal(report.faults.at(-1)?.kind, 'many')
  const fewer = await verify([...whole.slice(0, 2), ...junk.slice(0, 98), ...whole.slice(2)])
  t.equal(fewer.faults.length, 98)
})

t.test('tells the lines of an export apart', async (t) => {
  t.same(
    whole.map((line) => readExportLine(line).is),
    [
      ...['header', 'signer'],
      ...['block', 'signature', 'entry', 'entry', 'entry'],
      ...['block', 'signature', 'entry'],
      ...['block', 'signature', 'entry', 'entry', 'entry', 'entry'],
      'end',
    ],
  )
})

t.test(
  'blocks are signed with the GOST key of the hub, and the signature is bound to its certificate',
  async (t) => {
    const identity = identityOn('TC26-256-B')
    const gost = makeBlockSigner(identity, () => new Date('2026-11-22T10:00:00Z'))
    const [block] = makeBlocks(gost, [2]) as [MadeBlock]
    const lines = makeExport(gost, [block])
    const verifyGost = (changed: readonly string[]) =>
      verifyExport(stream(changed.map((line) => `${line}\n`).join('')), { check: checkBlockSignature })
    t.same((await verifyGost(lines)).faults, [])
    t.same((await verifyGost(lines)).signers, [identity.certificate.thumbprint])
    const changed = await verifyGost(lines.map((line) => line.replace('10:00:01', '10:00:02')))
    t.same(
      changed.faults.map((fault) => fault.kind),
      ['signature'],
    )
    const ed = makeExport(signer, [first])
    t.match((await verifyGost(ed)).faults, [{ kind: 'signature' }])
  },
)
