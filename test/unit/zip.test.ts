// Writing ZIPs other tools open, reading them back, and both sides of every limit of the reader.

import { spawnSync } from 'node:child_process'
import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { readZip } from '../../operators/containers/zip/read.ts'
import { copiedPart, writeZip, type ZipPart } from '../../operators/containers/zip/write.ts'
import { limits } from '../../schemas/limits.ts'
import type { EntryPlace } from '../../schemas/package.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { type HostileEntry, hostileZip } from '../support/hostile-zip.ts'
import { absent, readByPython, runTool } from '../support/zip-tools.ts'

const noise = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * index * 31 + 7) % 251))
const parts: ZipPart[] = [
  { name: 'folder/', bytes: new Uint8Array() },
  { name: 'folder/text.xml', bytes: Buffer.from('<a>аб</a>'.repeat(500)), deflate: true },
  { name: 'folder/short', bytes: Buffer.from('x'), deflate: true },
  { name: 'folder/stored.bin', bytes: noise },
  { name: 'folder/пустой', bytes: new Uint8Array(), deflate: true },
]

function entriesOf(zip: Uint8Array): EntryPlace[] {
  const listed = readZip(zip)
  if (isRefusal(listed)) throw new Error(`${listed.code}: ${listed.seen}`)
  return listed.entries
}

t.test('what is written is read back, entry by entry', async (t) => {
  const zip = writeZip(parts)
  const entries = entriesOf(zip)
  t.strictSame(
    entries.map((entry) => entry.name),
    parts.map((part) => part.name),
  )
  t.strictSame(
    entries.map((entry) => entry.method),
    [0, 8, 0, 0, 0],
    'deflated only where that saves bytes',
  )
  for (const [index, entry] of entries.entries()) {
    const part = parts[index]
    const content = inflateEntry(zip, entry)
    t.ok(
      !isRefusal(content) && part !== undefined && 'bytes' in part && Buffer.from(content).equals(part.bytes),
    )
  }
})

t.test('the same parts give the same bytes', async (t) => {
  t.ok(Buffer.from(writeZip(parts)).equals(writeZip(parts)))
})

t.test('packed entries are copied without inflating them', async (t) => {
  const first = writeZip(parts)
  const copies = entriesOf(first).map((place) => copiedPart(first, place, `moved/${place.name}`))
  const second = writeZip(copies)
  for (const [index, place] of entriesOf(second).entries()) {
    const source = entriesOf(first)[index]
    t.match(place, { crc32: source?.crc32, size: source?.size, method: source?.method })
    t.ok(!isRefusal(inflateEntry(second, place)), place.name)
  }
})

t.test('unzip finds nothing wrong', { skip: absent('unzip') }, async (t) => {
  const said = runTool(writeZip(parts), 'unzip', (file) => ['-t', file])
  t.match(said, /No errors detected/)
})

t.test('Python reads the same names and contents', { skip: absent('python3') }, async (t) => {
  const expected = parts.map((part) => [part.name, 'bytes' in part ? part.bytes.length : 0])
  t.strictSame(readByPython(writeZip(parts)), expected)
})

t.test('ZIPs of other writers are read, streamed ones too', { skip: absent('python3') }, async (t) => {
  const script = [
    'import sys, io, zipfile',
    'class Pipe(io.RawIOBase):',
    '    def writable(self): return True',
    '    def write(self, b): sys.stdout.buffer.write(b); return len(b)',
    'z = zipfile.ZipFile(Pipe() if sys.argv[1] == "pipe" else sys.argv[2], "w", zipfile.ZIP_DEFLATED)',
    'z.writestr("a/b.txt", "text " * 100)',
    'z.mkdir("d") if hasattr(z, "mkdir") else None',
    'z.close()',
  ].join('\n')
  const made = spawnSync('python3', ['-c', script, 'pipe'], { encoding: 'buffer' })
  const place = entriesOf(made.stdout)[0]
  t.match(place, { name: 'a/b.txt', size: 500 })
  t.ok(place !== undefined && !isRefusal(inflateEntry(made.stdout, place)))
})

t.test('a writer that is asked for what the reader refuses fails loudly', async (t) => {
  const part = { name: 'a', bytes: new Uint8Array() }
  t.throws(() => writeZip([{ ...part, name: '../a' }]))
  t.throws(() => writeZip([part, { ...part, name: 'A' }]))
  t.throws(() => writeZip([{ ...part, name: '' }]))
  t.throws(() => writeZip([{ ...part, name: 'a'.repeat(limits.zipNameBytesMax + 1) }]))
})

t.test('every limit of the reader holds on both sides', async (t) => {
  const one = (entry: Partial<HostileEntry>) => readZip(hostileZip([{ name: 'a', ...entry }]))
  const many = (count: number) =>
    readZip(hostileZip(Array.from({ length: count }, (_, index) => ({ name: `a${index}`, method: 0 }))))
  t.notOk(isRefusal(many(limits.zipEntriesMax)))
  t.match(many(limits.zipEntriesMax + 1), { code: 'zip.too-many' })
  t.notOk(isRefusal(one({ name: 'a'.repeat(limits.zipNameBytesMax) })))
  t.match(one({ name: 'a'.repeat(limits.zipNameBytesMax + 1) }), { code: 'zip.name' })

  const packed = Buffer.alloc(limits.zipEntryBytesMax / limits.zipRatioMax + 1)
  t.notOk(isRefusal(one({ packed, size: limits.zipEntryBytesMax })))
  t.match(one({ packed, size: limits.zipEntryBytesMax + 1 }), { code: 'zip.bomb' })

  const small = Buffer.alloc(10_000)
  t.notOk(isRefusal(one({ packed: small, size: small.length * limits.zipRatioMax })))
  t.match(one({ packed: small, size: small.length * limits.zipRatioMax + 1 }), { code: 'zip.bomb' })
  t.notOk(
    isRefusal(one({ packed: Buffer.alloc(10), size: limits.zipRatioFreeBytes })),
    'small files may be dense',
  )
  t.match(one({ packed: Buffer.alloc(10), size: limits.zipRatioFreeBytes + 1 }), { code: 'zip.bomb' })

  const half = limits.zipTotalBytesMax / 2
  const twice = (more: number) => [
    { name: 'a', packed, size: half },
    { name: 'b', packed, size: half + more },
  ]
  t.notOk(isRefusal(readZip(hostileZip(twice(0)))))
  t.match(readZip(hostileZip([...twice(0), { name: 'c', packed: small, size: 1 }])), { code: 'zip.bomb' })
})

t.test('an honest dense file below the ratio is inflated', async (t) => {
  const content = Buffer.alloc(limits.zipRatioFreeBytes)
  const zip = hostileZip([{ name: 'a', content }])
  const place = entriesOf(zip)[0]
  t.ok(place !== undefined && !isRefusal(inflateEntry(zip, place)))
  t.ok(deflateRawSync(content).length * limits.zipRatioMax < content.length, 'its ratio is beyond the limit')
})

t.test('the writer makes nothing the reader takes for a bomb', async (t) => {
  const content = Buffer.alloc(limits.zipRatioFreeBytes + 1)
  const zip = writeZip([{ name: 'a', bytes: content, deflate: true }])
  t.equal(entriesOf(zip)[0]?.method, 0)
  const read = readZip(zip)
  t.notOk(isRefusal(read), 'it is read again')
})
