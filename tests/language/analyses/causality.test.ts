import { describe, expect, it } from 'vitest';
import { causalityOf, warmupOf } from '../../../language/check/analyses.ts';
import { causality } from '../../../language/check/causality.ts';
import { checkCausality } from '../../../language/check/check-causality.ts';
import { fixedValues } from '../../../language/check/fixed.ts';
import type { NodeId } from '../../../language/check/node.ts';
import { worstTiming } from '../../../language/check/timing.ts';
import { DAY, HOUR, ProgramBuilder } from '../../support/program-builder.ts';

function causalityBy(build: (b: ProgramBuilder) => NodeId) {
  const b = new ProgramBuilder(HOUR, DAY);
  const node = build(b);
  const timing = worstTiming([{ period: HOUR }, { period: DAY }]);
  return causality(b.nodes, fixedValues(b.nodes, new Map()), timing)[node];
}

const CLEAN = { account: false, label: false };
const NEVER_ENDING = Number.NEGATIVE_INFINITY;

describe('horizon', () => {
  it('a delay looks back, a window reaches back, pointwise takes both', () => {
    expect(causalityBy(b => b.add('delay', [b.input('close'), b.const(5)]))).toEqual({ low: -5, high: -5, ...CLEAN });
    expect(causalityBy(b => b.add('mean', [b.input('close'), b.const(100)]))).toEqual({ low: -99, high: 0, ...CLEAN });
    const ratio = causalityBy(b => {
      const close = b.input('close');
      return b.add('div', [close, b.add('delay', [b.add('mean', [close, b.const(10)]), b.const(2)])]);
    });
    expect(ratio).toEqual({ low: -11, high: 0, ...CLEAN });
  });

  it('`ahead` reads the future and says so', () => {
    const edge = causalityBy(b => b.add('div', [b.add('ahead', [b.input('close'), b.const(6)]), b.input('close')]));
    expect(edge).toEqual({ low: 0, high: 6, account: false, label: true });
  });

  it('a recurrence reads its whole past', () => {
    expect(causalityBy(b => b.add('smooth', [b.input('close'), b.const(5), b.const(0.3)]))).toEqual({
      low: NEVER_ENDING,
      high: 0,
      ...CLEAN,
    });
  });

  it('a slower value reads at most the completed period before', () => {
    expect(causalityBy(b => b.latest(b.input('close', 1)))).toEqual({ low: -24, high: 0, ...CLEAN });
  });
});

describe('taints', () => {
  it('an engine stream taints what is built on it', () => {
    expect(causalityBy(b => b.add('gt', [b.engine('profit'), b.const(0)]))).toEqual({
      low: 0,
      high: 0,
      account: true,
      label: false,
    });
  });

  it('taints go round the loop of a state, also through another state', () => {
    const b = new ProgramBuilder(HOUR);
    const zero = b.const(0);
    const first = b.openState(zero, 0);
    const second = b.openState(zero, 0);
    const reader = b.closeState(first, b.add('add', [first.previous, second.previous]));
    b.closeState(second, b.add('add', [second.previous, b.engine('profit')]));
    const result = causality(b.nodes, fixedValues(b.nodes, new Map()), worstTiming([{ period: HOUR }]));
    expect(result[reader]).toEqual({ low: NEVER_ENDING, high: 0, account: true, label: false });
    expect(result[first.previous]?.account).toBe(true);
  });
});

describe('the second line', () => {
  it('refuses a rule whose nodes carry the future, however they came by it', () => {
    const b = new ProgramBuilder(HOUR);
    const close = b.input('close');
    b.enter(b.add('gt', [b.add('ahead', [close, b.const(1)]), close]));
    const program = b.program();
    const facts = { causality: causalityOf(program), warmup: warmupOf(program) };
    expect(checkCausality(program, facts).map(({ code }) => code)).toEqual(['E0301']);
  });
});
