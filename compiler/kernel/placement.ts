/**
 * Where everything of a run stands in its memory. The states of the market part, with the last values that are carried
 * from block to block, are one piece, and so are the states and outputs of the account part: a snapshot is two copies.
 */
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import type { Plan, StageInput } from '../plan.ts';
import { Arena, type Region } from './arena.ts';
import { type ColumnPlace, Columns, capacities } from './columns.ts';
import type { LaneData } from './run.ts';

export interface Placement {
  readonly arena: Arena;
  readonly columns: Columns;
  readonly capacity: readonly number[];
  /** By stage. */
  readonly params: readonly Region[];
  readonly states: readonly Region[];
  readonly io: readonly Region[];
  /** By stage: the entries of its io table. */
  readonly entries: readonly (readonly ColumnPlace[])[];
  readonly marketState: Region;
  /** The market part's state at the start of the current block. */
  readonly marketBefore: Region;
  readonly carry: Region;
  readonly accountState: Region;
  /** Outputs of the account part, those of `Plan.accountColumns` first. */
  readonly cells: Region;
  readonly agedCells: readonly AgedCell[];
  readonly engine: Region;
  readonly frozen: Region;
  readonly live: Region;
}

/** A `latest` inside the account part that has an age limit: the host keeps its value in a cell of its own. */
export interface AgedCell {
  readonly reader: number;
  readonly from: StageEdge;
  readonly source: number;
  readonly cell: number;
}
type StageEdge = Extract<StageInput, { kind: 'stage' }>;

export function placeRun(plan: Plan, lane: LaneData, blockTicks: number, fixed: Float64Array): Placement {
  const arena = new Arena();
  const capacity = capacities(plan.clocks, lane, blockTicks);
  const params = plan.stages.map(stage => arena.reserve(8 * stage.slots.length));
  const io = plan.stages.map(stage => arena.reserve(8 * (stage.inputs.length + stage.outputs.length)));
  const engine = arena.reserve(8 * ENGINE_STREAMS.length * Math.max(1, plan.instruments.length));
  const frozen = arena.reserve(8 * longest(plan.brackets.map(bracket => bracket.frozen)));
  const live = arena.reserve(8 * longest(plan.brackets.map(bracket => bracket.live)));

  const states = new Map<number, Region>();
  const placeStates = (part: 'market' | 'account'): void =>
    plan.stages.forEach((stage, index) => {
      if (stage.part === part) states.set(index, arena.reserve(stage.stateBytes));
    });
  const marketStart = arena.reserve(0).offset;
  placeStates('market');
  const columns = new Columns(plan, lane, arena, capacity, fixed);
  const carry = arena.reserve(8 * columns.carried.length);
  const marketState = since(arena, marketStart);
  const marketBefore = arena.reserve(marketState.bytes);

  const accountStart = arena.reserve(0).offset;
  placeStates('account');
  const cellIndex = accountCells(plan);
  const agedCells = ageLimits(plan, cellIndex);
  const cells = arena.reserve(8 * (cellIndex.size + agedCells.length));
  const accountState = since(arena, accountStart);

  columns.placeOutputs();
  const cell = (index: number): ColumnPlace => ({ region: { offset: cells.offset + 8 * index, bytes: 8 }, stride: 0 });
  const accountCell = (stage: number, output: number): number => {
    const index = cellIndex.get(`${stage}.${output}`);
    if (index === undefined) throw new Error(`account stage ${stage} has no output ${output}`);
    return index;
  };
  const inputPlace = (from: StageInput, reader: number): ColumnPlace => {
    if (from.kind === 'engine') {
      return { region: { offset: engine.offset + 8 * engineIndex(from), bytes: 8 }, stride: 0 };
    }
    if (from.kind === 'stage' && plan.stages[from.stage]?.part === 'account') {
      const aged = agedCells.find(candidate => candidate.reader === reader && candidate.from === from);
      return cell(aged ? aged.cell : accountCell(from.stage, from.output));
    }
    return columns.input(from, plan.stages[reader]?.clock ?? 0, reader);
  };
  const entries = plan.stages.map((stage, index) => [
    ...stage.inputs.map(input => inputPlace(input.from, index)),
    ...stage.outputs.map((_, output) =>
      stage.part === 'market' ? columns.output(index, output) : cell(accountCell(index, output)),
    ),
  ]);
  return {
    arena,
    columns,
    capacity,
    params,
    states: plan.stages.map((_, index) => states.get(index) ?? { offset: 0, bytes: 0 }),
    io,
    entries,
    marketState,
    marketBefore,
    carry,
    accountState,
    cells,
    agedCells,
    engine,
    frozen,
    live,
  };
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

function accountCells(plan: Plan): ReadonlyMap<string, number> {
  const cells = new Map<string, number>();
  const add = (stage: number, output: number): void => {
    const key = `${stage}.${output}`;
    if (!cells.has(key)) cells.set(key, cells.size);
  };
  for (const { stage, output } of plan.accountColumns) add(stage, output);
  if (cells.size !== plan.accountColumns.length) throw new Error('an account column is listed twice');
  plan.stages.forEach((stage, index) => {
    if (stage.part !== 'account') return;
    for (let output = 0; output < stage.outputs.length; output++) add(index, output);
  });
  return cells;
}

function ageLimits(plan: Plan, cells: ReadonlyMap<string, number>): readonly AgedCell[] {
  const aged: AgedCell[] = [];
  plan.stages.forEach(({ inputs }, reader) => {
    for (const { from } of inputs) {
      if (from.kind !== 'stage' || from.maxAge === undefined) continue;
      const source = cells.get(`${from.stage}.${from.output}`);
      if (source !== undefined) aged.push({ reader, from, source, cell: cells.size + aged.length });
    }
  });
  return aged;
}
