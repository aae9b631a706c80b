/** The journal: decisions and consequences only, the same bytes for the same run (engine.md, The journal). */
import { describe, expect, it } from 'vitest';
import { compileProgram, openKernelRun } from '../../../compiler/index.ts';
import { runPlan } from '../../../runtime/backtest.ts';
import type { RunConfig } from '../../../runtime/engine/settings.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { journalHash } from '../../../runtime/journal/writer.ts';
import { laneOf, metaOf } from '../../../runtime/lane.ts';
import { checkText } from '../../support/language.ts';
import { marketOf, planOf, type Story, tell, textOf } from '../../support/story.ts';

const STORY: Story = {
  perpetual: true,
  strategy: `
    param k: price = 5.0 in 1.0..9.0
    when volume == 1 enter long { size: 100% of equity  stop: entry - k  target: [50% at entry + 5, rest at entry + 20]  hold: 9 bars }
    when volume == 2 enter long { size: 1 base  at: limit 90 }
    when volume == 3 enter long { size: 1 base  stop: 200  at: limit 90  expire: 5 bars }
    when volume == 3 exit short
    when volume == 4 exit
    risk { cap drawdown at 50% else halt }
    execution { fee: maker 1% taker 2%  slippage: 1%  leverage: 2 }`,
  bars: `
    100 !1
    102 104 101 103
    103 109 100 105
    105 106 99 100 f=0.01
    100 100 90 95
    95 !2
    95
    95 !3
    95 !4
    95`,
};

describe('a journal', () => {
  it('tells the story and nothing per bar', () => {
    // Asked for: 10 000 / 100 = 100. A fill at 103.02 takes 51.51 of margin and 2.0604 of fee each: 186 could be paid.
    expect(tell(STORY).journal).toEqual([
      '0 intent #1 enter long market 100 near 100 rule 0',
      '1 fill #1 buy 100@103.02 entry open fee 206.04 slip 102',
      '1 levels stop 98.02 hold 9',
      '1 target 0 50@108.02',
      '1 target 1 50@123.02',
      '2 fill bracket sell 50@108.02 target inside fee 54.01 maker',
      '2 levels stop 98.02 hold 9',
      '2 target 0 0@108.02',
      '2 target 1 50@123.02',
      '3 funding 0.01 at 105: -52.5',
      '4 fill bracket sell 50@97.0398 stop inside fee 97.0398 slip 49.01',
      '5 intent #2 enter long limit 1@90 near 90 rule 1',
      '6 expired #2',
      '7 intent #3 enter long limit 1@90 near 90 rule 2',
      '8 cancelled #3',
    ]);
  });

  it('decodes to what the result says', () => {
    const { result } = tell(STORY);
    const { records } = readJournal(result.journal);
    const fills = records.flatMap(record => (record.kind === 'fill' ? [record] : []));
    expect(
      fills.map(({ tick, side, price, quantity, fee, slippage, reason, maker }) => ({
        tick,
        side,
        price,
        quantity,
        fee,
        slippage,
        reason,
        maker,
      })),
    ).toEqual(result.fills.map(({ timeMs, ...fill }) => fill));
    const paid = records.reduce((sum, record) => (record.kind === 'funding' ? sum + record.amount : sum), 0);
    expect(paid).toBe(result.totals.funding);
    expect(journalHash(result.journal)).toBe(result.journalHash);
  });
});

describe('its hash', () => {
  const run = (story: Story, config: RunConfig = {}, dataHash = 'data') => {
    const plan = planOf(story);
    const series = { ...marketOf(story, plan), hash: dataHash };
    const facts = config.facts;
    return runPlan(
      openKernelRun(plan, config.params ?? {}, laneOf(series), [facts ? metaOf(facts) : {}]),
      series,
      config,
    ).journalHash;
  };
  const base = run(STORY);
  const withText = (from: string, to: string): Story => ({ ...STORY, strategy: STORY.strategy.replace(from, to) });

  it('is the same for the same run', () => {
    expect(run(STORY)).toBe(base);
    expect(run(STORY, { visitEveryTick: true })).toBe(base);
  });

  it('does not see names, comments and layout', () => {
    const written = textOf({ ...STORY, strategy: `# a comment\n${STORY.strategy}` }).replace(
      '"Story"',
      '"Another name"',
    );
    const { program } = checkText(written);
    const plan = compileProgram(program);
    const series = { ...marketOf(STORY, plan), hash: 'data' };
    expect(runPlan(openKernelRun(plan, {}, laneOf(series), [{}]), series).journalHash).toBe(base);
  });

  it('does not see whether a param has its value by default or by `--set`', () => {
    expect(run(STORY, { params: { k: 5 } })).toBe(base);
  });

  it.each([
    ['the strategy', withText('hold: 9 bars', 'hold: 8 bars'), {}],
    ['a param’s default', withText('k: price = 5.0', 'k: price = 5.001'), {}],
    ['the maker fee', withText('maker 1%', 'maker 1.1%'), {}],
    ['the taker fee', withText('taker 2%', 'taker 2.1%'), {}],
    ['the slippage', withText('slippage: 1%', 'slippage: 1.1%'), {}],
    ['the leverage', withText('leverage: 2', 'leverage: 3'), {}],
    ['`touch`', withText('leverage: 2', 'leverage: 2  touch: fills'), {}],
    ['`both_hit` of the strategy', withText('leverage: 2', 'leverage: 2  both_hit: best'), {}],
    ['funding', withText('leverage: 2', 'leverage: 2  funding: ignored'), {}],
    ['a limit that never acts', withText('at 50%', 'at 60%'), {}],
    ['the capital', STORY, { capital: 10001 }],
    ['a param', STORY, { params: { k: 5.001 } }],
    ['`both_hit` of the run', STORY, { bothHit: 'best' as const }],
    ['the tick size', STORY, { facts: { tick: '0.00000001', maintenance: 0.005, source: 'a' } }],
    ['the lot', STORY, { facts: { lot: '0.00000001', maintenance: 0.005, source: 'a' } }],
    ['the minimum notional', STORY, { facts: { minNotional: '1', maintenance: 0.005, source: 'a' } }],
    ['the maintenance margin', STORY, { facts: { maintenance: 0.006, source: 'a' } }],
    ['where trading begins', STORY, { fromTick: 1 }],
    ['where it ends', STORY, { toTick: 9 }],
  ] as const)('changes with %s', (_, story, config) => {
    expect(run(story, config)).not.toBe(base);
  });

  it('changes with the data, and not with where the facts come from', () => {
    expect(run(STORY, {}, 'other')).not.toBe(base);
    const facts = { tick: '0.01', maintenance: 0.005 };
    expect(run(STORY, { facts: { ...facts, source: 'a' } })).toBe(run(STORY, { facts: { ...facts, source: 'b' } }));
  });

  it('does not see which of equal spellings the facts use', () => {
    const facts = (tick: string) => ({ facts: { tick, maintenance: 0.005, source: 'a' } });
    expect(run(STORY, facts('0.010'))).toBe(run(STORY, facts('0.01')));
  });
});
