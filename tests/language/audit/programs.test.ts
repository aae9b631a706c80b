/**
 * Properties of the language as a whole, over generated source texts that are right by their make: they check, formatting
 * and converting keep their meaning, both back-ends agree to the bit, no future changes the past, and `ready` and
 * `settled` are true. One half of the texts has a fixed seed, so that a failure stays found; the other has a fresh one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileProgram, interpretRun, openKernelRun, type Plan, planWarmup } from '../../../compiler/index.ts';
import { checkStrategy, type Program } from '../../../language/index.ts';
import { format } from '../../../language/syntax/format.ts';
import { parse } from '../../../language/syntax/parse.ts';
import { toYaml } from '../../../language/yaml/write.ts';
import { engineAt, engineEpoch, laneOf } from '../../support/generate-data.ts';
import { generateSource, sourceRecipe } from '../../support/generate-source.ts';
import { standardLibrary } from '../../support/language.ts';
import { startingAt } from '../../support/later-start.ts';
import { past, withOtherFuture } from '../../support/perturb.ts';
import { recordRun } from '../../support/record-run.ts';

const FACTOR = process.env.VELA_DEEP ? 20 : 1;
const FRESH_SEED = Number(process.env.VELA_SEED ?? Math.floor(Math.random() * 2 ** 31));
const SEEDS = [
  { name: 'a fixed seed', seed: 733 },
  { name: `the fresh seed ${FRESH_SEED} (VELA_SEED repeats it)`, seed: FRESH_SEED },
];

function checked(text: string, form: 'vela' | 'yaml' = 'vela'): Program {
  const { program, diagnostics } = checkStrategy(
    { name: `generated.${form}`, text, form },
    { library: standardLibrary() },
  );
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const told = errors.map(({ code, message, span }) => `${code} ${message}: ${text.slice(span.start, span.end)}`);
    throw new Error(`${told.join('\n')}\nin\n${text}`);
  }
  return program;
}

/** Hourly bars without holes or oddities, and the clocks of the generator's head. */
function calmLane(program: Program, seed: number, length: number) {
  const periods = program.clocks.map(({ period }) => period);
  return { periods, lane: laneOf(periods, { seed, length, startTick: seed % 50, oddness: 0 }) };
}

const DEFAULTS = {};
const driving = (seed: number) => ({
  engine: (tick: number) => engineAt(seed, tick),
  epoch: (tick: number) => engineEpoch(seed, tick),
  stepTicks: 1,
});

const text = sourceRecipe.map(generateSource);
const each = (runs: number, seed: number) => ({ numRuns: Math.ceil((runs * FACTOR) / 2), seed });

describe.each(SEEDS)('generated strategies: $name', ({ seed }) => {
  it('format to a fixed point of the same meaning', () => {
    fc.assert(
      fc.property(text, ({ text: written }) => {
        const once = format(parse({ name: 'generated.vela', text: written, form: 'vela' }).tree);
        expect(format(parse({ name: 'generated.vela', text: once, form: 'vela' }).tree)).toBe(once);
        expect(compileProgram(checked(once)).planHash).toBe(compileProgram(checked(written)).planHash);
      }),
      each(120, seed),
    );
  });

  it('mean the same in YAML, and back', () => {
    fc.assert(
      fc.property(text, ({ text: written }) => {
        const program = checked(written);
        const yaml = checked(toYaml(program.tree), 'yaml');
        const { planHash } = compileProgram(program);
        expect(compileProgram(yaml).planHash).toBe(planHash);
        expect(compileProgram(checked(format(yaml.tree))).planHash).toBe(planHash);
      }),
      each(120, seed),
    );
  });

  it('compute the same in the kernel as in the interpreter, and nothing that the future changes', () => {
    fc.assert(
      fc.property(text, fc.nat(0x7fffffff), fc.nat(110), ({ text: written, watch }, data, now) => {
        const program = checked(written);
        const plan = compileProgram(
          program,
          watch.filter(name => isStream(program, name)),
        );
        const oddness = data % 3 === 0 ? 0.05 : 0;
        const lane = laneOf(
          program.clocks.map(({ period }) => period),
          { seed: data, length: 120, startTick: data % 100, oddness },
        );
        const kernel = recordRun(() => openKernelRun(plan, DEFAULTS, lane, [{}]), driving(data));
        expect(kernel).toEqual(recordRun(() => interpretRun(plan, DEFAULTS, lane, [{}]), driving(data)));
        const other = withOtherFuture(lane, now);
        const changed = recordRun(() => openKernelRun(plan, DEFAULTS, other, [{}]), driving(data));
        expect(past(changed, plan, lane, now)).toEqual(past(kernel, plan, lane, now));
      }),
      each(120, seed),
    );
  });

  it('are absent before `ready`, and forget what was before `settled`', () => {
    let compared = 0;
    fc.assert(
      fc.property(text, fc.nat(0x7fffffff), fc.nat(100), ({ text: written, watch }, data, later) => {
        const program = checked(written);
        const plan = compileProgram(
          program,
          watch.filter(name => isStream(program, name)),
        );
        const { periods, lane } = calmLane(program, data, 700);
        const { from, skipped } = startingAt(lane, periods, later);
        const ready = planWarmup(plan, DEFAULTS, [{}], lane.clocks[0]?.firstOrdinal).nodes;
        const { nodes } = planWarmup(plan, DEFAULTS, [{}], from.clocks[0]?.firstOrdinal);
        const whole = recordRun(() => openKernelRun(plan, DEFAULTS, lane, [{}]), driving(data)).market;
        const part = recordRun(() => openKernelRun(plan, DEFAULTS, from, [{}]), driving(data)).market;
        plan.marketColumns.forEach(({ stage, output }, index) => {
          const { clock = 0, outputs } = plan.stages[stage] ?? {};
          const node = outputs?.[output]?.node ?? -1;
          const cone = operatorsBehind(plan, node);
          const values = numbersOf(whole[index]);
          const early = values.slice(0, ready[node]?.ready ?? 0);
          const what = `${[...cone].join(' ')} in\n${written}`;
          if (isStrict(cone)) expect(early.every(Number.isNaN), `early: ${what}`).toBe(true);
          const settled = nodes[node]?.settled ?? Number.POSITIVE_INFINITY;
          const [mine, its] = [numbersOf(part[index]).slice(settled), values.slice((skipped[clock] ?? 0) + settled)];
          if (!cone.has('smooth') && !cone.has('state')) expect(mine, what).toEqual(its);
          else if (isContinuous(cone)) expectNear(mine, its, largest(values), what);
          compared += mine.length;
        });
      }),
      each(80, seed),
    );
    expect(compared).toBeGreaterThan(1000);
  });
});

function isStream(program: Program, name: string): boolean {
  return program.streams.some(stream => stream.name === name);
}

function numbersOf(bits: readonly bigint[] = []): Float64Array {
  return new Float64Array(BigUint64Array.from(bits).buffer);
}

function operatorsBehind(plan: Plan, node: number): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<number>();
  const waiting = [node];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const inner = plan.graph.nodes[id];
    if (!inner || seen.has(id)) continue;
    seen.add(id);
    found.add(inner.op);
    waiting.push(...inner.args);
  }
  return found;
}

/** Whether nothing behind it stands in for what is absent, or decides without it. */
function isStrict(cone: ReadonlySet<string>): boolean {
  return !['or_else', 'present', 'and', 'or', 'state', 'signal', 'if', 'steps'].some(op => cone.has(op));
}

/** Whether a little more or less of what is behind it makes a little more or less of it. */
function isContinuous(cone: ReadonlySet<string>): boolean {
  return [...cone].every(op => CONTINUOUS.has(op));
}

const CONTINUOUS = new Set(
  'const param input add sub neg abs min max mean sum wmean smooth delay latest sample highest lowest plain state state_prev median'.split(
    ' ',
  ),
);

function largest(values: Float64Array): number {
  return values.reduce((most, value) => (Number.isNaN(value) ? most : Math.max(most, Math.abs(value))), 0);
}

/**
 * Within a few millionths of the largest value that ever was, also before it settled: a chain of recurrences forgets each
 * of them to a millionth.
 */
function expectNear(mine: Float64Array, its: Float64Array, scale: number, what: string): void {
  expect(mine.length).toBe(its.length);
  mine.forEach((value, tick) => {
    const other = its[tick] ?? Number.NaN;
    if (Number.isNaN(value) !== Number.isNaN(other) || Math.abs(value - other) > 1e-5 * scale)
      throw new Error(`${value} where the earlier start has ${other}, ${tick} ticks after it settled: ${what}`);
  });
}
