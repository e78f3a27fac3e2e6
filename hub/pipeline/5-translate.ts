// Stage 5, hop PROCESS: into the dialect of the next hop, or said why not.

import { dialectOf } from '../../operators/dialects/table.ts'
import { homeCodeOf } from '../../schemas/ids.ts'
import { refuse } from '../../schemas/refusals.ts'
import { homeDialect, type PipelineContext, peerOf } from './context.ts'
import { onTheWay, type Passage, type ProcessStage } from './passage.ts'
import { routeText } from './reasons.ts'
import { refusedBy } from './run/named.ts'

/**
 * Peers of one dialect get description.xml byte for byte (RULES 7): then nothing is to do here. Between dialects a
 * message goes only if the hub can write it without loss; the rest is refused with what stands in the way.
 */
export const translate: ProcessStage = {
  name: 'translate',
  async run(context, batch) {
    for (const passage of onTheWay(batch)) {
      if (passage.plan === undefined) continue
      const from = dialectFrom(context, passage)
      const to = passage.plan.dialect
      if (dialectOf(to) === undefined || from !== to) {
        passage.named = refusedBy(refuse('route.capability', `dialects ${from} and ${to}`))
        continue
      }
      const { next_peer: earlier, out_wire_id: outId } = passage.message
      passage.named = {
        event: 'planned',
        patch: {
          next_peer: passage.plan.peer,
          // An id that was chosen at the exit of one peer means nothing at another's (RULES 6).
          out_wire_id: earlier === passage.plan.peer ? outId : null,
          route_reason: routeText(passage.plan.reason),
          reason: null,
        },
      }
    }
  },
}

/** What a message is written in: messages of home services are formed by the hub. */
function dialectFrom(context: PipelineContext, { message, plan }: Passage): string {
  if (homeCodeOf(message.peer) !== undefined) return homeDialect
  return peerOf(context, message.peer)?.dialect ?? plan?.dialect ?? ''
}
