/**
 * The report in a real browser: charts are drawn, nothing is logged as an error, no host is asked for anything.
 * Skipped, visibly, where there is no Chromium; in CI there must be one.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportAssets } from '../../../runtime/report/assets.ts';
import { reportDocument } from '../../../runtime/report/html/document.ts';
import { sampleReport } from './sample.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const describeWithBrowser = executablePath !== undefined || process.env.CI === 'true' ? describe : describe.skip;
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describeWithBrowser('the report in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vela-report-'));
  const file = join(folder, 'report.html');
  const errors: string[] = [];
  const requests: string[] = [];
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const hostile = '</script><script>window.broken=1</script><img src=x onerror="window.broken=2">';
    const input = sampleReport(
      { bars: 30_000, plots: 4 },
      { title: hostile, source: { name: 'x.vela', text: hostile } },
    );
    writeFileSync(file, reportDocument(input, await reportAssets()));
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: FLAGS });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', message => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('pageerror', error => errors.push(error.message));
    page.on('request', request => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction(() => document.querySelectorAll('#chart canvas').length > 0);
    await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  test('every pane has a canvas with something on it', async () => {
    // Price, two panes of plots, equity, drawdown.
    const drawn = await page.evaluate(() => {
      const rows = [...document.querySelectorAll('#chart table tr')].filter(
        row => row.getBoundingClientRect().height > 60,
      );
      return rows.map(row =>
        [...row.querySelectorAll('canvas')].some(canvas => {
          const context = canvas.getContext('2d');
          if (context === null || canvas.width < 300) return false;
          const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
          let painted = 0;
          for (let i = 3; i < data.length; i += 4) painted += data[i] === 0 ? 0 : 1;
          return painted > 500;
        }),
      );
    });
    expect(drawn).toEqual([true, true, true, true, true]);
  });

  test('a range shows the arrows of its trades', async () => {
    expect(await page.textContent('#marker-note')).toContain('zoom in');
    await page.click('#ranges button[data-range="1m"]');
    await page.waitForFunction(() => document.getElementById('marker-note')?.textContent === '');
  });

  test('trades too close for arrows are a dot each', async () => {
    await page.click('#ranges button[data-range="1y"]');
    await page.waitForFunction(() =>
      /^\d+ trades, a dot each/.test(document.getElementById('marker-note')?.textContent ?? ''),
    );
  });

  test('the trades can be paged through', async () => {
    const firstCell = () => page.textContent('#trade-rows tr:first-child td:first-child');
    expect(await firstCell()).toBe('1');
    expect(await page.locator('#trade-rows tr').count()).toBe(50);
    await page.click('#trade-on');
    expect(await firstCell()).toBe('51');
    await page.click('#trade-back');
    expect(await firstCell()).toBe('1');
  });

  test('it fits a telephone', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBe(0);
  });

  test('text of the strategy ran nowhere', async () => {
    expect(await page.evaluate(() => 'broken' in window)).toBe(false);
  });

  test('no error was logged and no host was asked', () => {
    expect(errors).toEqual([]);
    expect(requests.filter(url => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
  });
});

describeWithBrowser('the report of a portfolio in Chromium', () => {
  test('draws weights, equity and drawdown without a price, and lists members and their trades', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vela-report-'));
    const errors: string[] = [];
    const browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: FLAGS });
    try {
      const sample = sampleReport({ bars: 3000 });
      const { candles, ...span } = sample.span;
      const weights = (sign: number) => sample.result.equity.map((_, i) => 50 + sign * 40 * Math.sin(i / 200));
      const member = { trades: 3, fees: 12, slippage: 4, funding: 0, turnover: 5000, exposure: 0.5 };
      const input = {
        ...sample,
        symbol: '2 instruments',
        span,
        members: [
          { symbol: 'BTC/USDT', profit: -150, ...member },
          { symbol: 'DOGE/USDT', profit: 300, ...member },
        ],
        plots: [
          { name: 'BTC/USDT', pane: 'weights, %', values: weights(1) },
          { name: 'DOGE/USDT', pane: 'weights, %', values: weights(-1) },
        ],
      };
      const file = join(folder, 'portfolio.html');
      writeFileSync(file, reportDocument(input, await reportAssets()));
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      page.on('pageerror', error => errors.push(error.message));
      await page.goto(pathToFileURL(file).href);
      await page.waitForFunction(() => document.querySelectorAll('#chart canvas').length > 0);
      const legends = await page.locator('#chart .legend').allTextContents();
      expect(legends).toHaveLength(3);
      expect(legends[0]).toMatch(/BTC\/USDT [\d.]+.*DOGE\/USDT [\d.]+/);
      expect(legends[0]).not.toContain('O\u00a0');
      expect(legends[1]).toContain('all in equal parts');
      const rows = await page.locator('table.members tbody tr').allTextContents();
      expect(rows.map(row => row.slice(0, 8))).toEqual(['DOGE/USD', 'BTC/USDT']);
      expect(await page.textContent('#trade-rows tr:first-child td:nth-child(2)')).toBe('BTC/USDT');
      expect(candles).toBeDefined();
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true });
    }
  });
});
