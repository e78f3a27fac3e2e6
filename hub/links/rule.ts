// What the rule of a home subscriber says of a Запрос to it, and what its use leaves in the journal.

import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import { operatorCodeOf, participantKey } from '../../schemas/ids.ts'
import type { JournalEntry } from '../../schemas/journal.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { type LinkRuleRow, readRule } from '../store/links/rules.ts'

/** Who asks: its id, and the ИНН its operator says it has. */
export type Asking = { id: ParticipantId; inn: string | undefined }

/** The rule of a subscriber of the home code that accepts whoever asks; undefined without one. */
export async function ruleFor(
  context: Pick<PipelineContext, 'store'>,
  { home, own, asking }: { home: OperatorCode; own: ParticipantId; asking: Asking },
): Promise<LinkRuleRow | undefined> {
  const rule = await readRule(context.store, participantKey(own))
  return rule !== undefined && rule.home === home && accepts(rule, asking) ? rule : undefined
}

function accepts({ accepts, operators, inns }: LinkRuleRow, { id, inn }: Asking): boolean {
  if (accepts === 'all') return true
  return operators.includes(operatorCodeOf(id)) || (inn !== undefined && inns.includes(inn))
}

/** The entry of its use. `subject`: row of the message that asks, or of the link where no message is needed. */
export function ruleEntry(
  context: Pick<PipelineContext, 'clock'>,
  of: { rule: LinkRuleRow; own: ParticipantId; counterparty: ParticipantId; subject: string; at: Date },
): JournalEntry {
  const { rule, own, counterparty, subject, at } = of
  const facts = { own, counterparty, accepts: rule.accepts }
  return { id: context.clock.newId(), at, kind: 'link.rule-applied', subject, facts }
}
