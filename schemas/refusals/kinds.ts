// Whose fault a refusal is and what may be done about it, where many rows of the table of refusals share both.

/** The bytes of the package are at fault: told by the transport receipt, and stored. */
export const malformed = { fault: 'sender', class: 'permanent', status: 400 } as const
/** What was asked for is at fault; told by a processing receipt, a problem or on a terminal. */
export const asked = { fault: 'sender', class: 'permanent' } as const
/** The sender is not set up for what it sends; good again when it is. */
export const unregistered = { fault: 'sender', class: 'configuration', status: 400 } as const
/** Settings or files of this hub are at fault, until they change. */
export const ofSettings = { fault: 'configuration', class: 'configuration' } as const
/** What the hub is set up to use fails for now. */
export const forNow = { fault: 'configuration', class: 'transient' } as const
/** The hub itself fails for now. */
export const ofHub = { fault: 'hub', class: 'transient' } as const
