// Limits of letters and of the portal: a part of the table of limits.

const second = 1000
const minute = 60 * second

/** Spread into `limits`. */
export const mailLimits = {
  // letters: RFC 5321 4.5.3.1 for addresses; texts of people are cut to these before they are quoted
  emailLengthMax: 254,
  emailLocalLengthMax: 64,
  letterNameLengthMax: 200,
  letterMessageLengthMax: 2000,
  lettersPerRunMax: 50,
  letterSendMs: 2 * minute,
  letterCommitRoundsMax: 5,
  lettersSweptMax: 500,
  smtpConnectMs: 15 * second,
  smtpIdleMs: 30 * second,
  smtpAnswerBytesMax: 64 * 1024,

  // the portal: pages behind claim links
  portalBodyBytesMax: 16 * 1024,
  portalFieldsMax: 10,
  portalNameLengthMax: 250,
  portalContactLengthMax: 200,
  portalTokenLengthMax: 100,
  portalRequestTimeoutMs: 15 * second,
  portalConnectionsMax: 500,
  portalClientsMax: 20_000,
  portalWindowMs: 1 * minute,
} as const
