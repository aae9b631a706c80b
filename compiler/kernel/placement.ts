/**
 * Where everything of a run stands in its memory. The states of the market part, with the last values that are carried
 * from block to block, are one piece, and so are the states and outputs of the account part: a snapshot is two copies.
 */
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import { gridOf, type Lane, type Lanes, runsOf } from '../lanes.ts';
import type { Plan, PlanStage, StageInput } from '../plan.ts';
import { Arena, type Region } from './arena.ts';
import { type ColumnPlace, Columns, capacities } from './columns.ts';
import type { RunData } from './run.ts';

export interface Placement {
  readonly arena: Arena;
  readonly columns: Columns;
  readonly capacity: readonly number[];
  /** By stage and run of it (`runsOf`). */
  readonly params: readonly (readonly Region[])[];
  readonly states: readonly (readonly Region[])[];
  readonly io: readonly (readonly Region[])[];
  /**
   * The entries of its io table: inputs, then outputs. Where a stage reads all members at once, each input stands in it once a
   * member, and so does each output that has the axis.
   */
  readonly entries: readonly (readonly (readonly ColumnPlace[])[])[];
  readonly marketState: Region;
  /** The market part's state at the start of the current block. */
  readonly marketBefore: Region;
  readonly carry: Region;
  readonly accountState: Region;
  /** Outputs of the account part, those of `Plan.accountColumns` first, as the first lane has them. */
  readonly cells: Region;
  /** By lane and entry of `Plan.accountColumns`: its place among the cells. */
  readonly accountCells: readonly (readonly number[])[];
  readonly agedCells: readonly AgedCell[];
  readonly engine: Region;
  readonly frozen: Region;
  readonly live: Region;
}

/** A `latest` inside the account part that has an age limit: the host keeps its value in a cell of its own. */
export interface AgedCell {
  readonly reader: number;
  readonly lane: number;
  readonly from: StageEdge;
  readonly source: number;
  readonly cell: number;
}
type StageEdge = Extract<StageInput, { kind: 'stage' }>;

export function placeRun(plan: Plan, data: RunData, lanes: Lanes, blockTicks: number, fixed: Float64Array): Placement {
  const arena = new Arena();
  const capacity = capacities(plan.clocks, gridOf(data), blockTicks);
  const eachRun = (stage: PlanStage, bytes: number): readonly Region[] =>
    runsOf(stage, lanes).map(() => arena.reserve(bytes));
  const params = plan.stages.map(stage => eachRun(stage, 8 * stage.slots.length));
  const io = plan.stages.map(stage => eachRun(stage, 8 * entryCount(stage, lanes)));
  const engine = arena.reserve(8 * ENGINE_STREAMS.length * Math.max(1, plan.instruments.length));
  const frozen = arena.reserve(8 * longest(plan.brackets.map(bracket => bracket.frozen)));
  const live = arena.reserve(8 * longest(plan.brackets.map(bracket => bracket.live)));

  const states = new Map<number, readonly Region[]>();
  const placeStates = (part: 'market' | 'account'): void =>
    plan.stages.forEach((stage, index) => {
      if (stage.part === part) states.set(index, eachRun(stage, stage.stateBytes));
    });
  const marketStart = arena.reserve(0).offset;
  placeStates('market');
  const columns = new Columns(plan, data, lanes, arena, capacity, fixed);
  const carry = arena.reserve(8 * columns.carried.length);
  const marketState = since(arena, marketStart);
  const marketBefore = arena.reserve(marketState.bytes);

  const accountStart = arena.reserve(0).offset;
  placeStates('account');
  const cellIndex = accountCells(plan, lanes);
  const agedCells = ageLimits(plan, lanes, cellIndex);
  const cells = arena.reserve(8 * (cellIndex.size + agedCells.length));
  const accountState = since(arena, accountStart);

  columns.placeOutputs();
  const cell = (index: number): ColumnPlace => ({ region: { offset: cells.offset + 8 * index, bytes: 8 }, stride: 0 });
  const accountCell = (stage: number, output: number, lane: number): number => {
    const index = cellIndex.get(cellKey(plan, stage, output, lane));
    if (index === undefined) throw new Error(`account stage ${stage} has no output ${output}`);
    return index;
  };
  const inputPlace = (from: StageInput, reader: number, lane: Lane): ColumnPlace => {
    if (from.kind === 'engine') {
      const instrument = from.instrument === 'member' ? lane.instrument : from.instrument;
      const index = engineIndex({ field: from.field, instrument });
      return { region: { offset: engine.offset + 8 * index, bytes: 8 }, stride: 0 };
    }
    if (from.kind === 'stage' && plan.stages[from.stage]?.part === 'account') {
      const aged = agedCells.find(one => one.reader === reader && one.lane === lane.index && one.from === from);
      return cell(aged ? aged.cell : accountCell(from.stage, from.output, lane.index));
    }
    return columns.input(from, plan.stages[reader]?.clock ?? 0, reader, lane);
  };
  const outputPlace = (stage: PlanStage, index: number, output: number, lane: number): ColumnPlace =>
    stage.part === 'market' ? columns.output(index, output, lane) : cell(accountCell(index, output, lane));
  const entries = plan.stages.map((stage, index) =>
    runsOf(stage, lanes).map(run => {
      const [read, written] = membersOf(stage, run, lanes);
      return [
        ...stage.inputs.flatMap(input => read.map(lane => inputPlace(input.from, index, lane))),
        ...stage.outputs.flatMap((_, output) => written.map(lane => outputPlace(stage, index, output, lane.index))),
      ];
    }),
  );
  return {
    arena,
    columns,
    capacity,
    params,
    states: plan.stages.map((_, index) => states.get(index) ?? []),
    io,
    entries,
    marketState,
    marketBefore,
    carry,
    accountState,
    cells,
    accountCells: Array.from({ length: lanes.count }, (_, lane) =>
      plan.accountColumns.map(({ stage, output }) => cellIndex.get(cellKey(plan, stage, output, lane)) ?? -1),
    ),
    agedCells,
    engine,
    frozen,
    live,
  };
}

/** The lanes that one run of a stage reads, and those that it writes. */
export function membersOf(stage: PlanStage, run: Lane, lanes: Lanes): readonly [readonly Lane[], readonly Lane[]] {
  const over = stage.host?.over ?? null;
  return over === null ? [[run], [run]] : [lanes.of(over), lanes.of(stage.axis)];
}

function entryCount(stage: PlanStage, lanes: Lanes): number {
  const [run] = runsOf(stage, lanes);
  if (!run) return 0;
  const [read, written] = membersOf(stage, run, lanes);
  return stage.inputs.length * read.length + stage.outputs.length * written.length;
}

export function engineIndex({ field, instrument }: { readonly field: string; readonly instrument: number }): number {
  const stream = ENGINE_STREAMS.findIndex(candidate => candidate.field === field);
  if (stream < 0) throw new Error(`there is no engine stream ${field}`);
  return instrument * ENGINE_STREAMS.length + stream;
}

const longest = (lists: readonly (readonly unknown[])[]): number => Math.max(0, ...lists.map(list => list.length));

function since(arena: Arena, offset: number): Region {
  return { offset, bytes: arena.reserve(0).offset - offset };
}

/** What has no axis stands in one cell. */
function cellKey(plan: Plan, stage: number, output: number, lane: number): string {
  return `${stage}.${output}.${plan.stages[stage]?.axis === null ? 0 : lane}`;
}

function accountCells(plan: Plan, lanes: Lanes): ReadonlyMap<string, number> {
  const cells = new Map<string, number>();
  const add = (stage: number, output: number, lane: number): void => {
    const key = cellKey(plan, stage, output, lane);
    if (!cells.has(key)) cells.set(key, cells.size);
  };
  for (const { stage, output } of plan.accountColumns) add(stage, output, 0);
  if (cells.size !== plan.accountColumns.length) throw new Error('an account column is listed twice');
  plan.stages.forEach(({ part, axis, outputs }, stage) => {
    if (part !== 'account') return;
    for (const { index } of lanes.of(axis))
      outputs.forEach((_, output) => {
        add(stage, output, index);
      });
  });
  return cells;
}

function ageLimits(plan: Plan, lanes: Lanes, cells: ReadonlyMap<string, number>): readonly AgedCell[] {
  const aged: AgedCell[] = [];
  plan.stages.forEach((stage, reader) => {
    for (const run of runsOf(stage, lanes)) {
      for (const { index: lane } of membersOf(stage, run, lanes)[0]) {
        for (const { from } of stage.inputs) {
          if (from.kind !== 'stage' || from.maxAge === undefined) continue;
          const source = cells.get(cellKey(plan, from.stage, from.output, lane));
          if (source !== undefined) aged.push({ reader, lane, from, source, cell: cells.size + aged.length });
        }
      }
    }
  });
  return aged;
}
