/**
 * The published program in a real terminal (tmux): every key does what the help says, the run never notices the screen, and
 * the terminal is afterwards as it was.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning } from '../../../runtime/live/folder.ts';
import type { RunStatus } from '../../../runtime/live/status.ts';
import { busyText } from '../../runtime/live/busy.ts';
import { temporaryFolder, writeCandles } from '../support.ts';
import { Tmux, until } from './tmux.ts';

const root = join(import.meta.dirname, '../../..');
const dist = join(temporaryFolder(), 'dist');
const program = join(dist, 'vela.js');
const folders: string[] = [];
const terminals: Tmux[] = [];

/** Of a shell that waits for a line, as root or not. */
const PROMPT = /^[$#]\s*$/m;
const ESCAPE = '\u001b';
const SMALL = { columns: 80, rows: 24 };
const CANARY = 'CANARY-7f3a91c0d2';
const ENVIRONMENT = { VELA_CACHE: '', BINANCE_API_KEY: CANARY };

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'tools/build.ts'), dist], { stdio: 'pipe' });
});

afterAll(() => {
  for (const terminal of terminals) terminal.close();
  // Runs outlive their screens: that is what they are for.
  for (const folder of folders)
    for (const name of ['busy-replay', 'second-replay']) {
      const path = join(folder, '.vela/runs', name);
      if (existsSync(join(path, 'status.json')) && isRunning({ path }))
        process.kill(status(folder, name).pid, 'SIGKILL');
    }
});

function project(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  writeFileSync(join(folder, 'busy.vela'), busyText());
  writeFileSync(join(folder, 'second.vela'), busyText());
  writeCandles(join(folder, 'candles.csv'), 20_000);
  return folder;
}

function terminal(folder: string, size = SMALL, environment: Record<string, string> = {}): Tmux {
  const opened = new Tmux(folder, size, { ...ENVIRONMENT, ...environment });
  terminals.push(opened);
  return opened;
}

const vela = (...words: readonly string[]) => `${process.execPath} ${program} ${words.join(' ')}`;
/** Ten bars a second: slow enough to be there for the whole test. */
const RUN = ['run', 'busy.vela', '--replay', 'candles.csv', '--speed', '36000'];

const pathOf = (folder: string, name = 'busy-replay') => join(folder, '.vela/runs', name);

function status(folder: string, name = 'busy-replay'): RunStatus {
  return JSON.parse(readFileSync(join(pathOf(folder, name), 'status.json'), 'utf8'));
}

const stopFile = (folder: string) => join(pathOf(folder), 'stop');
const stopOf = (folder: string) =>
  existsSync(stopFile(folder)) ? JSON.parse(readFileSync(stopFile(folder), 'utf8')) : undefined;

/** Goes on: more bars than a moment ago. */
async function goesOn(folder: string): Promise<void> {
  const { bars } = status(folder);
  await until(
    () => status(folder).bars,
    now => now > bars,
    () => `it stands still at ${bars} bars`,
  );
}

/** From `/proc`: the session of a process, and its terminal, 0 for none. */
function sessionOf(pid: number): { readonly session: number; readonly terminal: number } {
  const [, , , session, terminal] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return { session: Number(session), terminal: Number(terminal) };
}

/** Numbers of the processes in a folder that were started with these words. */
function processes(words: string, folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(words) && readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function isRestored(shown: Tmux): Promise<void> {
  await shown.shows(PROMPT);
  expect([shown.ask('alternate_on'), shown.ask('cursor_flag')]).toEqual(['0', '1']);
  // Lines are edited and echoed again.
  shown.type('stty -a; echo re""stored');
  const pane = await shown.shows(/restored/);
  expect(pane).toMatch(/(^|\s)icanon/m);
  expect(pane).toMatch(/(^|\s)echo(\s|$)/m);
}

describe('a run on a terminal', () => {
  const folder = project();
  let shown: Tmux;

  it('is drawn on 80×24', async () => {
    shown = terminal(folder);
    shown.type(vela(...RUN));
    const pane = await shown.shows(/RUNNING[\s\S]*SIGNALS +UTC/);
    for (const part of [
      'replay simulated',
      'POSITIONS',
      'ORDERS',
      'SIGNALS',
      'LIMITS',
      'RISK',
      'FEED',
      'SYSTEM',
      'LOG',
      '? help  q detach',
    ])
      expect(pane).toContain(part);
    expect(pane.split('\n')[23]).toContain('? help');
    expect(shown.ask('alternate_on')).toBe('1');
    // In a session of its own: what happens to this terminal does not reach it.
    const { pid } = status(folder);
    expect(sessionOf(pid)).toEqual({ session: pid, terminal: 0 });
  });

  it('helps', async () => {
    shown.press('?');
    const pane = await shown.shows(/KEYS/);
    expect(pane).toMatch(/k +stop, keep or close the positions, end the process \(asks\)/);
    shown.press('x');
    await shown.shows(/POSITIONS/);
  });

  it('shows each part alone, and everything again', async () => {
    const alone: readonly (readonly [string, RegExp, RegExp])[] = [
      ['1', /POSITIONS/, /SIGNALS/],
      ['2', /ORDERS/, /POSITIONS/],
      ['3', /SIGNALS/, /ORDERS/],
      ['4', /LIMITS[\s\S]*FEED[\s\S]*SYSTEM/, /ORDERS/],
      ['5', /LOG/, /ORDERS/],
    ];
    for (const [key, there, gone] of alone) {
      shown.press(key);
      const pane = await until(
        () => shown.pane(),
        text => there.test(text) && !gone.test(text),
        () => `${key}: ${shown.pane()}`,
      );
      expect(pane).toContain('? help');
    }
    shown.press('0');
    await shown.shows(/POSITIONS[\s\S]*ORDERS[\s\S]*SIGNALS/);
  });

  it('pauses, and goes on when that is meant', async () => {
    shown.press('p');
    await shown.shows(/STOPPED[\s\S]*p lets it go on/);
    expect(stopOf(folder)).toMatchObject({ by: 'terminal', flatten: false });
    // The screen shows the wish at once; the run looks at it now and then.
    await until(
      () => status(folder).state,
      state => state === 'stopped',
      () => 'the run did not hear of it',
    );
    shown.press('p');
    await shown.shows(/Stopped by terminal\. Let it make entries again\?/);
    shown.press('Escape');
    await shown.shows(/POSITIONS/);
    expect(stopOf(folder)).toBeDefined();
    shown.press('p');
    await shown.shows(/Let it make entries again/);
    shown.press('y');
    await shown.shows(/RUNNING/);
    expect(stopOf(folder)).toBeUndefined();
  });

  it('filters its log by level and by text', async () => {
    // A run that makes no entries has little to log: what it has logged stays on the screen.
    shown.press('p');
    await until(
      () => status(folder).state,
      state => state === 'stopped',
      () => 'the run did not hear of it',
    );
    shown.press('5');
    await shown.shows(/LOG[\s\S]*goes on[\s\S]*stopped flatten=false/);
    shown.press('l');
    await shown.shows(/LOG {2}warn and above/);
    shown.press('l', 'l', 'l');
    await shown.shows(/LOG {2}info and above/);
    shown.press('/');
    await shown.shows(/log lines with:/);
    // While one types, letters are letters.
    shown.press('g', 'o', 'e', 's', 'k', 'BSpace', 'Enter');
    const pane = await shown.shows(/with “goes”/);
    expect(pane).toMatch(/goes on/);
    expect(pane).not.toMatch(/stopped flatten/);
    shown.press('Escape');
    await shown.shows(/POSITIONS/);
    // The overview has room for its last lines alone.
    shown.press('5');
    await shown.shows(/stopped flatten=false/);
    shown.press('0', 'p');
    await shown.shows(/Let it make entries again/);
    shown.press('y');
    await shown.shows(/RUNNING/);
  });

  it('scrolls', async () => {
    shown.resize({ columns: 80, rows: 12 });
    shown.press('3');
    await shown.shows(/SIGNALS +UTC/);
    await until(
      () => status(folder).signals.length,
      count => count > 15,
      () => 'too few signals to scroll',
    );
    const first = (pane: string) => pane.split('\n').find(line => /\d\d-\d\d \d\d:\d\d/.test(line));
    const before = first(shown.pane());
    shown.press('NPage');
    await until(
      () => first(shown.pane()),
      line => line !== before,
      () => 'it did not scroll',
    );
    shown.press('Home', '0');
    shown.resize(SMALL);
    await shown.shows(/ORDERS/);
  });

  it('fits after the terminal has changed its size', async () => {
    for (const size of [{ columns: 150, rows: 45 }, { columns: 60, rows: 16 }, { columns: 30, rows: 6 }, SMALL]) {
      shown.resize(size);
      await until(
        () => shown.pane().split('\n'),
        lines =>
          /UTC|Busy/.test(lines[0] ?? '') &&
          /^\? help/.test(lines[size.rows - 1] ?? '') &&
          lines.filter(line => /^\? help/.test(line)).length === 1,
        () => `${size.columns}×${size.rows}:\n${shown.pane()}`,
      );
    }
  });

  it('gives the terminal to the shell, and takes it back', async () => {
    shown.press('C-z');
    await isRestored(shown);
    await goesOn(folder);
    shown.type('fg');
    await shown.shows(/RUNNING[\s\S]*POSITIONS[\s\S]*\? help/);
    expect(shown.ask('alternate_on')).toBe('1');
  });

  it('sends few bytes', async () => {
    const file = join(folder, 'bytes');
    const fromMs = performance.now();
    shown.record(file);
    const { heartbeatMs } = status(folder);
    await until(
      () => status(folder).heartbeatMs,
      now => now > heartbeatMs + 3000,
      () => 'no heartbeat',
    );
    // A whole screen is some 2000 bytes; two looks in a second, however many seconds they were.
    const seconds = (performance.now() - fromMs) / 1000;
    expect(statSync(file).size / seconds).toBeLessThan(2000);
  });

  it('detaches: asked by Ctrl-C, and the run goes on', async () => {
    shown.press('C-c');
    await shown.shows(/Leave the run going, or end it\?/);
    shown.press('d');
    await shown.shows(/busy-replay goes on[\s\S]*vela top busy-replay/);
    await isRestored(shown);
    await goesOn(folder);
  });

  it('is attached to again, closes its positions and stays stopped', async () => {
    shown.type(`clear; ${vela('top')}`);
    await shown.shows(/RUNNING/);
    shown.press('f');
    await shown.shows(/at market, cancel entries,\s+and\s+stay\s+stopped\?/);
    shown.press('n');
    await shown.shows(/POSITIONS/);
    expect(stopOf(folder)).toBeUndefined();
    shown.press('f');
    await shown.shows(/stay\s+stopped\?/);
    shown.press('y');
    await shown.shows(/STOPPED[\s\S]*positions are closed/);
    await until(
      () => status(folder),
      ({ state, instruments }) => state === 'stopped' && instruments.every(({ position }) => position === 0),
      () => 'it is not flat',
    );
    expect(stopOf(folder)).toMatchObject({ flatten: true });
  });

  it('is one of several', async () => {
    const other = terminal(folder);
    other.type(vela('run', 'second.vela', ...RUN.slice(2)));
    await other.shows(/RUNNING/);
    other.press('q');
    await other.shows(/second-replay goes on/);
    const second = status(folder, 'second-replay');
    shown.press('Tab');
    await shown.shows(/RUNNING/);
    shown.press('BTab');
    await shown.shows(/STOPPED/);
    expect(shown.pane()).toContain('Tab next run');
    process.kill(second.pid, 'SIGTERM');
  });

  it('is killed: stopped, ended, and the screen says so', async () => {
    const { pid } = status(folder);
    shown.press('k');
    await shown.shows(/What becomes of/);
    shown.press('k');
    await shown.shows(/busy-replay: stopped/);
    expect(isRunning({ path: pathOf(folder) })).toBe(false);
    await until(
      () => existsSync(`/proc/${pid}`),
      isThere => !isThere,
      () => 'its process has not ended',
    );
    await isRestored(shown);
  });

  it('showed no key of the environment', () => {
    expect(shown.pane()).not.toContain(CANARY);
    expect(readFileSync(join(pathOf(folder), 'run.log'), 'utf8')).not.toContain(CANARY);
  });
});

describe.concurrent('what happens around it', () => {
  it('a run that dies under the screen is told of; its screen and others leave the terminal well', async () => {
    const folder = project();
    const [own, other] = [terminal(folder), terminal(folder)];
    own.type(vela(...RUN));
    await own.shows(/RUNNING/);
    other.type(vela('top', 'busy-replay'));
    await other.shows(/RUNNING/);
    process.kill(status(folder).pid, 'SIGKILL');
    await own.shows(/ended by SIGKILL\s+started again with the same words it recovers/);
    await isRestored(own);
    await other.shows(/GONE[\s\S]*recovers by itself/);
    // Started again it recovers, and the other screen sees it.
    own.type(`clear; ${vela(...RUN)}`);
    await own.shows(/RUNNING/);
    await other.shows(/RUNNING/);
    // A screen that dies, by an exception or by signals, takes nothing with it.
    for (const screen of processes(`${program} top busy-replay`, folder)) process.kill(screen, 'SIGTERM');
    await isRestored(other);
    own.close();
    await goesOn(folder);
    expect(isRunning({ path: pathOf(folder) })).toBe(true);
    await until(
      () => processes(`${program} run`, folder),
      ([run, ...screens]) => run === status(folder).pid && screens.length === 0,
      () => 'the screen of a closed terminal is still there',
    );
  });

  it('a folder that cannot be read for a while is told of, and shown again', async () => {
    const folder = project();
    const shown = terminal(folder);
    shown.type(vela(...RUN));
    await shown.shows(/RUNNING/);
    const file = join(pathOf(folder), 'run.log');
    renameSync(file, `${file}.aside`);
    mkdirSync(file);
    await shown.shows(/cannot read .*busy-replay: EISDIR/);
    expect(shown.pane()).toContain('POSITIONS');
    rmdirSync(file);
    renameSync(`${file}.aside`, file);
    shown.press('x');
    await shown.shows(/\? help/);
    shown.press('q');
    await isRestored(shown);
  });

  it('a run that cannot start says why, with its exit code', async () => {
    const folder = project();
    writeFileSync(join(folder, 'busy.vela'), busyText().replace('enter long', 'enter lang'));
    const shown = terminal(folder);
    shown.type(`${vela(...RUN)}; echo "code $?"`);
    const pane = await shown.shows(/code 1/);
    expect(pane).toMatch(/error/);
    expect(shown.ask('alternate_on')).toBe('0');
  });

  it('a run that comes to its end prints its summary', async () => {
    const folder = project();
    const shown = terminal(folder);
    shown.type(`${vela('run', 'busy.vela', '--replay', 'candles.csv', '--to', '2022-01-08')}; echo "code $?"`);
    expect(await shown.shows(/code 0/)).toMatch(/all bars played[\s\S]*Equity/);
    await isRestored(shown);
  });

  it('has no colours where none are wanted, and some where they are', async () => {
    const folder = project();
    const colour = new RegExp(`${ESCAPE}\\[[0-9;]*3[0-7]`);
    const shown = terminal(folder);
    shown.type(vela(...RUN));
    await shown.shows(/RUNNING/);
    expect(shown.colouredPane()).toMatch(colour);
    shown.press('q');
    await shown.shows(PROMPT);
    for (const words of [`NO_COLOR=1 ${vela('top')}`, vela('top', '--no-color')]) {
      shown.type(`clear; ${words}`);
      await shown.shows(/RUNNING/);
      expect(shown.colouredPane()).not.toContain(ESCAPE);
      shown.press('q');
      await shown.shows(PROMPT);
    }
  });

  it('is plain lines without a terminal, and one document for programs', async () => {
    const folder = project();
    const shown = terminal(folder);
    shown.type(vela(...RUN));
    await shown.shows(/RUNNING/);
    shown.press('q');
    await shown.shows(PROMPT);
    const words = [program, 'top', '--json'];
    const document = JSON.parse(execFileSync(process.execPath, words, { cwd: folder, encoding: 'utf8' }));
    expect(document).toMatchObject({ condition: 'running', status: { strategy: status(folder).strategy } });
    shown.type(`clear; ${vela('top')} | cat`);
    const pane = await shown.shows(/RUNNING — equity/);
    expect(pane).not.toContain('POSITIONS');
    process.kill(status(folder).pid, 'SIGTERM');
    await shown.shows(/STOPPED: its process was asked to end/);
    await shown.shows(PROMPT);
  });
});
