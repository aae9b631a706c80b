/**
 * Drives a PlanRun over all its data and writes down everything it shows, as 64-bit integers, so that two back-ends, or
 * two ways of driving one, can be compared whole.
 */
import { BLOCK_TICKS, type PlanRun } from '../../compiler/kernel/run.ts';
import { numbersFrom } from './generate-data.ts';

export interface Driving {
  /** What the engine says at a tick. */
  readonly engine: (tick: number) => Float64Array;
  /** Ticks of equal epoch see one account and may be stepped over at once. */
  readonly epoch: (tick: number) => number;
  /** Ticks of one `step` call at most. */
  readonly stepTicks: number;
  /** After these base ticks the run is snapshotted and goes on as another run. */
  readonly moveAfter?: number;
}

export interface Record {
  /** Per column, per tick of its clock. */
  readonly market: readonly (readonly bigint[])[];
  readonly flags: readonly (readonly number[])[];
  /** By base tick; only ticks at which `step` returned have an entry. */
  readonly account: ReadonlyMap<number, readonly bigint[]>;
  /** By base tick: the value of each bracket function. */
  readonly brackets: ReadonlyMap<number, readonly bigint[]>;
  readonly fixed: readonly bigint[];
  readonly ruleReady: readonly number[];
  readonly stateNaN: number;
  /** Of the lanes behind the first: market and flags as above, account by base tick. */
  readonly lanes: readonly LaneRecord[];
}
export interface LaneRecord {
  readonly market: readonly (readonly bigint[])[];
  readonly flags: readonly (readonly number[])[];
  readonly account: ReadonlyMap<number, readonly bigint[]>;
}

/** `reopen` opens a fresh run of the same plan, values and data. */
export function recordRun(reopen: () => PlanRun, driving: Driving): Record {
  let run = reopen();
  const clockOf = run.plan.marketColumns.map(({ stage }) => run.plan.stages[stage]?.clock ?? 0);
  const lanes = run.lanes.map(() => ({
    market: clockOf.map((): bigint[] => []),
    flags: run.plan.flagColumns.map((): number[] => []),
    account: new Map<number, readonly bigint[]>(),
  }));
  const [first = { market: [], flags: [], account: new Map() }, ...others] = lanes;
  const { market, flags, account } = first;
  const brackets = new Map<number, readonly bigint[]>();
  const noteBlock = () => {
    if (run.lanes[0]?.market[0] !== run.market[0]) throw new Error('the first lane shows other columns');
    run.lanes.forEach((lane, number) => {
      lane.market.forEach((column, index) => {
        const { start = 0, length = 0 } = run.blocks[clockOf[index] ?? 0] ?? {};
        const bits = bitsOf(column.subarray(0, length));
        const into = lanes[number]?.market[index] ?? [];
        for (let i = 0; i < bits.length; i++) into[start + i] = bits[i] ?? 0n;
      });
      lane.flags.forEach((column, index) => {
        const into = lanes[number]?.flags[index] ?? [];
        for (let i = 0; i < Math.min(run.blockLength, column.length); i++) into[run.blockStart + i] = column[i] ?? 0;
      });
    });
  };
  const bracketsAt = (tick: number): readonly bigint[] => {
    const frozen = frozenFor(tick);
    return [
      ...bitsOf(Float64Array.from(run.plan.brackets, (_, k) => run.bracket(k, asFrozen(run.plan, k, frozen), tick))),
    ];
  };
  /** A fill in the first bar of a block is priced with the last tick of the block before. */
  const checkCarriedTick = () => {
    const last = run.blockStart - 1;
    const before = brackets.get(last)?.join();
    if (before !== undefined && bracketsAt(last).join() !== before) {
      throw new Error(`the brackets of tick ${last} change when the next block begins`);
    }
  };
  const move = () => {
    const [bytes, engine] = [run.snapshot(), run.engine.slice()];
    run = reopen();
    run.restore(bytes);
    // The engine keeps its own state and shows it again.
    run.engine.set(engine);
    noteBlock();
  };
  let moved = driving.moveAfter === undefined;
  const moveIfDue = (done: number) => {
    if (moved || done < (driving.moveAfter ?? 0)) return;
    moved = true;
    move();
  };

  while (run.nextBlock()) {
    noteBlock();
    checkCarriedTick();
    const end = run.blockStart + run.blockLength;
    for (let tick = run.blockStart; tick < end; ) {
      let count = 1;
      while (count < driving.stepTicks && tick + count < end && driving.epoch(tick + count) === driving.epoch(tick))
        count++;
      run.engine.set(driving.engine(tick));
      const done = run.hasAccountPart ? run.step(tick, count) : count;
      if (done < 1 || done > count) throw new Error(`a step of ${count} ticks did ${done}`);
      tick += done;
      if (run.hasAccountPart)
        run.lanes.forEach((lane, number) => {
          lanes[number]?.account.set(tick - 1, [...bitsOf(lane.account)]);
        });
      brackets.set(tick - 1, bracketsAt(tick - 1));
      moveIfDue(tick);
    }
  }
  return {
    market,
    flags,
    account,
    brackets,
    fixed: [...bitsOf(run.fixed)],
    ruleReady: run.ruleReady,
    stateNaN: run.stateNaN(),
    lanes: others,
  };
}

/** The parts of a record that both have: account and brackets only at ticks where both stopped. */
export function commonPart(record: Record, other: Record): Record {
  const shared = <T>(mine: ReadonlyMap<number, T>, theirs: ReadonlyMap<number, unknown>) =>
    new Map([...mine].filter(([tick]) => theirs.has(tick)));
  return {
    ...record,
    account: shared(record.account, other.account),
    brackets: shared(record.brackets, other.brackets),
    lanes: record.lanes.map(lane => ({ ...lane, account: shared(lane.account, other.account) })),
  };
}

/** A bool is frozen as 0, 1 or absent, whatever the number that was drawn for it. */
function asFrozen({ brackets, graph }: PlanRun['plan'], k: number, drawn: Float64Array): Float64Array {
  const nodes = brackets[k]?.frozen ?? [];
  return drawn.map((value, i) => {
    const isBool = graph.nodes[nodes[i] ?? -1]?.base === 'bool';
    return isBool && !Number.isNaN(value) ? Number(value > 0) : value;
  });
}

function frozenFor(tick: number): Float64Array {
  const random = numbersFrom(tick);
  return Float64Array.from({ length: 64 }, () => (random() < 0.1 ? Number.NaN : (random() - 0.5) * 100));
}

function bitsOf(values: Float64Array): BigUint64Array {
  return new BigUint64Array(values.slice().buffer);
}

export const EVERY_TICK: Pick<Driving, 'stepTicks'> = { stepTicks: 1 };
export const WHOLE_BLOCKS: Pick<Driving, 'stepTicks'> = { stepTicks: BLOCK_TICKS };
