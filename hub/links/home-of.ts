// Whose subscriber somebody is: of one of our home codes, or of another operator.

import { chooseRoute } from '../../routing/route.ts'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'

/** The home code of a subscriber of ours, by its code or by a row that says so (RULES 2, 4); undefined for others. */
export function homeOf(
  context: Pick<PipelineContext, 'book'> & { settings: Pick<PipelineContext['settings'], 'homeCodes'> },
  participant: ParticipantId,
  at: Date,
): OperatorCode | undefined {
  const homeCodes = context.settings.homeCodes as OperatorCode[]
  const found = chooseRoute({
    book: context.book(),
    recipient: participant,
    ingressPeer: undefined,
    homeCodes,
    kind: 'message',
    at,
  })
  return !isRefusal(found) && 'home' in found ? found.home : undefined
}
