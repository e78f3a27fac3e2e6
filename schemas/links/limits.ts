// Bounds of links: how much is followed at once, how often, and what is shown.

const second = 1000

/** Rows of `limits`. */
export const linkLimits = {
  linkSayingsMax: 60,
  linkSentAheadMaxMs: 24 * 3600 * second,
  namedPlacesMax: 1000,
  linkUnderWaySeenMax: 10,
  linkNewsBatchMax: 200,
  linkBatchesMax: 50,
  linkFollowEveryMs: 2 * second,
  linkPutOffMs: 5 * second,
  linkPutOffMaxMs: 3600 * second,
  linkInvitesMovedMax: 100,
  linkEventsShownMax: 50,
  linkRuleNamesMax: 200,
  linkMeasureDaysMax: 400,
  linkBackfillBatchMax: 200,
  organisationNameLengthMax: 1000,
} as const
