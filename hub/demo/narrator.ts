// Tells the story of the demo: steps with what was checked, for a person or as JSON lines.

import type { EndCause } from '../cli/run-until-signal.ts'
import { formatFacts } from '../cli/table.ts'

/** What is shown of a step, by a label in Russian with the English beside it. */
export type Fact = readonly [label: string, value: string | number]

/** A step as it was told. */
export type ToldStep = {
  number: number
  id: string
  ru: string
  en: string
  /** Why it did not happen; undefined when it did. */
  failure: string | undefined
  ms: number
  facts: readonly Fact[]
  /** What was compared and found right. */
  checks: readonly string[]
}

/** How it all ended. */
export type Ending = {
  happened: number
  steps: number
  ms: number
  missed: readonly string[]
  /** What a person may do now. */
  hints: readonly Fact[]
}

/** Whom the story is told to. */
export type Narrator = {
  open(about: { dataFolder: string; isTemporary: boolean }): void
  step(step: ToldStep): void
  end(ending: Ending): void
  /** The demo is being stopped before, or after, the story is over; by what is always said. */
  stopping(cause: EndCause): void
}

/** Signals stand for themselves. */
const causeTexts: Partial<Record<EndCause, string>> = {
  lost: 'хаб сочтён остановившимся (the hub was taken for dead)',
  error: 'непредвиденная ошибка, она выше (an unexpected error, told above)',
}

/** Tells it to a person: Russian first, English beside it. */
export function plainNarrator(out: (text: string) => void): Narrator {
  const line = (text = '') => out(`${text}\n`)
  const indented = (text: string, by: string) => {
    for (const row of text.split('\n')) line(`${by}${row}`)
  }
  return {
    open({ dataFolder, isTemporary }) {
      line('Роуминговый хаб ЭДО: показ на трёх пробных операторах и своей службе')
      line('(the EDO roaming hub, shown with three simulated operators and a service of ours)')
      const fate = isTemporary ? ', временная (temporary)' : ''
      line(`Папка данных (data folder): ${dataFolder}${fate}`)
    },
    step({ number, ru, en, failure, ms, facts, checks }) {
      line()
      line(`${number}. ${ru} — ${ms} мс`)
      line(`   (${en})`)
      if (facts.length > 0) indented(formatFacts(facts), '     ')
      for (const check of checks) line(`   ✓ ${check}`)
      if (failure !== undefined) line(`   ✗ НЕ ПРОИЗОШЛО (did not happen): ${failure}`)
    },
    end({ happened, steps, ms, missed, hints }) {
      line()
      line(`Произошло шагов (steps that happened): ${happened} из ${steps}, ${ms} мс`)
      if (missed.length > 0) line(`Не произошло (did not happen): ${missed.join(', ')}`)
      if (hints.length > 0) line(formatFacts(hints))
    },
    stopping(cause) {
      const why = causeTexts[cause] ?? `сигнал (signal) ${cause}`
      line()
      line(`Показ останавливается (the demo is stopping): ${why}`)
    },
  }
}

/** Tells it to a machine: one JSON object in a line for each step and for the end. */
export function jsonNarrator(out: (text: string) => void): Narrator {
  const line = (value: object) => out(`${JSON.stringify(value)}\n`)
  const record = (facts: readonly Fact[]) => Object.fromEntries(facts)
  return {
    open: (about) => line({ event: 'begin', ...about }),
    step: ({ facts, failure, ...step }) =>
      line({ event: 'step', ...step, happened: failure === undefined, failure, facts: record(facts) }),
    end: ({ hints, ...ending }) => line({ event: 'end', ...ending, hints: record(hints) }),
    stopping: (cause) => line({ event: 'stopping', cause }),
  }
}
