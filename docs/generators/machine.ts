// The page of a state machine, from its table: diagram, states, transitions with their reasons.

import { type MachineTable, mermaid, type StateRow, type TransitionRow } from '../../routing/machine.ts'
import { inviteMachine } from '../../routing/machines/invite.ts'
import { linkMachine } from '../../routing/machines/link.ts'
import { messageMachine } from '../../routing/machines/message.ts'
import { bilingual, code, markdownPage, markdownTable } from './markdown.ts'

/** docs/generated/message-machine.md */
export function messageMachinePage(): string {
  return machinePage(messageMachine, 'routing/machines/message.ts')
}

/** docs/generated/link-machine.md */
export function linkMachinePage(): string {
  return machinePage(linkMachine, 'routing/machines/link.ts')
}

/** docs/generated/invite-machine.md */
export function inviteMachinePage(): string {
  return machinePage(inviteMachine, 'routing/machines/invite.ts')
}

/** The page of any machine; `source` is the file of its table. */
export function machinePage(table: MachineTable, source: string): string {
  return markdownPage({
    title: `Автомат ${table.name} (state machine)`,
    source,
    parts: [
      table.about,
      ['```mermaid', mermaid(table), ...labels(table), '```'].join('\n'),
      '## Состояния (states)',
      markdownTable(['Состояние', 'Смысл', 'Чей ход', 'Срок'], Object.entries(table.states).map(stateCells)),
      '## Переходы (transitions)',
      'Первая подходящая строка действует. The first row whose condition holds is taken.',
      markdownTable(['Из', 'Событие', 'Условие', 'В', 'Действия', 'Почему'], table.rows.map(rowCells)),
      '## Запоздалые события (late events)',
      `Без подходящей строки записываются в журнал и ничего не меняют; прочие события без строки невозможны.
Without a row they are noted in the journal and change nothing; any other event without a row is impossible.`,
      table.late.map((event) => `- ${code(event)}`).join('\n'),
    ],
  })
}

function labels(table: MachineTable): string[] {
  return Object.entries(table.states).map(([name, state]) => `  ${name}: ${name} — ${state.ru}`)
}

const turns: Record<StateRow['waitsOn'], string> = {
  hub: 'хаб',
  parent: 'родительский документ',
  'next-operator': 'следующий оператор',
  counterparty: 'контрагент',
  subscriber: 'наш абонент',
  person: 'дежурный',
  nobody: '',
}

function stateCells([name, state]: [string, StateRow]): string[] {
  const { deadline } = state
  const due = deadline === undefined ? '' : `${code(deadline.after)} → ${code(deadline.on)}`
  return [code(name) + (state.final ? ' (конечное)' : ''), bilingual(state), turns[state.waitsOn], due]
}

function rowCells(row: TransitionRow): string[] {
  const effects = (row.effects ?? []).map(code).join(', ')
  return [code(row.from), code(row.on), code(row.when ?? ''), code(row.to), effects, row.why]
}
