// Gathers what there is of a power of attorney: files of the message, a registry, the chain up to its original.

import {
  type Attorney,
  type AttorneyRequisites,
  attorneyNumberForm,
} from '../../../schemas/attorney/value.ts'
import type {
  AttorneyFacts,
  AttorneyGap,
  AttorneyLink,
  AttorneyRegistryFact,
  AttorneySignatureFact,
  AttorneySigner,
} from '../../../schemas/attorney/verdict.ts'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal } from '../../../schemas/refusals.ts'
import { parentNumberOf } from './check-chain.ts'
import { namesSigner } from './check-parties.ts'
import type { ReadAttorneyFile } from './file.ts'
import type { AskedRegistry } from './registry-asked.ts'

/** Where to look. */
export type AttorneySources = {
  /** Of the message; the first attorneyFilesMax are looked at. */
  files: readonly ReadAttorneyFile[]
  /** Of the description and of the document. */
  requisites: readonly AttorneyRequisites[]
  documentSigner: AttorneySigner
  /** ИНН of the principal where requisites give none: the sender's. */
  senderInn: string | undefined
  /** Verdicts on the detached signatures of a file, one for each signer found. */
  verify(file: ReadAttorneyFile): Promise<readonly AttorneySignatureFact[]>
}

/** The part of the facts that had to be looked for. */
export type GatheredAttorney = Pick<AttorneyFacts, 'chain' | 'gap' | 'registry'>

/**
 * Finds the power of attorney the document's signer relies on and those it derives from, at most attorneyChainMax in all,
 * each from the message if it is there, else from the registry; then asks the registry about each. Ends by the deadline
 * whatever the registry does, and then says what is missing; it never rejects on the registry's account.
 */
export async function gatherAttorney(
  sources: AttorneySources,
  asked: AskedRegistry,
): Promise<GatheredAttorney> {
  const { senderInn } = sources
  const shelf = readShelf(sources)
  const links: Found[] = []
  let step: Step = await findLeaf(sources, shelf, asked)
  while ('attorney' in step) {
    links.push(step)
    step = await findParent(step.attorney, links, { shelf, asked, senderInn })
  }
  const gap = 'reason' in step ? step : undefined
  const chain: AttorneyLink[] = []
  for (const { file, ...link } of links) chain.push({ ...link, signatures: await sources.verify(file) })
  const keys = chain.map(({ attorney }) => keyOf(attorney.number, principalInnOf(attorney) ?? senderInn))
  const registryFacts = await asked.statuses(keys)
  const known = gap === undefined ? [] : revokedFact(gap)
  return { chain, ...(gap === undefined ? {} : { gap }), registry: [...registryFacts, ...known] }
}

type Found = Omit<AttorneyLink, 'signatures'> & { file: ReadAttorneyFile }
/** The next link, why there is none though there should be, or the end. */
type Step = Found | AttorneyGap | { end: true }

type Shelf = { read: Found[]; refused: AttorneyGap[] }

function readShelf({ files }: AttorneySources): Shelf {
  const shelf: Shelf = { read: [], refused: [] }
  for (const file of files.slice(0, limits.attorneyFilesMax)) {
    const { attorney, fileName } = file
    if (isRefusal(attorney)) shelf.refused.push(gapOf(attorney))
    else shelf.read.push({ attorney, source: 'file', ...(fileName === undefined ? {} : { fileName }), file })
  }
  return shelf
}

function gapOf(refusal: Refusal, number?: string): AttorneyGap {
  const reason = refusal.code === 'attorney.other-format' ? 'other-format' : 'unreadable'
  const seen = [refusal.code, refusal.at, refusal.seen].filter((part) => part !== undefined).join(': ')
  return number === undefined ? { reason, seen } : { reason, number, seen }
}

/**
 * Requisites say which one is meant; they are asked for in the registry when no file is. Without them, or when the registry
 * has nothing, a file that names the signer is taken, then any that no other file derives from.
 */
async function findLeaf(sources: AttorneySources, shelf: Shelf, asked: AskedRegistry): Promise<Step> {
  const { requisites, documentSigner, senderInn } = sources
  const named = requisites.filter(({ number }) => attorneyNumberForm.test(number))
  const ofSigner = shelf.read.filter(({ attorney }) => namesSigner(attorney, documentSigner))
  const isNamed = ({ attorney }: Found): boolean =>
    named.some(({ number }) => number.toLowerCase() === attorney.number)
  const chosen = ofSigner.find(isNamed) ?? shelf.read.find(isNamed)
  if (chosen !== undefined) return chosen
  let gap: AttorneyGap | undefined
  for (const { number, principalInn } of named.slice(0, limits.attorneyRequisitesMax)) {
    const step = await fetchLink(asked, number.toLowerCase(), principalInn ?? senderInn)
    if ('attorney' in step) return step
    gap ??= step
  }
  const parents = new Set(shelf.read.map(({ attorney }) => parentNumberOf(attorney)))
  const free = shelf.read.find(({ attorney }) => !parents.has(attorney.number))
  return ofSigner[0] ?? free ?? shelf.read[0] ?? shelf.refused[0] ?? gap ?? { end: true }
}

async function findParent(
  child: Attorney,
  links: readonly Found[],
  where: { shelf: Shelf; asked: AskedRegistry; senderInn: string | undefined },
): Promise<Step> {
  if (child.retrust === undefined) return { end: true }
  const number = parentNumberOf(child)
  if (number === undefined) return { reason: 'not-found', seen: 'the number of the parent is not given' }
  if (links.some(({ attorney }) => attorney.number === number)) return { reason: 'loop', number }
  if (links.length >= limits.attorneyChainMax) return { reason: 'too-long', number }
  const shelved = where.shelf.read.find(({ attorney }) => attorney.number === number)
  return shelved ?? fetchLink(where.asked, number, principalInnOf(child) ?? where.senderInn)
}

/** What a registry gives must be what it was asked for. */
async function fetchLink(
  asked: AskedRegistry,
  number: string,
  principalInn: string | undefined,
): Promise<Found | AttorneyGap> {
  const key = keyOf(number, principalInn)
  if (key === undefined) return { reason: 'not-asked', number, seen: 'the principal is not known' }
  const answer = await asked.fetch(key)
  switch (answer.outcome) {
    case 'found': {
      const { file } = answer
      const { attorney } = file
      if (isRefusal(attorney)) return gapOf(attorney, number)
      if (attorney.number !== number) return { reason: 'silent', number, seen: 'it gave another number' }
      return { attorney, source: 'registry', file }
    }
    case 'revoked':
      return { reason: 'revoked', number, ...(answer.at === undefined ? {} : { seen: answer.at }) }
    case 'silent':
      return { reason: 'silent', number, seen: answer.reason }
    case 'not-found':
    case 'not-asked':
      return { reason: answer.outcome, number }
  }
}

/** ИНН of the first principal, where it is given; of a retrust, of the first of its chain. */
export function principalInnOf({ principals, retrust }: Attorney): string | undefined {
  const [first] = principals
  if (first === undefined) return retrust?.first.principalInns[0]
  if (first.kind === 'entrepreneur') return first.entrepreneur.inn
  return first.kind === 'person' ? first.person.inn : first.organisation.inn
}

function keyOf(
  number: string,
  principalInn: string | undefined,
): { number: string; principalInn: string } | undefined {
  return principalInn === undefined ? undefined : { number, principalInn }
}

function revokedFact({ reason, number, seen }: AttorneyGap): AttorneyRegistryFact[] {
  if (reason !== 'revoked' || number === undefined) return []
  return [{ number, status: 'revoked', ...(seen === undefined ? {} : { at: seen }) }]
}
