/**
 * `nodes` with every node after those it depends on; otherwise in the given order.
 * Throws an `Error` that names the circle when nodes depend on each other.
 */
export function dependencyOrder(nodes: Iterable<string>, dependenciesOf: (node: string) => Iterable<string>): readonly string[] {
  const ordered = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): void => {
    if (ordered.has(node)) return;
    const start = path.indexOf(node);
    if (start >= 0) throw new Error(`These depend on each other in a circle: ${[...path.slice(start), node].join(' -> ')}.`);
    path.push(node);
    for (const dependency of dependenciesOf(node)) visit(dependency);
    path.pop();
    ordered.add(node);
  };
  for (const node of nodes) visit(node);
  return [...ordered];
}
