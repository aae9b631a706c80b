/**
 * What every node of a lane has been at every tick so far, which makes delays and windows a matter of looking them up. One
 * array a node over the ticks of its own clock, as the grid counts them; NaN where nothing has been computed yet.
 */
import type { ClockId, NodeId } from '../../language/check/node.ts';
import type { Graph } from '../graph/graph.ts';
import type { LaneData } from '../kernel/run.ts';

export class History {
  private readonly columns: readonly Float64Array[];
  private readonly first: readonly number[];

  /** `axis`: series of other axes are kept elsewhere. */
  constructor(graph: Graph, grid: LaneData, axis: number | null) {
    this.columns = graph.nodes.map(node => {
      const ticks = node.axis === axis ? (grid.clocks[node.clock]?.length ?? 0) : 0;
      return new Float64Array(node.stage === 'series' ? ticks : 1).fill(Number.NaN);
    });
    this.first = grid.clocks.map(clock => clock.firstOrdinal);
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
