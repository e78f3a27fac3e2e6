// Rows of verdicts against a real PostgreSQL: written twice, by two nodes at once, and read back whole.

import t from 'tap'
import type { Change } from '../../hub/store/hot/change.ts'
import { makeCommitter } from '../../hub/store/hot/commit.ts'
import type { DocumentRow, VerdictChainRow, VerdictRow } from '../../hub/store/hot/rows.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { keepPartitions } from '../../hub/store/partitions.ts'
import type { SqlStore } from '../../hub/store/sql.ts'
import { packVerdictTexts, type VerdictTexts } from '../../hub/store/verdict/texts.ts'
import { readVerdict, readVerdictChains } from '../../hub/store/views/verdicts.ts'
import { limits } from '../../schemas/limits.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { untilOneWaits } from '../support/lock-waits.ts'

const at = new Date('2026-10-01T09:00:00Z')
const committerOf = (store: SqlStore) => makeCommitter({ store, node: '1', isOutage: () => false })
const chain = (sha256: string): VerdictChainRow => ({ sha256, facts: '{}', first_at: at })

t.test('a verdict has all of its chains, however many there are', async (t) => {
  const store = await openFreshStore(t)
  // One signature may have several signers, and each of them time-stamps with chains of their own.
  const names = Array.from({ length: limits.signaturesPerMessageMax + 1 }, (_, number) => `chain ${number}`)
  await committerOf(store).submit({ verdictChains: names.map(chain) })
  t.equal((await readVerdictChains(store, names)).size, names.length)
})

const verdictRow = async (id: string, texts: VerdictTexts): Promise<VerdictRow> => ({
  message: id,
  judged_at: at,
  indication: 'TOTAL-PASSED',
  sub_indication: null,
  action: 'forward',
  policy: 'default',
  edition: '1',
  packed: (await packVerdictTexts(texts)).toString('base64'),
  digest: '00',
})

/** How a node of the version before writes a verdict, which it may do over one of ours. */
async function writeAsBefore(store: SqlStore, id: string, { facts, verdict }: VerdictTexts): Promise<void> {
  await store.query(
    'insert into verdict (message, judged_at, indication, action, policy, edition, facts, verdict, digest) ' +
      "values ($1, $2, 'TOTAL-PASSED', 'forward', 'default', '1', $3, $4, '00') " +
      'on conflict (message) do update set facts = excluded.facts, verdict = excluded.verdict',
    [id, at, facts, verdict],
  )
}

t.test('the later verdict of a message is read, whichever version of the hub wrote it', async (t) => {
  const store = await openFreshStore(t)
  const id = newRowId()
  const turns = ['one', 'two', 'three', 'four'].map((text) => ({
    facts: `"Ёж ${text}"`,
    verdict: `"${text}"`,
  }))
  for (const [turn, texts] of turns.entries()) {
    if (turn % 2 === 0) await writeAsBefore(store, id, texts)
    else await committerOf(store).submit({ verdicts: [await verdictRow(id, texts)] })
    const kept = await readVerdict(store, id)
    const { packed: _, ...row } = await verdictRow(id, texts)
    t.strictSame({ ...kept }, { ...row, ...texts }, texts.verdict)
  }
  t.equal(await readVerdict(store, newRowId()), undefined)
})

t.test(
  'the server does not try to compress what is packed, in partitions of before and to come',
  async (t) => {
    const store = await openFreshStore(t)
    await keepPartitions(store, new Date())
    const { rows } = await store.query(
      "select attrelid::regclass::text as name, attstorage::text as storage from pg_attribute where attname = 'packed'",
    )
    t.ok(rows.length > 2)
    t.strictSame(
      rows.filter(({ storage }) => storage !== 'e'),
      [],
    )
  },
)

t.test('nodes that write the same chains at once do not wait for each other in a circle', async (t) => {
  const store = await openFreshStore(t)
  const insert = 'insert into verdict_chain (sha256, facts, first_at) values ($1, $2, now())'
  let submitted: Promise<true> | undefined
  await store.transaction(async (sql) => {
    await sql.query(insert, ['a', '{}'])
    submitted = committerOf(store).submit({ verdictChains: [chain('b'), chain('a')] })
    submitted.catch(() => undefined)
    await untilOneWaits(store)
    await sql.query(insert, ['b', '{}'])
  })
  t.equal(await submitted, true)
  t.equal((await readVerdictChains(store, ['a', 'b'])).size, 2)
})

t.test('what an older node wrote of a document is corrected by whoever judges it', async (t) => {
  const store = await openFreshStore(t)
  const committer = committerOf(store)
  const row: DocumentRow = {
    wire_id: 'd'.repeat(32),
    message: newRowId(),
    peer: '2za',
    sender: '2ZA-one',
    recipient: '2ZB-two',
    type: 'Договор',
    // A node of the version before does not know the column: its default stands.
    encrypted: false,
    parents: [],
    size: null,
    sha256: null,
    streebog256: null,
    blob: null,
  }
  const again: Change = { documents: [{ ...row, encrypted: true, blob: 'blob' }] }
  await committer.submit({ documents: [row] })
  await committer.submit(again)
  await committer.submit(again)
  const { rows } = await store.query('select encrypted, blob from document')
  t.strictSame(rows, [{ encrypted: true, blob: 'blob' }])
})
