/**
 * The settings that the manual shows for other editors (docs/editors.md), in those editors, without a screen: they start
 * the built server, mark a mistake, tell what a name is, and show the backtest once it is mended. Each is skipped, visibly,
 * where it is not installed. `npm run test:editor`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const isWanted = process.env.VELA_EDITOR === '1';
const hasNeovim = spawnSync('nvim', ['--version']).status === 0;
const EGLOT = ['--batch', '-q', '--eval', '(package-initialize)'];
const hasEglot = isWanted && spawnSync('emacs', [...EGLOT, '--eval', "(require 'eglot)"]).status === 0;

const STRATEGY = readFileSync(join(root, 'strategies/sma_cross.vela'), 'utf8');
const TWIN = readFileSync(join(root, 'strategies/sma_cross.yaml'), 'utf8');
const misspelt = (text: string) => text.replace('crosses above trend', 'crosses above trnd');

/** A block of the manual, with a simulated market in the place of candles. */
function shown(file: string, data: string, simulated: string): string {
  const manual = readFileSync(join(root, 'docs/editors.md'), 'utf8');
  const block =
    manual
      .split(`<!-- file: ${file} -->`)[1]
      ?.split('```')[1]
      ?.replace(/^\w+\n/, '') ?? '';
  expect(block).toContain(data);
  return block.replace(data, simulated);
}

describe.skipIf(!isWanted)('other editors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vela-editors-'));
  const project = join(folder, 'project');
  const environment = {
    ...process.env,
    PATH: `${folder}:${process.env.PATH}`,
    HOME: folder,
    VELA_CACHE: join(folder, 'cache'),
  };
  const support = (file: string) => join(import.meta.dirname, 'support', file);

  beforeAll(() => {
    execFileSync(process.execPath, [join(root, 'tools/build.ts'), join(folder, 'dist')], { stdio: 'pipe' });
    writeFileSync(join(folder, 'vela'), `#!/bin/sh\nexec "${process.execPath}" "${folder}/dist/vela.js" "$@"\n`);
    chmodSync(join(folder, 'vela'), 0o755);
    mkdirSync(project);
    writeFileSync(join(project, 'sma_cross.vela'), misspelt(STRATEGY));
    writeFileSync(join(project, 'sma_cross.yaml'), misspelt(TWIN));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const told = (program: string, words: readonly string[]) => {
    const { stdout, stderr } = spawnSync(program, words, {
      cwd: project,
      env: environment,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return `${stdout}${stderr}`;
  };
  const isRight = (said: string) => {
    expect(said).toMatch(/diagnostic: .*there is no value named `trnd`/);
    expect(said).toMatch(/hover: .*quick( =|:) sma\(close, fast\)/);
    expect(said).toMatch(/completion: .*\bclose\b/);
    expect(said).toMatch(/lens: simulated data: .* Sharpe .* trades/);
    expect(said).not.toMatch(/unsupported|warning|error/i);
  };

  test.skipIf(!hasNeovim).for(['sma_cross.vela', 'sma_cross.yaml'])('Neovim, with %s', file => {
    const init = join(folder, 'init.lua');
    writeFileSync(init, shown('init.lua', 'data = "candles.csv"', 'simulate = true'));
    isRight(told('nvim', ['--headless', '-u', init, file, '-c', `luafile ${support('drive.lua')}`]));
  });

  test.skipIf(!hasEglot)('Emacs with Eglot', () => {
    const init = join(folder, 'init.el');
    writeFileSync(init, shown('init.el', ':data "candles.csv"', ':simulate t'));
    isRight(told('emacs', [...EGLOT, '-l', init, '-l', support('drive.el')]));
  });
});
