// Limits of the directory of subscribers at both sides of their edges: memory, words, answers, files.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createHttpParticipantsDirectory } from '../../hub/adapters/participants-directory.ts'
import { readSubscriberFile } from '../../hub/cli/subscribers/read-file.ts'
import { type DirectoryParts, makeDirectory } from '../../hub/directory/directory.ts'
import { wordsOfName } from '../../hub/directory/words.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { startParticipantsStub } from '../support/participants-stub.ts'

t.test(
  'so many subscribers are kept in memory; one more, and the one not asked for longest goes',
  async (t) => {
    let reads = 0
    const store = {
      query: async () => {
        reads += 1
        return { rows: [], rowCount: 0 }
      },
    }
    const directory = makeDirectory({
      context: { store } as unknown as DirectoryParts['context'],
      cachedForMs: 3_600_000,
      activeForMs: 0,
      lookUp: async () => ({ status: 'not-found', ids: [], askedAt: new Date(0) }),
    })
    const ask = (n: number) =>
      directory.byId({ id: `2ZA-${n}` as ParticipantId, viewer: undefined, at: new Date(0) })
    const readsFor = async (n: number) => {
      const before = reads
      await ask(n)
      return reads - before
    }
    const max = limits.subscribersCachedMax
    for (let n = 0; n < max; n += 1) await ask(n)
    t.equal(reads, max)
    t.equal(await readsFor(0), 0, 'as many as are kept: the first is still there')
    t.equal(await readsFor(max), 1)
    t.equal(await readsFor(0), 0)
    t.equal(await readsFor(2), 0, 'one went')
    t.equal(await readsFor(1), 1, 'the one that was not asked for longest')
  },
)

t.test('a name is searched by so many of its characters and words', async (t) => {
  const { directoryNameLengthMax: lengthMax, directoryNameWordsMax: wordsMax } = limits
  t.strictSame(wordsOfName('я'.repeat(lengthMax)), ['я'.repeat(lengthMax)])
  t.strictSame(wordsOfName('я'.repeat(lengthMax + 1)), ['я'.repeat(lengthMax)])
  t.strictSame(
    wordsOfName(`${'я'.repeat(lengthMax - 1)}😀`),
    ['я'.repeat(lengthMax - 1)],
    'no half characters',
  )
  const words = Array.from({ length: wordsMax + 1 }, (_, n) => `слово${n}`)
  t.strictSame(wordsOfName(words.slice(1).join(' ')), words.slice(1))
  t.strictSame(wordsOfName(words.join(' ')), words.slice(0, wordsMax))
})

t.test('an answer of as many bytes as are read is one, a byte more is none', async (t) => {
  const stub = await startParticipantsStub()
  t.teardown(() => stub.close())
  const directory = createHttpParticipantsDirectory({
    address: stub.address,
    allowPrivateAddresses: true,
    timeoutMs: 60_000,
  })
  const find = () => directory.find({ inn: '7707083893', kpp: undefined }, new AbortController().signal)
  const body = '{"status":"NotFound"}'.padEnd(limits.lookUpAnswerBytesMax, ' ')
  stub.behave({ is: 'answer', status: 200, body })
  t.match(await find(), { outcome: 'not-found' })
  stub.behave({ is: 'answer', status: 200, body: `${body} ` })
  t.match(await find(), { outcome: 'try-later', reason: 'answer.too-large' })
})

t.test('a line of a file as long as is read, and one byte more', async (t) => {
  const file = join(t.testdir(), 'a.csv')
  const max = limits.importLineBytesMax
  const ofBytes = (id: string, bytes: number) => {
    const start = `${id};`
    const letters = (bytes - start.length) >> 1
    return start + 'я'.repeat(letters) + 'x'.repeat(bytes - start.length - 2 * letters)
  }
  const lines = [ofBytes('2ZA-1', max), ofBytes('2ZA-2', max + 1), '2ZA-3;', ofBytes('2ZA-4', 5 * max)]
  const last = [ofBytes('2ZA-5', max), ofBytes('2ZA-6', max + 1)]
  for (const end of last) {
    writeFileSync(file, ['id;name', ...lines, end].join('\n'))
    const rows = []
    for await (const row of readSubscriberFile(file)) rows.push(row)
    const read = rows.map((row) => ('id' in row ? row.id : row.refusal.code))
    const wanted = ['2ZA-1', 'directory.row', '2ZA-3', 'directory.row']
    t.strictSame(read, [...wanted, end === last[0] ? '2ZA-5' : 'directory.row'])
    t.strictSame(
      rows.map(({ row }) => row),
      [2, 3, 4, 5, 6],
    )
  }
})
