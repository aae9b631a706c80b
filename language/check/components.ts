/**
 * Strongly connected components of a directed graph, each after those it depends on (Tarjan). Without recursion: a file
 * may be a chain of thousands of names.
 */

/** Vertices are 0 to `count` - 1; `edgesOf` names those that one depends on. */
export function components(
  count: number,
  edgesOf: (vertex: number) => readonly number[],
): readonly (readonly number[])[] {
  const found: number[][] = [];
  // 0: not seen yet; else one more than the place in the order of discovery.
  const order = new Int32Array(count);
  const lowest = new Int32Array(count);
  const isOpen = new Uint8Array(count);
  const stack: number[] = [];
  const path: { readonly vertex: number; readonly edges: readonly number[]; next: number }[] = [];
  let seen = 0;

  const enter = (vertex: number) => {
    order[vertex] = lowest[vertex] = ++seen;
    isOpen[vertex] = 1;
    stack.push(vertex);
    path.push({ vertex, edges: edgesOf(vertex), next: 0 });
  };
  const reach = (vertex: number, index: number) => {
    if (index < at(lowest, vertex)) lowest[vertex] = index;
  };
  const leave = (vertex: number) => {
    path.pop();
    const caller = path.at(-1);
    if (caller) reach(caller.vertex, at(lowest, vertex));
    if (at(lowest, vertex) !== at(order, vertex)) return;
    const component: number[] = [];
    for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
      isOpen[member] = 0;
      component.push(member);
      if (member === vertex) break;
    }
    found.push(component.reverse());
  };

  for (let start = 0; start < count; start++) {
    if (order[start] === 0) enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.edges[top.next++];
      if (next === undefined) leave(top.vertex);
      else if (order[next] === 0) enter(next);
      else if (isOpen[next] === 1) reach(top.vertex, at(order, next));
    }
  }
  return found;
}

function at(values: Int32Array, index: number): number {
  return values[index] ?? 0;
}
