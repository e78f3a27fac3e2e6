// Stage 5, hop PROCESS: into the dialect of the next hop, or said why not.

import { dialectOf } from '../../operators/dialects/table.ts'
import { refuse } from '../../schemas/refusals.ts'
import { refusedBy } from './4-route.ts'
import { peerOf } from './context.ts'
import { onTheWay, type ProcessStage } from './passage.ts'

/**
 * Peers of one dialect get description.xml byte for byte (RULES 7): then nothing is to do here. Between dialects a
 * message goes only if the hub can write it without loss; the rest is refused with what stands in the way.
 */
export const translate: ProcessStage = {
  name: 'translate',
  async run(context, batch) {
    for (const passage of onTheWay(batch)) {
      if (passage.plan === undefined) continue
      const from = peerOf(context, passage.message.peer)?.dialect ?? passage.plan.dialect
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
          route_reason: passage.plan.reason.slice(0, 500).toWellFormed(),
          reason: null,
        },
      }
    }
  },
}
