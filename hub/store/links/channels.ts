// Channels that say something waits: an invitation that came to its end, a letter to be sent.

/** Notified in the commit of every row of link_news. */
export const linkChannel = 'hub_link'
/** Notified in the commit of every letter. */
export const letterChannel = 'hub_letter'
