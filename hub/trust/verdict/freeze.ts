// Facts and verdicts as texts to be kept: digested once, chains apart because many messages share them.

import { hash } from 'node:crypto'
import type { ChainFacts, SignerFacts, TimestampFacts } from '../../../schemas/verdict/facts.ts'
import type { MessageFacts, SignedFacts } from '../../../schemas/verdict/message-facts.ts'
import type { MessageVerdict } from '../../../schemas/verdict/verdict.ts'
import { inOneGo, inTurns, type Steps, type Turn } from './turns.ts'

/** Facts as text; `chains` are the texts they name by digest. */
export type FrozenFacts = { readonly text: string; readonly chains: ReadonlyMap<string, string> }

/** A chain named by its digest instead of standing there; since form 2 with the time its path was validated at. */
type ChainName = { readonly sha256: string; readonly at?: string }

type FrozenChain = { readonly sha256: string; readonly text: string }
type AnyChain = ChainFacts | ChainName

const frozenChains = new WeakMap<ChainFacts, FrozenChain>()

/**
 * Freezes facts: the same facts give the same text, and a text thawed and frozen again is the same. The time at which a path
 * was validated stands beside the name of the chain: what is otherwise the same chain is kept once, whenever it was asked for.
 */
export function freezeFacts(facts: MessageFacts): FrozenFacts {
  return inOneGo(freezeOneByOne(facts))
}

/** freezeFacts for the event loop: `turn` is awaited after each signature, document and power of attorney. */
export function freezeInTurns(facts: MessageFacts, turn: Turn): Promise<FrozenFacts> {
  return inTurns(freezeOneByOne(facts), turn)
}

function* freezeOneByOne(facts: MessageFacts): Steps<FrozenFacts> {
  const chains = new Map<string, string>()
  const name = (one: AnyChain): ChainName => {
    const chain = one as ChainFacts
    const { sha256, text } = freezeChain(chain, facts.form)
    chains.set(sha256, text)
    return facts.form === 'edo-hub-facts/1' ? { sha256 } : { sha256, at: chain.path.at }
  }
  const signatures: SignedFacts[] = []
  for (const signed of facts.signatures) {
    signatures.push(withChainsReplaced(signed, name) as SignedFacts)
    yield
  }
  return { text: yield* textOf({ ...facts, signatures }), chains }
}

/** What JSON.stringify makes of a plain value, whose lists are written element by element. */
function* textOf(value: object): Steps<string> {
  const members: string[] = []
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    const text: string = Array.isArray(member) ? yield* listText(member) : JSON.stringify(member)
    members.push(`${JSON.stringify(name)}:${text}`)
  }
  return `{${members.join(',')}}`
}

function* listText(list: readonly object[]): Steps<string> {
  const elements: string[] = []
  for (const element of list) {
    elements.push(JSON.stringify(element))
    yield
  }
  return `[${elements.join(',')}]`
}

/** The facts of a frozen text; undefined when a chain it names is not among those given. */
export function thawFacts(text: string, chains: ReadonlyMap<string, string>): MessageFacts | undefined {
  let isWhole = true
  const facts = mapChains(JSON.parse(text) as MessageFacts, (named) => {
    const { sha256, at } = named as ChainName
    const found = chains.get(sha256)
    isWhole &&= found !== undefined
    return found === undefined ? named : thawChain(JSON.parse(found) as ChainFacts, at)
  })
  return isWhole ? (facts as MessageFacts) : undefined
}

/** The digests of the chains a frozen text names. */
export function chainNames(text: string): string[] {
  const names = new Set<string>()
  mapChains(JSON.parse(text) as MessageFacts, (named) => {
    names.add((named as ChainName).sha256)
    return named
  })
  return [...names]
}

/** SHA-256 (hex) of facts and verdict, what the journal holds of them (RULES 26). */
export function verdictDigest(facts: string, verdict: string): string {
  return hash('sha256', `${facts}\n${verdict}`, 'hex')
}

/** The text of a verdict. */
export function verdictText(verdict: MessageVerdict): string {
  return JSON.stringify(verdict)
}

/** verdictText for the event loop: `turn` is awaited after each signature. */
export function verdictTextInTurns(verdict: MessageVerdict, turn: Turn): Promise<string> {
  return inTurns(textOf(verdict), turn)
}

function freezeChain(chain: ChainFacts, form: MessageFacts['form']): FrozenChain {
  if (form === 'edo-hub-facts/1') return digested(JSON.stringify(chain))
  const known = frozenChains.get(chain)
  if (known !== undefined) return known
  const { at: _, ...path } = chain.path
  const frozen = digested(JSON.stringify({ ...chain, path }))
  frozenChains.set(chain, frozen)
  return frozen
}

function digested(text: string): FrozenChain {
  return { sha256: hash('sha256', text, 'hex'), text }
}

function thawChain(chain: ChainFacts, at: string | undefined): ChainFacts {
  return at === undefined ? chain : { ...chain, path: { ...chain.path, at } }
}

/** The same facts with every chain replaced; the type of chains is the caller's affair. */
function mapChains(facts: MessageFacts, replace: (chain: AnyChain) => AnyChain): object {
  return { ...facts, signatures: facts.signatures.map((signed) => withChainsReplaced(signed, replace)) }
}

function withChainsReplaced(signed: SignedFacts, replace: (chain: AnyChain) => AnyChain): object {
  if (signed.signature === undefined) return signed
  const replaced = <Holder extends { readonly chain?: ChainFacts }>(holder: Holder) =>
    holder.chain === undefined ? holder : { ...holder, chain: replace(holder.chain) }
  const stamp = (one: TimestampFacts) => replaced(one)
  const signer = (one: SignerFacts) => ({ ...replaced(one), timestamps: one.timestamps.map(stamp) })
  return { ...signed, signature: { ...signed.signature, signers: signed.signature.signers.map(signer) } }
}
