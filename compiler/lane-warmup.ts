/**
 * Warm-up of every lane, exact for given data. A lane counts from its own first ticks; what it reads of the lane that all
 * share has been running since the grid's first tick, and what that one reads of the members is there as soon as the first of
 * them is. The two are worked out in turns until nothing changes.
 */
import type { Warmup } from '../language/check/facts.ts';
import type { Node } from '../language/check/node.ts';
import { exactTiming } from '../language/check/timing.ts';
import { warmup } from '../language/check/warmup.ts';
import { dropsAxis } from './graph/axes.ts';
import type { RunData } from './kernel/run.ts';
import { gridOf, instrumentAt, type Lane, type Lanes, startsOf } from './lanes.ts';
import type { Plan } from './plan.ts';

type Warmups = readonly Warmup[];

/** `values`, and the result: what has no axis first, then each universe; a list a lane of it. */
export function laneWarmups(
  plan: Plan,
  data: RunData,
  lanes: Lanes,
  values: readonly (readonly Float64Array[])[],
): readonly (readonly Warmups[])[] {
  const { nodes } = plan.graph;
  const grid = gridOf(data);
  const firstOrdinal = grid.clocks[0]?.firstOrdinal ?? 0;
  const starts = new Map<number, readonly number[]>();
  const startOf = (instrument: number, clock: number): number => {
    const known = starts.get(instrument) ?? startsOf(plan.clocks, instrumentAt(data, instrument));
    starts.set(instrument, known);
    return known[clock] ?? 0;
  };
  const sharedTiming = exactTiming(plan.clocks, firstOrdinal);
  const members = plan.universes.map((_, axis) =>
    lanes.of(axis).map((lane, index) => ({
      lane,
      values: values[axis + 1]?.[index] ?? new Float64Array(),
      timing: exactTiming(plan.clocks, firstOrdinal + (lane.start[0] ?? 0)),
    })),
  );
  const fixedHere = values[0]?.[0] ?? new Float64Array();

  let found: readonly (readonly Warmups[])[] = members.map(each => each.map(() => []));
  for (;;) {
    const ofLanes = found;
    const shared = warmup(nodes, fixedHere, sharedTiming, id => {
      const node = nodes[id];
      if (node?.op === 'input' && node.axis === null) {
        const ticks = startOf(node.attrs.instrument ?? 0, node.clock);
        return ticks > 0 ? { ready: ticks, settled: ticks } : undefined;
      }
      const axis = node && dropsAxis(node) ? node.attrs.axis : undefined;
      return node && axis !== undefined ? firstOfMembers(node, lanes.of(axis), ofLanes[axis] ?? []) : undefined;
    });
    const next = members.map(each =>
      each.map(({ lane, values: fixed, timing }) =>
        warmup(nodes, fixed, timing, id => {
          const node = nodes[id];
          return node?.axis === null && node.stage === 'series' ? since(lane, node, shared[id]) : undefined;
        }),
      ),
    );
    if (members.length === 0 || agree(found, next)) return [[shared], ...next];
    found = next;
  }
}

/** What has run since the grid began, counted from the lane's first tick. */
function since(lane: Lane, { clock }: Node, { ready, settled }: Warmup = { ready: 0, settled: 0 }): Warmup {
  const start = lane.start[clock] ?? 0;
  return { ready: Math.max(0, ready - start), settled: Math.max(0, settled - start) };
}

/** A value of the whole universe exists once one member's does. It settles with those that were there from the beginning. */
function firstOfMembers(node: Node, lanes: readonly Lane[], warmups: readonly Warmups[]): Warmup {
  const [x = -1] = node.args;
  const each = lanes.map((lane, index) => {
    const start = lane.start[node.clock] ?? 0;
    const { ready = 0, settled = 0 } = warmups[index]?.[x] ?? {};
    return { start, ready: start + ready, settled: start + settled };
  });
  const ready = Math.min(...each.map(member => member.ready));
  const early = each.filter(member => member.start === 0).map(member => member.settled);
  return { ready, settled: Math.max(ready, ...early) };
}

function agree(a: readonly (readonly Warmups[])[], b: readonly (readonly Warmups[])[]): boolean {
  const flat = (all: readonly (readonly Warmups[])[], ids: (one: Warmup) => number): readonly number[] =>
    all.flatMap(axis => axis.flatMap(lane => lane.map(ids)));
  const same = (x: readonly number[], y: readonly number[]): boolean =>
    x.length === y.length && x.every((value, index) => value === y[index]);
  return (
    same(
      flat(a, one => one.ready),
      flat(b, one => one.ready),
    ) &&
    same(
      flat(a, one => one.settled),
      flat(b, one => one.settled),
    )
  );
}
