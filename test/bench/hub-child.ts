// The hub of a bench: the real one on its embedded default, in a process of its own. Arguments: folder, settings.

import { newApiKey } from '../../hub/api/key-text.ts'
import { startHub } from '../../hub/build.ts'
import { loadConfig } from '../../hub/config.ts'
import { insertApiKey } from '../../hub/store/home/keys.ts'
import { apiVerbs } from '../../schemas/home.ts'
import { makeSubscribers, measureDirectory } from './directory-in-hub.ts'

const folder = process.argv[2] ?? ''
const loaded = loadConfig({
  env: {},
  cwd: process.cwd(),
  overrides: [
    `data.folder=${folder}`,
    'partner.port=0',
    'admin.port=0',
    'internal.port=0',
    'portal.port=0',
    'outbound.allowPrivateAddresses=true',
    'log.level=warn',
    ...process.argv.slice(3),
    ...(process.env['BENCH_DATABASE_URL'] ? [`database.url=${process.env['BENCH_DATABASE_URL']}`] : []),
  ],
})
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
const hub = await startHub(loaded.settings, { onLost: () => process.exit(1) })
process.send?.({ address: hub.partnerAddress, internal: hub.internalAddress, pid: process.pid })

async function counts(): Promise<object> {
  const { rows } = await hub.store.query(
    'select state, answer, count(*)::int as messages from message group by 1, 2',
  )
  const work = await hub.store.query('select hop, count(*)::int as rows from work group by 1')
  const judged = await hub.store.query('select indication, count(*)::int as messages from verdict group by 1')
  return { messages: rows, work: work.rows, verdicts: judged.rows }
}

/** A key of the internal API with every right. */
async function makeKey(home: string): Promise<object> {
  const { id, text, digest } = newApiKey()
  const created_at = new Date()
  const row = { id, home, name: 'bench', digest, verbs: Object.keys(apiVerbs), created_at }
  await insertApiKey(hub.store, { ...row, created_by: 'bench', expires_at: null })
  return { key: text }
}

type Question = {
  partners?: object
  key?: string
  directory?: { make: number } | { measure: number }
  counts?: true
  stop?: true
}

process.on('message', (question: Question) => {
  const answer = async () => {
    if (question.partners !== undefined) {
      const applied = await hub.registry.apply(question.partners, { actor: 'bench', reason: 'bench' })
      if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
      return {}
    }
    if (question.key !== undefined) return makeKey(question.key)
    if (question.directory !== undefined) {
      return 'make' in question.directory
        ? makeSubscribers(hub.store, question.directory.make)
        : measureDirectory(hub, question.directory.measure)
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
