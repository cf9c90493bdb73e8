/** Circles in a directed graph, by Tarjan's strongly connected components. */

/** One shortest circle per knot of the graph, as names with the first repeated at the end. */
export function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  return knots(graph).map((knot) => shortestCircle(graph, new Set(knot)));
}

function knots(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const found: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    onStack.add(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node)!, low.get(next)!));
      } else if (onStack.has(next)) low.set(node, Math.min(low.get(node)!, index.get(next)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const knot = stack.splice(stack.lastIndexOf(node));
    for (const member of knot) onStack.delete(member);
    if (knot.length > 1 || graph.get(node)?.includes(node)) found.push(knot);
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

function shortestCircle(graph: ReadonlyMap<string, readonly string[]>, knot: ReadonlySet<string>): string[] {
  let best: string[] = [];
  for (const start of knot) {
    const paths: string[][] = [[start]];
    const seen = new Set<string>();
    for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
      for (const next of graph.get(path.at(-1)!) ?? []) {
        if (next === start && (best.length === 0 || path.length + 1 < best.length)) best = [...path, start];
        if (!knot.has(next) || seen.has(next)) continue;
        seen.add(next);
        paths.push([...path, next]);
      }
    }
  }
  return best;
}
