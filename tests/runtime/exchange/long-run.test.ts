/** A run over several blocks that fills all the time: its lists grow past what is kept in one piece. */
import { describe, expect, it } from 'vitest';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { journalHash } from '../../../runtime/journal/writer.ts';
import { trade } from '../../support/account.ts';
import { type Bar, enter, exit, flag, flagsAt, ONE } from '../../support/scripted-run.ts';

const LENGTH = 10_000;
const PERIOD = 8;
const TRIPS = LENGTH / PERIOD;
const every = (offset: number): number[] => Array.from({ length: TRIPS }, (_, i) => i * PERIOD + offset);

describe('a run of more than a thousand trades', () => {
  const bars: Bar[] = Array.from({ length: LENGTH }, (_, i) => {
    const open = 100 + (i % 50);
    return [open, open + 2, open - 1, open + 1];
  });
  const result = trade(
    {
      rules: [enter('long', flag(0), { size: { basis: 'quantity', amount: ONE } }), exit(flag(1))],
      flags: [flagsAt(LENGTH, ...every(2)), flagsAt(LENGTH, ...every(5))],
    },
    { bars },
  );

  it('lists each of them, in order, at the opens after its signals', () => {
    expect(result.trades.map(({ entryTick }) => entryTick)).toEqual(every(3));
    expect(result.trades.map(({ exitTick }) => exitTick)).toEqual(every(6));
    expect(result.trades.map(({ profit }) => profit)).toEqual(every(3).map(tick => bars[tick + 3][0] - bars[tick][0]));
    expect(new Set(result.trades.map(({ reason, bars: held }) => `${reason} ${held}`))).toEqual(new Set(['signal 3']));
  });

  it('journals each decision and fill, under the hash of all bytes', () => {
    const { records } = readJournal(result.journal);
    expect(records.map(({ kind, tick }) => `${tick} ${kind}`)).toEqual(
      every(0).flatMap(at => [`${at + 2} intent`, `${at + 3} fill`, `${at + 5} intent`, `${at + 6} fill`]),
    );
    expect(journalHash(result.journal)).toBe(result.journalHash);
    expect(result.fills).toHaveLength(2 * TRIPS);
  });

  it('is worth what its trades earned, at each close', () => {
    const earned = result.trades.reduce((sum, { profit }) => sum + profit, 0);
    expect(result.equity[LENGTH - 1]).toBe(result.capital + earned);
    expect(result.ticksInMarket).toBe(3 * TRIPS);
  });
});
