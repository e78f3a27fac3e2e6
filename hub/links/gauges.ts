// Shows links to monitoring: how many opened, how many of them by themselves, and what waits.

import type { Metrics } from '../../monitoring/metrics.ts'
import { countWaiting, sumMeasures } from '../store/links/measure-reads.ts'
import { countLinkWaits } from '../store/links/waits.ts'
import type { Sql } from '../store/sql.ts'

/** Adds the gauges; each is read at a scrape. */
export function showLinks(metrics: Pick<Metrics, 'collect'>, store: Sql): void {
  metrics.collect('hub_links_events', async () => {
    const sums = (await sumMeasures(store)).filter(({ measure }) => measure === 'link')
    return sums.map(({ label, count }) => {
      const [news = '', where] = label.split(':')
      return {
        labels: { news, where: where === 'home' ? ('home' as const) : ('transit' as const) },
        value: count,
      }
    })
  })
  metrics.collect('hub_links_by_invitation', async () => {
    const sums = await sumMeasures(store)
    return (['automatic', 'manual'] as const).map((how) => {
      const found = sums.find(({ measure, label }) => measure === 'invite' && label === `linked:${how}`)
      return { labels: { how }, value: found?.count ?? 0 }
    })
  })
  metrics.collect('hub_links_waiting', async () => {
    const { requests, invites } = await countWaiting(store)
    const waits = await countLinkWaits(store)
    return [
      { labels: { what: 'requests' as const }, value: requests },
      { labels: { what: 'invites' as const }, value: invites },
      { labels: { what: 'messages' as const }, value: waits.reduce((sum, { count }) => sum + count, 0) },
    ]
  })
}
