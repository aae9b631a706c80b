import { describe, expect, it } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { exposureBound } from '../../../compiler/exposure.ts';
import { graphSvg } from '../../../compiler/graph/svg.ts';
import { graphText } from '../../../compiler/graph/text.ts';
import { planWarmup } from '../../../compiler/plan-warmup.ts';
import { noKernel } from '../../support/no-kernel.ts';
import { DAY, HOUR, ProgramBuilder } from '../../support/program-builder.ts';

function example() {
  const b = new ProgramBuilder(HOUR, DAY);
  const n = b.param({ name: 'n', type: 'bars', value: 4, low: 2, high: 9 });
  const daily = b.latest(b.add('smooth', [b.input('close', 1), n, b.const(0.4)]));
  b.enter(b.add('gt', [b.input('close'), daily]), {
    size: b.param({ name: 'share', type: 'ratio', value: 0.2, high: 0.6 }),
  });
  return compile(b.program(), { kernel: noKernel });
}

describe('the graph as text', () => {
  it('has a line a node, with its clock, its warm-up and who asks for it', () => {
    const plan = example();
    expect(graphText(plan.graph, { warmup: planWarmup(plan, {}, [{}], 0).nodes })).toBe(
      [
        '%0   input close         @base    ready 0  settled 0',
        '%1   input close         @clock1  ready 0  settled 0',
        '%2   param n             param',
        '%3   0.4                 const',
        '%4   smooth(%1, %2, %3)  @clock1  ready 3  settled 31',
        '%5   latest(%4)          @base    ready 95  settled 767',
        '%6   gt(%0, %5)          @base    ready 95  settled 767    rule.0.when',
        '%7   param share         param                             rule.0.size',
        '%8   1                   const                             rule.0.expire, execution.leverage',
        '%9   0.001               const                             execution.maker, execution.taker',
        '%10  0                   const                             execution.slippage',
        '',
      ].join('\n'),
    );
  });
});

describe('the graph as a drawing', () => {
  it('is one SVG that needs nothing, with every node and edge in it', () => {
    const { graph } = example();
    const svg = graphSvg(graph);
    expect(svg.match(/<title>/g)).toHaveLength(graph.nodes.length);
    expect(svg.match(/<path /g)).toHaveLength(graph.nodes.reduce((sum, node) => sum + node.args.length, 0));
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
    expect(svg).not.toMatch(/href|<script|<style/);
  });

  it('escapes what a strategy may call things', () => {
    const b = new ProgramBuilder();
    b.stream('<b>&"', b.input('close')).enter(b.add('gt', [b.input('close'), b.const(1)]));
    const svg = graphSvg(compile(b.program(), { watch: ['<b>&"'], kernel: noKernel }).graph);
    expect(svg).toContain('watch.&lt;b&gt;&amp;&quot;');
  });
});

describe('the exposure bound', () => {
  it('is the largest size over the ranges of the params, unless a cap is lower', () => {
    expect(exposureBound(example())).toMatchObject({ multiple: 0.6 });
    const b = new ProgramBuilder();
    b.enter(b.const(1, 'bool'), { size: b.input('close') });
    const span = { start: 0, end: 0 };
    b.caps.push({ name: 'exposure', limit: b.const(1.5), action: { kind: 'refuse' }, span });
    b.caps.push({ name: 'daily_loss', limit: b.const(0.02), action: { kind: 'refuse' }, span });
    expect(exposureBound(compile(b.program(), { kernel: noKernel }))).toEqual({
      multiple: 1.5,
      because: 'cap exposure',
    });
  });

  it('says so when nothing bounds it', () => {
    const b = new ProgramBuilder();
    b.enter(b.const(1, 'bool'), { size: b.input('close') });
    expect(exposureBound(compile(b.program(), { kernel: noKernel })).multiple).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a universe', () => {
  const ranker = () => {
    const b = new ProgramBuilder();
    const gross = b.param({ name: 'gross', type: 'ratio', value: 1, low: 0.5, high: 2 });
    const said = b.predict('m', [b.member('close')], { axis: 0 });
    const weight = b.crossSection('scale', said, [gross, b.const(Number.NaN)]);
    const when = b.add('calendar', [], { field: 'ends', clock: 0 }, { clock: 0, stage: 'series', base: 'bool' });
    const span = { start: 0, end: 0 };
    const to = { kind: 'across', axis: 0, weight } as const;
    const rebalances = [{ when, text: 'every 1h', to, leavers: 'exit', span } as const];
    return compile(b.program({ members: 2, rebalances }), { kernel: noKernel });
  };

  it('is named where a value is each member’s own', () => {
    const lines = graphText(ranker().graph, { universes: ['majors'] }).split('\n');
    expect(lines.slice(0, 7).map(line => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      '%0 | calendar ends clock 0 | @base | rebalance.0.when',
      '%1 | input close | @base across majors',
      '%2 | predict m(%1) | @base across majors',
      '%3 | param gross | param',
      '%4 | NaN | const',
      '%5 | input held | @base across majors',
      '%6 | cross_section scale(%2, %3, %4, %5) | @base across majors | rebalance.0.weight',
    ]);
  });

  it('is drawn with the model between a prediction and what it is made from', () => {
    const svg = graphSvg(ranker().graph);
    expect(svg).toContain('stroke-dasharray');
    expect(svg.match(/fill="#eadff5"/g)).toHaveLength(1);
    expect(svg.match(/fill="#fbf1c9"/g)).toHaveLength(1);
  });

  it('commands what `scale` brings its weights to', () => {
    expect(exposureBound(ranker())).toEqual({ multiple: 2, because: 'the weights of `rebalance every 1h`' });
  });
});

describe('what cannot be compiled', () => {
  it('says why', () => {
    const b = new ProgramBuilder();
    b.stream('quick', b.input('close'));
    const file = { name: 'a.vela', text: '', form: 'vela' } as const;
    const span = { start: 0, end: 0 };
    const attempt =
      (more: Parameters<typeof b.program>[0], watch: readonly string[] = []) =>
      () =>
        compile(b.program(more), { watch, kernel: noKernel });
    expect(attempt({}, ['slow'])).toThrow('no stream is named `slow`; there are: quick');
    expect(attempt({ notYet: [{ span, what: 'a model' }] })).toThrow('a model cannot run yet');
    expect(attempt({ problems: [{ code: 'E0130', file, span, facts: {} }] })).toThrow('the first is E0130');
    expect(attempt({ problems: [{ code: 'W0901', file, span, facts: {} }] })).not.toThrow();
  });
});
