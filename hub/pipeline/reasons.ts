// Reasons that stand in rows of messages: those that change how parents are judged, and that of the route.

import { limits } from '../../schemas/limits.ts'

/** Reason of a message that the next operator could not place: it waits until its parents have their final answer. */
export const afterUnknownId = 'message.parent-unknown'
/** Reason of a message whose parent lay at the next operator's server for too long: it is put beside it. */
export const afterLyingParent = 'parent.lies'
/** Reason of a message that an engineer released: it waits for nobody any more. */
export const afterRelease = 'person.released'

/** Reasons of messages that wait, or waited, for a link begin so: they have a row of link_wait. */
export const linkReasons = 'link.'

/** The reason of a route as it stands in a row. A cut may halve a character, and PostgreSQL takes no half ones. */
export function routeText(reason: string): string {
  return reason.slice(0, limits.routeTextLengthMax).toWellFormed()
}
