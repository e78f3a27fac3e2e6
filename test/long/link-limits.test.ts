// Limits of links and invitations at both sides of their edges: batches of a run, and what a card shows.

import t from 'tap'
import { cardOf } from '../../hub/api/internal/invitations/view.ts'
import { sayOn } from '../../hub/links/say.ts'
import { startLinks } from '../../hub/links/wiring.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import { newRowId } from '../../hub/store/ids.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { letteredInvite, letterRow } from '../support/letter-rows.ts'
import { startLinkBench } from '../support/links.ts'

/** Holds the pauses of the loop, so that each run can be looked at. */
function holdPauses(t: { teardown(run: () => void): void }, everyMs: number) {
  const real = globalThis.setTimeout
  let waiting: ((go: () => void) => void) | undefined
  let held: (() => void) | undefined
  const pausing = (run: () => void, ms = 0, ...rest: unknown[]) => {
    if (ms < 0.9 * everyMs || ms > 1.1 * everyMs) return Reflect.apply(real, undefined, [run, ms, ...rest])
    held = run
    waiting?.(run)
    return real(() => undefined, 0)
  }
  globalThis.setTimeout = Object.assign(pausing, real) as typeof setTimeout
  t.teardown(() => {
    globalThis.setTimeout = real
  })
  /** Resolves with what ends the pause, once the loop has begun one. */
  return async (): Promise<() => void> => {
    const go = held ?? (await new Promise<() => void>((resolve) => (waiting = resolve)))
    held = undefined
    waiting = undefined
    return go
  }
}

t.test('a run follows so many batches of news; what is left waits for the next run', async (t) => {
  const bench = await startLinkBench(t)
  await bench.store.query("delete from lease where name = 'links'")
  const max = limits.linkBatchesMax * limits.linkNewsBatchMax
  await bench.store.query(
    'insert into link_news (message, outcome, at) ' +
      "select gen_random_uuid(), 'refused', now() - interval '1 minute' from generate_series(0, $1::int)",
    [max],
  )
  let reads = 0
  const { store } = bench
  const counting = {
    ...store,
    query: (question: { name?: string }, ...rest: unknown[]) => {
      if (question.name === 'link_news_read') reads += 1
      return Reflect.apply(store.query, store, [question, ...rest])
    },
  }
  const left = async () => Number((await store.query('select count(*) from link_news')).rows[0]?.['count'])
  const paused = holdPauses(t, limits.linkFollowEveryMs)
  const following = await startLinks({
    context: { ...bench.context, store: counting } as unknown as PipelineContext,
    store: { listen: async () => async () => undefined },
    metrics: { collect: () => undefined },
    onFault: (place, error) => bench.faults.push(`${place} ${error}`),
  })
  t.teardown(() => following.stop())
  const go = await paused()
  t.strictSame([reads, await left()], [limits.linkBatchesMax, 1])
  go()
  await paused()
  t.strictSame([reads, await left()], [limits.linkBatchesMax + 1, 0])
  t.strictSame(bench.faults, [])
})

t.test('a card shows the newest letters and events of an invitation, events in their order', async (t) => {
  const bench = await startLinkBench(t)
  const max = limits.inviteEventsShownMax
  const invite = letteredInvite()
  await bench.plane.write({ invites: [invite] })
  const started = Date.parse('2026-10-01T00:00:00Z')
  const add = async (numbers: readonly number[]) => {
    const at = (n: number) => new Date(started + n * 60_000)
    const letters = numbers.map((n) => letterRow(invite, { id: newRowId(at(n)), made_at: at(n) }))
    const linkEvents = numbers.map((n) => {
      const nothing = { link: null, cell: null, reason: null, message: null }
      const what = { said_by: 'hub', news: 'bounced', state: 'asked' } as const
      return { id: newRowId(at(n)), invite: invite.id, at: at(n), ...what, ...nothing }
    })
    await bench.plane.write({ letters, linkEvents })
  }
  const shown = async () => {
    const { letters, events } = await cardOf(bench.store, invite)
    const minuteOf = (text: string) => (Date.parse(text) - started) / 60_000
    return {
      letters: letters.map(({ madeAt }) => minuteOf(madeAt)),
      events: events.map(({ at }) => minuteOf(at)),
    }
  }
  const all = Array.from({ length: max }, (_, n) => n)
  await add(all)
  t.strictSame(await shown(), { letters: all.toReversed(), events: all })
  await add([max])
  const newest = [...all.slice(1), max]
  t.strictSame(await shown(), { letters: newest.toReversed(), events: newest }, 'the oldest one goes')
})

t.test(
  'a sending time counts as it is up to the limit ahead, a millisecond more as of its arrival',
  async (t) => {
    const { context } = await startLinkBench(t)
    const at = new Date('2026-10-01T09:00:00Z')
    const [by, to] = ['2ZA-7701-first', '2AB-7703-own'] as ParticipantId[] as [ParticipantId, ParticipantId]
    const kept = (aheadMs: number) => {
      const sentAt = new Date(at.getTime() + aheadMs).toISOString()
      const { link } = sayOn(context, undefined, { by, to, type: 'ask', sentAt, at })
      return Date.parse(link.sayings[0]?.sentAt ?? '') - at.getTime()
    }
    const max = limits.linkSentAheadMaxMs
    t.equal(kept(max), max)
    t.equal(kept(max + 1), 0)
  },
)
