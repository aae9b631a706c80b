/** What can be known of a strategy before it runs: the numbers behind `vela explain FILE`. */
import {
  type ExposureBound,
  explainProgram,
  exposureBound,
  graphSvg,
  graphText,
  planWarmup,
} from '../../compiler/index.ts';
import { bounds } from '../../language/check/bounds.ts';
import { memory } from '../../language/check/memory.ts';
import type { Clock, Program } from '../../language/check/program.ts';
import { unitWords } from '../../language/check/units.ts';
import { unsettledStates } from '../../language/check/warmup.ts';
import { causalityOf, warmupOf } from '../../language/index.ts';
import { formatPeriod } from '../../runtime/report/format.ts';

export interface StrategyFacts {
  readonly strategy: string;
  readonly planHash: string;
  readonly instruments: readonly string[];
  readonly clocks: readonly string[];
  readonly warmup: {
    /** Base bars before an order is possible, whatever bar the data start with. */
    readonly ready: number;
    /** Base bars after which the past before them no longer matters; absent when a state never forgets. */
    readonly settled?: number;
    /** The states that never forget. */
    readonly unbounded: readonly string[];
  };
  readonly memory: {
    readonly stateBytes: number;
    readonly blockBytes: number;
    readonly largest: readonly { readonly stream: string; readonly bars: number; readonly bytes: number }[];
  };
  readonly work: {
    readonly operatorsABar: number;
    readonly stages: number;
    readonly wasmBytes: number;
    readonly passes: readonly {
      readonly pass: string;
      readonly does: string;
      readonly before: number;
      readonly after: number;
    }[];
  };
  readonly exposure: ExposureBound;
  readonly streams: readonly StreamFacts[];
}

export interface StreamFacts {
  readonly name: string;
  readonly kind: string;
  readonly unit: string;
  readonly clock: string;
  readonly ready: number;
  readonly settled: number;
  /** Ticks of its clock that it reads, relative to now. */
  readonly horizon: readonly [number, number];
  readonly account: boolean;
}

const MOST_PARTS = 5;

export function strategyFacts(program: Program): StrategyFacts {
  const { plan, passes } = explainProgram(program);
  const { ready, settled, nodes } = planWarmup(plan, {}, []);
  const unbounded = unsettledStates(plan.graph.nodes, nodes).map(id => stateName(plan.graph, id));
  return {
    strategy: program.title,
    planHash: plan.planHash,
    instruments: program.instruments.map(({ symbol, venue, market }) => `${symbol} on ${venue} (${market})`),
    clocks: program.clocks.map(clockText),
    warmup: { ready, ...(Number.isFinite(settled) && { settled }), unbounded },
    memory: { ...plan.memory, largest: largestParts(program) },
    work: {
      operatorsABar: plan.graph.nodes.filter(node => node.stage === 'series' && node.op !== 'input').length,
      stages: plan.stages.length,
      wasmBytes: plan.wasm.length,
      passes: passes.map(({ pass, does, nodesBefore, nodesAfter }) => ({
        pass,
        does,
        before: nodesBefore,
        after: nodesAfter,
      })),
    },
    exposure: exposureBound(plan),
    streams: streamFacts(program),
  };
}

export function graphAs(program: Program, form: 'text' | 'svg'): string {
  const { plan } = explainProgram(program);
  return form === 'svg'
    ? graphSvg(plan.graph)
    : graphText(plan.graph, {
        warmup: planWarmup(plan, {}, []).nodes,
        universes: plan.universes.map(({ name }) => name),
      });
}

function stateName(
  graph: { readonly nodes: Program['nodes']; readonly states: Program['states'] },
  id: number,
): string {
  return graph.states[graph.nodes[id]?.attrs.state ?? -1]?.name ?? 'a state';
}

/** What keeps the most, by the name of the stream it stands in or its operator. */
function largestParts(program: Program): StrategyFacts['memory']['largest'] {
  const { parts } = memory(program.nodes, bounds(program.nodes, program.params));
  return parts.slice(0, MOST_PARTS).map(({ node, ticks, bytes }) => ({
    stream: program.origins.at(node)?.name ?? program.nodes[node]?.op ?? '',
    bars: ticks,
    bytes,
  }));
}

function streamFacts(program: Program): readonly StreamFacts[] {
  const warmups = warmupOf(program);
  const causalities = causalityOf(program);
  return program.streams.map(({ name, kind, node: id }) => {
    const node = program.nodes[id];
    const causality = causalities[id];
    return {
      name,
      kind,
      unit: node === undefined ? '' : node.base === 'num' ? unitWords(node.unit) : node.base,
      clock: node === undefined || node.clock < 0 ? 'fixed' : clockText(program.clocks[node.clock]),
      ready: warmups[id]?.ready ?? 0,
      settled: warmups[id]?.settled ?? 0,
      horizon: [causality?.low ?? 0, causality?.high ?? 0],
      account: causality?.account ?? false,
    };
  });
}

function clockText(clock: Clock | undefined): string {
  if (clock === undefined) return '';
  const period = formatPeriod(clock.period);
  return clock.name === undefined ? period : `${clock.name} (${period})`;
}
