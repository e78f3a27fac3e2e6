// Every scenario over every pair of transports: partners over HTTP and SFTP, and a service of our own operator.

import t from 'tap'
import { startRelay } from '../support/relay.ts'
import type { Over } from '../support/relay-partners.ts'
import { runScenarios } from '../support/scenarios.ts'

t.setTimeout(240_000)

const pairs: readonly [Over, Over][] = [
  ['http', 'sftp'],
  ['sftp', 'http'],
  ['sftp', 'sftp'],
  ['home', 'http'],
  ['home', 'sftp'],
  ['http', 'home'],
  ['sftp', 'home'],
]

for (const [from, to] of pairs) {
  t.test(`${from} to ${to}`, async (t) => {
    const relay = await startRelay(t, {
      partners: [
        { code: '2ZA', over: from },
        { code: '2ZB', over: to },
      ],
      settings: to === 'home' ? ['home.answeringCodes=2ZB'] : [],
    })
    const [a, b] = relay.partners
    await runScenarios(t, { relay, a, b })
  })
}
