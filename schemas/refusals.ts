// The one table of refusals: every "no" of the hub with its fault, class, answer and advice (STYLE 15-17).

import { bulkRefusals } from './bulk/refusals.ts'
import { directoryRefusals } from './directory/refusals.ts'
import { inviteRefusals } from './invites/refusals.ts'
import { linkRefusals } from './links/refusals.ts'
import { waitingRefusals } from './links/waiting-refusals.ts'
import { mailRefusals } from './mail/refusals.ts'
import { adminRefusals } from './refusals/admin.ts'
import { apiRefusals } from './refusals/api.ts'
import { certificateRefusals } from './refusals/certificates.ts'
import { cmsRefusals } from './refusals/cms.ts'
import { deliveryRefusals } from './refusals/delivery.ts'
import { descriptionRefusals } from './refusals/description.ts'
import { doorRefusals } from './refusals/door.ts'
import { homeRefusals } from './refusals/home.ts'
import { packageRefusals } from './refusals/package.ts'
import { partnerRefusals, peerRefusals } from './refusals/peers.ts'
import { routeRefusals } from './refusals/route.ts'
import { journalRefusals, startRefusals } from './refusals/start.ts'
import { trustRefusals } from './refusals/trust.ts'
import { attorneyRefusals, verdictRefusals } from './refusals/verdict.ts'
import { xmldsigRefusals } from './refusals/xmldsig.ts'
import { zipRefusals } from './refusals/zip.ts'

/** Whose fault a refusal is: the sending operator, the next operator, our configuration, or the hub itself. */
export type Fault = 'sender' | 'next-operator' | 'configuration' | 'hub'
/**
 * What may be done about it. `permanent`: the same bytes get the same answer for ever (stored, RULES 11).
 * `configuration`: permanent until our settings change (never stored). `transient`: try the same again.
 */
export type RefusalClass = 'permanent' | 'configuration' | 'transient'

type RefusalRow = {
  fault: Fault
  class: RefusalClass
  /** HTTP status of the transport receipt; absent for refusals told by a processing receipt only. */
  status?: 400 | 404 | 405 | 408 | 431 | 500 | 503
  /** What happened, for an operator at night. */
  ru: string
  en: string
  /** What to do: whole sentences. */
  advice: { ru: string; en: string }
}

/** Refusals by code: `<place>.<what>`. The order is that of the page of refusals. */
export const refusals = {
  ...linkRefusals,
  ...doorRefusals,
  ...cmsRefusals,
  ...certificateRefusals,
  ...peerRefusals,
  ...zipRefusals,
  ...packageRefusals,
  ...attorneyRefusals,
  ...descriptionRefusals,
  ...routeRefusals,
  ...verdictRefusals,
  ...deliveryRefusals,
  ...startRefusals,
  ...partnerRefusals,
  ...homeRefusals,
  ...waitingRefusals,
  ...journalRefusals,
  ...adminRefusals,
  ...apiRefusals,
  ...xmldsigRefusals,
  ...trustRefusals,
  ...mailRefusals,
  ...directoryRefusals,
  ...bulkRefusals,
  ...inviteRefusals,
} as const satisfies Record<string, RefusalRow>

/** The code of a refusal. */
export type RefusalCode = keyof typeof refusals

/** A "no" that was expected: its code, what was seen (bounded, free of personal data) and where. */
export type Refusal = { code: RefusalCode; seen: string; at?: string }

/** Makes a refusal; `seen` and `at` are cut to 300 characters and stripped of control and half characters. */
export function refuse(code: RefusalCode, seen: string, at?: string): Refusal {
  const clean = plain(seen)
  return at === undefined ? { code, seen: clean } : { code, seen: clean, at: plain(at) }
}

/** A cut may halve a character outside the basic plane, and PostgreSQL takes no half ones. */
function plain(text: string): string {
  return text
    .replace(/\p{Cc}/gu, '?')
    .slice(0, 300)
    .toWellFormed()
}

/** Tells refusals from results in functions that return either. */
export function isRefusal<T extends object>(value: T | Refusal): value is Refusal {
  return 'code' in value && 'seen' in value && value.code in refusals
}

/** The row of a code. */
export function refusalRow(code: RefusalCode): RefusalRow {
  return refusals[code]
}

/** What to do, for people: `По-русски. (In English.)` */
export function adviceText(code: RefusalCode): string {
  const { ru, en } = refusalRow(code).advice
  return `${ru} (${en})`
}

/**
 * One line for the answer to a partner: code, Russian and English text, what was seen, advice. Receipts carry the advice in
 * both languages too: people read them at the partner, its engineers search them, and the longest line of the table, with
 * `seen` and `at` in full, is below what a receipt holds (`receiptTextLengthMax`, `answerTextLengthMax`), so nothing is
 * cut. The advice stands last, the Russian one before the English one: a partner with shorter fields loses it first.
 */
export function refusalText(refusal: Refusal): string {
  const { ru, en } = refusalRow(refusal.code)
  const place = refusal.at === undefined ? '' : ` [${refusal.at}]`
  return `${refusal.code}: ${ru} (${en})${place}: ${refusal.seen}. ${adviceText(refusal.code)}`
}
