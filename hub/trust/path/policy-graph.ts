// The policies a path is valid for, as a graph that grows with the path and not with its branches (RFC 9618; RFC 5280, 6.1).

import type { PolicyMapping } from '../certificate/policies.ts'
import { oids } from '../der/oids.ts'

type Node = { readonly policy: string; expected: ReadonlySet<string>; readonly parents: readonly Node[] }
type Level = Map<string, Node>

const any = oids.anyPolicy

/**
 * The valid_policy_graph. One level of nodes for each certificate, one node for each policy of a level, so that its
 * size is at most that of all policies and mappings in the certificates together.
 */
export class PolicyGraph {
  #levels: Level[] = [new Map([[any, { policy: any, expected: new Set([any]), parents: [] }]])]

  /** Whether no policy is left (the graph is NULL). */
  get isEmpty(): boolean {
    return this.#last.size === 0
  }

  get #last(): Level {
    return this.#levels.at(-1) ?? new Map()
  }

  /** Takes in the policies of the next certificate; undefined when it names none (6.1.3 d and e). */
  add(policies: readonly string[] | undefined, isAnyAllowed: boolean): void {
    const above = this.#last
    const level: Level = new Map()
    this.#levels.push(level)
    const expecting = expectations(above)
    const anyAbove = above.get(any)
    for (const policy of policies ?? []) {
      if (policy === any) continue
      const parents = expecting.get(policy) ?? (anyAbove === undefined ? undefined : [anyAbove])
      if (parents !== undefined) level.set(policy, { policy, expected: new Set([policy]), parents })
    }
    if (!isAnyAllowed || policies?.includes(any) !== true) return
    for (const [policy, parents] of expecting) {
      if (!level.has(policy)) level.set(policy, { policy, expected: new Set([policy]), parents })
    }
  }

  /** Applies the mappings of the certificate added last (6.1.4 b). */
  map(mappings: readonly PolicyMapping[], isAllowed: boolean): void {
    const level = this.#last
    const subjects = new Map<string, Set<string>>()
    for (const { issuerPolicy, subjectPolicy } of mappings) {
      const known = subjects.get(issuerPolicy)
      if (known === undefined) subjects.set(issuerPolicy, new Set([subjectPolicy]))
      else known.add(subjectPolicy)
    }
    for (const [policy, expected] of subjects) {
      const node = level.get(policy)
      const anyNode = level.get(any)
      if (!isAllowed) level.delete(policy)
      else if (node !== undefined) node.expected = expected
      else if (anyNode !== undefined) level.set(policy, { policy, expected, parents: anyNode.parents })
    }
  }

  /** The policies, in the anchor's terms, that hold for the whole path and are among those wanted (6.1.5 g). */
  valid(wanted: ReadonlySet<string> | undefined): string[] {
    const last = [...this.#last.values()]
    const reached = new Set<Node>()
    const left = [...last]
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      if (reached.has(node)) continue
      reached.add(node)
      left.push(...node.parents)
    }
    const own = new Set<string>()
    for (const { policy, parents } of reached) {
      if (policy !== any && parents.some((parent) => parent.policy === any)) own.add(policy)
    }
    const isAny = this.#last.has(any)
    if (wanted === undefined) return isAny ? [any, ...own] : [...own]
    return [...wanted].filter((policy) => isAny || own.has(policy))
  }
}

/** For each policy the nodes that expect it. */
function expectations(level: Level): Map<string, Node[]> {
  const expecting = new Map<string, Node[]>()
  for (const node of level.values()) {
    for (const policy of node.expected) {
      const known = expecting.get(policy)
      if (known === undefined) expecting.set(policy, [node])
      else known.push(node)
    }
  }
  return expecting
}
