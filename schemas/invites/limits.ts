// Limits of invitations: their texts, the letters and events of one, and the claim links it may have.

/** Rows of the table of limits. */
export const inviteLimits = {
  inviteMessageLengthMax: 2000,
  inviteCommentLengthMax: 2000,
  // as the published schema has it for НаимОрг
  inviteNameLengthMax: 1000,
  inviteContactLengthMax: 200,
  // Приглашение has one Документ and one ЭП at most (roaming protocol, 1.1)
  inviteDocumentsMax: 1,
  inviteSignaturesMax: 1,
  inviteLettersMax: 10,
  inviteClaimsShownMax: 50,
  inviteEventsShownMax: 200,
} as const
