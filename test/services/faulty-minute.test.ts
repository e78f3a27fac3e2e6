// The faulty peers of test/long/faulty-peers.test.ts for a whole minute, with time-outs and retries as in service.

import t from 'tap'
import { quantile, runFaultyPeers } from '../drill/faulty.ts'

t.setTimeout(290_000)

t.test('for a whole minute a well peer waits for none of five faulty ones', async (t) => {
  const report = await runFaultyPeers(t, {
    faultyForMs: 60_000,
    failuresMin: 3,
    messages: 50,
    policy: { deliverTimeoutMs: 5000, retryMs: [1000, 5000, 15_000], retryForMs: 600_000 },
    settings: ['deliver.breakerOpenMs=5000'],
    recoverWithinMs: 120_000,
  })
  for (const [when, ms] of [
    ['without', report.withoutMs],
    ['with', report.withMs],
  ] as const) {
    const shares = [0.5, 0.9, 0.99].map((share) => quantile(ms, share))
    t.comment(`${when} faulty peers: ${ms.length} messages, p50, p90, p99 in ms: ${shares.join(', ')}`)
  }
  t.comment(`faulty arrivals ${JSON.stringify(report.failures)}, recovered in ${report.recoveredMs} ms`)
  t.strictSame(report.faults, [])
  t.ok(quantile(report.withMs, 0.5) < 3 * quantile(report.withoutMs, 0.5) + 250)
})
