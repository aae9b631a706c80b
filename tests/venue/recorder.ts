/** Sinks of tests: they keep what they are told and let a test wait for it. */
export interface Recorder<Event> {
  readonly events: readonly Event[];
  readonly sink: (event: Event) => Promise<void>;
  /** The first event of which this is true, now or later. */
  until(isIt: (event: Event) => boolean, timeoutMs?: number): Promise<Event>;
}

export function recorder<Event>(): Recorder<Event> {
  const events: Event[] = [];
  const waiting = new Set<() => void>();
  return {
    events,
    sink: async event => {
      events.push(event);
      for (const wake of waiting) wake();
    },
    until: (isIt, timeoutMs = 40_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = events.find(isIt);
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`not told in time; told were ${JSON.stringify(events.slice(-20))}`));
        }, timeoutMs);
        waiting.add(look);
        look();
      }),
  };
}
