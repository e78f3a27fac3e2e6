// Verdicts as they are committed: counted once they are kept, and chains sent only while they are not.

import t from 'tap'
import { StaleChange } from '../../hub/store/hot/batcher.ts'
import type { Change } from '../../hub/store/hot/change.ts'
import { readVerdict, readVerdictChains } from '../../hub/store/views/verdicts.ts'
import { chainNames } from '../../hub/trust/verdict/freeze.ts'
import { startRelay } from '../support/relay.ts'

t.test(
  'a verdict whose commit fails is counted once, and its chains are sent until they are kept',
  async (t) => {
    const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
    const { context } = relay.hub
    const [a, b] = relay.partners
    const judged: string[] = []
    const { watcher } = context
    context.watcher = {
      ...watcher,
      judged: (...[peer, indication, sub]) => {
        judged.push(`${peer} ${indication}`)
        watcher.judged(peer, indication, sub)
      },
    }
    /** Chains of each change with a verdict, in the order of submission; the first changes fail. */
    const sent: string[][] = []
    const failures = [new StaleChange('somebody else'), new Error('the database is away')]
    const { submit } = context.committer
    context.committer.submit = async (change: Change) => {
      if (change.verdicts === undefined) return submit(change)
      sent.push((change.verdictChains ?? []).map(({ sha256 }) => sha256))
      const failure = failures.shift()
      if (failure !== undefined) {
        t.strictSame(judged, [], 'nothing is counted before it is kept')
        throw failure
      }
      return submit(change)
    }

    const names: string[] = []
    for (const _ of [1, 2, 3]) {
      const { message } = await relay.send(a, b)
      const { id } = await relay.waitForState(message.id, 'delivered')
      const kept = await readVerdict(relay.hub.store, id)
      names.push(...chainNames(kept?.facts ?? ''))
      const chains = await readVerdictChains(relay.hub.store, names)
      t.ok(names.every((name) => chains.has(name)))
    }
    t.equal(new Set(names).size, 1)
    const [name = ''] = names
    t.strictSame(sent, [[name], [name], [name], [], []])
    t.strictSame(judged, Array(3).fill(judged[0]))

    failures.push(new Error('the database is away'))
    judged.length = 0
    const { message } = await relay.send(a, b)
    await relay.waitForState(message.id, 'delivered')
    t.strictSame(sent.slice(5), [[], [name]], 'another database may answer now')
  },
)
