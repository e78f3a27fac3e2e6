// The hub of a bench: the real one on its embedded default, in a process of its own.

import { startHub } from '../../hub/build.ts'
import { loadConfig } from '../../hub/config.ts'

const folder = process.argv[2] ?? ''
const loaded = loadConfig({
  env: {},
  cwd: process.cwd(),
  overrides: [
    `data.folder=${folder}`,
    'partner.port=0',
    'admin.port=0',
    'internal.port=0',
    'outbound.allowPrivateAddresses=true',
    'log.level=warn',
    ...(process.env['BENCH_DATABASE_URL'] ? [`database.url=${process.env['BENCH_DATABASE_URL']}`] : []),
  ],
})
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
const hub = await startHub(loaded.settings, { onLost: () => process.exit(1) })
process.send?.({ address: hub.partnerAddress, pid: process.pid })

async function counts(): Promise<object> {
  const { rows } = await hub.store.query(
    'select state, answer, count(*)::int as messages from message group by 1, 2',
  )
  const work = await hub.store.query('select hop, count(*)::int as rows from work group by 1')
  return { messages: rows, work: work.rows }
}

process.on('message', (question: { partners?: object; counts?: true; stop?: true }) => {
  const answer = async () => {
    if (question.partners !== undefined) {
      const applied = await hub.registry.apply(question.partners, { actor: 'bench', reason: 'bench' })
      if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
      return {}
    }
    if (question.counts) return counts()
    await hub.stop()
    return {}
  }
  answer().then(
    (reply) => process.send?.(reply, () => question.stop && process.exit(0)),
    (error) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})
