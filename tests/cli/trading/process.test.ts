/** `vela run --live` as a process of its own: signals, exit codes, what it leaves behind, and that no key is in any of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { venueBar } from '../../venue/market.ts';
import { playBar } from '../../venue/play.ts';
import { KEY, START_MS, spotVenue, type TestVenue } from '../../venue/start.ts';
import { KEYS, type Project, project } from './support.ts';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const SECOND = 1000;

const STRATEGY = `strategy "Ticks"

instrument "BTC/USDT" on binance
every 1s

let mean = sma(close, 3)

when close crosses above mean enter long { size: 30% of equity  stop: entry - 5000 }
when close crosses below mean exit

execution { fee: 10bp  slippage: 1bp }
`;

let local: TestVenue | undefined;
let playing: NodeJS.Timeout | undefined;
let child: ChildProcess | undefined;
afterEach(async () => {
  clearInterval(playing);
  child?.kill('SIGKILL');
  await local?.close();
});

/** A bar each second, as the seconds pass. */
function playOn({ exchange }: TestVenue): void {
  const level = (k: number) => 50_000 + Math.round(200 * Math.sin(k / 2));
  const bar = (k: number) => {
    const [open, close] = [level(k - 1), level(k)];
    return venueBar([START_MS + k * SECOND, open, Math.max(open, close) + 5, Math.min(open, close) - 5, close, 8]);
  };
  let k = 0;
  for (; k < 30; k++) playBar(exchange, 'BTCUSDT', bar(k));
  const now = () => Math.floor((exchange.clock.now() - START_MS) / SECOND);
  playing = setInterval(() => {
    for (; k < now(); k++) {
      exchange.openBar('BTCUSDT', bar(k));
      exchange.touch('BTCUSDT', bar(k).close, bar(k).volume);
      exchange.closeBar('BTCUSDT', bar(k));
    }
  }, 50);
}

function run({ folder }: Project) {
  const started = spawn(process.execPath, [MAIN, 'run', 's.vela', '--live', '--plain'], {
    cwd: folder,
    env: { ...process.env, ...KEYS, VELA_CACHE: '', XDG_STATE_HOME: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  let said = '';
  started.stdout.on('data', chunk => (said += String(chunk)));
  started.stderr.on('data', chunk => (said += String(chunk)));
  const ended = new Promise<number | null>(resolve => started.on('close', resolve));
  return { started, ended, said: () => said };
}

const statusOf = ({ folder }: Project) =>
  JSON.parse(readFileSync(join(folder, '.vela/runs/s-live/status.json'), 'utf8'));

async function until(holds: () => boolean, said: () => string): Promise<void> {
  for (let i = 0; i < 1200; i++) {
    try {
      if (holds()) return;
    } catch (error) {
      if (!(error instanceof SyntaxError || (error instanceof Error && 'code' in error))) throw error;
    }
    await sleep(50);
  }
  throw new Error(`it did not come about: ${said()}`);
}

function textsIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile())
    .map(path => readFileSync(path, 'latin1'))
    .join('\n');
}

describe('vela run --live as a process', () => {
  it('ends when asked to, goes on when started again, and keeps its keys to itself', { timeout: 180_000 }, async () => {
    const venue = await spotVenue({ periodMs: SECOND });
    local = venue;
    const at = project(venue, 'binance', STRATEGY);
    playOn(venue);
    const first = run(at);
    await until(() => statusOf(at).bars > 8, first.said);
    first.started.kill('SIGTERM');
    expect(await first.ended).toBe(130);
    const { bars, state, why } = statusOf(at);
    expect({ state, why }).toEqual({ state: 'stopped', why: 'its process was asked to end' });

    // Away for some bars: a start takes less than one.
    await sleep(3 * SECOND);
    const second = run(at);
    await until(() => statusOf(at).state === 'running' && statusOf(at).bars > bars + 3, second.said);
    expect(second.said()).toContain('caught up');
    second.started.kill('SIGUSR2');
    await until(() => statusOf(at).state === 'stopped', second.said);
    expect(statusOf(at).why).toBe('stopped by signal');
    second.started.kill('SIGTERM');
    expect(await second.ended).toBe(130);

    const written = textsIn(at.folder) + first.said() + second.said();
    expect(written).toContain('BTC/USDT');
    for (const canary of [KEY.key, KEY.secret]) expect(written).not.toContain(canary);
  });
});
