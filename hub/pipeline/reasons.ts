// Reasons of messages that change how their parents are judged; they stand in message.reason.

/** Reason of a message that the next operator could not place: it waits until its parents have their final answer. */
export const afterUnknownId = 'message.parent-unknown'
/** Reason of a message that an engineer released: it waits for nobody any more. */
export const afterRelease = 'person.released'
