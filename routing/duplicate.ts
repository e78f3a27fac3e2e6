// What a message means that came before under the same id from the same peer, or from another one (RULES 2, 12).

import type { MessageState } from './machines/message.ts'

/**
 * How far the final answer of a message has come: `owed`, in no package yet; `leaving`, in a package that its origin may
 * have seen or not; `told`, taken by its origin, or no answer is owed.
 */
export type Telling = 'owed' | 'leaving' | 'told'

/** An earlier sighting of the same ИдЛС. */
export type Sighting = {
  peer: string
  message: string
  contentSha256: string
  state: MessageState
  telling?: Telling
}

/** What to do with the message at hand. */
export type DuplicateAnswer =
  | { means: 'new' }
  | { means: 'again' }
  | { means: 'again-later' }
  | { means: 'repeat-in-progress' }
  | { means: 'repeat-of-success' }
  | { means: 'differs' }

/**
 * Judges a message against the sighting of its id from the same peer. `again`: the earlier one was refused and its
 * sender told, this one is processed and takes its place. While the error is still owed the earlier one is in progress
 * and will be answered. While it is leaving nobody knows whether the sender repeats because of it (then this one must
 * be processed) or by itself (then the error must not come after the success of its repeat, RULES 17): `again-later`,
 * to be judged when the answer was taken.
 */
export function judgeDuplicate(
  own: { message: string; contentSha256: string },
  earlier: Sighting | undefined,
): DuplicateAnswer {
  if (earlier === undefined || earlier.message === own.message) return { means: 'new' }
  // Its new version may keep its id.
  if (earlier.state === 'replaced') return { means: 'again' }
  if (earlier.state === 'refused' && earlier.telling !== 'owed')
    return { means: earlier.telling === 'leaving' ? 'again-later' : 'again' }
  if (earlier.contentSha256 !== own.contentSha256) return { means: 'differs' }
  if (earlier.state === 'delivered' || earlier.state === 'repeated') return { means: 'repeat-of-success' }
  return { means: 'repeat-in-progress' }
}

/**
 * Peers, other than the sender, from which the very same message was seen before and not refused: to send it on would
 * close a loop. What was refused never left. Of two that came at once the one whose row was made first goes on: row
 * ids are UUID v7 and order by time.
 */
export function seenElsewhere(
  own: { message: string; peer: string; contentSha256: string },
  sightings: readonly Sighting[],
): string[] {
  return sightings
    .filter(
      (sighting) =>
        sighting.peer !== own.peer &&
        sighting.contentSha256 === own.contentSha256 &&
        sighting.state !== 'refused' &&
        sighting.state !== 'replaced' &&
        sighting.message < own.message,
    )
    .map((sighting) => sighting.peer)
}
