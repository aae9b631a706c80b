/** The conditions of alert rules: what is read, what is refused, and what meets them. */
import { describe, expect, it } from 'vitest';
import { NOTHING_COUNTED, type RunCounts } from '../../../runtime/live/status.ts';
import {
  type Condition,
  ConditionError,
  parseCondition,
  TROUBLES,
  watchOf,
} from '../../../runtime/monitor/condition.ts';
import { METRICS } from '../../../runtime/monitor/metrics-table.ts';
import { degraded, statusOf } from './support.ts';

const metric = (condition: Condition) => {
  if (condition.kind !== 'metric') throw new Error('it is about no metric');
  const { metric: of, ...rest } = condition;
  return { name: of.name, ...rest };
};

describe('reading', () => {
  it.each([
    ['drawdown > 10%', { name: 'drawdown', comparison: '>', bound: 0.1 }],
    ['drawdown>=0.1', { name: 'drawdown', comparison: '>=', bound: 0.1 }],
    ['day_return < -250bp', { name: 'day_return', comparison: '<', bound: -0.025 }],
    ['free_disk <= 1.5 GB', { name: 'free_disk', comparison: '<=', bound: 1.5e9 }],
    ['bar_lateness > 5m', { name: 'bar_lateness', comparison: '>', bound: 300 }],
    ['event_loop_lag(0.99) > 50ms', { name: 'event_loop_lag', only: '0.99', comparison: '>', bound: 0.05 }],
    ['errors in 10m > 5', { name: 'errors', windowMs: 600_000, comparison: '>', bound: 5 }],
    ['position(BTC/USDT) > 0', { name: 'position', only: 'BTC/USDT', comparison: '>', bound: 0 }],
  ])('%s', (text, expected) => {
    const { kind, ...found } = { ...metric(parseCondition(text)), kind: undefined };
    expect(found).toEqual(expected);
  });

  it('troubles by their words, with spaces or underscores', () => {
    for (const { word } of TROUBLES) {
      expect(parseCondition(word)).toEqual({ kind: 'trouble', word });
      expect(parseCondition(` ${word.replaceAll(' ', '_')} `)).toEqual({ kind: 'trouble', word });
    }
  });

  it.each([
    ['drawdwn > 10%', 'there is no metric `drawdwn`; did you mean `drawdown`?'],
    ['unprotectd', '`unprotectd` is no condition; did you mean `unprotected`?'],
    ['drawdown > 10s', '`drawdown` is in %, bp, not in `s`'],
    ['equity < 5%', '`equity` has no unit, not in `%`'],
    ['drawdown in 5m > 1%', '`drawdown` is no counter, so `in 5m` says nothing of it'],
    ['errors in soon > 5', '`soon` is no time, as `30s`, `5m` or `1h` is'],
    ['equity(x) > 5', '`equity` has no labels'],
    ['drawdown > 1.2.3', '`1.2.3` is no number'],
    ['drawdown == 5%', '`drawdown == 5%` is no condition'],
    ['', '`` is no condition'],
  ])('refuses `%s`', (text, message) => {
    expect(() => parseCondition(text)).toThrow(new ConditionError(message));
  });

  it('reads a comparison over each metric there is', () => {
    for (const { name, unit } of METRICS) {
      expect(metric(parseCondition(`${name} > 1${unit === 'seconds' ? 's' : ''}`)).name).toBe(name);
    }
  });
});

describe('what meets a condition', () => {
  const look = (text: string, status = statusOf()) => watchOf(parseCondition(text)).look(status, 0);

  it('a metric beyond its bound, in words and in figures', () => {
    expect(look('drawdown > 4%')).toEqual([{ text: 'drawdown is 4.545%', value: 1 - 10_500 / 11_000, labels: {} }]);
    expect(look('drawdown > 5%')).toEqual([]);
    expect(look('free_disk < 1TB')).toEqual([{ text: 'free disk is 10000 MB', value: 1e10, labels: {} }]);
  });

  it('the samples of a metric with labels, or the one that is named', () => {
    const limits = [
      { name: 'drawdown', value: 0.09, bound: 0.1, isHalted: false },
      { name: 'exposure', value: 0.2, bound: 1, isHalted: true },
    ];
    const status = statusOf({ limits });
    expect(look('limit_used > 80%', status)).toEqual([
      { text: 'limit used of drawdown is 90%', value: expect.closeTo(0.9, 12), labels: { limit: 'drawdown' } },
    ]);
    expect(look('limit_used(exposure) > 10%', status)).toHaveLength(1);
    expect(look('limit_used(exposure) > 80%', status)).toEqual([]);
  });

  it('what is not known meets nothing', () => {
    const system = { ...statusOf().system, freeDiskBytes: null };
    expect(look('free_disk < 1TB', statusOf({ system }))).toEqual([]);
  });

  it('troubles, in the words of the run', () => {
    const status = statusOf({ degraded: [degraded('stale', 'BTC/USDT'), degraded('blind')] });
    expect(look('stale', status)).toEqual([{ text: 'it is stale', labels: { instrument: 'BTC/USDT' } }]);
    expect(look('unprotected', status)).toEqual([]);
    expect(look('killed', statusOf({ state: 'stopped', why: 'stopped by command' }))).toHaveLength(1);
    expect(look('killed', statusOf({ state: 'stopped', why: 'its process was asked to end' }))).toEqual([]);
    expect(look('failed', statusOf({ state: 'failed', why: 'the disk is full' }))).toEqual([
      { text: 'the disk is full', labels: {} },
    ]);
  });

  it('how much a counter grew over a time, and not what it had before it was watched', () => {
    const watch = watchOf(parseCondition('errors in 10m > 2'));
    const at = (minutes: number, errors: number) => {
      const counts: RunCounts = { ...NOTHING_COUNTED, errors };
      return watch.look(statusOf({ counts }), minutes * 60_000).length > 0;
    };
    expect([at(0, 50), at(1, 51), at(5, 52), at(9, 53)]).toEqual([false, false, false, true]);
    // At 11 what there was at 1 counts, 51; at 12 still, since nothing was seen at 2.
    expect([at(11, 53), at(12, 54), at(40, 54)]).toEqual([false, true, false]);
  });
});
