// Monitoring hears of every answer of the registry of powers of attorney, and whoever asked gets it as it is.

import t from 'tap'
import { countAnswers, type RegistryAnswer } from '../../hub/adapters/attorney-registry-counted.ts'
import type { RegistryFile, RegistryStatus } from '../../hub/trust/attorney/registry.ts'

const key = { number: '0', principalInn: '7707083893' }
const never = new AbortController().signal
const over = AbortSignal.abort()

t.test('every answer is counted, silence with its reason', async (t) => {
  const files: RegistryFile[] = [
    { outcome: 'found', bytes: new Uint8Array(1), signature: undefined },
    { outcome: 'not-found' },
    { outcome: 'revoked', at: undefined },
    { outcome: 'silent', reason: 'deadline' },
  ]
  const statuses: RegistryStatus[] = [
    { outcome: 'valid' },
    { outcome: 'unknown' },
    { outcome: 'silent', reason: 'breaker.open' },
  ]
  const told: RegistryAnswer[] = []
  for (const file of files) {
    const status = statuses[files.indexOf(file) % statuses.length] as RegistryStatus
    const registry = countAnswers({ fetch: async () => file, status: async () => status }, (one) =>
      told.push(one),
    )
    t.equal(await registry.fetch(key, never), file)
    t.equal(await registry.status(key, never), status)
  }
  t.strictSame(
    told.map(({ question, outcome, reason }) => `${question} ${outcome} ${reason}`),
    [
      'file found none',
      'status valid none',
      'file not-found none',
      'status unknown none',
      'file revoked none',
      'status silent breaker.open',
      'file silent deadline',
      'status valid none',
    ],
  )
})

t.test('what comes too late for whoever asked is counted as silence', async (t) => {
  const told: RegistryAnswer[] = []
  const registry = countAnswers(
    {
      fetch: async () => ({ outcome: 'silent', reason: 'aborted' }),
      status: async () => ({ outcome: 'valid' }),
    },
    (one) => told.push(one),
  )
  t.match(await registry.fetch(key, over), { reason: 'aborted' }, 'it is handed on as it is')
  t.match(await registry.status(key, over), { outcome: 'valid' })
  t.strictSame(told, [
    { question: 'file', outcome: 'silent', reason: 'deadline' },
    { question: 'status', outcome: 'silent', reason: 'deadline' },
  ])
})
