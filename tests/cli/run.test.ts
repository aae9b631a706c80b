/** `vela run --replay` as a process: what it says, that it survives being killed, how it is stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { busyText } from '../runtime/live/busy.ts';
import { temporaryFolder, writeCandles } from './support.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const BARS = 500;
const IS_DEEP = process.env.VELA_DEEP === '1';
const KILLS = IS_DEEP ? 60 : 3;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly log: string;
}

function start(folder: string, words: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { ...process.env, VELA_CACHE: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function end(child: ChildProcess): Promise<Ended> {
  let [out, log] = ['', ''];
  child.stdout?.on('data', chunk => (out += String(chunk)));
  child.stderr?.on('data', chunk => (log += String(chunk)));
  return new Promise(resolve => child.on('close', (code, signal) => resolve({ code, signal, out, log })));
}

const vela = (folder: string, ...words: string[]) => end(start(folder, words));

function project(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'busy.vela'), busyText());
  writeCandles(join(folder, 'candles.csv'), BARS);
  return folder;
}

const RUN = ['run', 'busy.vela', '--replay', 'candles.csv', '--json'];
/** Twenty bars a second: it is far from its end when somebody has seen it under way, however late they look. */
const SLOW = '72000';

async function journalHash(folder: string): Promise<string> {
  const { out } = await vela(folder, 'backtest', 'busy.vela', '--data', 'candles.csv', '--json');
  return JSON.parse(out).journalHash;
}

describe('vela run --replay', () => {
  it('does what the backtest does, and diff says so', async () => {
    const folder = project();
    const { code, out, log } = await vela(folder, ...RUN);
    // A limit of the strategy acts, which is told; nothing else is.
    expect({ code, lines: log.trim().split('\n') }).toEqual({
      code: 0,
      lines: [expect.stringMatching(/alert limit .*daily_loss/)],
    });
    const document = JSON.parse(out);
    expect(document.state).toBe('ended');
    expect(document.fills.length).toBeGreaterThan(20);
    expect(document.journalHash).toBe(await journalHash(folder));
    const compared = await vela(folder, 'diff');
    expect(compared.code).toBe(0);
    expect(compared.out).toContain('identical');
  });

  it('goes on although nobody can be shown how it is', async () => {
    const folder = project();
    // In the place of the file: no user, root included, can write over it.
    mkdirSync(join(folder, '.vela/runs/busy-replay/status.json/taken'), { recursive: true });
    const { code, out, log } = await vela(folder, ...RUN);
    expect({ code, state: JSON.parse(out).state }).toEqual({ code: 0, state: 'ended' });
    expect(log.match(/the status of the run cannot be written/g)).toHaveLength(1);
  });

  it('goes on where it was killed, again and again', { timeout: 300_000 }, async () => {
    const folder = project();
    let killed = 0;
    for (let life = 0; life < KILLS; life++) {
      const child = start(folder, [...RUN, '--speed', IS_DEEP ? '36000' : '360000']);
      const ended = end(child);
      await sleep(1200 + ((400 * life) % 1300));
      child.kill('SIGKILL');
      if ((await ended).signal === 'SIGKILL') killed += 1;
    }
    expect(killed).toBeGreaterThan(0);
    const { code, out } = await vela(folder, ...RUN);
    expect(code).toBe(0);
    expect(JSON.parse(out).journalHash).toBe(await journalHash(folder));
  });

  it('refuses another plan, other params, other candles and a second process', { timeout: 120_000 }, async () => {
    const folder = project();
    const slow = start(folder, [...RUN, '--speed', '3600']);
    const ended = end(slow);
    await until(() => existsSync(join(folder, '.vela/runs/busy-replay/status.json')));
    const second = await vela(folder, ...RUN);
    expect(second.code).toBe(3);
    expect(second.log).toContain('error[claimed]');
    const health = await vela(folder, 'health');
    expect(health).toMatchObject({ code: 0, out: expect.stringContaining('ready') });
    slow.kill('SIGTERM');
    expect((await ended).code).toBe(130);
    const other = await vela(folder, ...RUN, '--capital', '5000');
    expect(other.code).toBe(1);
    expect(other.log).toContain('error[other-plan]');
    expect(other.log).toContain('capital');
  });

  it('ends in order when asked to, and goes on as if nothing had been', { timeout: 120_000 }, async () => {
    const folder = project();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const child = start(folder, [...RUN, '--speed', SLOW]);
      const ended = end(child);
      const before = existsSync(statusFile(folder)) ? statusOf(folder).bars : 0;
      await until(() => existsSync(statusFile(folder)) && statusOf(folder).bars > before + 50);
      child.kill(signal);
      expect((await ended).code).toBe(130);
    }
    const rest = JSON.parse((await vela(folder, ...RUN)).out);
    expect(rest.span.bars).toBe(BARS);
    expect(rest.journalHash).toBe(await journalHash(folder));
  });

  it('stays stopped until it is reset', { timeout: 120_000 }, async () => {
    const folder = project();
    const child = start(folder, [...RUN, '--speed', SLOW]);
    const ended = end(child);
    await until(() => existsSync(statusFile(folder)) && statusOf(folder).bars > 60);
    child.kill('SIGUSR2');
    await until(() => statusOf(folder).state === 'stopped');
    const tradedBefore = statusOf(folder).bars;
    child.kill('SIGTERM');
    expect((await ended).code).toBe(130);
    const health = await vela(folder, 'health');
    expect(health).toMatchObject({ code: 2, out: expect.stringContaining('stopped by signal') });
    const stopped = JSON.parse((await vela(folder, ...RUN)).out);
    expect(stopped.counts.refusals.halted).toBeGreaterThan(0);
    expect(stopped.span.bars).toBe(BARS);
    const last = stopped.fills.filter(({ reason }: { reason: string }) => reason === 'entry').at(-1);
    const first = Date.parse(stopped.span.from);
    expect(Date.parse(last.time)).toBeLessThanOrEqual(first + (tradedBefore + 1) * 3_600_000);
    const compared = await vela(folder, 'diff', '--json');
    expect(JSON.parse(compared.out).first.cause).toBe('a person stopped the run');
    const reset = await vela(folder, 'stop', '--reset');
    expect(reset).toMatchObject({ code: 0, out: expect.stringContaining('goes on') });
  });

  it('keeps keys out of everything that it writes', { timeout: 120_000 }, async () => {
    const folder = project();
    const canary = 'CANARY-7f3a91c0d2';
    const words = ['run', 'busy.vela', '--replay', 'candles.csv', '--state', canary];
    const { out, log } = await end(start(folder, words, { BINANCE_API_KEY: canary }));
    const written = readFileSync(join(folder, canary, 'run.log'), 'utf8');
    expect(log + written).not.toContain(canary);
    expect(out).toContain('all bars played');
  });
});

const statusFile = (folder: string) => join(folder, '.vela/runs/busy-replay/status.json');
const statusOf = (folder: string) => JSON.parse(readFileSync(statusFile(folder), 'utf8'));

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 50) {
    if (waited > 60_000) throw new Error('it did not come about');
    await sleep(50);
  }
}
