/** A queue that gives the first entry by an order: a binary heap. */
export class Queue<T> {
  private readonly entries: T[] = [];
  private readonly order: (a: T, b: T) => number;

  /** `order`: below 0 where `a` comes before `b`; no two entries may be equal. */
  constructor(order: (a: T, b: T) => number) {
    this.order = order;
  }

  push(entry: T): void {
    const { entries, order } = this;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (order(entries[above], entry) < 0) break;
      entries[at] = entries[above];
      at = above;
    }
    entries[at] = entry;
  }

  pop(): T | undefined {
    const { entries, order } = this;
    const first = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= entries.length) break;
      if (below + 1 < entries.length && order(entries[below + 1], entries[below]) < 0) below++;
      if (order(last, entries[below]) < 0) break;
      entries[at] = entries[below];
      at = below;
    }
    entries[at] = last;
    return first;
  }
}
