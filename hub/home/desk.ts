// The desk of the home operator: takes what its services submit, and what they say of what they received.

import type { Acknowledgement, Submission, Submitted } from '../../schemas/home.ts'
import type { Refusal } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import type { MessageRow } from '../store/hot/rows.ts'
import { acknowledge } from './acknowledge.ts'
import { submit } from './submit.ts'

/** Behind the internal API. Every call may be made twice; none rejects for reasons of input. */
export type HomeDesk = {
  /** Takes a message in. Resolves after everything is durable. */
  submit(submission: Submission): Promise<Submitted | Refusal>
  /** Writes down what a service says of a message of its inbox. */
  acknowledge(acknowledgement: Acknowledgement): Promise<MessageRow | Refusal>
}

/** Makes the desk. */
export function makeHomeDesk(context: PipelineContext): HomeDesk {
  return {
    submit: (submission) => submit(context, submission),
    acknowledge: (acknowledgement) => acknowledge(context, acknowledgement),
  }
}
