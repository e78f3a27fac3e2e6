// The proof of the demo that what was carried was judged: each verdict, and the same from the kept facts.

import { readVerdict, readVerdictChains } from '../store/views/verdicts.ts'
import { chainNames } from '../trust/verdict/freeze.ts'
import { recheckVerdict } from '../trust/verdict/recheck.ts'
import type { Scene } from './steps.ts'

/** Every message with signatures passed, and judging its facts again gives the same verdict. */
export async function proveVerdicts({ stage, plot, found }: Scene): Promise<void> {
  const { store } = stage.hub
  const { rows } = await store.query({
    text: 'select id from message where received_at >= $1 and wire_id = any($2::text[]) order by id',
    values: [stage.begunAt, plot.carried.map(({ message }) => message.id)],
  })
  const counts = new Map<string, number>()
  let isSame = true
  for (const row of rows) {
    const kept = await readVerdict(store, String(row['id']))
    if (kept === undefined) continue
    counts.set(kept.indication, (counts.get(kept.indication) ?? 0) + 1)
    const chains = await readVerdictChains(store, chainNames(kept.facts))
    const { same, unchanged } = recheckVerdict({ ...kept, chains })
    isSame &&= same && unchanged
  }
  for (const [indication, count] of counts) found.fact(indication, count)
  const judged = (counts.get('TOTAL-PASSED') ?? 0) + (counts.get('NOT-SIGNED') ?? 0)
  found.check(
    'у каждого сообщения есть заключение (each message has a verdict)',
    rows.length > 0 && judged === rows.length,
  )
  found.check('подписи действительны (the signatures are valid)', (counts.get('TOTAL-PASSED') ?? 0) > 0)
  found.check('по сохранённым фактам — то же (the kept facts give the same)', isSame)
}
