/** What people say of a run at a venue: whose a position is, what became of an order, that a strategy was edited. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { wishOf } from '../../../cli/live/wish.ts';
import { runFolder } from '../../../runtime/live/folder.ts';
import { sqlite } from '../../../runtime/live/store/database.ts';
import { amount, number } from '../../venue/amount.ts';
import { venueBar } from '../../venue/market.ts';
import { playBar } from '../../venue/play.ts';
import { START_MS, spotVenue, type TestVenue } from '../../venue/start.ts';
import { HOUR_MS, KEYS, type Project, project, refusal, start } from './support.ts';

let local: TestVenue | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

const strategy = (exit: number) => `strategy "By hand"
instrument "BTC/USDT" on binance
every 1h
state bought starts 0 then prev bought + (if opened then 1 else 0)
when close > 50100 and bought < 9 enter long { size: 0.05 base  stop: entry * 0.9 }
when close < ${exit} exit long
execution { fee: 10bp  slippage: 0bp }
`;

const bar = ({ local: { exchange } }: Project, k: number, close: number) =>
  playBar(exchange, 'BTCUSDT', venueBar([START_MS + k * HOUR_MS, close, close + 1, close - 1, close, 8]));

async function begin(): Promise<Project> {
  local = await spotVenue({ frozen: true, periodMs: HOUR_MS });
  const at = project(local, 'binance', strategy(49_900));
  for (let k = 0; k < 4; k++) bar(at, k, 50_000);
  return at;
}

const asked = { environment: KEYS, capital: '9000' };
const folderOf = (at: Project) => runFolder(join(at.folder, '.vela', 'runs', 's-live'));
/** As if the process had been killed before it could write down where it stood. */
function forgetSnapshots(path: string): void {
  const database = new (sqlite().DatabaseSync)(path);
  database.exec('DELETE FROM snapshots');
  database.close();
}

const coins = (at: Project) => number(at.local.exchange.total('BTC'));

describe('a person', () => {
  it('releases what was bought by hand, and the run makes entries again', async () => {
    const at = await begin();
    const run = start(at, 'live', asked);
    await run.connected();
    at.local.exchange.place({
      symbol: 'BTCUSDT',
      clientId: 'by-hand',
      side: 'buy',
      type: 'market',
      quantity: amount('0.01'),
    });
    at.local.server.dropSockets();
    await run.until(({ opened }) => opened.degraded?.().some(({ code }) => code === 'foreign') === true);
    const text = run
      .view()
      .opened.degraded?.()
      .find(({ code }) => code === 'foreign')?.text;
    expect(text).toBe(
      '0.00999 BTC/USDT at the venue are not of this run: they are left alone, and no entry is made in BTC/USDT until `vela adopt BTC/USDT` (it takes them over) or `vela release BTC/USDT` (it leaves them)',
    );
    const { outcome, text: answer } = await wishOf(folderOf(at), { type: 'release', symbol: 'BTC/USDT' });
    expect([outcome, answer]).toEqual([
      'done',
      "BTC/USDT: 0.00999 at the venue are not the run's, which is known now; entries are made again",
    ]);
    expect(run.view().opened.degraded?.()).toEqual([]);
    await run.connected();
    bar(at, 4, 50_200);
    await run.until(({ opened }) => opened.trader.position(0).quantity > 0);
    expect(coins(at)).toBeCloseTo(0.00999 + 0.04995, 9);
    const { text: refused } = await refusal(wishOf(folderOf(at), { type: 'adopt', symbol: 'ETH/USDT' }));
    expect(refused).toContain('the run does not trade ETH/USDT: it trades BTC/USDT');
    await run.settled();
    await run.end();
  });

  it('has to say what becomes of a position when the strategy was edited', async () => {
    const at = await begin();
    const first = start(at, 'live', asked);
    await first.connected();
    bar(at, 4, 50_200);
    await first.until(({ opened }) => opened.trader.position(0).quantity > 0);
    await first.settled();
    await first.end();

    writeFileSync(join(at.folder, 's.vela'), strategy(49_990));
    const { code, text } = await refusal(start(at, 'live', asked).over);
    expect(code).toBe('other-plan');
    expect(text).toContain('give `--adopt keep` to go on with the edited strategy');

    const orders = at.local.exchange.orders.length;
    const next = start(at, 'live', { ...asked, texts: { adopt: 'keep' } });
    await next.connected();
    expect(next.said()).toContain('edited strategy takes the journal over');
    expect(next.said()).toContain('bought');
    expect(next.view().opened.trader.position(0).quantity).toBe(0.04995);
    expect(at.local.exchange.orders.length).toBe(orders);
    bar(at, 5, 49_950);
    await next.until(({ opened }) => opened.trader.position(0).quantity === 0);
    await next.settled();
    expect(coins(at)).toBeCloseTo(0, 9);
    await next.end();

    // From now on it is the edited one's journal.
    const last = start(at, 'live', asked);
    await last.connected();
    await last.end();
  });

  it('goes on with an edited strategy as its venue takes orders, also through all of the rows', async () => {
    const at = await begin();
    const first = start(at, 'live', asked);
    await first.connected();
    bar(at, 4, 50_200);
    await first.until(({ opened }) => opened.trader.position(0).quantity > 0);
    await first.settled();
    bar(at, 5, 49_800);
    await first.until(({ opened }) => opened.trader.position(0).quantity === 0);
    await first.settled();
    await first.end();
    forgetSnapshots(folderOf(at).journal);
    writeFileSync(join(at.folder, 's.vela'), strategy(49_990));
    const next = start(at, 'live', { ...asked, texts: { adopt: 'keep' } });
    await next.connected();
    bar(at, 6, 50_200);
    await next.until(({ opened }) => opened.trader.position(0).quantity > 0);
    await next.settled();
    await next.end();
  });
});
