/**
 * One thing goes wrong in the life of `vela run --live` as a whole: its feed, its journal on the disk, its process. The venue
 * is the local one, through the real client; what came of each is a row of docs/run-faults.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { ownerOf } from '../../../runtime/live/client-id.ts';
import { runFolder } from '../../../runtime/live/folder.ts';
import { DEADLINE_MS } from '../../../runtime/live/guard/protection.ts';
import type { Notice } from '../../../runtime/live/run.ts';
import { healthOf, sightOf } from '../../../runtime/monitor/health.ts';
import { clean, haltedBy, saidIn } from '../../runtime/live/faults/life.ts';
import { expectSection, type Row } from '../../runtime/live/faults/page.ts';
import { recordOf } from '../../runtime/live/faults/record.ts';
import { number } from '../../venue/amount.ts';
import { venueBar } from '../../venue/market.ts';
import { openBar } from '../../venue/play.ts';
import { START_MS, type UsdmVenue, usdmVenue } from '../../venue/start.ts';
import { spawnRun } from './child.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';
import { HOUR_MS, type Process, type Project, play, project, refusal, start } from './support.ts';

const [BUY, NOTHING, SELL] = [50_600, 50_000, 49_400];
const ID = 'BTCUSDT';
const SIZE = 0.1;
const PROMISES = { size: SIZE, position: 0.6, dailyLoss: 0.04, capital: 10_000 };
/** A test's own slowness counts as the run's. */
const LATE_MS = 2000;

const strategy = (leave = 49_500) => `strategy "By hand"
instrument "BTC/USDT:USDT" on binance
every 1h
clock day = 1d
when close > 50500 enter long { size: ${SIZE} base  stop: entry * 0.9 }
when close < ${leave} exit long
risk {
  cap position at 60% of equity
  cap daily_loss at 4% of equity else halt until day
}
execution { fee: 5bp  slippage: 1bp  funding: ignored  leverage: 2 }
`;

interface Scene {
  readonly at: Project;
  readonly local: UsdmVenue;
  readonly run: Process;
  /** Number of the next bar. */
  readonly k: number;
  readonly disk: SmallDisk | undefined;
  /** A bar of the venue that ends at a price, and all that the run does about it. */
  bar(close: number): Promise<void>;
  /** The venue has no bar for that time. */
  noBar(): void;
  /** The process ends, and another goes on, asked for with these words. */
  again(texts?: Readonly<Record<string, string>>): Promise<void>;
  says(text: string): void;
}

interface Fault {
  readonly name: string;
  readonly needs?: 'a disk';
  /** Instead of the bar that decides to enter. */
  readonly entry?: (scene: Scene) => Promise<void>;
  readonly whileHeld?: (scene: Scene) => Promise<void>;
  /** After the run has entered no more; gives what comes of it. */
  readonly after?: (scene: Scene) => Promise<string>;
}

function edited(how: 'keep' | 'flatten') {
  return async (scene: Scene) => {
    writeFileSync(join(scene.at.folder, 's.vela'), strategy(49_450));
    await scene.again({ adopt: how });
    expect(scene.run.said()).toContain('edited strategy takes the journal over');
    scene.says('edited strategy takes the journal over');
  };
}

const FAULTS: readonly Fault[] = [
  { name: 'nothing' },
  {
    name: 'the bar after the entry is missing: the venue has none',
    whileHeld: async scene => scene.noBar(),
  },
  {
    name: 'the bar of the decision is missing',
    entry: async scene => {
      scene.noBar();
      await scene.bar(NOTHING);
    },
  },
  {
    name: 'the bar of the decision comes a minute and a half late',
    entry: async scene => {
      const { exchange } = scene.local;
      const openMs = START_MS + scene.k * HOUR_MS;
      const late = venueBar([openMs, BUY, BUY + 10, BUY - 10, BUY, 8]);
      exchange.clock.moveTo(openMs + HOUR_MS + 90_000);
      await scene.run.until(({ opened }) => opened.run.guard.degraded.some(({ code }) => code === 'stale'));
      openBar(exchange, ID, late);
      exchange.closeBar(ID, late);
      scene.noBar();
      await scene.run.consumed(scene.k);
      await scene.run.settled();
    },
  },
  {
    name: 'the bar of the entry is revised later',
    whileHeld: async ({ local: { exchange }, run, k }) => {
      const openMs = START_MS + (k - 1) * HOUR_MS;
      exchange.closeBar(ID, venueBar([openMs, SELL, SELL + 10, SELL - 10, SELL, 9]));
      exchange.listing(ID).bars.splice(-2, 1);
      await run.until(() => run.notices.some(({ what }) => what.startsWith('bar revised')));
    },
  },
  {
    name: 'another process is started on the same account, in another folder',
    whileHeld: async ({ at, says }) => {
      const { code, text } = await refusal(start(at, 'live', { texts: { state: 'elsewhere' } }).over);
      expect(code).toBe('claimed');
      says(`the other: ${text}`);
    },
  },
  {
    name: 'another process is started in the same folder',
    whileHeld: async ({ at, says }) => {
      const { code, text } = await refusal(start(at, 'live').over);
      expect(code).toBe('claimed');
      says(`the other: ${text}`);
    },
  },
  {
    name: 'SIGUSR2, the kill switch',
    whileHeld: async ({ run }) => {
      run.kill();
      await run.until(({ state }) => state === 'stopped');
    },
  },
  {
    name: 'the strategy is edited, and the run started again',
    whileHeld: async scene => {
      writeFileSync(join(scene.at.folder, 's.vela'), strategy(49_450));
      await scene.run.end();
      const { code, text } = await refusal(start(scene.at, 'live').over);
      expect(code).toBe('other-plan');
      scene.says(text);
      writeFileSync(join(scene.at.folder, 's.vela'), strategy());
      await scene.again();
    },
  },
  { name: 'the strategy is edited, and the run started again with `--adopt keep`', whileHeld: edited('keep') },
  { name: 'the strategy is edited, and the run started again with `--adopt flatten`', whileHeld: edited('flatten') },
  {
    name: 'the disk is full',
    needs: 'a disk',
    whileHeld: async scene => {
      scene.disk?.fill();
      for (let i = 0; i < 40 && !isFull(scene.run); i++) await scene.bar(NOTHING);
      expect(isFull(scene.run)).toBe(true);
    },
    after: async scene => {
      scene.disk?.clear();
      await scene.run.until(() => !isFull(scene.run));
      for (let i = 0; i < 3 && !isHeld(scene.local); i++) await scene.bar(BUY);
      return isHeld(scene.local) ? 'goes on when there is room' : 'enters no more';
    },
  },
];

/** In a process of its own, killed by a signal while a position is held; the venue's time is the machine's. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGKILL'];

const isFull = (run: Process) => run.view().opened.run.guard.degraded.some(({ code }) => code === 'disk');
const isHeld = ({ exchange }: UsdmVenue) => exchange.position(ID).quantity > 0n;

async function live(fault: Fault, disk: SmallDisk | undefined): Promise<Row> {
  const local = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
  const at = project(local, 'binanceusdm', strategy());
  const notices: Notice[] = [];
  const said: string[] = [];
  let run: Process | undefined;
  let k = 0;
  let hasGap = false;
  let runId = '';
  const record = recordOf(
    local.exchange,
    ID,
    PROMISES,
    () => performance.now(),
    id => ownerOf(id, runId) === 'this run',
  );
  const playOne = (close: number) => {
    play(at, ID, k, [close, close + 10, close - 10, close]);
    k += 1;
  };
  const begin = async (texts: Readonly<Record<string, string>> = {}) => {
    const begun = start(at, 'live', { texts: { ...(disk && { state: join(disk.path, 'state') }), ...texts } });
    run = begun;
    await begun.until(() => true);
    runId = begun.view().opened.binding.runId;
    await begun.consumed(k - 1);
    await begun.connected();
  };
  const scene: Scene = {
    at,
    local,
    disk,
    get run() {
      if (run === undefined) throw new Error('it has no process');
      return run;
    },
    get k() {
      return k;
    },
    bar: async close => {
      playOne(close);
      await scene.run.consumed(k);
      await scene.run.settled();
      // A stream that was silent is opened anew.
      if (hasGap) await scene.run.connected();
      hasGap = false;
    },
    noBar: () => {
      k += 1;
      hasGap = true;
    },
    again: async texts => {
      notices.push(...scene.run.notices);
      await scene.run.end();
      await begin(texts);
    },
    says: text => void said.push(clean(text)),
  };
  try {
    for (let i = 0; i < 4; i++) playOne(NOTHING);
    await begin();
    return await decisions();
  } finally {
    await run?.end().catch(() => undefined);
    record.stop();
    await local.close();
  }

  async function decisions(): Promise<Row> {
    const own = () => scene.run.view().opened.trader.position(0).quantity;
    const step = async (close: number) => {
      await scene.bar(close);
      await scene.run.view().opened.run.reconciler.now();
      expect(own(), 'what its trades have left').toBeCloseTo(record.own, 9);
      expect(own(), 'what is there').toBeCloseTo(number(local.exchange.position(ID).quantity), 9);
      const { orders } = scene.run.view().opened.trader;
      expect(record.openOwn().length, 'each order that is wanted works, and no other').toBe(orders.length);
    };
    await (fault.entry?.(scene) ?? step(BUY));
    const entry = own() > 0 ? 'taken' : 'not taken';
    await fault.whileHeld?.(scene);
    await step(NOTHING);
    const held = own() === 0 ? 'flat' : 'held, with its stop';
    await step(SELL);
    expect(own()).toBe(0);
    await step(BUY);
    const opened = scene.run.view().opened.run;
    const limits = haltedBy(opened);
    const causes = [...opened.blocks.map(({ why }) => why), ...limits, ...(opened.stopped ? ['stopped'] : [])];
    const isIn = own() > 0;
    expect(isIn || causes.length > 0, 'it goes on or says why not').toBe(true);
    const later = isIn ? undefined : await fault.after?.(scene);
    expect(record.broken).toEqual([]);
    expect(record.longestBareMs()).toBeLessThan(DEADLINE_MS + LATE_MS);
    notices.push(...scene.run.notices);
    const end = isIn ? 'goes on' : `enters no more: ${causes.join(', ')}${later === undefined ? '' : `; ${later}`}`;
    return { entry, held, end, says: [...said, ...saidIn(notices, limits)] };
  }
}

const isDeep = process.env.VELA_DEEP === '1';
const nameOf = (signal: NodeJS.Signals) => `${signal} while a position is held, and started again`;
const SECOND = 1000;

/** A bar each second, as the seconds pass, at a price that the test says. */
function playOn({ exchange }: UsdmVenue, level: () => number): NodeJS.Timeout {
  let k = 0;
  return setInterval(() => {
    const now = Math.floor((exchange.clock.now() - START_MS) / SECOND);
    for (; k < now; k++) {
      const bar = venueBar([START_MS + k * SECOND, level(), level() + 5, level() - 5, level(), 8]);
      exchange.openBar(ID, bar);
      exchange.touch(ID, bar.close, bar.volume);
      exchange.closeBar(ID, bar);
    }
  }, 50);
}

/** What the summary says of what is left at the venue. */
function leftIn(said: string): string {
  return /^ +Left \S+ +(.+)$/m.exec(said)?.[1] ?? '';
}

async function killed(signal: NodeJS.Signals): Promise<Row> {
  const local = await usdmVenue({ periodMs: SECOND });
  const { exchange } = local;
  const at = project(local, 'binanceusdm', strategy().replace('every 1h', 'every 1s'));
  const record = recordOf(
    exchange,
    ID,
    PROMISES,
    () => performance.now(),
    id => id.startsWith('vela'),
  );
  const folder = runFolder(join(at.folder, '.vela/runs/s-live'));
  let level = NOTHING;
  const playing = playOn(local, () => level);
  const isProtected = () => isHeld(local) && record.openOwn().length === 1;
  let child = spawnRun(at);
  try {
    await child.until(({ state, bars }) => state === 'running' && bars > 3);
    level = BUY;
    await child.until(isProtected);
    await child.until(({ orders }) => orders.length === 1);
    level = NOTHING;
    child.kill(signal);
    expect(await child.ended).toBe(signal === 'SIGTERM' ? 130 : null);
    const said = [
      leftIn(child.said()),
      ...healthOf(sightOf(folder, Date.now())).reasons.map(({ text, todo }) => `${text} → ${todo}`),
    ];
    expect(isProtected()).toBe(true);
    child = spawnRun(at);
    const { bars } = child.status();
    await child.until(({ state, bars: now }) => state === 'running' && now > bars + 2);
    expect(isProtected()).toBe(true);
    level = SELL;
    await child.until(() => !isHeld(local) && record.openOwn().length === 0);
    level = BUY;
    await child.until(isProtected);
    child.kill('SIGTERM');
    expect(await child.ended).toBe(130);
    expect(record.broken).toEqual([]);
    expect(record.own).toBe(SIZE);
    expect(record.longestBareMs()).toBeLessThan(DEADLINE_MS + LATE_MS);
    return {
      entry: 'taken',
      held: 'held, with its stop',
      end: 'goes on',
      says: said.map(clean).filter(text => text !== ''),
    };
  } finally {
    child.kill('SIGKILL');
    clearInterval(playing);
    record.stop();
    await local.close();
  }
}

const rows = new Map<string, Row>();

describe('vela run --live, in which one thing goes wrong', () => {
  it.each(FAULTS.map(fault => [fault.name, fault] as const))('%s', { timeout: 60_000 }, async (name, fault) => {
    const disk = fault.needs === 'a disk' ? smallDisk() : undefined;
    // Only root may mount one; elsewhere the row stands as it is.
    if (fault.needs === 'a disk' && disk === undefined) return;
    try {
      rows.set(name, await live(fault, disk));
    } finally {
      disk?.unmount();
    }
  });

  it.concurrent.each(isDeep ? SIGNALS : [])('%s', { timeout: 90_000 }, async signal => {
    rows.set(nameOf(signal), await killed(signal));
  });

  test('the page says what came of them', async () => {
    await expectSection('The whole command', [
      ...FAULTS.map(({ name }) => ({ name, row: rows.get(name) })),
      ...SIGNALS.map(nameOf).map(name => ({ name, isDeep: true, row: rows.get(name) })),
    ]);
  });
});
