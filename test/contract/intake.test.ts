// The group commit of the door against a real PostgreSQL: names that are taken, and look-ups that share a statement.

import t from 'tap'
import { type Intake, makeIntake } from '../../hub/store/hot/intake.ts'
import type { PackageSeenRow } from '../../hub/store/hot/rows.ts'
import { newRowId } from '../../hub/store/ids.ts'
import type { SqlStore } from '../../hub/store/sql.ts'
import { messageRow, packageInRow } from '../support/admin-plane.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { untilOneWaits } from '../support/lock-waits.ts'

const intakeOf = (store: SqlStore, announce: (rows: readonly unknown[]) => void = () => undefined) =>
  makeIntake({ store, node: '1', isOutage: () => false, announce })

/** A package with one message under a name. */
function arrival(name: string): Intake {
  const message = messageRow()
  const packageIn = { ...packageInRow(message, name), id: newRowId() }
  const seen: PackageSeenRow = {
    peer: 'pa',
    name_key: name,
    package: packageIn.id,
    sha256: packageIn.sha256,
    status: 200,
    code: 'accepted',
    answer: 'accepted',
    seen_at: new Date(),
  }
  return { seen, change: { packagesIn: [packageIn], messages: [{ ...message, package: packageIn.id }] } }
}

async function stored(store: SqlStore): Promise<unknown[]> {
  const { rows } = await store.query(
    'select s.name_key, p.id = s.package as is_whole, (select count(*)::integer from message m where m.package = p.id) ' +
      'as messages from package_seen s full join package_in p on p.id = s.package order by 1',
  )
  return rows
}

const whole = (name_key: string) => ({ name_key, is_whole: true, messages: 1 })

t.test(
  'RULES 11: of a batch those whose names are taken get the earlier answer, the others are taken in',
  async (t) => {
    const store = await openFreshStore(t)
    const first = arrival('a')
    t.same(await intakeOf(store).submit(first), { won: true })
    const intake = intakeOf(store)
    const batch = ['c', 'a', 'b', 'b'].map(arrival)
    const results = await Promise.all(batch.map((item) => intake.submit(item)))
    t.match(results, [
      { won: true },
      { won: false, earlier: { package: first.seen.package } },
      { won: true },
      { won: false, earlier: { package: batch[2]?.seen.package } },
    ])
    t.same(await stored(store), ['a', 'b', 'c'].map(whole), 'nothing of those that lost is left')
  },
)

t.test(
  'RULES 11: whoever waits for a name that another node takes has lost it, and nobody else',
  async (t) => {
    const store = await openFreshStore(t)
    const told: unknown[] = []
    const [theirs, ours, other] = [arrival('a'), arrival('a'), arrival('b')]
    let results: Promise<unknown[]> | undefined
    await store.transaction(async (sql) => {
      const inside: SqlStore = {
        query: (statement, values) => sql.query(statement, values),
        transaction: (run) => run(sql),
      }
      await intakeOf(store).readEarlier({ peer: 'pa', name_key: 'a' })
      await intakeOf(inside).submit(theirs)
      const intake = intakeOf(store, (rows) => told.push(rows))
      results = Promise.all([ours, other].map((item) => intake.submit(item)))
      results.catch(() => undefined)
      await untilOneWaits(store)
    })
    t.match(await results, [{ won: false, earlier: { package: theirs.seen.package } }, { won: true }])
    t.same(await stored(store), ['a', 'b'].map(whole))
    t.equal(told.length, 1, 'work is told of once')
  },
)

t.test('look-ups at once share a statement, and each gets its own answer', async (t) => {
  const store = await openFreshStore(t)
  await Promise.all(['a', 'b'].map((name) => intakeOf(store).submit(arrival(name))))
  let statements = 0
  const counted: SqlStore = {
    query: (statement, values) => {
      statements += 1
      return store.query(statement, values)
    },
    transaction: (run) => store.transaction(run),
  }
  const intake = intakeOf(counted)
  const ask = (names: string[]) =>
    Promise.all(
      names.map((name) =>
        intake.readEarlier({ peer: name === 'B' ? 'pb' : 'pa', name_key: name.toLowerCase() }),
      ),
    )
  const found = await ask(['b', 'none', 'a', 'a', 'B'])
  t.same(
    found.map((row) => row?.name_key),
    ['b', undefined, 'a', 'a', undefined],
  )
  t.equal(statements, 1)
})
