// Facts and verdicts as texts to be kept: digested once, chains apart because many messages share them.

import { hash } from 'node:crypto'
import type { ChainFacts, SignerFacts, TimestampFacts } from '../../../schemas/verdict/facts.ts'
import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { MessageVerdict } from '../../../schemas/verdict/verdict.ts'

/** Facts as text; `chains` are the texts they name by digest. */
export type FrozenFacts = { readonly text: string; readonly chains: ReadonlyMap<string, string> }

/** A chain named by its digest instead of standing there. */
type ChainName = { readonly sha256: string }

const frozenChains = new WeakMap<ChainFacts, { sha256: string; text: string }>()

/** Freezes facts: the same facts give the same text, and a text thawed and frozen again is the same. */
export function freezeFacts(facts: MessageFacts): FrozenFacts {
  const chains = new Map<string, string>()
  const name = (chain: ChainFacts): ChainName => {
    const frozen = freezeChain(chain)
    chains.set(frozen.sha256, frozen.text)
    return { sha256: frozen.sha256 }
  }
  return { text: JSON.stringify(mapChains(facts, (chain) => name(chain as ChainFacts))), chains }
}

/** The facts of a frozen text; undefined when a chain it names is not among those given. */
export function thawFacts(text: string, chains: ReadonlyMap<string, string>): MessageFacts | undefined {
  let isWhole = true
  const facts = mapChains(JSON.parse(text) as MessageFacts, (named) => {
    const found = chains.get((named as ChainName).sha256)
    isWhole &&= found !== undefined
    return found === undefined ? named : (JSON.parse(found) as ChainFacts)
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

function freezeChain(chain: ChainFacts): { sha256: string; text: string } {
  const known = frozenChains.get(chain)
  if (known !== undefined) return known
  const text = JSON.stringify(chain)
  const frozen = { sha256: hash('sha256', text, 'hex'), text }
  frozenChains.set(chain, frozen)
  return frozen
}

type AnyChain = ChainFacts | ChainName

/** The same facts with every chain replaced; the type of chains is the caller's affair. */
function mapChains(facts: MessageFacts, replace: (chain: AnyChain) => AnyChain): object {
  const replaced = <Holder extends { readonly chain?: ChainFacts }>(holder: Holder) =>
    holder.chain === undefined ? holder : { ...holder, chain: replace(holder.chain) }
  const stamp = (one: TimestampFacts) => replaced(one)
  const signer = (one: SignerFacts) => ({ ...replaced(one), timestamps: one.timestamps.map(stamp) })
  const signatures = facts.signatures.map((signed) =>
    signed.signature === undefined
      ? signed
      : { ...signed, signature: { ...signed.signature, signers: signed.signature.signers.map(signer) } },
  )
  return { ...facts, signatures }
}
