// Finds what refers to each other in a circle, so that nobody waits for somebody who waits for them (RULES 15).

/**
 * The strongly connected components of a graph that have more than one node (R. Tarjan, 1972), by node: each member of
 * a circle maps to the whole of it, itself included. `edges` lists for each node the nodes it refers to; those that
 * are no nodes of the graph are passed over. Takes time in proportion to nodes and edges, without recursion.
 */
export function companionsOf<Node>(edges: ReadonlyMap<Node, readonly Node[]>): Map<Node, ReadonlySet<Node>> {
  const companions = new Map<Node, ReadonlySet<Node>>()
  const order = new Map<Node, number>()
  const low = new Map<Node, number>()
  const open: Node[] = []
  const isOpen = new Set<Node>()
  for (const root of edges.keys()) {
    const path: { node: Node; next: number }[] = order.has(root) ? [] : [enter(root)]
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const target = edges.get(at.node)?.[at.next++]
      if (target === undefined) {
        path.pop()
        leave(at.node, path.at(-1)?.node)
      } else if (!edges.has(target)) {
        // Not one of these.
      } else if (!order.has(target)) path.push(enter(target))
      else if (isOpen.has(target)) lower(at.node, order.get(target) ?? 0)
    }
  }
  return companions

  function enter(node: Node): { node: Node; next: number } {
    order.set(node, order.size)
    low.set(node, order.size - 1)
    open.push(node)
    isOpen.add(node)
    return { node, next: 0 }
  }

  function lower(node: Node, to: number): void {
    low.set(node, Math.min(low.get(node) ?? to, to))
  }

  /** All that is reached from the node is known: it closes its circle, or hands on how far back it reaches. */
  function leave(node: Node, before: Node | undefined): void {
    if (low.get(node) === order.get(node)) {
      const circle = new Set(open.splice(open.lastIndexOf(node)))
      for (const member of circle) {
        isOpen.delete(member)
        if (circle.size > 1) companions.set(member, circle)
      }
    }
    if (before !== undefined) lower(before, low.get(node) ?? 0)
  }
}
