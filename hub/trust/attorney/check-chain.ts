// Checks how powers of attorney of a chain of retrust hang together (domain rules 6.4; ГК РФ, 187).

import type { AttorneyFindingName } from '../../../schemas/attorney/checks.ts'
import type { Attorney, AttorneyPrincipal, AttorneyRepresentative } from '../../../schemas/attorney/value.ts'
import type { AttorneyFacts, AttorneyGap } from '../../../schemas/attorney/verdict.ts'
import { limits } from '../../../schemas/limits.ts'
import { type Finding, find } from './findings.ts'
import { matchOrganisations, matchPeople } from './match.ts'
import { comparePowers } from './subset.ts'

/** All checks of a chain; of one without retrust that there is none. */
export function checkChain(facts: AttorneyFacts): Finding[] {
  const chain = facts.chain.map(({ attorney }) => attorney)
  const pairs = chain
    .slice(0, -1)
    .map((child, index) => ({ child, parent: chain[index + 1] ?? child, index }))
  if (pairs.length === 0 && chain[0]?.retrust === undefined) return [find('chain-none', '')]
  return [
    checkWhole(chain, facts.gap),
    ...pairs.flatMap(({ child, parent, index }) => [
      ...checkNumbers(child, parent),
      ...checkAllowed(child, parent, index + 1),
      ...checkGivers(child, parent),
      checkPowersWithin(child, parent),
      ...checkDatesWithin(child, parent),
    ]),
    ...checkRoot(chain),
  ]
}

const gapFindings: Readonly<Record<AttorneyGap['reason'], AttorneyFindingName>> = {
  unreadable: 'chain-unreadable',
  'other-format': 'chain-unreadable',
  'not-found': 'chain-broken',
  revoked: 'chain-revoked',
  silent: 'chain-silent',
  'not-asked': 'chain-silent',
  loop: 'chain-loop',
  'too-long': 'chain-too-long',
}

function checkWhole(chain: readonly Attorney[], gap: AttorneyGap | undefined): Finding {
  const seen = `${chain.length} of at most ${limits.attorneyChainMax}`
  if (new Set(chain.map(({ number }) => number)).size < chain.length) return find('chain-loop', seen)
  if (chain.length > limits.attorneyChainMax) return find('chain-too-long', seen)
  if (gap !== undefined) return find(gapFindings[gap.reason], [seen, gap.seen].join(' ').trim(), gap.number)
  const isWhole = chain.at(-1)?.retrust === undefined
  return find(isWhole ? 'chain-ok' : 'chain-broken', seen)
}

/**
 * The number of the power of attorney a retrust derives from: that of СвПередов where the parent is a retrust, else of the
 * first. The format lets every one of these attributes be left out.
 */
export function parentNumberOf({ retrust }: Attorney): string | undefined {
  if (retrust === undefined) return undefined
  const { first, parent, parentIsRetrust } = retrust
  return parent?.parentNumber ?? first.parentNumber ?? (parentIsRetrust ? undefined : first.firstNumber)
}

function checkNumbers(child: Attorney, parent: Attorney): Finding[] {
  const told = parentNumberOf(child)
  const found: Finding[] = []
  if (told === undefined) found.push(find('chain-unnumbered', parent.number, child.number))
  else if (told !== parent.number) found.push(find('chain-number', `${told}, ${parent.number}`, child.number))
  if (child.retrust?.parentIsRetrust !== (parent.retrust !== undefined)) {
    found.push(find('chain-kind', parent.number, child.number))
  }
  return found
}

/** Every retrust of a whole chain must name the original it comes from in the end, with its dates. */
function checkRoot(chain: readonly Attorney[]): Finding[] {
  const root = chain.at(-1)
  if (root === undefined || root.retrust !== undefined) return []
  return chain.flatMap(({ number, retrust }) => {
    if (retrust === undefined) return []
    const { first, parent } = retrust
    const told = first.firstNumber ?? parent?.firstNumber
    const found: Finding[] = []
    if (told !== undefined && told !== root.number)
      found.push(find('chain-number', `${told}, ${root.number}`, number))
    if (first.issued !== root.issued || first.expires !== root.expires) {
      found.push(find('dates-subset-told', `${first.issued}..${first.expires}`, number))
    }
    return found
  })
}

const allowances: Readonly<Record<Attorney['retrustAllowed'], number>> = {
  none: 0,
  once: 1,
  successive: Number.POSITIVE_INFINITY,
}

/** `below`: how many retrusts of the chain come from the parent, directly or not. */
function checkAllowed(child: Attorney, parent: Attorney, below: number): Finding[] {
  const isAllowed = allowances[parent.retrustAllowed] >= below
  const found = [
    find(isAllowed ? 'retrust-allowed-ok' : 'retrust-forbidden', parent.retrustAllowed, parent.number),
  ]
  if (parent.isIrrevocable) found.push(find('retrust-irrevocable', '', parent.number))
  else if (child.isIrrevocable) found.push(find('retrust-irrevocable-wider', '', child.number))
  return found
}

/** Who gives powers on must be a representative of the parent; held jointly, all of them must. */
function checkGivers(child: Attorney, parent: Attorney): Finding[] {
  const givers = child.retrust?.givers ?? []
  const { representatives, powers } = parent
  const found = givers.map((giver) => representatives.map((one) => isSame(giver, one)))
  if (found.some((matches) => matches.every((match) => match === undefined))) {
    return [find('giver-other', '', child.number)]
  }
  const isMissing = representatives.some((_, index) => found.every((matches) => matches[index] === undefined))
  if (powers.heldJointly && isMissing) return [find('giver-joint', '', child.number)]
  const isSure = found.every((matches) => matches.includes('number'))
  return [find(isSure ? 'giver-ok' : 'giver-by-name', '', child.number)]
}

function isSame(
  giver: AttorneyPrincipal,
  representative: AttorneyRepresentative,
): 'number' | 'name' | undefined {
  if ('organisation' in giver) {
    return 'organisation' in representative
      ? matchOrganisations(giver.organisation, representative.organisation)
      : undefined
  }
  if ('organisation' in representative) return undefined
  const one = giver.kind === 'person' ? giver.person : giver.entrepreneur
  const other = representative.kind === 'person' ? representative.person : representative.entrepreneur
  const by = matchPeople(one, other)
  return by === undefined || by === 'name' ? by : 'number'
}

function checkPowersWithin(child: Attorney, parent: Attorney): Finding {
  const compared = comparePowers(child.powers, parent.powers)
  const finding = {
    within: 'powers-subset-ok',
    wider: 'powers-subset-wider',
    text: 'powers-subset-text',
  } as const
  return find(finding[compared], parent.number, child.number)
}

function checkDatesWithin(child: Attorney, parent: Attorney): Finding[] {
  const isWithin = parent.issued <= child.issued && child.expires <= parent.expires
  const seen = `${child.issued}..${child.expires} in ${parent.issued}..${parent.expires}`
  const found = [find(isWithin ? 'dates-subset-ok' : 'dates-subset-wider', seen, child.number)]
  const told = child.retrust?.parent
  if (told !== undefined && (told.issued !== parent.issued || told.expires !== parent.expires)) {
    found.push(find('dates-subset-told', `${told.issued}..${told.expires}`, child.number))
  }
  return found
}
