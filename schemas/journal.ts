// What the journal records: the table of kinds, the shape of an entry and its canonical form (RULES 26).

/** Kinds of entries: one per hop and attempt. Hashed fields hold ids, codes, digests and times only. */
export const journalKinds = {
  'hub.started': 'A node of the hub began to work.',
  'hub.stopped': 'A node of the hub ended in order.',
  'package.accepted': 'A package was taken in: bytes and rows durable, 200 owed.',
  'package.refused': 'A package was refused at the door.',
  'package.repeated': 'A package came again and got its stored answer.',
  'message.moved': 'A message changed its state.',
  'message.noted': 'An event came too late to change a message.',
  'message.impossible': 'An event has no meaning in the state of the message.',
  'receipts.read': 'A package of processing receipts was read.',
  'receipts.unmatched': 'An item of a receipt matches no message delivered to that peer.',
  'out.made': 'An outgoing package became durable with its name, members, bytes and digest.',
  'attempt.started': 'An attempt to send is about to connect.',
  'attempt.ended': 'An attempt ended with an outcome.',
  'attempt.unknown': 'An attempt of a stopped process: its outcome is not known.',
  'out.answered': 'A peer took, refused or asked again for a package that lay at its server.',
  'partners.changed': 'Operators, peers, grants or overrides changed.',
  'key.made': 'An engineer made a key of the internal API for a home code.',
  'key.revoked': 'An engineer took a key of the internal API back.',
  'source.taken': 'A new edition of a revocation list, OCSP answer or trust list came into use.',
  'source.refused': 'What a source gave was refused: broken, older or not signed; the former edition stays.',
  'message.readdressed': 'A message that waited for a link was formed anew for the new id of its recipient.',
  'link.moved': 'What two subscribers said to each other changed, or a request stayed unanswered.',
  'link.backfilled': 'What was delivered before the hub kept links was said to one, by order of an engineer.',
  'invite.claim': 'A claim link of an invitation was made, used or taken back.',
  'link.rule-changed': 'A service changed whose invitations a home subscriber accepts without a person.',
  'link.rule-applied': 'An invitation was accepted by the rule of its recipient.',
  'invite.moved': 'An invitation of a home subscriber was made or changed its state.',
  'letter.tried': 'A letter of an invitation was sent, put off, refused or not needed any more.',
  'subscribers.imported': 'An engineer put subscribers into the directory.',
  'bulk.made': 'A list of a home service became a bulk job.',
  'bulk.ordered': 'A home service wanted rows of a bulk job to be invited.',
  'bulk.changed': 'A bulk job was paused, resumed, cancelled or dropped after its time.',
  'application.changed': 'An application to an operator was made, sent, confirmed, refused or converted.',
  'person.decided': 'An engineer released or refused a held message.',
} as const

/** The kind of an entry. */
export type JournalKind = keyof typeof journalKinds

/** A fact in an entry. Texts, names and addresses do not belong here: they may have to be erased. */
export type JournalFact = string | number | boolean | null | readonly string[] | LongFact

/**
 * What stands in an entry for a list or a text too long for it: how many members or UTF-8 bytes it has, and the SHA-256
 * of its canonical text, JSON without white space. Whoever has the rows can still prove what they held.
 */
export type LongFact = { count: number; sha256: string } | { bytes: number; sha256: string }

/** An entry before it is written. */
export type JournalEntry = {
  id: string
  at: Date
  kind: JournalKind
  /** Row id of the package, message or outgoing package it is about. */
  subject?: string
  facts: Readonly<Record<string, JournalFact | undefined>>
}

/** Version of the canonical form and the algorithm of its digest, both part of what is hashed. */
export const journalForm = 'edo-hub-journal/1 sha-256'

/**
 * The canonical text of an entry: JSON with the members in the order of their names, no white space, times in UTC
 * with milliseconds. The digest of an entry is the SHA-256 of the UTF-8 bytes of this text.
 */
export function canonicalEntry(entry: JournalEntry): string {
  const facts = Object.entries(entry.facts)
    .filter((pair): pair is [string, JournalFact] => pair[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const ordered = {
    at: entry.at.toISOString(),
    facts: Object.fromEntries(facts),
    form: journalForm,
    id: entry.id,
    kind: entry.kind,
    ...(entry.subject === undefined ? {} : { subject: entry.subject }),
  }
  return JSON.stringify(ordered)
}
