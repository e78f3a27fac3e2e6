// The link machine: every cell met by every event of either side, and the order of what one side says.

import t from 'tap'
import {
  advance,
  cellFor,
  compact,
  inOrder,
  type LinkStanding,
  noLink,
  replay,
  type Saying,
  takeBack,
} from '../../routing/link.ts'
import { lintMachine, stateNames } from '../../routing/machine.ts'
import { type LinkCell, type LinkEvent, linkMachine, mirroredCell } from '../../routing/machines/link.ts'
import { seeded } from '../support/seeded.ts'

const cells = stateNames(linkMachine) as LinkCell[]
const events = ['we-ask', 'we-break', 'they-ask', 'they-break'] as const

/** What the table of the rules says: З standing, Р broke last, – nothing; `before` is what a withdrawal leaves. */
const published: Readonly<Record<string, readonly [string, string, string, string]>> = {
  '––': ['З–', '––', '–З', '––'],
  'З–': ['З–', 'before', 'ЗЗ', '–Р'],
  '–З': ['ЗЗ', 'Р–', '–З', 'before'],
  ЗЗ: ['ЗЗ', 'Р–', 'ЗЗ', '–Р'],
  '–Р': ['ЗР', '–Р', '–З', '–Р'],
  'Р–': ['З–', 'Р–', 'РЗ', 'Р–'],
  ЗР: ['ЗР', '–Р', 'ЗЗ', '–Р'],
  РЗ: ['ЗЗ', 'Р–', 'РЗ', 'Р–'],
  РР: ['ЗР', 'РР', 'РЗ', 'РР'],
}
const signOf: Readonly<Record<LinkCell, string>> = {
  none: '––',
  'asked-by-us': 'З–',
  'asked-by-them': '–З',
  linked: 'ЗЗ',
  'broken-by-them': '–Р',
  'broken-by-us': 'Р–',
  'asked-again-by-us': 'ЗР',
  'asked-again-by-them': 'РЗ',
  'broken-by-both': 'РР',
}

t.test('the link machine has no faults', async (t) => {
  t.same(lintMachine(linkMachine), [])
})

t.test('every cell met by every event of either side leads where the published table says', async (t) => {
  t.same(Object.values(signOf).sort(), Object.keys(published).sort())
  for (const cell of cells) {
    for (const [column, event] of events.entries()) {
      const wanted = published[signOf[cell]]?.[column]
      const befores: (LinkCell | undefined)[] =
        wanted === 'before' ? ['none', event === 'we-break' ? 'broken-by-us' : 'broken-by-them'] : [undefined]
      for (const before of befores) {
        const { standing, means } = advance({ cell, before }, event)
        t.equal(means, 'transition', `${cell} ${event}`)
        const expected = wanted === 'before' ? signOf[before ?? 'none'] : wanted
        t.equal(signOf[standing.cell], expected, `${cell} (${before}) on ${event}`)
      }
    }
  }
})

t.test(
  'an answer that does not come in time changes no cell, and is late where nothing is awaited',
  async (t) => {
    for (const cell of cells) {
      const { standing, news, means } = advance({ cell, before: undefined }, 'unanswered')
      t.equal(standing.cell, cell)
      const isStanding = cell.startsWith('asked')
      t.equal(means, isStanding ? 'transition' : 'late', cell)
      t.equal(news, isStanding ? 'unanswered' : undefined, cell)
    }
  },
)

t.test('the table seen from the other side is itself', async (t) => {
  const mirroredEvent = (event: LinkEvent) =>
    event === 'unanswered'
      ? event
      : ((event.startsWith('we') ? event.replace('we', 'they') : event.replace('they', 'we')) as LinkEvent)
  const mirroredGuard = { 'after-our-break': 'after-their-break', 'after-their-break': 'after-our-break' }
  const key = (row: { from: string; on: string; to: string; when?: string; effects: readonly string[] }) =>
    [row.from, row.on, row.when ?? '', row.to, ...row.effects].join(' ')
  const rows = new Set(linkMachine.rows.map(key))
  for (const row of linkMachine.rows) {
    const other = {
      from: mirroredCell[row.from],
      on: mirroredEvent(row.on),
      to: mirroredCell[row.to],
      effects: row.effects,
      ...('when' in row ? { when: mirroredGuard[row.when] } : {}),
    }
    t.ok(rows.has(key(other)), `${row.from} ${row.on}`)
  }
  for (const cell of cells) t.equal(cellFor('second', cellFor('second', cell)), cell)
})

/** All sequences of events of one length. */
function* sequences(length: number): Generator<(typeof events)[number][]> {
  if (length === 0) yield []
  else for (const rest of sequences(length - 1)) for (const event of events) yield [...rest, event]
}

t.test(
  'a link exists only if both asked after the last break of either side that broke something',
  async (t) => {
    let linked = 0
    for (let length = 1; length <= 7; length += 1) {
      for (const sequence of sequences(length)) {
        const end = sequence.reduce<LinkStanding>((at, event) => advance(at, event).standing, noLink)
        const since = sequence.slice(
          Math.max(sequence.lastIndexOf('we-break'), sequence.lastIndexOf('they-break')) + 1,
        )
        const bothAsked = since.includes('we-ask') && since.includes('they-ask')
        if (bothAsked && end.cell !== 'linked') t.fail(`${sequence} ends in ${end.cell}`)
        if (end.cell !== 'linked') continue
        linked += 1
        // A withdrawal takes back one's own request alone: the other's still stands.
        const ourAsk = sequence.lastIndexOf('we-ask') > sequence.lastIndexOf('we-break')
        const theirAsk = sequence.lastIndexOf('they-ask') > sequence.lastIndexOf('they-break')
        if (!ourAsk || !theirAsk) t.fail(`${sequence} makes a link without consent`)
      }
    }
    t.ok(linked > 1000)
  },
)

const at = (second: number) => `2026-11-27T10:00:${String(second).padStart(2, '0')}Z`
const said = (side: 'first' | 'second', type: 'ask' | 'break', second: number): Saying => ({
  side,
  type,
  sentAt: at(second),
})

t.test('of what one side says the later sending time is the later one, whatever came first', async (t) => {
  const asked = said('first', 'ask', 1)
  const broke = said('first', 'break', 5)
  t.equal(replay([asked, broke]).cell, 'none')
  t.equal(replay([broke, asked]).cell, 'none', 'the older request came late: it is withdrawn already')
  const theirs = said('second', 'ask', 3)
  t.equal(replay([theirs, broke, asked]).cell, replay([theirs, asked, broke]).cell)
  t.equal(replay([theirs, asked]).cell, 'linked', 'between the sides the order of arrival decides')
  t.equal(replay([asked, theirs]).cell, 'linked')
})

t.test('times are compared with their fractions; equal ones stand as they came', async (t) => {
  const times = [
    '2026-11-27T10:00:01.5Z',
    '2026-11-27T10:00:01.25Z',
    '2026-11-27T10:00:01Z',
    '2026-11-27T10:00:01.000Z',
  ]
  const sayings = times.map(
    (sentAt, index): Saying => ({ side: 'first', type: index % 2 ? 'ask' : 'break', sentAt }),
  )
  t.same(
    inOrder(sayings).map(({ sentAt }) => sentAt),
    [times[2], times[3], times[1], times[0]],
  )
})

t.test(
  'a request among sayings that are kept no more is taken back as if it had not been said',
  async (t) => {
    const random = seeded()
    const next = (limit: number) => random.number(limit)
    let takenBack = 0
    for (let round = 0; round < 3000; round += 1) {
      const sayings = Array.from({ length: 2 + next(9) }, (_, n) => ({
        ...said(next(2) === 0 ? 'first' : 'second', next(5) < 3 ? 'ask' : 'break', n),
        message: `message ${n}`,
      }))
      const [cut, again] = [next(sayings.length), next(sayings.length)].sort((a, b) => a - b) as [
        number,
        number,
      ]
      // In two steps, as a link that is talked about for years is.
      const base = compact(sayings.slice(cut, again), compact(sayings.slice(0, cut), noLink))
      const rest = sayings.slice(again)
      if (replay(rest, base).cell !== replay(sayings).cell) t.fail(JSON.stringify(sayings))
      for (const gone of sayings.slice(0, again).filter(({ type }) => type === 'ask')) {
        const { base: left } = takeBack(base, gone.message) ?? { base }
        const without = replay(sayings.filter((one) => one !== gone))
        const whole = JSON.stringify({ seed: random.seed, sayings, cut, again, gone })
        if (asking(replay(rest, left).cell) !== asking(without.cell)) t.fail(whole)
        if (left !== base) takenBack += 1
      }
    }
    t.ok(takenBack > 1000, `${takenBack}`)
  },
)

t.test('of two requests that made a link each may be taken back, and then the other one', async (t) => {
  const both = (['first', 'second'] as const).map((side, n) => ({ ...said(side, 'ask', n), message: side }))
  const base = compact(both, noLink)
  t.equal(base.cell, 'linked')
  for (const [one, other, cell] of [
    ['first', 'second', 'asked-by-them'],
    ['second', 'first', 'asked-by-us'],
  ] as const) {
    const left = takeBack(base, one)
    t.match(left, { side: one, base: { cell } })
    t.match(takeBack(left?.base ?? base, other), { side: other, base: { cell: 'none' } })
    t.equal(takeBack(left?.base ?? base, one), undefined)
  }
  t.equal(takeBack(noLink, 'first'), undefined)
})

/** Whose request stands. */
function asking(cell: LinkCell): string {
  return signOf[cell].replaceAll('Р', '–')
}
