// What is no more kept of a link on a real database: requests that are refused long after they were said.

import t from 'tap'
import { commitFresh } from '../../hub/links/follow.ts'
import { say } from '../../hub/links/say.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { type LinkBench, parties, startLinkBench } from '../support/links.ts'

t.setTimeout(180_000)
const { a, own } = parties
const id = (text: string) => text as ParticipantId
const time = (n: number) => new Date(Date.UTC(2026, 9, 1) + n * 1000).toISOString()

function sayOne(
  bench: LinkBench,
  of: { by: string; to: string; type: 'ask' | 'break'; n: number; message?: string },
): Promise<void> {
  const { by, to, type, n, message } = of
  const saying = { by: id(by), to: id(to), type, sentAt: time(n), at: new Date() }
  return commitFresh(bench.context, async () => {
    return (await say(bench.context, { ...saying, ...(message === undefined ? {} : { message }) })).change
  })
}

t.test('a Запрос of ours that is refused after many other sayings is taken back', async (t) => {
  const bench = await startLinkBench(t)
  const message = await bench.end({ from: own, to: a, peer: 'home:2AB', outcome: 'refused' })
  await sayOne(bench, { by: own, to: a, type: 'ask', n: 0, message })
  for (let n = 1; n <= limits.linkSayingsMax; n += 1) {
    await sayOne(bench, { by: a, to: own, type: 'ask', n })
  }
  const before = await bench.link(own, a)
  t.match(before, { cell: 'linked', sayings: { length: limits.linkSayingsMax / 2 } })
  await bench.follow()
  const link = await bench.link(own, a)
  t.match(link, { cell: 'asked-by-them', linked_at: null, deadline_at: Date, sayings: before?.sayings })
  t.match((await bench.events()).at(-1), {
    news: 'undelivered',
    said_by: 'hub',
    cell: 'asked-by-them',
    message,
  })
  await bench.context.committer.submit({ linkNews: [{ message, outcome: 'refused', at: new Date(0) }] })
  await bench.follow()
  t.same(await bench.link(own, a), link, 'it is taken back once')
  t.same(bench.faults, [])
})
