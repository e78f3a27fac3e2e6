// The part of the bench of the directory that runs inside the hub: makes subscribers, and asks the directory itself.

import { setTimeout as pause } from 'node:timers/promises'
import type { HeldDirectory } from '../../hub/directory/directory.ts'
import type { SqlStore, Statement } from '../../hub/store/sql.ts'
import { type Figures, figuresOf } from './directory.ts'

const rowsAtOnce = 50_000
/** A tenth of the organisations is found under several ids. */
const idsPerOrganisation = 1.25
const words =
  'Ромашка Лютик Северсталь Техника Плюс Авангард Восток Логистика Строй Альянс Медиа Ресурс Энергия Дом Мир'

/** Nine digits `p` and their check digit. */
const innSql = `p || ((${[2, 4, 10, 3, 5, 9, 4, 6, 8].map((w, at) => `${w} * substr(p, ${at + 1}, 1)::integer`).join(' + ')}) % 11 % 10)`

/** Fills the table: ids of 40 operators, КПП, names of two words and a number, traffic for half of them. */
export async function makeSubscribers(store: SqlStore, count: number): Promise<object> {
  const startedMs = performance.now()
  // Made once at the end, as a restore would; by the definition the migration gave it.
  const { rows: indexes } = await store.query(
    "select indexdef from pg_indexes where indexname = 'subscriber_name'",
  )
  await store.query('drop index subscriber_name')
  for (let from = 0; from < count; from += rowsAtOnce) {
    await fill(store, {
      text: `
        insert into subscriber (key, id, code, inn, kpp, name, state, sources, first_seen_at, last_seen_at,
          last_traffic_at, delivered, failed)
        select lower(id), id, code, inn, kpp, name, 'known', array['import'], now(), now(),
          case when n % 2 = 0 then now() - (n % 400) * interval '1 day' end, n % 2 * 10, n % 5
        from (select n, code, code || '-' || md5(n::text) as id, inn,
            left(inn, 4) || case when n % 7 = 0 then '50001' else '01001' end as kpp,
            case n % 3 when 0 then 'ООО' when 1 then 'АО' else 'ИП' end || ' «' || w[1 + n % 15] || ' ' ||
              w[1 + (n / 15) % 15] || ' ' || (n % 100003) || '»' as name
          from (select n, upper('2' || chr(65 + n % 20) || chr(65 + (n / 20) % 2)) as code,
              ${innSql} as inn, string_to_array($3, ' ') as w
            from (select n, (770000000 + (n / $4::float8)::integer)::text as p
              from generate_series($1::integer, $2::integer) n) zero) one) two`,
      values: [from, Math.min(count, from + rowsAtOnce) - 1, words, idsPerOrganisation],
    })
  }
  await fill(store, { text: String(indexes[0]?.['indexdef']) })
  await fill(store, { text: 'analyze subscriber' })
  const { rows } = await store.query(
    "select pg_size_pretty(pg_total_relation_size('subscriber')) as size, count(*)::int as rows, " +
      'count(distinct inn)::int as inns from subscriber',
  )
  return { ...rows[0], seconds: Math.round((performance.now() - startedMs) / 1000) }
}

/** Longer than a statement of the hub may take. */
async function fill(store: SqlStore, statement: Statement): Promise<void> {
  await store.transaction(async (sql) => {
    await sql.query('set local statement_timeout = 0')
    await sql.query(statement)
  })
}

type Row = { id: string; inn: string; name: string }

/** Asks each kind of question so many times, of distinct subscribers, one after another. */
export async function measureDirectory(
  { store, directory }: { store: SqlStore; directory: HeldDirectory },
  questions: number,
): Promise<object> {
  const { rows } = await store.query({
    text: 'select id, inn, name from subscriber order by md5(key) limit $1',
    values: [questions],
  })
  const asked = rows as Row[]
  const at = new Date()
  const eyes = { viewer: undefined, at }
  const faults: string[] = []
  const timed = async (name: string, one: (row: Row) => Promise<boolean>): Promise<Figures> => {
    const times: number[] = []
    for (const row of asked) {
      const startedMs = performance.now()
      const isRight = await one(row)
      times.push(performance.now() - startedMs)
      if (!isRight && faults.length < 5) faults.push(`${name}: a wrong answer`)
    }
    // What the questions leave behind is not counted with the next ones.
    await pause(100)
    return figuresOf(times)
  }
  const byId = async (row: Row, viewer?: string) =>
    (await directory.byId({ id: row.id as never, viewer: viewer as never, at }))?.inn === row.inn
  const byInn = async ({ inn }: Row) =>
    (await directory.byInn({ inn, kpp: undefined, ...eyes })).some((hit) => hit.inn === inn)
  const byName = async ({ name }: Row) =>
    (await directory.byName({ name, ...eyes })).some((hit) => hit.name === name)
  const byWord = async () => (await directory.byName({ name: 'рома', ...eyes })).length > 0
  directory.forget()
  const figures = {
    idCold: await timed('id cold', byId),
    idFromMemory: await timed('id from memory', byId),
    idForAViewer: await timed('id for a viewer', (row) => byId(row, '2AB-viewer')),
    inn: await timed('inn', byInn),
    wholeName: await timed('name', byName),
  }
  const inns = asked.map(({ inn }) => inn)
  asked.length = Math.min(asked.length, 20)
  return {
    ...figures,
    oneCommonWord: await timed('word', byWord),
    inns,
    faults,
  }
}
