// Hostile packages: each gets its code quickly, nothing throws, and memory stays bounded.

import t from 'tap'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { readZip } from '../../operators/containers/zip/read.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { hostilePackages } from '../support/hostile-packages.ts'
import { dataDescriptor, hostileZip } from '../support/hostile-zip.ts'
import { below, seededRandom } from '../support/random.ts'
import { sampleEntries } from '../support/sample-package.ts'

/** Far above what any of them needs, for the machine may be busy; a bomb that goes off needs much longer. */
const patienceMs = 5000
const memoryBytesMax = 300 * 1024 * 1024

t.test('every hostile package is refused with its code, quickly and in bounded memory', async (t) => {
  for (const { name, code, zip } of hostilePackages) {
    const bytes = zip()
    const memoryBefore = process.memoryUsage().rss
    const startedAt = performance.now()
    const content = roseu.openContent(bytes)
    const took = performance.now() - startedAt
    t.match(content, { code }, `${name}: ${code}`)
    t.ok(took < patienceMs, `${name}: took ${took.toFixed(0)} ms`)
    t.ok(process.memoryUsage().rss - memoryBefore < memoryBytesMax, `${name}: bounded memory`)
    const inspected = roseu.inspectContent(bytes)
    t.equal(inspected.faults[0]?.code, code, `${name}: inspection finds the same first`)
  }
})

t.test('a refusal says nothing that could name a person', async (t) => {
  for (const { name, zip } of hostilePackages) {
    for (const fault of roseu.inspectContent(zip()).faults) {
      t.notMatch(fault.seen + fault.at, /договор|Ромашка/, name)
    }
  }
})

t.test('the honest package opens, and with data descriptors of both kinds', async (t) => {
  t.match(roseu.openContent(hostileZip(sampleEntries())), { kind: 'messages' })
  for (const signed of [true, false]) {
    const described = sampleEntries().map((entry) => ({
      ...entry,
      flags: 8,
      local: { crc32: 0, size: 0, compressedSize: 0 },
      behind: dataDescriptor(entry.content ?? new Uint8Array(), { signed }),
    }))
    t.match(roseu.openContent(hostileZip(described)), { kind: 'messages' })
  }
})

t.test('a package cut at any byte is refused', async (t) => {
  const whole = hostileZip(sampleEntries())
  for (let length = 0; length < whole.length; length += 1) {
    const content = roseu.openContent(whole.subarray(0, length))
    if (!isRefusal(content)) t.fail(`cut to ${length} bytes it was opened`)
  }
  t.pass(`${whole.length} lengths`)
})

t.test('a package with changed bytes is refused, or is the same message', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const whole = hostileZip(sampleEntries())
  const honest = roseu.openContent(whole)
  const digestOf = (content: typeof honest): string | undefined =>
    !isRefusal(content) && content.kind === 'messages' ? content.messages[0]?.contentSha256 : undefined
  const tries = 3000
  let refused = 0
  for (let turn = 0; turn < tries; turn += 1) {
    const changed = Uint8Array.from(whole)
    for (let times = 1 + below(random, 3); times > 0; times -= 1) {
      const at = below(random, changed.length)
      changed[at] = (changed[at] ?? 0) ^ (1 << below(random, 8))
    }
    const content = roseu.openContent(changed)
    if (isRefusal(content)) refused += 1
    else if (digestOf(content) !== digestOf(honest)) t.fail(`turn ${turn} opened as another message`)
  }
  t.ok(refused > tries / 2, `${refused} of ${tries} refused`)
})

t.test('random bytes behind every signature of a ZIP never make the reader throw', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const signatures = [0x04034b50, 0x02014b50, 0x06054b50, 0x07064b50, 0x08074b50]
  for (let turn = 0; turn < 2000; turn += 1) {
    const noise = Buffer.from(Array.from({ length: 22 + below(random, 200) }, () => below(random, 4) * 21))
    for (const signature of signatures) noise.writeUInt32LE(signature, below(random, noise.length - 3))
    const listed = readZip(noise)
    if (!isRefusal(listed)) for (const place of listed.entries) inflateEntry(noise, place)
  }
  t.pass('2000 turns')
})
