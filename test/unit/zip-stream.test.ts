// A ZIP that is written piece by piece: others open it, and it asks for no more than is taken.

import { Readable } from 'node:stream'
import t from 'tap'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { readZip } from '../../operators/containers/zip/read.ts'
import { type StreamedPart, streamZip } from '../../operators/containers/zip/stream.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { seeded } from '../support/seeded.ts'
import { absent, readByPython } from '../support/zip-tools.ts'

const random = seeded()
t.comment(`seed ${random.seed}`)
const noise = random.bytes(300_000)
const contents: Readonly<Record<string, readonly Buffer[]>> = {
  'a/one.xml': [Buffer.from('<a>'), Buffer.from('аб'.repeat(500)), Buffer.from('</a>')],
  пустой: [],
  'noise.bin': [noise.subarray(0, 100_000), noise.subarray(100_000)],
}
const parts = (): StreamedPart[] => Object.entries(contents).map(([name, pieces]) => ({ name, pieces }))

async function written(parts: Iterable<StreamedPart>): Promise<Buffer> {
  return Buffer.concat(await Readable.from(streamZip(parts)).toArray())
}

t.test('what is written is read back, entry by entry, and the same parts give the same bytes', async (t) => {
  const zip = await written(parts())
  const listed = readZip(zip)
  if (isRefusal(listed)) throw new Error(listed.code)
  const read = listed.entries.map((entry) => {
    const content = inflateEntry(zip, entry)
    return [entry.name, isRefusal(content) ? content.code : Buffer.from(content).toString('latin1')]
  })
  const wanted = Object.entries(contents).map(([name, pieces]) => [
    name,
    Buffer.concat(pieces).toString('latin1'),
  ])
  t.strictSame(read, wanted)
  t.ok(zip.equals(await written(parts())))
})

t.test('Python reads the same names and contents', { skip: absent('python3') }, async (t) => {
  const wanted = Object.entries(contents).map(([name, pieces]) => [name, Buffer.concat(pieces).length])
  t.strictSame(readByPython(await written(parts())), wanted)
})

t.test('asks for no more than is taken, and for nothing once nobody takes', async (t) => {
  let asked = 0
  let isOver = false
  async function* endless() {
    try {
      for (;;) {
        asked += 1
        yield noise
      }
    } finally {
      isOver = true
    }
  }
  let bytes = 0
  for await (const piece of streamZip([{ name: 'a', pieces: endless() }])) {
    bytes += piece.length
    if (bytes > 100_000) break
  }
  t.ok(asked < 5, `${asked} pieces`)
  // A generator ends in turns of its own.
  while (!isOver) await new Promise((done) => setImmediate(done))
  const before = asked
  await new Promise((done) => setImmediate(done))
  t.equal(asked, before)
})

t.test('a fault of the pieces is a fault of the archive', async (t) => {
  async function* broken() {
    yield noise
    throw new Error('the database is away')
  }
  await t.rejects(written([{ name: 'a', pieces: broken() }]), /the database is away/)
})

t.test('a wrong name, one that stands twice and too many are errors of ours', async (t) => {
  const empty = (name: string): StreamedPart => ({ name, pieces: [] })
  await t.rejects(written([empty('../a')]), /refuses/)
  await t.rejects(written([empty('a'), empty('A')]), /twice/)
  const many = (count: number) => Array.from({ length: count }, (_, n) => empty(`n${n}`))
  await t.rejects(written(many(limits.zipEntriesMax + 1)), /more entries/)
})
