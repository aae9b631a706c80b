/**
 * What every node has been at every tick so far, which makes delays and windows a matter of looking them up. One array a
 * node over the ticks of its own clock; NaN where nothing has been computed yet.
 */
import type { ClockId, NodeId } from '../../language/check/node.ts';
import type { Graph } from '../graph/graph.ts';
import type { LaneData } from '../kernel/run.ts';

export class History {
  private readonly columns: readonly Float64Array[];
  private readonly first: readonly number[];

  constructor(graph: Graph, lane: LaneData) {
    this.columns = graph.nodes.map(node => {
      const ticks = node.stage === 'series' ? (lane.clocks[node.clock]?.length ?? 0) : 1;
      return new Float64Array(ticks).fill(Number.NaN);
    });
    this.first = lane.clocks.map(clock => clock.firstOrdinal);
  }

  column(id: NodeId): Float64Array {
    const column = this.columns[id];
    if (!column) throw new Error(`no node ${id}`);
    return column;
  }

  at(id: NodeId, tick: number): number {
    return this.column(id)[tick] ?? Number.NaN;
  }

  ordinal(clock: ClockId, tick: number): number {
    return (this.first[clock] ?? 0) + tick;
  }

  /** All columns, for snapshots. */
  all(): readonly Float64Array[] {
    return this.columns;
  }
}
