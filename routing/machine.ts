// The engine of state machines: a table of rows says what an event means; everything else derives from it.

/** One state of a machine. */
export type StateRow = {
  ru: string
  en: string
  /** Who moves next. */
  waitsOn: 'hub' | 'parent' | 'next-operator' | 'counterparty' | 'subscriber' | 'person' | 'nobody'
  /**
   * Event fed by the clock when the named setting or policy has run out; obligatory when others are waited
   * for.
   */
  deadline?: { on: string; after: string }
  final?: true
  /** Why no row leads here; for tables that say what every combination means. */
  unreached?: string
}

/** One transition. Guards and effects are names; their meaning stands elsewhere, once. */
export type TransitionRow = {
  from: string
  on: string
  to: string
  when?: string
  effects?: readonly string[]
  why: string
}

/** A machine as data. */
export type MachineTable = {
  name: string
  about: string
  states: Readonly<Record<string, StateRow>>
  rows: readonly TransitionRow[]
  /** Events that may come after the fact or twice: noted in the journal, otherwise without effect. */
  late: readonly string[]
}

/** What an event means in a state. */
export type Step<Row extends TransitionRow> =
  | { means: 'transition'; row: Row }
  | { means: 'late' }
  | { means: 'impossible' }

/**
 * Finds the row for an event. Rows stand in order: the first whose guard holds wins. An event without a row
 * is `late` when the table says so, otherwise `impossible`: a journalled refusal, never an exception.
 */
export function step<Table extends MachineTable>(
  table: Table,
  state: string,
  event: string,
  guardHolds: (guard: string) => boolean,
): Step<Table['rows'][number]> {
  for (const row of table.rows) {
    if (row.from !== state || row.on !== event) continue
    if (row.when === undefined || guardHolds(row.when)) return { means: 'transition', row }
  }
  return table.late.includes(event) ? { means: 'late' } : { means: 'impossible' }
}

/** Names of the states, for database checks and labels. */
export function stateNames(table: MachineTable): string[] {
  return Object.keys(table.states)
}

/** A name of a row, for coverage and pages: `from --event[guard]--> to`. */
export function rowName(row: TransitionRow): string {
  const guard = row.when === undefined ? '' : `[${row.when}]`
  return `${row.from} --${row.on}${guard}--> ${row.to}`
}

/** The faults of a table by the rules for tables; empty when it is sound. */
export function lintMachine(table: MachineTable): string[] {
  return [...lintStates(table), ...lintRows(table)]
}

/** Others than the hub and its people may never move: their turn needs a deadline. */
const awaitedOthers = ['next-operator', 'parent', 'counterparty', 'subscriber'] as const

function lintStates(table: MachineTable): string[] {
  const faults: string[] = []
  const reached = reachableStates(table)
  for (const [name, state] of Object.entries(table.states)) {
    const rows = table.rows.filter((row) => row.from === name)
    if (!reached.has(name) && state.unreached === undefined) faults.push(`${name} cannot be reached`)
    if (reached.has(name) && state.unreached !== undefined) faults.push(`${name} is reached after all`)
    if (state.final && rows.length > 0) faults.push(`${name} is final but has rows`)
    if (!state.final && rows.length === 0) faults.push(`${name} has no way out`)
    const isWaiting = (awaitedOthers as readonly string[]).includes(state.waitsOn)
    if (isWaiting && !state.deadline) faults.push(`${name} waits on others without a deadline`)
    const deadline = state.deadline
    const onDeadline = rows.filter((row) => row.on === deadline?.on)
    if (deadline && !onDeadline.some((row) => row.when === undefined))
      faults.push(`${name} has no row for its deadline`)
  }
  return faults
}

/** States on some way from the first one; a way from a state to itself leads nowhere. */
function reachableStates(table: MachineTable): Set<string> {
  const reached = new Set(stateNames(table).slice(0, 1))
  for (const name of reached) {
    for (const row of table.rows) if (row.from === name) reached.add(row.to)
  }
  return reached
}

function lintRows(table: MachineTable): string[] {
  const faults: string[] = []
  const seen = new Set<string>()
  for (const row of table.rows) {
    const key = `${row.from}/${row.on}/${row.when ?? ''}`
    if (seen.has(key)) faults.push(`two rows for ${key}`)
    if (row.when !== undefined && seen.has(`${row.from}/${row.on}/`))
      faults.push(`${key} stands behind its own default`)
    seen.add(key)
    if (!Object.hasOwn(table.states, row.from)) faults.push(`${row.from} is no state`)
    if (!Object.hasOwn(table.states, row.to)) faults.push(`${row.to} is no state`)
    if (row.why === '') faults.push(`${rowName(row)} has no reason`)
  }
  for (const event of table.late) {
    if (!table.rows.some((row) => row.on === event)) faults.push(`${event} is late but no event`)
  }
  return faults
}

/** The table as a Mermaid state diagram. */
export function mermaid(table: MachineTable): string {
  const [initial = ''] = stateNames(table)
  const lines = ['stateDiagram-v2', `  [*] --> ${initial}`]
  for (const row of table.rows) {
    const guard = row.when === undefined ? '' : ` [${row.when}]`
    lines.push(`  ${row.from} --> ${row.to}: ${row.on}${guard}`)
  }
  for (const [name, state] of Object.entries(table.states)) if (state.final) lines.push(`  ${name} --> [*]`)
  return lines.join('\n')
}
