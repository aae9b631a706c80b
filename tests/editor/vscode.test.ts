/**
 * The packaged extension in a real VS Code, as a hand and an eye would find it: opened, read, broken, mended, run.
 * Takes about a minute, so it runs where it is asked for: `npm run test:editor`.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { simulateBars } from '../../runtime/data/simulate.ts';
import { hasShared, sharedPath } from '../support/shared.ts';
import { CHROMIUM, hasKit } from './support/kit.ts';
import { type Editor, packExtension, startEditor, webview } from './support/vscode.ts';

const isWanted = process.env.VELA_EDITOR === '1';
const isPossible = hasKit() && CHROMIUM !== undefined;
const root = join(import.meta.dirname, '../..');

/** Packed once for all. */
const parcel = mkdtempSync(join(tmpdir(), 'vela-parcel-'));
let vsix: string | undefined;
afterAll(() => rmSync(parcel, { recursive: true, force: true }));

/** A strategy that fits into a window, without the comment at its top. */
const STRATEGY = readFileSync(join(root, 'strategies/sma_cross.vela'), 'utf8').replace(/^(#.*\n)+/, '');
/** As it is shipped: it changes nothing. */
const TRADING = 'trading:\n  signal_thresholds: { entry: 0.4, exit: 0.35 }\n';
const MODEL = readFileSync(join(root, 'strategies/meta_label.vela'), 'utf8').replace(/^(#.*\n)+/, '');

describe.skipIf(!isWanted || (!isPossible && process.env.CI !== 'true'))('the extension in VS Code', () => {
  const place = mkdtempSync(join(tmpdir(), 'vela-vscode-test-'));
  const folder = join(place, 'my-strategies');
  const file = join(folder, 'sma_cross.vela');
  let editor: Editor;
  let page: Page;

  beforeAll(async () => {
    mkdirSync(folder);
    writeFileSync(file, STRATEGY);
    writeFileSync(join(folder, 'twin.yaml'), readFileSync(join(root, 'strategies/sma_cross.yaml')));
    writeFileSync(join(folder, 'other.yaml'), 'services:\n  web:\n    image: strategy\n');
    writeFileSync(join(folder, 'learner.vela'), MODEL);
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'config/trading.yaml'), TRADING);
    if (hasShared)
      copyFileSync(sharedPath('data/spot-1h/binance-spot-BTCUSDT-1h.csv.gz'), join(folder, 'btc-1h.csv.gz'));
    else writeFileSync(join(folder, 'btc-1h.csv'), simulatedCandles(30_000));
    vsix ??= packExtension(parcel);
    const settings = { 'vela.data': hasShared ? 'btc-1h.csv.gz' : 'btc-1h.csv', 'vela.sensitivity': true };
    editor = await startEditor({ vsix, folder, settings });
    page = editor.page;
    await editor.command('View: Toggle Primary Side Bar Visibility');
  });
  afterAll(async () => {
    await editor?.close();
    rmSync(place, { recursive: true, force: true });
  });

  // ---------------------------------------------------------------- what the CLI says

  const vela = (...words: readonly string[]): string =>
    execFileSync(process.execPath, [editor.program, ...words], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 });
  const backtest = (name: string, ...words: readonly string[]) =>
    JSON.parse(vela('backtest', name, '--data', hasShared ? 'btc-1h.csv.gz' : 'btc-1h.csv', '--json', ...words));
  const headline = ({ metrics }: ReturnType<typeof backtest>) => {
    const percent = (ratio: number, sign = '') => {
      const value = ratio * 100;
      return `${value > 0 ? sign : ''}${value.toFixed(Math.abs(value) < 10 ? 2 : 1)} %`;
    };
    return [
      percent(metrics.totalReturn, '+'),
      `Sharpe ${metrics.sharpe.toFixed(2)}`,
      `drawdown ${percent(Math.abs(metrics.maxDrawdown))}`,
      `${metrics.trades} trades`,
    ].join(' · ');
  };

  // ---------------------------------------------------------------- what is seen

  const lenses = () =>
    page
      .locator('.editor-instance .codelens-decoration')
      .allTextContents()
      .then(list => list.map(spaced));
  const waitForLens = (text: string | RegExp) =>
    eventually(lenses).toContainEqual(
      typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
    );
  /** The colour of a word on the screen: of the first place where it stands by itself. */
  const colourOf = async (word: string) => {
    const spans = page.locator('.editor-instance .view-line span > span:not(:has(*))');
    const found = await spans.evaluateAll(
      (all, wanted) =>
        all
          .filter(span => span.textContent?.replaceAll('\u00a0', ' ').trim() === wanted)
          .map(span => {
            const { color, fontStyle } = getComputedStyle(span);
            return `${color} ${fontStyle}`;
          }),
      word,
    );
    return found[0];
  };
  const saved = async (name = 'sma_cross.vela') => {
    await page.keyboard.press('Control+s');
    await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
    return readFileSync(join(folder, name), 'utf8');
  };
  /** Lines as they stand on the screen; the page has them in any order. */
  const seen = async () => {
    const lines = await page
      .locator('.editor-instance .view-line')
      .evaluateAll(all =>
        all
          .toSorted((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)
          .map(line => line.textContent ?? ''),
      );
    return spaced(lines.join(' '));
  };
  const closeAll = async () => {
    await editor.command('View: Close All Editors');
    await page.locator('.editor-group-container .tab').first().waitFor({ state: 'detached' });
  };
  /** Those of the extension's README show less, and stay small. */
  const picture = async (name: string, height = 800) => {
    const pictures = process.env.VELA_SCREENSHOTS;
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    const clip = { x: 0, y: 0, width: 1180, height };
    await page.screenshot({ path: join(pictures, `${name}.png`), clip });
  };
  const hoverText = async (target: Locator) => {
    await page.mouse.move(5, 5);
    await target.hover();
    const hover = page.locator('.monaco-hover:visible').first();
    await hover.waitFor();
    return spaced(await hover.textContent());
  };
  const word = (text: string) =>
    page
      .locator('.editor-instance .view-line span > span:not(:has(*))')
      .filter({ hasText: new RegExp(`^\\s*${text}\\s*$`) })
      .first();
  const behind = async (wanted: string, text = STRATEGY) => {
    const before = text.slice(0, text.indexOf(wanted) + wanted.length).split('\n');
    await editor.goTo(before.length, (before.at(-1) ?? '').length + 1);
  };
  const palette = (title: string) => editor.command(`Vela: ${title}`);

  beforeEach(async () => {
    await page.keyboard.press('Escape');
  });

  // ---------------------------------------------------------------- a strategy that is opened

  test('shows the numbers of the command line above the strategy', async () => {
    await editor.open('sma_cross.vela');
    await waitForLens(headline(backtest('sma_cross.vela')));
    const { trades } = backtest('sma_cross.vela').metrics;
    const shown = await lenses();
    // Each of the two signals and rules tells how often it fired; the entry as often as there were trades, or once more.
    expect(shown.filter(line => /^\d+ times · last \d{4}-/.test(line))).toHaveLength(4);
    expect(shown.some(line => line.startsWith(`${trades} times`) || line.startsWith(`${trades + 1} times`))).toBe(true);
    await waitForLens(/^5 .* 60 · .* best at \d+$/);
    await eventually(() => page.locator('#vela\\.vela\\.vela\\.run').textContent().then(spaced)).toContain(
      `${trades} trades`,
    );
    await page.mouse.move(5, 5);
    await picture('lens', 640);
  });

  test('colours words by what they are', async () => {
    const [keyword, title, param, value, number, verb] = await Promise.all(
      ['strategy', '"SMA cross"', 'fast', 'quick', '20', 'enter'].map(colourOf),
    );
    const seen = [keyword, title, param, value, number, verb];
    expect(seen).not.toContain(undefined);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('follows a keystroke', async () => {
    await begin();
    await behind('bars = 20');
    await page.keyboard.press('Backspace');
    await editor.type('5');
    await eventually(() => saved()).toContain('param fast: bars = 25');
    await waitForLens(headline(backtest('sma_cross.vela')));
  });

  test('says of a name what it is', async () => {
    const said = await hoverText(word('quick'));
    expect(said).toContain('sma(close, fast)');
    expect(said).toMatch(/ready|warm-up/i);
    await picture('hover');
  });

  test('completes what fits', async () => {
    await begin();
    await behind('sma(close, slow)');
    await page.keyboard.press('Enter');
    await editor.type('let pace = ema(clo');
    const list = page.locator('.suggest-widget.visible');
    await list.locator('.monaco-list-row').first().waitFor();
    await eventually(async () => spaced(await list.locator('.monaco-list-row').first().textContent())).toContain(
      'close',
    );
    await picture('completion');
    await page.keyboard.press('Tab');
    await editor.type(', fast)');
    await eventually(() => saved()).toContain('let pace = ema(close, fast)\n');
  });

  test('marks a mistake, explains it and mends it', async () => {
    await begin();
    await behind('crosses above trend');
    await page.keyboard.press('Control+Shift+ArrowLeft');
    await editor.type('trnd');
    await page.keyboard.press('Escape');
    const squiggle = page.locator('.editor-instance .squiggly-error').first();
    await squiggle.waitFor({ state: 'attached' });
    await eventually(() => lenses()).toContainEqual(expect.stringContaining('before the errors'));
    const said = await hoverText(word('trnd'));
    expect(said).toContain('there is no value named `trnd`');
    expect(said).toContain('E0130');
    await picture('mistake', 600);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+.');
    const menu = page.locator('.action-widget:visible');
    await menu.waitFor();
    await menu.getByText(/trend/).first().click();
    await squiggle.waitFor({ state: 'detached' });
    await eventually(() => saved()).toContain('signal up   = quick crosses above trend\n');
  });

  test('renames a value wherever it stands', async () => {
    await begin();
    await behind('let qui');
    await page.keyboard.press('F2');
    const input = page.locator('.rename-box input');
    await input.waitFor();
    await input.fill('swift');
    await page.keyboard.press('Enter');
    await eventually(() => saved()).toBe(
      STRATEGY.replaceAll('quick', 'swift').replace('the swift average', 'the quick average'),
    );
  });

  test('leads to the standard library, which is for reading', async () => {
    await begin();
    await behind('let quick = sm');
    await page.keyboard.press('F12');
    const tab = page.locator('.tab.active[data-resource-name="averages.vela"]');
    await tab.waitFor();
    await eventually(seen).toContain('fn sma(');
    expect(await colourOf('fn')).toBeDefined();
    await editor.type('x');
    await page.locator('.monaco-editor-overlaymessage').waitFor();
    await page.keyboard.press('Control+w');
    await tab.waitFor({ state: 'detached' });
  });

  // ---------------------------------------------------------------- pages beside the editor

  test('shows the report beside the strategy, which asks nobody for anything', async () => {
    await begin();
    await palette('Show Report');
    const report = webview(page);
    await report.locator('#chart canvas').first().waitFor();
    const { metrics } = backtest('sma_cross.vela');
    const said = spaced(await report.locator('main').textContent());
    expect(said).toContain(`${(metrics.totalReturn * 100).toFixed(2).replace('-', '−')} %`);
    expect(said).toContain(metrics.sharpe.toFixed(2).replace('-', '−'));
    const policy = await report.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
    expect(policy).toMatch(/^default-src 'none'; script-src 'nonce-[^']+' 'sha256-[^']+' 'sha256-[^']+'; /);
    expect(policy).not.toMatch(/unsafe-eval|https?:|script-src[^;]*unsafe/);
    await picture('report');
  });

  test('leads from a trade to the values that made it', async () => {
    const report = webview(page);
    await report.locator('#trade-rows tr').nth(2).click();
    await waitForLens(/^trade 3: [+−]/);
    const { trades, series } = backtest('sma_cross.vela', '--series', 'quick,trend', '--trades');
    // A market order fills at the open after the close that decided it.
    const values = ['quick', 'trend'].map(name => {
      const { times, values } = series[name];
      return Number(values[times.indexOf(Date.parse(trades[2].entryTime)) - 1].toPrecision(7));
    });
    const shown = await lenses();
    for (const value of values)
      expect(shown).toContainEqual(expect.stringMatching(new RegExp(`^entry ${value} · exit `)));
    await picture('trade', 640);
    await palette('Hide the Bar Values');
    await waitForLens('Sharpe');
  });

  test('draws the graph', async () => {
    await palette('Show Dataflow Graph');
    const graph = webview(page);
    await graph.locator('svg g').first().waitFor();
    expect(await graph.locator('svg g text').allTextContents()).toContainEqual(expect.stringContaining('input close'));
    await picture('graph');
  });

  test('explains the warm-up', async () => {
    await palette('Explain Warm-up');
    await webview(page).getByText('No order is possible before bar 100').waitFor();
    await page.keyboard.press('Control+w');
  });

  test('shows the other form while it is written, and makes a file of it', async () => {
    await closeAll();
    await editor.open('sma_cross.vela');
    await palette('Show the Other Form');
    const twin = page.locator('.editor-instance').filter({ hasText: 'strategy: SMA cross' });
    await twin.waitFor();
    await picture('twin');
    await page.locator('.tab[data-resource-name="sma_cross.vela"]').click();
    await palette('Convert to the Other Form');
    const tab = page.locator('.tab.active[data-resource-name="sma_cross.yaml"]');
    await tab.waitFor();
    expect(existsSync(join(folder, 'sma_cross.yaml'))).toBe(false);
    await picture('converted');
    await page.keyboard.press('Control+s');
    const written = () =>
      existsSync(join(folder, 'sma_cross.yaml')) ? readFileSync(join(folder, 'sma_cross.yaml'), 'utf8') : '';
    await eventually(written).toBe(vela('convert', 'sma_cross.vela'));
  });

  // ---------------------------------------------------------------- YAML, models, other people's files

  test('treats the YAML form as it treats the other', async () => {
    await closeAll();
    await editor.open('twin.yaml');
    await waitForLens(headline(backtest('twin.yaml')));
    const [key, words, call] = await Promise.all(['signals', 'crosses above', 'sma'].map(colourOf));
    expect(new Set([key, words, call, undefined]).size).toBe(4);
    await behind('crosses above trend', readFileSync(join(folder, 'twin.yaml'), 'utf8'));
    await editor.type('x');
    await page.locator('.editor-instance .squiggly-error').first().waitFor({ state: 'attached' });
    expect(await hoverText(word('trendx'))).toContain('there is no value named `trendx`');
    await picture('yaml');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+z');
    await page.locator('.editor-instance .squiggly-error').first().waitFor({ state: 'detached' });
    await saved('twin.yaml');
  });

  test('shows what is wrong with the configuration, under which nothing is run', async () => {
    await closeAll();
    await editor.open('trading.yaml');
    await behind('entry', TRADING);
    await editor.type('x');
    await page.locator('.editor-instance .squiggly-error').first().waitFor({ state: 'attached' });
    expect(await hoverText(word('entryx'))).toContain('did you mean `entry`?');
    await picture('configuration', 400);
    await page.keyboard.press('Escape');
    await editor.open('twin.yaml');
    await waitForLens(/no result: config\/trading\.yaml:2: .* has no entryx/);
    await editor.open('trading.yaml');
    await page.keyboard.press('Control+z');
    await page.locator('.editor-instance .squiggly-error').first().waitFor({ state: 'detached' });
    await saved('config/trading.yaml');
    await editor.open('twin.yaml');
    await waitForLens(headline(backtest('twin.yaml')));
  });

  test('leaves other YAML files alone', async () => {
    await editor.open('other.yaml');
    await eventually(seen).toContain('services');
    expect(await lenses()).toEqual([]);
    expect(await page.locator('.editor-instance .squiggly-error').count()).toBe(0);
  });

  test('shows what knows the future', async () => {
    await editor.open('learner.vela');
    const label = /^label (\w+)/m.exec(MODEL)?.[1] ?? '';
    await eventually(() => colourOf(label)).toMatch(/italic$/);
    // Nothing is trained while one types; the lens offers it.
    await waitForLens(/^train to see figures: judge has no version of/);
    await picture('future');
  });

  // ---------------------------------------------------------------- the extension itself

  test('starts the server anew', async () => {
    await closeAll();
    await editor.open('sma_cross.vela');
    await palette('Restart Language Server');
    await waitForLens(headline(backtest('sma_cross.vela')));
  });

  test('keeps to this machine, and tells how long it took to start', async () => {
    // The list shows no more than there is room for, slow ones first.
    await page.setViewportSize({ width: 1180, height: 2400 });
    await editor.command('Developer: Show Running Extensions');
    const row = page.locator('.runtime-extensions-editor .extension').filter({ hasText: 'Vela' });
    await eventually(() => row.textContent().then(spaced)).toMatch(/Activation: \d+ ?ms/);
    // Read by people: a machine that is busy takes its time.
    process.stderr.write(`${/Activation: \d+ ?ms/.exec(spaced(await row.textContent()))?.[0]}\n`);
    // VS Code's own worker answers for this name; nothing leaves the machine.
    expect([...editor.strangers].filter(host => !host.endsWith('.vscode-resource.vscode-cdn.net'))).toEqual([]);
    expect(editor.complaints()).toEqual([]);
  });

  /** The strategy as it was, whatever became of it. */
  async function begin(): Promise<void> {
    await editor.open('sma_cross.vela');
    writeFileSync(file, STRATEGY);
    await editor.command('File: Revert File');
    await eventually(async () => letters((await seen()).replace(/: USDT\/BTC|ready \d+/g, ''))).toBe(letters(STRATEGY));
    await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  }
});

describe.skipIf(!isWanted || (!isPossible && process.env.CI !== 'true'))('a new user', () => {
  const place = mkdtempSync(join(tmpdir(), 'vela-new-user-'));
  const folder = join(place, 'my-strategies');
  let editor: Editor;
  let page: Page;

  beforeAll(async () => {
    execFileSync(process.execPath, [join(root, 'cli/main.ts'), 'init', folder]);
    vsix ??= packExtension(parcel);
    editor = await startEditor({ vsix, folder });
    page = editor.page;
  });
  afterAll(async () => {
    await editor?.close();
    rmSync(place, { recursive: true, force: true });
  });
  const picture = async (name: string) => {
    const pictures = process.env.VELA_SCREENSHOTS;
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`) });
  };
  const lenses = () =>
    page
      .locator('.codelens-decoration')
      .allTextContents()
      .then(list => list.map(spaced));

  test('finds the way from an empty folder to a first backtest', async () => {
    const walkthrough = page.locator('.gettingStartedContainer');
    const step = async (title: string) => {
      await editor.command('Welcome: Open Walkthrough...');
      await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'A first strategy' }).click();
      await walkthrough.locator('.step-title').filter({ hasText: title }).click();
    };
    await step('Begin with a strategy that works');
    await walkthrough.getByText('vela init wrote sma_cross.vela').first().waitFor();
    await picture('new-walkthrough');

    await editor.open('sma_cross.vela');
    await eventually(lenses).toContainEqual(expect.stringContaining('vela.data'));
    await picture('new-no-data');
    await page.locator('.codelens-decoration a').first().click();
    await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Simulate a market' }).click();
    await eventually(lenses).toContainEqual(expect.stringMatching(/^simulated data: .* trades/));
    expect(JSON.parse(readFileSync(join(folder, '.vscode/settings.json'), 'utf8'))['vela.simulate']).toBe(true);
    await picture('new-simulated');

    await page.locator('.codelens-decoration a').first().click();
    await webview(page).locator('#chart canvas').first().waitFor();
    expect(spaced(await webview(page).locator('main').textContent())).toMatch(/simulated/i);
    await picture('new-report');

    // The walkthrough covers the strategy, and its buttons mean it all the same.
    await step('Ask why it traded');
    await walkthrough.getByText('Show a trade').click();
    await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'long BTC/USDT' }).first().waitFor();
    await page.keyboard.press('Escape');
    await step('Make a mistake');
    await walkthrough.locator('.expanded').getByText('Show the strategy').click();
    await page.locator('.tab.active[data-resource-name="sma_cross.vela"]').waitFor();
  });

  test('begins another strategy from an example', async () => {
    await editor.command('Vela: New Strategy');
    await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Donchian' }).click();
    await page.locator('.tab.active[data-resource-name="donchian_breakout.vela"]').waitFor();
    expect(readdirSync(folder)).toContain('donchian_breakout.vela');
    await picture('new-example');
  });
});

/** Until it is so; a machine that is busy takes its time. */
function eventually<T>(see: () => T | Promise<T>) {
  return expect.poll(see, { timeout: 20_000 });
}

function simulatedCandles(bars: number): string {
  const { length, times, open, high, low, close, volume } = simulateBars({ seed: 11, bars, periodMs: 3_600_000 });
  const rows = Array.from({ length }, (_, i) =>
    [times, open, high, low, close, volume].map(column => column[i]).join(','),
  );
  return `time,open,high,low,close,volume\n${rows.join('\n')}\n`;
}

function letters(text: string): string {
  return text.replace(/\s/g, '');
}

function spaced(text: string | null): string {
  return (text ?? '').replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();
}
