// Checks each power of attorney of a chain by itself: number, dates, its own signature and signer, revocation.

import type {
  AttorneyFacts,
  AttorneyLink,
  AttorneyPolicy,
  AttorneySigner,
} from '../../../schemas/attorney/verdict.ts'
import { type Finding, find } from './findings.ts'
import { type ActsFor, actsFor } from './heads.ts'
import { matchNotary } from './match.ts'
import { moscowDay } from './moscow.ts'

/** All checks of one link. */
export function checkLink(facts: AttorneyFacts, link: AttorneyLink, policy: AttorneyPolicy): Finding[] {
  const { number } = link.attorney
  return [
    find(link.source === 'file' ? 'found-file' : 'found-registry', '', number),
    find('format-ok', 'EMCHD_1', number),
    checkNumber(facts, link),
    ...checkDates(facts, link),
    ...checkSignatures(link, policy),
    checkRegistry(facts, number),
  ]
}

const guid = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i

/**
 * The file is named after the number, and so is ИдФайл (domain rules 6.1). Requisites are those of the document's signers:
 * the one relied on must be among them, parents are not named there.
 */
function checkNumber(facts: AttorneyFacts, { attorney, fileName }: AttorneyLink): Finding {
  const { number, fileId } = attorney
  const ofId = guid.exec(fileId)?.[0].toLowerCase()
  if (ofId !== undefined && ofId !== number) return find('number-file-id', ofId, number)
  const ofName = fileName === undefined ? number : guid.exec(fileName)?.[0].toLowerCase()
  if (ofName !== undefined && ofName !== number) return find('number-file-name', ofName, number)
  const isLeaf = facts.chain[0]?.attorney.number === number
  const named = facts.requisites.map((one) => one.number.toLowerCase())
  if (isLeaf && named.length > 0 && !named.includes(number)) {
    return find('number-requisites', named.slice(0, 3).join(', '), number)
  }
  return find(ofName === undefined ? 'number-unnamed' : 'number-ok', '', number)
}

/**
 * Both days count whole, by Moscow: from 00:00 of ДатаВыдДовер to the end of СрокДейст. The proven time decides, for the
 * claimed one is the signer's word only (RULES 25); it is noted where it says otherwise.
 */
function checkDates(facts: AttorneyFacts, { attorney }: AttorneyLink): Finding[] {
  const { number, issued, expires } = attorney
  const day = moscowDay(facts.controlTime) ?? ''
  const claimed = facts.claimedTime === undefined ? undefined : moscowDay(facts.claimedTime)
  const isClaimedInside = claimed !== undefined && issued <= claimed && claimed <= expires
  const seen = `${issued}..${expires}; ${facts.controlSource} ${day}`
  const seenClaimed = claimed === undefined ? seen : `${seen}; claimed ${claimed}`
  if (expires < issued) return [find('dates-order', seen, number)]
  if (day < issued) return [find('dates-early', seenClaimed, number)]
  if (day > expires) {
    return [find(isClaimedInside ? 'dates-late-claimed-inside' : 'dates-late', seenClaimed, number)]
  }
  if (claimed !== undefined && !isClaimedInside) return [find('dates-claimed-outside', seenClaimed, number)]
  return [find('dates-ok', seen, number)]
}

/** One bad signature spoils the whole; who signed is looked at with those that are not bad. */
function checkSignatures(link: AttorneyLink, policy: AttorneyPolicy): Finding[] {
  const { signatures, attorney } = link
  const { number } = attorney
  const isBad = (one: (typeof signatures)[number]): boolean =>
    one.indication === 'indeterminate' && policy.failingSubIndications.includes(one.subIndication ?? '')
  const seen = [...new Set(signatures.map((one) => one.subIndication ?? one.indication))].join(', ')
  const usable = signatures.filter((one) => one.indication !== 'failed' && !isBad(one))
  const signer = checkSigner(
    link,
    usable.map((one) => one.signer),
  )
  if (signatures.length === 0) return [find('signature-absent', '', number), signer]
  if (signatures.some((one) => one.indication === 'failed')) {
    return [find('signature-failed', seen, number), signer]
  }
  if (signatures.some(isBad)) return [find('signature-indeterminate-bad', seen, number), signer]
  const isSure = signatures.every((one) => one.indication === 'passed')
  return [find(isSure ? 'signature-ok' : 'signature-indeterminate', isSure ? '' : seen, number), signer]
}

const signerFindings = {
  sure: 'signer-ok',
  'by-name': 'signer-by-name',
  'organisation-only': 'signer-organisation-only',
  joint: 'signer-joint',
  other: 'signer-other',
} as const satisfies Record<ActsFor, string>

const worstFirst: readonly ActsFor[] = ['other', 'joint', 'organisation-only', 'by-name', 'sure']

/** Everybody who gives powers must have signed: each principal, or in a retrust each who gives them on. */
function checkSigner({ attorney }: AttorneyLink, signers: readonly AttorneySigner[]): Finding {
  const { number, notary, principals, retrust } = attorney
  if (signers.length === 0) return find('signer-unchecked', '', number)
  if (notary !== undefined && signers.some((signer) => matchNotary(signer, notary))) {
    return find('signer-notary', '', number)
  }
  const acts = (retrust?.givers ?? principals).map((principal) => actsFor(principal, signers))
  const worst = worstFirst.find((one) => acts.includes(one)) ?? 'other'
  return find(signerFindings[worst], '', number)
}

/**
 * A revocation after the proven time leaves what was signed before it valid (ГК РФ, 189); one whose time is not told counts
 * as before, and one told as a day counts from its beginning.
 */
function checkRegistry(facts: AttorneyFacts, number: string): Finding {
  const told = facts.registry.filter((one) => one.number.toLowerCase() === number)
  const fact = told.find(({ status }) => status === 'revoked') ?? told[0]
  const seen = [fact?.at, fact?.seen].filter((part) => part !== undefined).join(' ')
  switch (fact?.status) {
    case undefined:
    case 'not-asked':
      return find('registry-not-asked', seen, number)
    case 'revoked':
      return find(isRevokedBy(facts, fact.at) ? 'registry-revoked' : 'registry-revoked-later', seen, number)
    case 'valid':
      return find('registry-valid', seen, number)
    case 'unknown':
      return find('registry-unknown', seen, number)
    case 'silent':
      return find('registry-silent', seen, number)
  }
}

function isRevokedBy({ controlTime }: AttorneyFacts, at: string | undefined): boolean {
  if (at !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(at)) return at <= (moscowDay(controlTime) ?? '')
  const ms = Date.parse(at ?? '')
  return Number.isNaN(ms) || ms <= Date.parse(controlTime)
}
