// The ИНН inside participant ids of the operators that write it there (domain rules 1: ID forms).

/**
 * The ИНН of an id of the form CODE-ИНН-..., 10 digits of an organisation or 12 of a person; undefined for opaque ids.
 * An id says what its operator wrote when it was given: good enough to compare, not to trust.
 */
export function innOfParticipant(id: string): string | undefined {
  return /^[A-Za-z0-9@.-]{3}-(\d{12}|\d{10})-/.exec(id)?.[1]
}
