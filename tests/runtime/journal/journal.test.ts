/** The journal: what it holds, that it reads back, and what its hash depends on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPlan } from '../../../runtime/backtest.ts';
import type { Order } from '../../../runtime/engine/events.ts';
import { FILL_REASONS, type JournalHeader, RECORD_BYTES, ROLES } from '../../../runtime/journal/format.ts';
import { JournalError, type JournalRecord, readJournal } from '../../../runtime/journal/reader.ts';
import { createJournal, createJournalOfSeveral, journalHash } from '../../../runtime/journal/writer.ts';
import { trade } from '../../support/account.ts';
import { scenarioOf } from '../../support/scenario.ts';
import { type Bar, enter, exit, fixed, flag, flagsAt, ONE, scriptedRun } from '../../support/scripted-run.ts';

const HEADER: JournalHeader = {
  planHash: 'plan',
  params: { fast: 20 },
  capital: 10_000,
  dataHash: 'data',
  costs: { maker: 0.0002 },
  span: { fromTick: 0, toTick: 10, firstMs: 0 },
};

const order = (
  id: number,
  role: Order['role'],
  type: Order['type'],
  direction: Order['direction'],
  quantity: number,
  price: number,
): Order => ({ id, slot: 0, role, type, direction, quantity, price, expireBars: 1, group: 0 });

describe('the header', () => {
  it('names the versions that predicted, and the hash depends on them', () => {
    const model = (id: string) =>
      ({ model: 'm', promise: 'exact', versions: [{ id, activeFrom: '2024-01-01T00:00:00Z' }] }) as const;
    const [none, one, other] = [HEADER, { ...HEADER, models: [model('a')] }, { ...HEADER, models: [model('b')] }].map(
      (header: JournalHeader) => createJournal(header).bytes(),
    );
    const hashes = [none, one, other].map(bytes => journalHash(bytes ?? new Uint8Array()));
    expect(new Set(hashes).size).toBe(3);
    expect(readJournal(one ?? new Uint8Array()).header.models).toEqual([model('a')]);
  });
});

describe('records', () => {
  it('read back as they were written', () => {
    const journal = createJournal(HEADER);
    journal.intent(3, order(1, 'enter', 'limit', -1, 0.5, 101), 2, 101);
    journal.intent(3, order(2, 'exit', 'market', -1, 1, Number.NaN), -1, 99);
    journal.gone(4, 1, 'expired');
    journal.fill(
      {
        type: 'fill',
        order: 7,
        tick: 5,
        moment: 'inside',
        price: 95,
        quantity: 2,
        fee: 0.19,
        slippage: 0.01,
        maker: true,
      },
      -1,
      'limit exit',
      4,
    );
    journal.cut(5, 7, 3, 2);
    journal.refusal(6, 8, 1, 'not enough cash');
    journal.levels(5, {
      stop: 90,
      hold: Number.NaN,
      targets: [
        { price: Number.NaN, quantity: 1 },
        { price: 120, quantity: 2 },
      ],
    });
    journal.funding({ type: 'funding', tick: 8, rate: 0.0001, price: 100, amount: -0.02 });
    journal.liquidation({ type: 'liquidation', tick: 9, moment: 'open', level: 91, price: 90 });
    journal.halt(9, 'cap drawdown', true);
    journal.resume(10);
    expect(readJournal(journal.bytes())).toEqual({
      header: HEADER,
      records: [
        {
          kind: 'intent',
          tick: 3,
          order: 1,
          rule: 2,
          role: 'enter',
          side: 'short',
          type: 'limit',
          quantity: 0.5,
          price: 101,
          reference: 101,
        },
        {
          kind: 'intent',
          tick: 3,
          order: 2,
          rule: -1,
          role: 'exit',
          side: 'long',
          type: 'market',
          quantity: 1,
          reference: 99,
        },
        { kind: 'gone', tick: 4, order: 1, why: 'expired' },
        {
          kind: 'fill',
          tick: 5,
          order: 7,
          rule: 4,
          side: 'sell',
          reason: 'limit exit',
          moment: 'inside',
          maker: true,
          price: 95,
          quantity: 2,
          fee: 0.19,
          slippage: 0.01,
        },
        { kind: 'cut', tick: 5, order: 7, asked: 3, given: 2 },
        { kind: 'refusal', tick: 6, order: 8, rule: 1, reason: 'not enough cash' },
        { kind: 'levels', tick: 5, stop: 90 },
        { kind: 'target', tick: 5, part: 0, quantity: 1 },
        { kind: 'target', tick: 5, part: 1, price: 120, quantity: 2 },
        { kind: 'funding', tick: 8, rate: 0.0001, price: 100, amount: -0.02 },
        { kind: 'liquidation', tick: 9, moment: 'open', level: 91, price: 90 },
        { kind: 'halt', tick: 9, cause: 'cap drawdown', flattens: true },
        { kind: 'resume', tick: 10 },
      ],
    });
  });

  it('have fixed places that later versions may add to, never change', () => {
    expect(RECORD_BYTES).toEqual({ 1: 48, 2: 56 });
    expect(ROLES.slice(0, 6)).toEqual(['enter', 'add', 'reduce', 'exit', 'stop', 'target']);
    expect(FILL_REASONS.slice(0, 4)).toEqual(['entry', 'add', 'reduce', 'signal']);
    const journal = createJournal(HEADER);
    journal.resume(0x01020304);
    expect([...journal.bytes().slice(-48, -40)]).toEqual([11, 0, 0, 0, 4, 3, 2, 1]);
  });

  it('that are cut short, of another version or no journal at all are refused', () => {
    const bytes = createJournal(HEADER).bytes().slice();
    expect(() => readJournal(bytes.subarray(0, bytes.length - 3))).toThrow(JournalError);
    expect(() => readJournal(new Uint8Array(64))).toThrow('not a journal');
    bytes[8] = 3;
    expect(() => readJournal(bytes)).toThrow('version 3');
  });

  it('of several instruments say which one they are about, or the account as a whole', () => {
    const journal = createJournalOfSeveral(HEADER);
    for (let tick = 0; tick < 3000; tick++) {
      journal.instrument = tick % 7;
      journal.cut(tick, 1, 2, 1);
      journal.resume(tick);
    }
    const bytes = journal.bytes();
    const { records } = readJournal(bytes);
    expect(records).toHaveLength(6000);
    expect(records[2 * 2500]).toEqual({ kind: 'cut', tick: 2500, order: 1, asked: 2, given: 1, instrument: 1 });
    expect(records[2 * 2500 + 1]).toEqual({ kind: 'resume', tick: 2500 });
    expect(bytes[8]).toBe(2);
    expect(journal.hash()).toBe(journalHash(bytes));
  });
});

describe('a run', () => {
  const bars: Bar[] = [100, 101, 102, 103, 104].map(price => [price, price, price, price]);
  const play = (config: Parameters<typeof trade>[2] = {}, fee = 0.001) =>
    trade(
      {
        rules: [enter('long', flag(0), { size: { basis: 'quantity', amount: ONE } }), exit(flag(1))],
        flags: [flagsAt(5, 0), flagsAt(5, 2)],
        fixed: [fee],
        execution: { taker: fixed(0) },
      },
      { bars },
      config,
    );

  it('leaves its decisions and their consequences, and nothing a bar', () => {
    expect(readJournal(play().journal).records.map(({ kind, tick }) => `${tick} ${kind}`)).toEqual([
      '0 intent',
      '1 fill',
      '2 intent',
      '3 fill',
    ]);
  });

  it('has the same hash each time, and another with other capital, costs, params or data span', () => {
    const { journalHash: hash } = play();
    expect(play().journalHash).toBe(hash);
    const others = [play({ capital: 9_999 }), play({}, 0.002), play({ params: { n: 1 } }), play({ toTick: 4 })];
    expect(new Set([hash, ...others.map(result => result.journalHash)]).size).toBe(5);
    expect(journalHash(play().journal)).toBe(hash);
  });

  it('decodes to the fills of its result', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), seed => {
        const { script, series, config } = scenarioOf(seed);
        const { journal, fills, counts } = runPlan(scriptedRun(script), series, config);
        const { records } = readJournal(journal);
        const of = <K extends JournalRecord['kind']>(kind: K) =>
          records.filter((record): record is Extract<JournalRecord, { kind: K }> => record.kind === kind);
        expect(
          of('fill').map(({ tick, side, price, quantity, fee, slippage, maker, reason }) => ({
            tick,
            side,
            price,
            quantity,
            fee,
            slippage,
            maker,
            reason,
          })),
        ).toEqual(fills.map(({ timeMs: _, ...fill }) => fill));
        expect(of('cut')).toHaveLength(counts.cuts);
        expect(of('gone').filter(({ why }) => why === 'expired')).toHaveLength(counts.expired);
      }),
      { numRuns: 200 },
    );
  });
});
