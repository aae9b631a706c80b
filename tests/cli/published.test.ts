/**
 * The package as a user gets it: built, packed, installed into an empty folder without a network, and started as a
 * process of its own. What only a process can show is tested here: streams, signals, exit codes, start-up.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { venueBar } from '../venue/market.ts';
import { START_MS, spotVenue } from '../venue/start.ts';
import { BROKEN, CROSS, temporaryFolder, writeCandles } from './support.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
const project = join(folder, 'project');
const program = join(project, 'node_modules/vela/dist/vela.js');
const cache = join(folder, 'cache');

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: folder,
  VELA_CACHE: cache,
  ...more,
});

function vela(words: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd: project,
    env: environment(more),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { code: status, out: stdout, log: stderr };
}

/** For editors that find them by their path. */
const SCHEMAS = readdirSync(join(root, 'config'))
  .filter(file => file.endsWith('.schema.json'))
  .sort();

beforeAll(() => {
  const parcel = join(folder, 'parcel');
  mkdirSync(parcel);
  mkdirSync(project);
  execFileSync(process.execPath, [join(root, 'tools/build.ts'), join(parcel, 'dist')], { stdio: 'pipe' });
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    copyFileSync(join(root, file), join(parcel, file));
  mkdirSync(join(parcel, 'config'));
  for (const file of SCHEMAS) copyFileSync(join(root, 'config', file), join(parcel, 'config', file));
  const npm = { env: environment(), stdio: 'pipe' } as const;
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { ...npm, cwd: parcel });
  const tarball = readdirSync(folder).find(file => file.endsWith('.tgz')) ?? '';
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  execFileSync('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', join(folder, tarball)], {
    ...npm,
    cwd: project,
  });
  writeFileSync(join(project, 'cross.vela'), CROSS);
  writeFileSync(join(project, 'broken.vela'), BROKEN);
  writeCandles(join(project, 'candles.csv'), 3000);
});

describe('the package', () => {
  test('installs nothing but itself', () => {
    expect(readdirSync(join(project, 'node_modules')).filter(name => !name.startsWith('.'))).toEqual(['vela']);
    expect(readdirSync(join(project, 'node_modules/vela')).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'config',
      'dist',
      'package.json',
    ]);
    expect(readdirSync(join(project, 'node_modules/vela/config')).sort()).toEqual(SCHEMAS);
  });

  test('carries the licences of what is bundled', () => {
    const text = readFileSync(join(project, 'node_modules/vela/dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['chevrotain', 'commander', 'js-yaml', 'lightweight-charts'])
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  test('npx vela demo: a summary, and the report that it names', () => {
    const { status, stdout } = spawnSync('npx', ['--offline', '--no', 'vela', 'demo'], {
      cwd: project,
      env: environment(),
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toContain('simulated candles (seed 7), not real market data');
    const report = stdout.match(/^report: (.*)$/m)?.[1] ?? '';
    expect(readFileSync(join(project, report), 'utf8')).toContain('Simulated market.');
    expect(statSync(join(project, report)).size).toBeLessThan(5_000_000);
  });

  test('brings its standard library, messages and pages', () => {
    expect(vela(['check', 'cross.vela'])).toEqual({ code: 0, out: 'cross.vela: no problems\n', log: '' });
    expect(vela(['explain', 'E0301']).out).toMatch(/^# E0301/);
    expect(vela(['convert', 'cross.vela']).out).toContain('strategy: Cross');
  });
});

describe('a process', () => {
  test('exit codes', () => {
    expect(vela(['check', 'cross.vela']).code).toBe(0);
    expect(vela(['check', 'broken.vela']).code).toBe(1);
    expect(vela(['chek']).code).toBe(2);
    expect(vela(['check', 'missing.vela']).code).toBe(3);
  });

  test('--json: one document on standard output and nothing else', () => {
    const { code, out, log } = vela(['backtest', 'cross.vela', '--data', 'candles.csv', '--json', '--equity']);
    expect([code, log]).toEqual([0, '']);
    expect(JSON.parse(out).equity.values.length).toBe(3000);
  });

  test('colour only where it is wanted', () => {
    const colour = String.fromCharCode(27);
    expect(vela(['check', 'broken.vela']).out).not.toContain(colour);
    expect(vela(['check', 'broken.vela'], { FORCE_COLOR: '1' }).out).toContain(colour);
    expect(vela(['check', 'broken.vela'], { FORCE_COLOR: '1', NO_COLOR: '1' }).out).not.toContain(colour);
  });

  test('a strategy that was compiled before is not compiled again; the result is the same', () => {
    writeFileSync(join(project, 'fresh.vela'), `# never seen before\n${CROSS}`);
    const run = () => JSON.parse(vela(['backtest', 'fresh.vela', '--data', 'candles.csv', '--json']).out);
    const [first, second] = [run(), run()];
    const { timing: firstTime, ...firstRest } = first;
    const { timing: secondTime, ...secondRest } = second;
    expect(secondRest).toEqual(firstRest);
    expect(readdirSync(join(cache, 'plans')).length).toBeGreaterThan(0);
    expect(secondTime.compileMs).toBeLessThan(firstTime.compileMs);
  });

  test('a damaged cache is made again', () => {
    const run = () => vela(['backtest', 'cross.vela', '--data', 'candles.csv', '--json']);
    const { planHash } = JSON.parse(run().out);
    for (const file of readdirSync(join(cache, 'plans'))) writeFileSync(join(cache, 'plans', file), 'not a plan');
    const again = run();
    expect([again.code, JSON.parse(again.out).planHash]).toEqual([0, planHash]);
  });

  test('keeps the code that V8 made of it, and makes damaged code again', () => {
    const check = () => vela(['check', 'cross.vela']);
    const good = check();
    const kept = readdirSync(join(cache, 'code'), { recursive: true, encoding: 'utf8' }).filter(
      name => name.includes('check') && name.endsWith('.code'),
    );
    expect(kept.length).toBeGreaterThan(3);
    for (const name of kept) {
      const path = join(cache, 'code', name);
      const bytes = readFileSync(path);
      bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 64);
      writeFileSync(path, bytes);
    }
    expect(check()).toEqual(good);
    expect(vela(['check', 'cross.vela'], { VELA_CACHE: '' })).toEqual(good);
  });

  test.skipIf(process.platform === 'win32')('keeps code only where nobody else can write', () => {
    const words = ['check', 'cross.vela'];
    const place = join(folder, 'shared');
    expect(vela(words, { VELA_CACHE: place }).code).toBe(0);
    const [build = ''] = readdirSync(join(place, 'code'));
    const kept = join(place, 'code', build, 'check');
    expect([statSync(place).mode & 0o777, statSync(kept).mode & 0o777]).toEqual([0o700, 0o700]);
    const names = readdirSync(kept);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) rmSync(join(kept, name));
    chmodSync(kept, 0o777);
    expect(vela(words, { VELA_CACHE: place }).code).toBe(0);
    expect(readdirSync(kept)).toEqual([]);
    chmodSync(kept, 0o700);

    const other = join(place, 'code', `${'0'.repeat(16)}-1a`);
    mkdirSync(join(other, 'check'), { recursive: true });
    mkdirSync(join(place, 'code', 'mine'));
    for (const old of [other, join(place, 'code', 'mine')]) utimesSync(old, 0, 0);
    vela(words, { VELA_CACHE: place });
    expect(readdirSync(kept).sort()).toEqual(names.sort());
    expect(readdirSync(join(place, 'code')).sort()).toEqual([build, 'mine'].sort());
  });

  test.skipIf(!existsSync('/proc/self'))('a cache below /proc costs nothing but time', () => {
    for (const words of [
      ['check', 'cross.vela'],
      ['backtest', 'cross.vela', '--data', 'candles.csv'],
    ])
      expect(vela(words, { VELA_CACHE: '/proc/vela/cache' }).code).toBe(0);
  });

  test('a cache that cannot be written costs nothing but time', () => {
    writeFileSync(join(folder, 'in-the-way'), '');
    const { code } = vela(['backtest', 'cross.vela', '--data', 'candles.csv'], {
      VELA_CACHE: join(folder, 'in-the-way/cache'),
    });
    expect(code).toBe(0);
  });

  test('Ctrl-C ends with 130 and leaves nothing behind', async () => {
    const minutes = join(project, 'long.csv');
    writeCandles(minutes, 400_000);
    const words = [program, 'backtest', 'cross.vela', '--data', 'long.csv', '--report', 'interrupted.html', '--json'];
    // Of its own accord, once it listens for it: how long it takes to start is the machine's business.
    const press = join(project, 'press.mjs');
    writeFileSync(
      press,
      `process.on('newListener', name => {
        if (name === 'SIGINT') setTimeout(() => process.kill(process.pid, 'SIGINT'), 100);
      });`,
    );
    const child = spawn(process.execPath, ['--import', press, ...words], {
      cwd: project,
      env: environment({ VELA_CACHE: '' }),
    });
    expect(await exitOf(child)).toBe(130);
    expect(readdirSync(project).filter(name => name.startsWith('interrupted'))).toEqual([]);
  });

  test('trades on paper with the exchange client that is inside', { timeout: 60_000 }, async () => {
    const venue = await spotVenue({ periodMs: 60_000 });
    try {
      const paper = join(folder, 'paper');
      mkdirSync(join(paper, 'config'), { recursive: true });
      const venues = { binance: { redirect: venue.server.redirect } };
      writeFileSync(join(paper, 'config/system.yaml'), JSON.stringify({ system: { venues } }));
      writeFileSync(join(paper, 'cross.vela'), CROSS.replace('every 1h', 'every 1m'));
      for (let k = 0; k < 300; k++) {
        const price = 50_000 + (k % 7);
        const bar = venueBar([START_MS + (k - 300) * 60_000, price, price + 5, price - 5, price, 8]);
        venue.exchange.closeBar('BTCUSDT', bar);
      }
      const child = spawn(process.execPath, [program, 'run', 'cross.vela', '--paper'], {
        cwd: paper,
        env: environment(),
      });
      const status = join(paper, '.vela/runs/cross-paper/status.json');
      // The bar under way is asked for by a stream.
      for (let i = 0; i < 400 && !(existsSync(status) && venue.server.sockets > 0); i++) await sleep(100);
      child.kill('SIGTERM');
      expect(await exitOf(child)).toBe(130);
      expect(JSON.parse(readFileSync(status, 'utf8'))).toMatchObject({ mode: 'paper', state: 'stopped' });
    } finally {
      await venue.close();
    }
  });

  test('a reader that goes away early is no failure', async () => {
    const words = [
      program,
      'backtest',
      'cross.vela',
      '--data',
      'candles.csv',
      '--json',
      '--equity',
      '--trades',
      '--series',
      'quick,trend',
    ];
    const child = spawn(process.execPath, words, {
      cwd: project,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    child.stderr?.on('data', chunk => {
      log += chunk;
    });
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect([await exitOf(child), log]).toEqual([0, '']);
  });

  test('a bug says that it is one, and shows its stack only when asked', () => {
    // A broken chunk stands for a mistake of ours.
    const chunks = join(project, 'node_modules/vela/dist/chunks');
    const report = readdirSync(chunks).find(name => name.startsWith('report-') && name.endsWith('.js')) ?? '';
    const sound = readFileSync(join(chunks, report));
    writeFileSync(join(chunks, report), 'throw new TypeError("made to fail")');
    try {
      const plain = vela(['demo', '--report', 'never.html']);
      expect(plain.code).toBe(1);
      expect(plain.log).toContain('this is a bug in Vela: made to fail');
      expect(plain.log).not.toMatch(/\n\s+at /);
      expect(vela(['demo', '--report', 'never.html'], { VELA_DEBUG: '1' }).log).toMatch(
        /TypeError: made to fail\n\s+at /,
      );
      expect(existsSync(join(project, 'never.html'))).toBe(false);
    } finally {
      writeFileSync(join(chunks, report), sound);
    }
  });
});

describe('a full disk', () => {
  const full = existsSync('/dev/full');
  test.runIf(full)('output that cannot be written is a message, not a stack', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${program}" check cross.vela > /dev/full`],
      {
        cwd: project,
        env: environment(),
        encoding: 'utf8',
      },
    );
    expect(status).toBe(3);
    expect(stderr).toContain('the disk is full');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test.runIf(full)('a report or a plan that does not fit leaves nothing behind, and no result is shown', () => {
    for (const words of [
      ['backtest', 'cross.vela', '--data', 'candles.csv', '--report', '/dev/full'],
      ['compile', 'cross.vela', '-o', '/dev/full'],
    ]) {
      const { code, out, log } = vela(words);
      expect([code, out]).toEqual([3, '']);
      expect(log).toContain('cannot write /dev/full: the disk is full');
    }
    expect(readdirSync('/dev').filter(name => name.startsWith('full'))).toEqual(['full']);
  });
});

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => child.once('close', resolve));
}
