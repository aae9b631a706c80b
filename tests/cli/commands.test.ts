/** Each command as a user meets it: its output, its JSON, its exit code, and what it leaves on the disk. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cli/program.ts';
import { BROKEN, CROSS, temporaryFolder, vela } from './support.ts';

const folder = temporaryFolder();
writeFileSync(join(folder, 'cross.vela'), CROSS);
writeFileSync(join(folder, 'broken.vela'), BROKEN);

describe('vela', () => {
  test('without a command shows what there is, as wrong usage', async () => {
    const { code, log } = await vela(folder, []);
    expect(code).toBe(2);
    for (const { name } of COMMANDS) expect(log).toContain(name);
  });

  test('--help and --version are answers', async () => {
    expect(await vela(folder, ['--help'])).toMatchObject({ code: 0, log: '' });
    expect((await vela(folder, ['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await vela(folder, ['--help'])).out).toContain('Begin with `vela demo`');
    const { out } = await vela(folder, ['backtest', '--help']);
    expect(out).toMatch(/^Usage: vela backtest FILE --data CANDLES… \[options\]\n/);
    expect(out).toContain('--max-gap');
  });

  test.each([
    [['chek', 'cross.vela'], 'did you mean `check`?'],
    [['check', '--jsn', 'cross.vela'], 'did you mean `--json`?'],
    [['check'], "missing required argument 'file'\n  help: see `vela check --help`"],
    [['backtest', 'cross.vela', '--data'], 'write it behind: `--data <[symbol=]path>`'],
    [['--colour'], 'see `vela --help`'],
    [['check', 'candles.csv'], 'no strategy file by its name'],
    [['fmt', 'cross.vela', '--chek'], 'did you mean `--check`?'],
    [['compile', 'cross.vela'], 'where should the plan go?'],
    [['explain', 'E9999'], 'there is no message E9999'],
    [['explain', 'cross.vela', '--graph', 'png'], 'it can be `text` or `svg`'],
  ])('%j is wrong usage, and says how to mend it', async (words, hint) => {
    const { code, out, log } = await vela(folder, words);
    expect([code, out]).toEqual([2, '']);
    expect(log).toContain(hint);
  });

  test('with --json a failure is one document, too', async () => {
    const { code, out } = await vela(folder, ['check', 'missing.vela', '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'ENOENT',
        message: 'cannot read missing.vela: there is no such file',
        help: 'check the path',
        file: 'missing.vela',
      },
    });
  });
});

describe('check', () => {
  test('a sound strategy', async () => {
    expect(await vela(folder, ['check', 'cross.vela'])).toEqual({ code: 0, out: 'cross.vela: no problems\n', log: '' });
  });

  test('mistakes: all of them, with their places, on standard output', async () => {
    const { code, out } = await vela(folder, ['check', 'broken.vela']);
    expect(code).toBe(1);
    expect(out).toContain('broken.vela:13:');
    expect(out).toContain('broken.vela:15:');
    expect(out).toContain('broken.vela: 2 errors');
  });

  test('--json', async () => {
    const { code, out, log } = await vela(folder, ['check', 'cross.vela', 'broken.vela', '--json']);
    expect([code, log]).toEqual([1, '']);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ files: ['cross.vela', 'broken.vela'], errors: 2, warnings: 0 });
    expect(document.diagnostics[0]).toMatchObject({
      file: 'broken.vela',
      severity: 'error',
      range: { start: { line: 13, column: 24 }, end: { line: 13, column: 27 } },
    });
    expect(document.diagnostics[0].code).toMatch(/^E01\d\d$/);
  });

  test('a folder, a file that is not text, a file used that is not there', async () => {
    mkdirSync(join(folder, 'sub.vela'));
    writeFileSync(join(folder, 'binary.vela'), Uint8Array.of(0xff, 0xfe, 0, 1));
    writeFileSync(join(folder, 'user.vela'), `use "../../etc/passwd.vela" as x\nuse "nowhere.vela" as y\n${CROSS}`);
    expect((await vela(folder, ['check', 'sub.vela'])).log).toContain('it is a folder');
    expect(await vela(folder, ['check', 'binary.vela'])).toMatchObject({ code: 3 });
    const { code, out } = await vela(folder, ['check', 'user.vela']);
    expect(code).toBe(1);
    expect(out).toContain('nowhere.vela');
  });

  test('a file that is missing keeps nobody from hearing of the others', async () => {
    const both = await vela(folder, ['check', 'broken.vela', 'missing.vela', 'cross.vela']);
    expect(both.code).toBe(3);
    expect(both.log).toBe('error[ENOENT]: cannot read missing.vela: there is no such file\n  help: check the path\n');
    expect(both.out).toContain('broken.vela:15:26');
    expect(both.out).toMatch(/\nbroken\.vela, cross\.vela: 2 errors\n$/);
    const document = JSON.parse(
      (await vela(folder, ['check', 'broken.vela', 'missing.vela', 'notes.txt', '--json'])).out,
    );
    expect([document.errors, document.diagnostics.length]).toEqual([2, 2]);
    expect(document.failures.map((failure: { code: string; file?: string }) => [failure.code, failure.file])).toEqual([
      ['ENOENT', 'missing.vela'],
      ['usage', undefined],
    ]);
    expect((await vela(folder, ['check', 'cross.vela', 'notes.txt'])).code).toBe(2);
  });
});

describe('fmt', () => {
  const untidy = 'strategy   "Cross"\ninstrument "BTC/USDT"  on binance\nevery 1h\nlet   x=sma( close,20 )\n';

  test('--check names what would change, and changes nothing', async () => {
    writeFileSync(join(folder, 'untidy.vela'), untidy);
    const { code, out } = await vela(folder, ['fmt', 'untidy.vela', '--check', '--json']);
    expect([code, JSON.parse(out)]).toEqual([1, { files: [{ file: 'untidy.vela', changed: true }] }]);
    expect(readFileSync(join(folder, 'untidy.vela'), 'utf8')).toBe(untidy);
  });

  test('formats in place, to a fixed point', async () => {
    writeFileSync(join(folder, 'untidy.vela'), untidy);
    expect(await vela(folder, ['fmt', 'untidy.vela'])).toEqual({ code: 0, out: 'formatted untidy.vela\n', log: '' });
    const once = readFileSync(join(folder, 'untidy.vela'), 'utf8');
    expect(once).toContain('let x = sma(close, 20)');
    expect(await vela(folder, ['fmt', 'untidy.vela'])).toEqual({ code: 0, out: '', log: '' });
    expect(await vela(folder, ['fmt', 'untidy.vela', '--check'])).toMatchObject({ code: 0 });
  });

  test('a file with a mistake keeps its broken line', async () => {
    writeFileSync(join(folder, 'half.vela'), `${untidy}let y = = 3\n`);
    expect(await vela(folder, ['fmt', 'half.vela'])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'half.vela'), 'utf8')).toContain('let y = = 3');
  });
});

describe('convert', () => {
  test('to YAML and back gives the same strategy', async () => {
    const yaml = await vela(folder, ['convert', 'cross.vela', '-o', 'cross.yaml']);
    expect(yaml).toMatchObject({ code: 0, out: 'wrote cross.yaml\n' });
    expect(readFileSync(join(folder, 'cross.yaml'), 'utf8')).toContain('strategy: Cross');
    const back = await vela(folder, ['convert', 'cross.yaml']);
    expect(back.code).toBe(0);
    writeFileSync(join(folder, 'back.vela'), back.out);
    const hash = async (file: string) => JSON.parse((await vela(folder, ['explain', file, '--json'])).out).planHash;
    expect(await hash('back.vela')).toBe(await hash('cross.vela'));
    expect(await hash('cross.yaml')).toBe(await hash('cross.vela'));
  });

  test('a file that cannot be read as a whole is not converted', async () => {
    writeFileSync(join(folder, 'half.vela'), `${CROSS}let y = = 3\n`);
    expect(await vela(folder, ['convert', 'half.vela', '-o', 'half.yaml'])).toMatchObject({ code: 1, out: '' });
    expect(existsSync(join(folder, 'half.yaml'))).toBe(false);
  });
});

describe('explain', () => {
  test('a message', async () => {
    const { code, out } = await vela(folder, ['explain', 'e0301']);
    expect(code).toBe(0);
    expect(out).toMatch(/^# E0301: /);
    expect((await vela(folder, ['explain', 'D1001'])).out).toMatch(/^# D1001: /);
  });

  test('a strategy: warm-up, memory, work, worst exposure, streams', async () => {
    const { out } = await vela(folder, ['explain', 'cross.vela', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      strategy: 'Cross',
      warmup: { ready: 40, unbounded: [] },
      exposure: { multiple: 1 },
      streams: [
        { name: 'quick', kind: 'let', clock: '1h', ready: 9, settled: 9, horizon: [-59, 0], account: false },
        { name: 'trend', kind: 'let', ready: 39, settled: 39 },
      ],
    });
    const text = (await vela(folder, ['explain', 'cross.vela'])).out;
    expect(text).toMatch(/Worst exposure +100 % of equity/);
  });

  test('a state that never forgets is named', async () => {
    writeFileSync(
      join(folder, 'state.vela'),
      CROSS.replace('let quick', 'state runs starts 0 then prev runs + 1\nlet quick').replace(
        'when quick crosses above trend',
        'when runs > 3 and quick crosses above trend',
      ),
    );
    const { out } = await vela(folder, ['explain', 'state.vela']);
    expect(out).toMatch(/Settled after +never: `runs` never forgets/);
  });

  test('as text: bars with the time they take, streams under their heads, and nothing that says nothing', async () => {
    const { out } = await vela(folder, ['explain', 'cross.vela']);
    expect(out).toMatch(/\n {2}Ready after +40 bars, 1\.7 d: /);
    expect(out).toMatch(
      /\n +kind +holds +clock +ready +settled +reads back\n {2}quick +let +a price in USDT per BTC +1h +9 +9 +59\n/,
    );
    expect(out).not.toMatch(/(\d+) +→ \1 /);
    expect(out).not.toMatch(/\n\n\n/);
  });

  test('the graph, as text and as SVG', async () => {
    expect((await vela(folder, ['explain', 'cross.vela', '--graph'])).out).toContain('input close');
    expect(await vela(folder, ['explain', 'cross.vela', '--graph', 'svg', '-o', 'graph.svg'])).toMatchObject({
      code: 0,
    });
    expect(readFileSync(join(folder, 'graph.svg'), 'utf8')).toMatch(/^<svg /);
  });
});

describe('compile', () => {
  test('writes the plan and tells its hashes', async () => {
    const { code, out } = await vela(folder, ['compile', 'cross.vela', '-o', 'cross.plan', '--json']);
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ output: 'cross.plan', strategy: 'Cross' });
    for (const name of ['planHash', 'layoutHash', 'cacheKey']) expect(document[name]).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(join(folder, 'cross.plan')).toString('latin1', 0, 8)).toBe('VELAPLAN');
  });

  test('a strategy with mistakes leaves no plan behind', async () => {
    const { code, out, log } = await vela(folder, ['compile', 'broken.vela', '-o', 'broken.plan']);
    expect([code, out]).toEqual([1, '']);
    expect(log).toContain('2 errors');
    expect(existsSync(join(folder, 'broken.plan'))).toBe(false);
  });

  test('a folder that does not exist', async () => {
    const { code, log } = await vela(folder, ['compile', 'cross.vela', '-o', 'nowhere/cross.plan']);
    expect(code).toBe(3);
    expect(log).toContain('its folder does not exist');
  });
});

describe('init', () => {
  test('begins a project whose strategy checks, and never overwrites', async () => {
    const first = await vela(folder, ['init', 'project', '--json']);
    const { written } = JSON.parse(first.out);
    expect(written).toContain(join('project', 'sma_cross.vela'));
    expect(readdirSync(join(folder, 'project')).sort()).toEqual([
      '.gitignore',
      '.vela',
      '.vscode',
      'config',
      'sma_cross.vela',
    ]);
    expect(await vela(folder, ['check', 'project/sma_cross.vela'])).toMatchObject({ code: 0 });
    const read = (file: string) => JSON.parse(readFileSync(join(folder, 'project/.vscode', file), 'utf8'));
    expect(read('extensions.json')).toEqual({ recommendations: ['vela.vela', 'redhat.vscode-yaml'] });
    expect(read('settings.json')).toEqual({
      'yaml.schemas': { './.vscode/strategy.schema.json': ['/*.yaml', '/strategies/*.yaml'] },
    });
    expect(read('strategy.schema.json').title).toBe('A Vela strategy in YAML');

    writeFileSync(join(folder, 'project', 'sma_cross.vela'), 'mine');
    const again = await vela(folder, ['init', 'project', '--json']);
    expect(JSON.parse(again.out)).toEqual({ written: [], kept: written });
    expect(readFileSync(join(folder, 'project', 'sma_cross.vela'), 'utf8')).toBe('mine');
  });

  test('a file in the way', async () => {
    const { code, log } = await vela(folder, ['init', 'cross.vela']);
    expect(code).toBe(3);
    expect(log).toContain('a part of its path is a file');
  });
});

describe('schema', () => {
  test.each(['strategy', 'model', 'trading', 'system'])(
    'prints that of %s as it lies in the repository',
    async name => {
      const { code, out } = await vela(folder, ['schema', name]);
      const kept = new URL(`../../config/${name}.schema.json`, import.meta.url);
      expect([code, out]).toEqual([0, readFileSync(kept, 'utf8')]);
    },
  );

  test('says what there is where another is asked for', async () => {
    const { code, log } = await vela(folder, ['schema', 'strategies']);
    expect(code).toBe(2);
    expect(log).toContain('there is no schema of `strategies`');
    expect(log).toContain('`strategy`, `model`, `trading`, `system`');
  });
});

describe('doctor', () => {
  test('looks at everything and says what it found', async () => {
    const { code, out } = await vela(folder, ['doctor', '--json']);
    const { ok, checks } = JSON.parse(out);
    expect([code, ok]).toEqual([0, true]);
    expect(checks.map((check: { name: string }) => check.name)).toEqual([
      'Node',
      'SQLite',
      'Threads',
      'Memory',
      'WebAssembly',
      'Cache',
      'Clock',
      'Models',
      'ONNX files',
      'CUDA',
      'WebGPU',
    ]);
    const text = (await vela(folder, ['doctor'])).out;
    expect(text).toMatch(/ok +WebAssembly +shared memory/);
    expect(text).toMatch(/fair +Cache +switched off by VELA_CACHE\n +unset VELA_CACHE/);
  });
});
